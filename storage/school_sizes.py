"""Counts of the schools for the operator: open tickets, those that wait for long, families. Counts only."""

from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.models import dialogues
from storage.school_models import FIRST
from storage.ticket_models import tickets
from storage.ticket_status import Turn


@dataclass(frozen=True, slots=True)
class SchoolCount:
    """The counts of one school; `waiting` are the tickets that wait for the school since before a moment."""

    open: int = 0
    waiting: int = 0
    families: int = 0


async def by_school(connection: AsyncConnection, waiting_before: float) -> dict[int, SchoolCount]:
    """Counts by school; tickets that are put off wait for nobody. `waiting_before` is in seconds since the epoch."""
    t = tickets.c
    since = func.coalesce(t.family_waits_since, t.created_at)
    waits = (t.turn != Turn.FAMILY) & t.put_off_until.is_(None) & (since <= waiting_before)
    query = select(t.desk_id, func.count(), func.sum(case((waits, 1), else_=0)))
    found = {
        desk_id: SchoolCount(count, int(waiting))
        for desk_id, count, waiting in await connection.execute(query.where(t.is_open).group_by(t.desk_id))
    }
    school = func.coalesce(dialogues.c.school_id, FIRST)
    for school_id, families in await connection.execute(select(school, func.count()).group_by(school)):
        counted = found.get(school_id, SchoolCount())
        found[school_id] = SchoolCount(counted.open, counted.waiting, families)
    return found
