"""The mornings that the buttons under «Отложить» mean, by the working hours of a school."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.flows.ticket import put_off_days
from bot.flows.working_hours import EVERY_DAY_9_20, parse

MOSCOW = ZoneInfo("Europe/Moscow")
WEEKDAYS = "Mon-Fri 08:00-17:00"


def on(day: int, hour: int = 12) -> datetime:
    """A moment of November 2030, whose 25th is a Monday."""
    return datetime(2030, 11, day, hour, tzinfo=MOSCOW)


@pytest.mark.parametrize(
    ("hours", "said", "choice", "morning"),
    [
        ("", on(25), "tomorrow", on(26, 9)),
        ("", on(25, 23), "tomorrow", on(26, 9)),
        (WEEKDAYS, on(22), "tomorrow", on(25, 8)),
        (WEEKDAYS, on(22), "monday", on(25, 8)),
        (WEEKDAYS, on(24), "monday", on(25, 8)),
        (WEEKDAYS, on(18), "monday", on(25, 8)),
        (WEEKDAYS + "; off 2030-11-25..2030-11-26", on(22), "monday", on(27, 8)),
        (WEEKDAYS, on(20), "days3", on(25, 8)),
        ("", on(20), "days3", on(23, 9)),
        ("Mon-Sun 00:00-24:00", on(20), "tomorrow", on(21, 9)),
        ("Mon-Fri 08:00-17:00; off 2030-01-01..9999-12-31", on(20), "tomorrow", on(21, 9)),
    ],
)
def test_a_choice_means_the_opening_of_a_working_day(
    hours: str, said: datetime, choice: str, morning: datetime
) -> None:
    assert put_off_days.morning_of(choice, said, parse(hours) if hours else EVERY_DAY_9_20) == morning


@pytest.mark.parametrize("choice", ["", "never", "not", "days30", "0"])
def test_what_names_no_day_means_none(choice: str) -> None:
    assert put_off_days.morning_of(choice, on(20), EVERY_DAY_9_20) is None
