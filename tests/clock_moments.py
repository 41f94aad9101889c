"""Gives the moments to which tests set the clock: November 2030 in Moscow, whose 25th is a Monday."""

from datetime import datetime
from zoneinfo import ZoneInfo

MOSCOW = ZoneInfo("Europe/Moscow")


def moscow(day: int, hour: int, minute: int = 0) -> float:
    """Gives a moment of November 2030, seconds since the epoch; day 31 is the first of December."""
    month, day = (12, day - 30) if day > 30 else (11, day)
    return datetime(2030, month, day, hour, minute, tzinfo=MOSCOW).timestamp()
