"""Groups that became supergroups: the id that a chat has by now, as far as it was met."""

from sqlalchemy.ext.asyncio import AsyncConnection

from storage import facts

_MOVES_FOLLOWED = 5


async def newest(connection: AsyncConnection, chat_id: int) -> int:
    """The id that a chat has by now: another one where it was upgraded, once or several times."""
    for _ in range(_MOVES_FOLLOWED):
        moved = await facts.get(connection, f"migrated:{chat_id}")
        if moved is None:
            break
        chat_id = int(moved)
    return chat_id


async def note(connection: AsyncConnection, old: int, new: int) -> None:
    """Keeps that a chat has another id now."""
    await facts.put(connection, f"migrated:{old}", str(new))
