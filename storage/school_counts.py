"""Counts by school, for the operator of a bot that many schools share: numbers alone, nobody's words or names."""

from collections import defaultdict
from dataclasses import dataclass, replace
from statistics import median

from sqlalchemy import and_, bindparam, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.models import dialogues, events, outbox
from storage.statistics import Period
from storage.ticket_models import tickets
from storage.tickets import WAITS_FOR_SCHOOL, WAITS_SINCE

WAITS_LONG_S = 24 * 3600.0  # so long a ticket may wait for its school before the operator is told
_KINDS = ("began", "done", "ticket", "first_answer", "helped")
_BETWEEN = (events.c.at >= bindparam("begin"), events.c.at < bindparam("end"))
_COUNTED = (
    select(events.c.school_id, events.c.kind, func.count())
    .where(*_BETWEEN, events.c.kind.in_(_KINDS))
    .group_by(events.c.school_id, events.c.kind)
)
_FIRST_ANSWERS = select(events.c.school_id, events.c.seconds).where(
    *_BETWEEN, events.c.kind == "first_answer", events.c.seconds.is_not(None)
)
_WAITS_LONG = and_(WAITS_FOR_SCHOOL, bindparam("before") >= WAITS_SINCE)
_WAITS = select(tickets.c.desk_id, tickets.c.family_id, WAITS_SINCE).where(_WAITS_LONG)
_OPEN = select(tickets.c.desk_id, func.count()).where(tickets.c.is_open).group_by(tickets.c.desk_id)
_OPEN_AND_LONG = select(tickets.c.desk_id, func.count(), func.sum(case((_WAITS_LONG, 1), else_=0)))
_OPEN_AND_LONG = _OPEN_AND_LONG.where(tickets.c.is_open).group_by(tickets.c.desk_id)
_FAMILIES = select(dialogues.c.school_id, func.count()).group_by(dialogues.c.school_id)
_OWED = select(outbox.c.school_id, func.count()).where(outbox.c.state == "queued").group_by(outbox.c.school_id)


@dataclass(frozen=True, slots=True)
class SchoolCounts:
    """The counts of one school in a period; `first_answer` is a median in seconds, None where nothing was answered.

    `answered` counts the tickets that got a first answer, `helped` how often a family said that an answer helped.
    """

    began: int = 0
    done: int = 0
    tickets: int = 0
    answered: int = 0
    helped: int = 0
    first_answer: float | None = None


@dataclass(frozen=True, slots=True)
class SchoolSize:
    """The counts of one school at present; `waiting` are the tickets that wait for its word too long."""

    open: int = 0
    waiting: int = 0
    families: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """The tickets of a school that wait for its word too long: how many, and since when the oldest does."""

    number: int
    since: float


async def by_school(connection: AsyncConnection, period: Period) -> dict[int, SchoolCounts]:
    """Adds up a period at each school where anything was counted."""
    within = {"begin": period.begins, "end": period.ends}
    numbers: dict[int, dict[str, int]] = defaultdict(dict)
    for school_id, kind, number in await connection.execute(_COUNTED, within):
        numbers[school_id][kind] = int(number)
    seconds: dict[int, list[float]] = defaultdict(list)
    for school_id, took in await connection.execute(_FIRST_ANSWERS, within):
        seconds[school_id].append(took)
    return {
        school_id: SchoolCounts(
            began=of.get("began", 0),
            done=of.get("done", 0),
            tickets=of.get("ticket", 0),
            answered=of.get("first_answer", 0),
            helped=of.get("helped", 0),
            first_answer=median(seconds[school_id]) if seconds[school_id] else None,
        )
        for school_id, of in numbers.items()
    }


async def sizes(connection: AsyncConnection, before: float, only: int | None) -> dict[int, SchoolSize]:
    """Counts by school what it has at present; a ticket that waits since before this moment waits too long.

    `only` is the school of families that chose none; None where there are several, and such families have none yet.
    """
    found = {
        desk_id: SchoolSize(number, int(waiting))
        for desk_id, number, waiting in await connection.execute(_OPEN_AND_LONG, {"before": before})
    }
    for chosen, families in await connection.execute(_FAMILIES):
        school_id = only if chosen is None else chosen
        if school_id is not None:
            known = found.get(school_id, SchoolSize())
            found[school_id] = replace(known, families=known.families + families)
    return found


async def waiting_since(connection: AsyncConnection, before: float) -> list[tuple[int, int | None, float]]:
    """Lists the tickets that wait for their school's word since before a moment: school, family, since when."""
    return [(row[0], row[1], row[2]) for row in await connection.execute(_WAITS, {"before": before})]


async def open_tickets(connection: AsyncConnection) -> dict[int, int]:
    """Counts the open tickets by school."""
    return {school_id: int(number) for school_id, number in await connection.execute(_OPEN)}


async def owed(connection: AsyncConnection) -> dict[int, int]:
    """Counts by school what waits in the outbox."""
    return {school_id: int(number) for school_id, number in await connection.execute(_OWED)}
