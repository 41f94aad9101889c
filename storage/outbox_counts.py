"""Counts what waits in the outbox: for health, metrics, the check, and the limits of the support chat."""

from collections.abc import Collection

from sqlalchemy import and_, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.models import outbox


async def length_and_oldest(connection: AsyncConnection, but_for: Collection[str] = ()) -> tuple[int, float | None]:
    """Counts the rows that wait, and tells since when the oldest of them that is not of a kind `but_for` does."""
    oldest_of = case((outbox.c.kind.not_in(but_for), outbox.c.created_at))
    query = select(func.count(), func.min(oldest_of)).where(outbox.c.state == "queued")
    count, oldest = (await connection.execute(query)).one()
    return int(count), oldest


async def next_due(connection: AsyncConnection, now: float) -> float | None:
    """Gives the moment when the next row that is not due yet becomes due."""
    query = select(func.min(outbox.c.not_before)).where(outbox.c.state == "queued", outbox.c.not_before > now)
    found: float | None = (await connection.execute(query)).scalar_one_or_none()
    return found


async def count_queued(connection: AsyncConnection, chat_id: int, silent: Collection[str]) -> int:
    """Counts the messages that wait for a chat; rows of a `silent` kind are none."""
    counted = and_(outbox.c.chat_id == chat_id, outbox.c.state == "queued", outbox.c.kind.not_in(silent))
    return int((await connection.execute(select(func.count()).where(counted))).scalar_one())
