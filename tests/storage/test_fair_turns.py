"""Schools take turns: what one of them owes, or wants to have read, holds up none of the others."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import dialogues, jobs, outbox
from storage.database import Database
from storage.jobs import MOST_OF_A_FAMILY
from storage.models import dialogues as dialogues_table
from storage.models import outbox as outbox_table
from storage.sendable import MOST_SENDABLE, Kinds, sendable

KINDS = Kinds(silent=frozenset(), give_way=frozenset(), limited=frozenset())
FLOODED, QUIET = 1, 2


def owed(school_id: int, family_id: int, at: float) -> dict[str, object]:
    return {
        "school_id": school_id, "chat_id": family_id, "queue": outbox.family_queue(family_id), "kind": "screen",
        "payload": {}, "created_at": at, "not_before": at, "position": 1.0,
    }  # fmt: skip


async def test_one_answer_goes_before_the_flood_of_another_school(database: Database) -> None:
    async def work(connection: AsyncConnection) -> None:
        await connection.execute(insert(outbox_table), [owed(FLOODED, number, 1.0) for number in range(1, 5001)])
        await connection.execute(insert(outbox_table), [owed(QUIET, 9000, 2.0)])
        rows = await sendable(connection, 3.0, KINDS)
        assert len(rows) == MOST_SENDABLE
        assert 9000 in [row.chat_id for row in rows[:2]], "it came last of 5,001, and goes with the first turn"
        assert Counter(row.school_id for row in rows) == {FLOODED: MOST_SENDABLE - 1, QUIET: 1}

    await database.write(work)


async def a_picture(connection: AsyncConnection, family_id: int, school_id: int, number: int = 0) -> None:
    dialogue = {"family_id": family_id, "school_id": school_id, "updated_at": 1.0}
    if not await dialogues.exists(connection, family_id):
        await connection.execute(insert(dialogues_table).values(**dialogue))
    key = f"{family_id}:{number}"
    assert await jobs.put(connection, kind="screenshot", family_id=family_id, payload={}, key=key, at=1.0)


async def test_pictures_of_one_school_or_family_hold_up_nobody(database: Database) -> None:
    """A class sends its pictures, one of its families as many as it may; then a family of another school sends one."""

    async def work(connection: AsyncConnection) -> None:
        for number in range(MOST_OF_A_FAMILY):
            await a_picture(connection, 10, FLOODED, number)
        for family_id in range(11, 41):
            await a_picture(connection, family_id, FLOODED)
        await a_picture(connection, 50, QUIET)
        claimed = [await jobs.claim(connection, 2.0, 60.0) for _ in range(4)]
        families = [job.family_id if job else None for job in claimed]
        assert families == [10, 50, 11, 12], "the other school is second, and its own school's other families follow"
        await a_picture(connection, 51, QUIET)
        job = await jobs.claim(connection, 2.0, 60.0)
        assert job is not None and job.family_id == 51, "of its school one is in hand, of the other three"
        left = [await jobs.claim(connection, 2.0, 60.0) for _ in range(40)]
        order = [job.family_id for job in left if job]
        assert order[-4:] == [10] * 4, "who sends five waits for the whole class with the other four"
        assert await jobs.claim(connection, 2.0, 60.0) is None
        assert await jobs.claim(connection, 63.0, 60.0) is not None, "a lease that ran out is taken over"

    await database.write(work)


async def test_a_picture_that_is_tried_again_later_holds_up_nobody(database: Database) -> None:
    async def work(connection: AsyncConnection) -> None:
        await a_picture(connection, 10, FLOODED)
        first = await jobs.claim(connection, 2.0, 60.0)
        assert first is not None
        await jobs.retry(connection, first, not_before=500.0)
        await a_picture(connection, 11, FLOODED)
        await a_picture(connection, 50, QUIET)
        claimed = [await jobs.claim(connection, 3.0, 60.0) for _ in range(3)]
        assert [job.family_id if job else None for job in claimed] == [11, 50, None]

    await database.write(work)
