"""Groups that became supergroups: the id that a chat has by now, as far as it was met."""

from sqlalchemy.ext.asyncio import AsyncConnection

from storage import facts

_MOVES_FOLLOWED = 5
_MOVED = "migrated:"


async def newest(connection: AsyncConnection, chat_id: int) -> int:
    """The id that a chat has by now: another one where it was upgraded, once or several times."""
    for _ in range(_MOVES_FOLLOWED):
        moved = await facts.get(connection, f"{_MOVED}{chat_id}")
        if moved is None:
            break
        chat_id = int(moved)
    return chat_id


async def every(connection: AsyncConnection) -> dict[int, int]:
    """Gives every group that became another one, and the id that it has since then."""
    moves = await facts.beginning_with(connection, _MOVED)
    return {int(name.removeprefix(_MOVED)): int(new) for name, new in moves.items()}


async def note(connection: AsyncConnection, old: int, new: int) -> None:
    """Keeps that a chat has another id now."""
    await facts.put(connection, f"{_MOVED}{old}", str(new))
