"""Counted events, none of which names a person, and their sums over a period."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from statistics import median
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, bindparam, cast, distinct, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.models import events

_PAGE = 20_000
HALF_HOUR_S = 1800.0
_INSERT = events.insert()


async def count(
    connection: AsyncConnection,
    kind: str,
    at: float,
    *,
    school_id: int,
    path: str | None = None,
    step: int | None = None,
    error: str | None = None,
    seconds: float | None = None,
) -> None:
    """Counts one event at a school; `seconds` is how long something took."""
    row = {
        "school_id": school_id,
        "at": at,
        "kind": kind,
        "path": path,
        "step": step,
        "error": error,
        "seconds": seconds,
    }
    await connection.execute(_INSERT, row)


# --- what they add up to ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days of a time zone, `first` and `last` included."""

    first: date
    last: date
    zone: tzinfo

    @classmethod
    def ending_at(cls, now: float, days: int, zone: tzinfo) -> "Period":
        """Gives the `days` calendar days up to and with the one that `now` (seconds since the epoch) falls on."""
        last = datetime.fromtimestamp(now, zone).date()
        return cls(last - timedelta(days=days - 1), last, zone)

    @property
    def begins(self) -> float:
        """Gives the first moment of the first day, seconds since the epoch."""
        return _midnight(self.first, self.zone)

    @property
    def ends(self) -> float:
        """Gives the first moment after the last day, seconds since the epoch."""
        return _midnight(self.last + timedelta(days=1), self.zone)

    def days(self) -> Iterator[date]:
        """Lists every day, first to last."""
        for number in range((self.last - self.first).days + 1):
            yield self.first + timedelta(days=number)


@dataclass(frozen=True, slots=True)
class Summary:
    """The counts of a period.

    `reached[path, step]` is how often step `step` was come to; one past the last step is the guide's end.
    `answered` counts the questions that the bot answered by the school's own answers, `answered_helped` those that it
    helped. `helped` and `not_helped` are how often a family said so of an answer of the school.
    `first_answer` and `solution` are medians in seconds from the sending of a ticket, None where there was none.
    """

    period: Period
    began: dict[str, int]
    reached: dict[tuple[str, int], int]
    done: dict[str, int]
    errors: dict[str, int]
    topics: dict[str, int]
    unknown: int
    answered: int
    answered_helped: int
    tickets: dict[date, int]
    first_answer: float | None
    solution: float | None
    helped: int = 0
    not_helped: int = 0

    @property
    def alone(self) -> float | None:
        """Gives the share of what ended without a person's help, 0…1; None where nothing ended yet."""
        done, sent = sum(self.done.values()), sum(self.tickets.values())
        return done / (done + sent) if done + sent else None

    @property
    def is_empty(self) -> bool:
        """Tells whether nothing at all was counted."""
        counted = (self.began, self.reached, self.done, self.errors, self.topics, self.unknown, self.tickets)
        return not any(counted) and not self.answered and self.first_answer is None and self.solution is None


class DayCount(NamedTuple):
    """The number of events of one sort on a day (ISO, local)."""

    day: str
    kind: str
    path: str
    step: int | None
    error: str
    number: int


async def summary(connection: AsyncConnection, period: Period, school_id: int | None = None) -> Summary:
    """Adds up the events of a period at a school; None: at all of them."""
    among = _among(period, school_id)
    counts = await _counts(connection, among)
    tickets = await _moments(connection, among, "ticket")
    return Summary(
        period=period,
        began=_by(counts, "began", "path"),
        reached={(g.path, g.step): n for g, n in counts.items() if g.kind == "step" and g.path and g.step},
        done=_by(counts, "done", "path"),
        errors=_by(counts, "error", "error"),
        topics=_by(counts, "topic", "error"),
        unknown=_number(counts, "unknown"),
        answered=_number(counts, "answered"),
        answered_helped=_number(counts, "answered_helped"),
        tickets=dict(Counter(datetime.fromtimestamp(at, period.zone).date() for at in tickets)),
        first_answer=await _median(connection, among, "first_answer"),
        solution=await _median(connection, among, "solved"),
        helped=_number(counts, "helped"),
        not_helped=_number(counts, "not_helped"),
    )


