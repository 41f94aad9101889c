"""Reads the school's working hours from their setting, and counts working time by them.

Every moment is a timezone-aware datetime, and its own `tzinfo` is taken for the school's local time. Differences are
counted in UTC, so a night when the clocks are moved adds or takes nothing but what really passed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from bot import texts_ru as texts

EXAMPLE = "Mon-Fri 08:00-17:00; Sat 09:00-12:00; off 2026-12-31..2027-01-10"

MINUTES_A_DAY = 24 * 60
_WEEK = 7
_DAYS = {
    name: number
    for number, names in enumerate(
        (("mon", "пн"), ("tue", "вт"), ("wed", "ср"), ("thu", "чт"), ("fri", "пт"), ("sat", "сб"), ("sun", "вс"))
    )
    for name in names
}
_DASHES = str.maketrans("–—−", "---")
_PART = re.compile(r"(?P<days>[a-zа-я]+(?:\s*[-,]\s*[a-zа-я]+)*)\s+(?P<hours>\d.*)")
_INTERVAL = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")
_OFF = re.compile(r"off\s++(?P<dates>.+)")

Span = tuple[datetime, datetime]
Minutes = tuple[int, int]


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """Holds a week of intervals and the days off.

    `week` has for Monday to Sunday the open intervals in minutes since midnight, sorted and apart from each other;
    `off` the first and last day of each stretch without work.
    """

    week: tuple[tuple[Minutes, ...], ...]
    off: tuple[tuple[date, date], ...] = ()

    def is_open(self, moment: datetime) -> bool:
        """Tells whether the school works at this moment; the closing minute itself is closed."""
        start = next(self._spans_after(moment), None)
        return start is not None and start[0] <= moment.astimezone(UTC)

    def next_open(self, moment: datetime) -> datetime | None:
        """Gives the moment itself if it is open, else the next opening, in the same time zone; None if none comes."""
        span = next(self._spans_after(moment), None)
        if span is None:
            return None
        return moment if span[0] <= moment.astimezone(UTC) else span[0].astimezone(moment.tzinfo)

    def working_seconds_between(self, start: datetime, end: datetime) -> float:
        """Counts the seconds of working time between two moments; 0.0 where the end is not after the start."""
        first, last = start.astimezone(UTC), end.astimezone(UTC)
        total = timedelta()
        for opens, closes in self._spans_after(start):
            begins = max(opens, first)
            if begins >= last:
                break
            total += min(closes, last) - begins
        return total.total_seconds()

    def _spans_after(self, moment: datetime) -> Iterator[Span]:
        """Gives the open stretches that end after the moment, in UTC, in order, never overlapping."""
        if moment.tzinfo is None:
            raise ValueError("working hours need a moment with a time zone")
        after = moment.astimezone(UTC)
        reached = after - timedelta(days=2)
        # A day earlier: around midnight the date in UTC and the local one differ.
        for day in self._working_days(moment.date() - timedelta(days=1)):
            for begin, end in self.week[day.weekday()]:
                # On the night when clocks go forward a time that does not exist may stand after one that does.
                opens = max(_instant(day, begin, moment), reached)
                closes = max(_instant(day, end, moment), opens)
                reached = closes
                if closes > max(opens, after):
                    yield opens, closes

    def _working_days(self, day: date) -> Iterator[date]:
        if not any(self.week):
            return
        # The year before the last one a datetime can hold, since a time zone may move a moment past its end.
        while day.year < date.max.year:
            rest = next((last for first, last in self.off if first <= day <= last), None)
            if rest is None:
                yield day
                day += timedelta(days=1)
            elif rest.year < date.max.year:
                day = rest + timedelta(days=1)
            else:
                return


def parse(text: str) -> WorkingHours:
    """Reads the WORKING_HOURS setting; parts are separated by «;», days and «off» may be written in any case.

    Raises ValueError with a message for the installer, in Russian, with an example of the right form.
    """
    week: list[list[Minutes]] = [[] for _ in range(_WEEK)]
    off: list[tuple[date, date]] = []
    for part in _parts(text):
        if found := _OFF.fullmatch(part):
            off.extend(_stretch(item) for item in _listed(found["dates"], part))
        elif found := _PART.fullmatch(part):
            intervals = [_interval(item) for item in _listed(found["hours"], part)]
            for day in _days(found["days"], part):
                week[day].extend(intervals)
        else:
            raise _wrong(texts.HOURS_UNKNOWN.format(part=part))
    if not any(week):
        raise _wrong(texts.HOURS_NO_DAY)
    return WorkingHours(tuple(_joined(day) for day in week), tuple(sorted(off)))


def daily(from_hour: int, to_hour: int) -> WorkingHours:
    """Makes hours that are the same on every day of the week: from `from_hour`:00 to `to_hour`:00."""
    return WorkingHours((((from_hour * 60, to_hour * 60),),) * _WEEK)


# The hours in which the desk may be reminded while WORKING_HOURS is empty (.env.example says so).
EVERY_DAY_9_20 = daily(9, 20)


def clamp_to_daytime(moment: datetime, from_hour: int = 9, to_hour: int = 20) -> datetime:
    """Gives the moment itself if its local time lies between the two hours, else the next time the first one comes."""
    return daily(from_hour, to_hour).next_open(moment) or moment


def _parts(text: str) -> Iterator[str]:
    for part in text.lower().translate(_DASHES).split(";"):
        if part.strip():
            yield part.strip()


def _listed(items: str, part: str) -> list[str]:
    found = [item.strip() for item in items.split(",")]
    if not all(found):
        raise _wrong(texts.HOURS_COMMA.format(part=part))
    return found


def _days(names: str, part: str) -> Iterator[int]:
    for item in _listed(names, part):
        first, _, last = (name.strip() for name in item.partition("-"))
        begin, end = _day(first), _day(last or first)
        yield from ((begin + step) % _WEEK for step in range((end - begin) % _WEEK + 1))


def _day(name: str) -> int:
    if name not in _DAYS:
        raise _wrong(texts.HOURS_WEEKDAY.format(name=name))
    return _DAYS[name]


def _interval(text: str) -> Minutes:
    found = _INTERVAL.fullmatch(text)
    if not found:
        raise _wrong(texts.HOURS_FORM.format(text=text))
    hours, minutes, to_hours, to_minutes = map(int, found.groups())
    begin, end = hours * 60 + minutes, to_hours * 60 + to_minutes
    if max(minutes, to_minutes) > 59 or end > MINUTES_A_DAY:
        raise _wrong(texts.HOURS_TIME.format(text=text))
    if begin >= end:
        raise _wrong(texts.HOURS_ORDER.format(text=text))
    return begin, end


def _stretch(text: str) -> tuple[date, date]:
    first, dots, last = (item.strip() for item in text.partition(".."))
    begin = _date(first)
    end = _date(last) if dots else begin
    if end < begin:
        raise _wrong(texts.HOURS_OFF_ORDER.format(text=text))
    return begin, end


def _date(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        raise _wrong(texts.HOURS_DATE.format(text=text)) from None


def _joined(intervals: list[Minutes]) -> tuple[Minutes, ...]:
    joined: list[Minutes] = []
    for begin, end in sorted(intervals):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return tuple(joined)


def _instant(day: date, minutes: int, like: datetime) -> datetime:
    """Gives a local time of a day in UTC; minute 1440 is the midnight that ends the day."""
    whole_days, rest = divmod(minutes, MINUTES_A_DAY)
    local = datetime.combine(day + timedelta(days=whole_days), time(*divmod(rest, 60)), like.tzinfo)
    return local.astimezone(UTC)


def _wrong(what: str) -> ValueError:
    return ValueError(texts.HOURS_WRONG.format(what=what, example=EXAMPLE))
