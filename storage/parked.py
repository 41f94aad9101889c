"""Keeps outbox rows that a messenger refuses for a while: they hold up nobody, and the clock has them tried again."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, case, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.models import outbox
from storage.outbox import OWED, Owed, rows_of

_PARKED = select(*OWED).where(outbox.c.chat_id.in_(bindparam("chats", expanding=True)), outbox.c.state == "parked")
STALE_S = 24 * 3600.0  # a screen of the guide that waited longer answers nothing that its family still asks


async def park(connection: AsyncConnection, ids: list[int], not_before: float, error: str) -> None:
    """Parks rows: they leave their queue until that moment, and each counts as tried once more."""
    values = {
        "state": "parked", "error": error, "not_before": not_before, "lease_until": 0, "lease_owner": None,
        "attempts": outbox.c.attempts + 1,
    }  # fmt: skip
    await connection.execute(update(outbox).where(outbox.c.id.in_(ids)).values(**values))


async def wait_together(connection: AsyncConnection, chat_id: int) -> None:
    """Lets all that is parked for a chat come at the moment of the first of it, so that their order is kept."""
    mine = and_(outbox.c.chat_id == chat_id, outbox.c.state == "parked")
    first = (await connection.execute(select(func.min(outbox.c.not_before)).where(mine))).scalar_one_or_none()
    if first is not None:
        await connection.execute(update(outbox).where(mine).values(not_before=first))


async def rows_for(connection: AsyncConnection, chats: Collection[int]) -> list[Owed]:
    """Gives what is parked for these chats; `error` has the words with which each row was refused."""
    return await rows_of(connection, _PARKED, {"chats": [*chats]})


async def wake_chat(connection: AsyncConnection, chat_id: int, now: float, screens: str) -> None:
    """Puts all that is parked for a chat back into its queue at once; `screens` as for `wake`."""
    mine = and_(outbox.c.chat_id == chat_id, outbox.c.state == "parked")
    await connection.execute(update(outbox).where(mine).values(not_before=now))
    await wake(connection, now, screens)


async def wake(connection: AsyncConnection, now: float, screens: str) -> int:
    """Puts what was parked until now back into its queue; returns how many rows.

    A promised row counts as new, so that one unreachable family does not look like a queue that stands still. A row of
    the kind `screens` that belongs to no ticket stays as old as it is.
    """
    since = case((_is_of_guide(screens), outbox.c.created_at), else_=now)
    due = and_(outbox.c.state == "parked", outbox.c.not_before <= now)
    return (await connection.execute(update(outbox).where(due).values(state="queued", created_at=since))).rowcount


async def stale_screens(
    connection: AsyncConnection, family_id: int, now: float, screens: str
) -> list[tuple[int, dict[str, Any]]]:
    """Gives the ids and payloads of rows of the kind `screens`, of no ticket, that waited for a family over a day."""
    old = and_(outbox.c.chat_id == family_id, outbox.c.created_at < now - STALE_S, outbox.c.lease_until <= 0)
    found = await connection.execute(select(outbox.c.id, outbox.c.payload).where(old, _is_of_guide(screens)))
    return [(row.id, row.payload) for row in found]


def _is_of_guide(screens: str) -> ColumnElement[bool]:
    return and_(outbox.c.kind == screens, outbox.c.ticket_id.is_(None))


async def refused_among(connection: AsyncConnection, ids: Collection[int]) -> set[int]:
    """Gives those of the rows that were refused and are still to be sent."""
    waits = and_(outbox.c.state.in_(("queued", "parked")), outbox.c.error.is_not(None))
    return set((await connection.execute(select(outbox.c.id).where(outbox.c.id.in_(ids), waits))).scalars())


async def is_refused(connection: AsyncConnection, row_id: int) -> bool:
    """Tells whether a row was refused and is still to be sent by itself, without anything new before it."""
    return bool(await refused_among(connection, [row_id]))