async def daily(
    connection: AsyncConnection, zone: tzinfo, period: Period | None = None, school_id: int | None = None
) -> list[DayCount]:
    """Counts all events (in the period, at the school) by local day and kind, oldest day first."""
    found: Counter[tuple[str, str, str, int | None, str]] = Counter()
    async for at, kind, path, step, error in _in_pages(connection, period, school_id):
        day = datetime.fromtimestamp(at, zone).date().isoformat()
        found[day, kind, path or "", step, error or ""] += 1
    rows = [DayCount(*sort, count) for sort, count in found.items()]
    return sorted(rows, key=lambda row: (row.day, row.kind, row.path, row.step or 0, row.error))


async def _in_pages(
    connection: AsyncConnection, period: Period | None, school_id: int | None
) -> AsyncIterator[Sequence[Any]]:
    """Gives the events one by one, never all of them in memory: a reading connection has no server-side cursor."""
    e, last = events.c, 0
    query = select(e.at, e.kind, e.path, e.step, e.error, e.id).order_by(e.id).limit(_PAGE)
    if period:
        query = query.where(e.at >= period.begins, e.at < period.ends)
    if school_id is not None:
        query = query.where(e.school_id == school_id)
    while page := (await connection.execute(query.where(e.id > last))).all():
        for row in page:
            yield row[:5]
        last = page[-1][5]


# A half hour in which anything at all was counted: nights and holidays say nothing of how busy a school is. Whether a
# database cuts or rounds a number to a whole one only moves where the half hours begin.
_BUSY_HALF_HOURS = func.count(distinct(cast(events.c.at / HALF_HOUR_S, Integer)))
_BETWEEN = (
    events.c.school_id == bindparam("school"), events.c.at >= bindparam("begin"), events.c.at < bindparam("end"),
)  # fmt: skip
_COUNT_BUSY = select(_BUSY_HALF_HOURS).where(*_BETWEEN)
_COUNT_MET = (
    select(events.c.kind, events.c.error, func.count())
    .where(*_BETWEEN, events.c.kind.in_(("error", "topic", "unknown")))
    .group_by(events.c.kind, events.c.error)
)


async def usual_in_half_hour(
    connection: AsyncConnection, school_id: int, begin: float, end: float, *, fewest: int
) -> dict[tuple[str, str | None], float]:
    """Gives how often each error, topic or unknown text was met at a school, in a half hour of this time in which
    anybody wrote.

    They count as at least `fewest` half hours: a shorter past says little. The keys are the kind and the id of what was
    met. Empty where nothing was met, as at a new school.
    """
    within = {"school": school_id, "begin": begin, "end": end}
    busy = max((await connection.execute(_COUNT_BUSY, within)).scalar_one(), fewest)
    met = (await connection.execute(_COUNT_MET, within)).all()
    return {(kind, error): number / busy for kind, error, number in met}


class _Group(NamedTuple):
    kind: str
    path: str | None
    step: int | None
    error: str | None


def _among(period: Period, school_id: int | None) -> tuple[ColumnElement[bool], ...]:
    e = events.c
    within = (e.at >= period.begins, e.at < period.ends)
    return within if school_id is None else (e.school_id == school_id, *within)


async def _counts(connection: AsyncConnection, among: Sequence[ColumnElement[bool]]) -> dict[_Group, int]:
    e = events.c
    sort = (e.kind, e.path, e.step, e.error)
    query = select(*sort, func.count()).where(*among).group_by(*sort)
    return {_Group(*row[:4]): int(row[4]) for row in await connection.execute(query)}


def _number(counts: dict[_Group, int], kind: str) -> int:
    return sum(number for group, number in counts.items() if group.kind == kind)


def _by(counts: dict[_Group, int], kind: str, field: str) -> dict[str, int]:
    """Gives the counts of one kind by path or error; two errors of one screen are joined by «+» and count each."""
    found: Counter[str] = Counter()
    for group, number in counts.items():
        if group.kind == kind:
            for name in (getattr(group, field) or "").split("+"):
                found[name] += number
    return dict(found)


async def _moments(connection: AsyncConnection, among: Sequence[ColumnElement[bool]], kind: str) -> list[float]:
    e = events.c
    query = select(e.at).where(*among, e.kind == kind)
    return list((await connection.execute(query)).scalars())


async def _median(connection: AsyncConnection, among: Sequence[ColumnElement[bool]], kind: str) -> float | None:
    # SQLite has no median of its own, so both databases hand over the numbers.
    e = events.c
    query = select(e.seconds).where(*among, e.kind == kind, e.seconds.is_not(None))
    found = list((await connection.execute(query)).scalars())
    return float(median(found)) if found else None


def _midnight(day: date, zone: tzinfo) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()
