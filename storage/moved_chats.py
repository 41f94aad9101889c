"""Groups that became supergroups: the id that a chat has by now, as far as it was met."""

from collections.abc import Mapping
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from storage import named_values

_MOVED = "migrated:"
Chat = TypeVar("Chat", int, int | None)


async def newest(connection: AsyncConnection, chat_id: int) -> int:
    """Gives the id that a chat has by now: another one where it was upgraded, once or several times."""
    return newest_of(chat_id, await every(connection))


def newest_of(chat_id: Chat, moved: Mapping[int, int]) -> Chat:
    """Gives the id that a group has by now; `moved` maps the old ids to the new ones."""
    for _ in range(len(moved)):
        if chat_id is None or chat_id not in moved:
            break
        chat_id = moved[chat_id]
    return chat_id


async def every(connection: AsyncConnection) -> dict[int, int]:
    """Gives every group that became another one, and the id that it has since then."""
    moves = await named_values.beginning_with(connection, _MOVED)
    return {int(name.removeprefix(_MOVED)): int(new) for name, new in moves.items()}


async def note(connection: AsyncConnection, old: int, new: int) -> None:
    """Keeps that a chat has another id now."""
    await named_values.put(connection, f"{_MOVED}{old}", str(new))
