"""Counts by school: each school's own events, tickets and messages, on both databases."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import outbox, school_counts, statistics
from storage.database import Database
from storage.school_counts import SchoolCounts
from storage.statistics import Period
from storage.ticket_models import tickets
from tests.ticket_under_way import MOSCOW


def ticket(number: int, desk_id: int, since: float, **more: Any) -> dict[str, Any]:
    return {
        "family_id": 100 + number, "form_id": f"{desk_id}-{number}", "desk_id": desk_id, "number": number,
        "consent_at": since, "created_at": since, "updated_at": since, "turn": "nobody", "is_open": True, **more,
    }  # fmt: skip


async def test_each_school_is_counted_by_itself(database: Database) -> None:
    period = Period(date(2030, 9, 1), date(2030, 9, 2), MOSCOW)
    at = period.begins + 60.0

    async def work(connection: AsyncConnection) -> None:
        for school_id, seconds in ((1, 10.0), (1, 30.0), (1, 80.0), (2, 5.0)):
            await statistics.count(connection, "first_answer", at, school_id=school_id, seconds=seconds)
        for kind, school_id, moment in (
            ("began", 1, at), ("began", 1, at), ("done", 1, at), ("ticket", 2, at), ("helped", 2, at),
            ("began", 2, period.ends), ("began", 3, period.begins - 1.0), ("step", 4, at),
        ):  # fmt: skip
            await statistics.count(connection, kind, moment, school_id=school_id)
        assert await school_counts.by_school(connection, period) == {
            1: SchoolCounts(began=2, done=1, answered=3, first_answer=30.0),
            2: SchoolCounts(tickets=1, answered=1, helped=1, first_answer=5.0),
        }

    await database.write(work)


async def test_what_waits_is_counted_by_school(database: Database) -> None:
    async def work(connection: AsyncConnection) -> None:
        for row in (
            ticket(1, 1, 10.0),
            ticket(2, 1, 10.0, turn="family"),
            ticket(3, 1, 10.0, put_off_until=99.0),
            ticket(4, 1, 10.0, is_open=False),
            ticket(1, 2, 10.0, turn="school", family_waits_since=200.0),
            ticket(2, 2, 10.0, turn="school", family_waits_since=30.0),
        ):
            await connection.execute(insert(tickets).values(**row))
        assert sorted(await school_counts.waiting_since(connection, 100.0)) == [(1, 101, 10.0), (2, 102, 30.0)]
        assert await school_counts.open_tickets(connection) == {1: 3, 2: 2}
        for desk_id in (1, 2, 2):
            await outbox.put(connection, chat_id=-desk_id, queue="q", kind="desk_text", payload={}, at=1.0)
        assert await school_counts.owed(connection) == {1: 1, 2: 2}

    await database.write(work)
