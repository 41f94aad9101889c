"""The sums of the counted events: whole local days, medians, shares, the table; on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import statistics
from storage.database import Database
from storage.statistics import Period, Summary

MOSCOW = ZoneInfo("Europe/Moscow")
NOON = datetime(2026, 3, 10, 12, tzinfo=MOSCOW).timestamp()
HOUR, DAY = 3600.0, 86400.0


async def counted(database: Database, *events: tuple[str, float, dict[str, Any]]) -> None:
    async def work(connection: AsyncConnection) -> None:
        for kind, at, more in events:
            await statistics.count(connection, kind, at, school_id=1, **more)

    await database.write(work)


async def summed(database: Database, days: int = 30, now: float = NOON) -> Summary:
    period = Period.ending_at(now, days, MOSCOW)
    return await database.read(lambda c: statistics.summary(c, period))


async def test_nothing_counted_is_an_empty_summary(database: Database) -> None:
    found = await summed(database)
    assert found.is_empty
    assert (found.alone, found.first_answer, found.solution) == (None, None, None)


async def test_a_period_is_whole_local_days_up_to_today(database: Database) -> None:
    period = Period.ending_at(NOON, 7, MOSCOW)
    assert (period.first, period.last) == (date(2026, 3, 4), date(2026, 3, 10))
    await counted(
        database,
        ("began", period.begins - 0.5, {"path": "child"}),
        ("began", period.begins, {"path": "child"}),
        ("began", period.ends - 0.5, {"path": "child"}),
        ("began", period.ends, {"path": "child"}),
    )
    assert (await summed(database, 7)).began == {"child": 2}


def test_a_day_on_which_the_clocks_change_is_not_24_hours_long() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    day = datetime(2026, 3, 29, 12, tzinfo=berlin).timestamp()
    period = Period.ending_at(day, 1, berlin)
    assert period.ends - period.begins == 23 * HOUR
    assert list(period.days()) == [date(2026, 3, 29)]


async def test_paths_steps_errors_and_topics_are_counted_apart(database: Database) -> None:
    await counted(
        database,
        *[("began", NOON, {"path": "child"})] * 3,
        ("began", NOON, {"path": "parent"}),
        *[("step", NOON, {"path": "child", "step": 2})] * 2,
        ("step", NOON, {"path": "child", "step": 6}),
        ("error", NOON, {"path": "child", "error": "diary_not_found"}),
        ("error", NOON, {"path": "parent", "error": "diary_not_found"}),
        ("error", NOON, {"path": "child", "error": "diary_not_found+consent_required"}),
        ("topic", NOON, {"error": "no_code"}),
        ("unknown", NOON, {}),
        ("unknown", NOON, {"path": "parent"}),
    )
    found = await summed(database)
    assert found.began == {"child": 3, "parent": 1}
    assert found.reached == {("child", 2): 2, ("child", 6): 1}
    assert found.errors == {"diary_not_found": 3, "consent_required": 1}
    assert found.topics == {"no_code": 1}
    assert found.unknown == 2
    assert not found.is_empty


async def test_the_share_without_a_person_and_the_tickets_of_each_local_day(database: Database) -> None:
    late = datetime(2026, 3, 8, 21, 30, tzinfo=UTC).timestamp()  # half past midnight of the 9th in Moscow
    await counted(
        database,
        *[("done", NOON, {"path": "parent"})] * 3,
        ("ticket", NOON, {"path": "child", "error": "diary_not_found"}),
        ("ticket", late, {"path": "child"}),
    )
    found = await summed(database)
    assert found.alone == pytest.approx(3 / 5)
    assert found.tickets == {date(2026, 3, 9): 1, date(2026, 3, 10): 1}


@pytest.mark.parametrize(("seconds", "middle"), [([60.0], 60.0), ([10.0, 90.0, 600.0], 90.0), ([10.0, 30.0], 20.0)])
async def test_times_are_medians(database: Database, seconds: list[float], middle: float) -> None:
    await counted(database, *[("first_answer", NOON, {"seconds": one}) for one in seconds])
    await counted(database, *[("solved", NOON, {"path": "child", "seconds": one * 2}) for one in seconds])
    found = await summed(database)
    assert found.first_answer == pytest.approx(middle)
    assert found.solution == pytest.approx(middle * 2)


async def test_the_table_has_a_line_for_each_day_and_sort(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics, "_PAGE", 2)
    await counted(
        database,
        *[("step", NOON, {"path": "child", "step": 2})] * 3,
        ("began", NOON, {"path": "child"}),
        ("topic", NOON - DAY, {"error": "no_code"}),
        ("unknown", NOON - 40 * DAY, {}),
    )
    everything = await database.read(lambda c: statistics.daily(c, MOSCOW))
    assert everything == [
        ("2026-01-29", "unknown", "", None, "", 1),
        ("2026-03-09", "topic", "", None, "no_code", 1),
        ("2026-03-10", "began", "child", None, "", 1),
        ("2026-03-10", "step", "child", 2, "", 3),
    ]
    week = Period.ending_at(NOON, 7, MOSCOW)
    assert len(await database.read(lambda c: statistics.daily(c, MOSCOW, week))) == 3
