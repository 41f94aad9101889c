"""Counts what waits in the outbox, for health, metrics and limits, and tells the worker when something is due."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import BindParameter, bindparam, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.models import outbox

_QUEUED = outbox.c.state == "queued"
_BUT_FOR: BindParameter[Any] = bindparam("but_for", expanding=True)
_LENGTH_AND_OLDEST = select(func.count(), func.min(case((outbox.c.kind.not_in(_BUT_FOR), outbox.c.created_at)))).where(
    _QUEUED
)
_NEXT_DUE = select(func.min(outbox.c.not_before)).where(_QUEUED, outbox.c.not_before > bindparam("after"))
_OF_CHAT = select(func.count()).where(outbox.c.chat_id == bindparam("chat"), _QUEUED, outbox.c.kind.not_in(_BUT_FOR))


async def length_and_oldest(connection: AsyncConnection, but_for: Collection[str] = ()) -> tuple[int, float | None]:
    """Counts the rows that wait; gives also the moment at which the oldest came that is of no kind in `but_for`."""
    count, oldest = (await connection.execute(_LENGTH_AND_OLDEST, {"but_for": [*but_for]})).one()
    return int(count), oldest


async def newest(connection: AsyncConnection) -> float:
    """Gives the moment at which the newest row was put; 0 where there is none."""
    return float((await connection.execute(select(func.coalesce(func.max(outbox.c.created_at), 0.0)))).scalar_one())


async def next_due(connection: AsyncConnection, after: float = -1.0) -> float | None:
    """Gives the first moment later than `after` (seconds since the epoch) at which a row becomes due, or became.

    Without `after` rows that are due count as well. None where there is no such row.
    """
    found: float | None = (await connection.execute(_NEXT_DUE, {"after": after})).scalar_one_or_none()
    return found


async def count_queued(connection: AsyncConnection, chat_id: int, silent: Collection[str]) -> int:
    """Counts the messages that wait for a chat; rows of a `silent` kind are none."""
    return int((await connection.execute(_OF_CHAT, {"chat": chat_id, "but_for": [*silent]})).scalar_one())
