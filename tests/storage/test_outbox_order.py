"""A queue of the outbox goes by position: what is put before others goes before them, and nothing is written anew."""

from dataclasses import replace

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import jobs, outbox
from storage.database import Database
from storage.outbox import Owed
from storage.sendable import Kinds, sendable

KINDS = Kinds(silent=frozenset(), give_way=frozenset(), limited=frozenset())


async def put(connection: AsyncConnection, name: str, before: Owed | None = None, queue: str = "q") -> int:
    return await outbox.put(
        connection, chat_id=7, queue=queue, kind="screen", payload={"name": name}, at=1.0, before=before
    )


async def waiting(connection: AsyncConnection) -> list[Owed]:
    return await outbox.waiting_for(connection, 7)


def names(rows: list[Owed]) -> list[str]:
    return [row.payload["name"] for row in rows]


async def test_what_is_put_before_a_row_goes_before_it_in_order(database: Database) -> None:
    async def work(connection: AsyncConnection) -> None:
        ids = {name: await put(connection, name) for name in "abc"}
        first, second, _ = await waiting(connection)
        for name in ("x", "y"):
            await put(connection, name, before=second)
        await put(connection, "z", before=first)
        await put(connection, "d")
        rows = await waiting(connection)
        assert names(rows) == ["z", "a", "x", "y", "b", "c", "d"]
        assert {row.payload["name"]: row.id for row in rows}.items() >= ids.items(), "a row that waits stays"
        assert names(await outbox.following(connection, second)) == ["c", "d"]
        assert names(await sendable(connection, 2.0, KINDS)) == ["z"]

    await database.write(work)


async def test_a_row_may_be_put_first_again_and_again(database: Database) -> None:
    async def work(connection: AsyncConnection) -> None:
        await put(connection, "last")
        for number in range(200):
            (last,) = [row for row in await waiting(connection) if row.payload["name"] == "last"]
            await put(connection, str(number), before=last)
            assert names(await waiting(connection)) == [str(number), "last"]
            await outbox.done(connection, [row.id for row in await waiting(connection) if row.id != last.id])

    await database.write(work)


async def test_rows_begin_again_as_they_are_given(database: Database) -> None:
    async def work(connection: AsyncConnection) -> None:
        for name in "ab":
            await put(connection, name)
        a, b = await waiting(connection)
        await outbox.lease(connection, [a.id, b.id], "me", 1.0)
        await outbox.retry(connection, [a.id, b.id], not_before=50.0, error="refused")
        swapped = [
            replace(a, position=b.position),
            replace(b, position=a.position, payload={"name": "B"}),
        ]
        await outbox.begin_again(connection, swapped, 2.0)
        rows = await waiting(connection)
        assert names(rows) == ["B", "a"] and [row.attempts for row in rows] == [0, 0]
        assert names(await sendable(connection, 2.0, KINDS)) == ["B"], "due, and not on its way"

    await database.write(work)


async def test_a_queue_of_before_keeps_its_order(bare_database_url: str) -> None:
    """Rows of 1.1.0 had no position: their numbers are their order."""
    from alembic import command

    from storage.migrations import upgrade

    def walk(connection: Connection) -> None:
        config = upgrade._config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0005")
        for number in (1003, 1001, 1002):
            connection.execute(
                text(
                    "INSERT INTO outbox (id, chat_id, lane, kind, payload, created_at, not_before)"
                    " VALUES (:id, 7, 'q', 'screen', :payload, 1, 1)"
                ),
                {"id": number, "payload": f'{{"name": "{number}"}}'},
            )
        command.upgrade(config, "head")
        command.downgrade(config, "0005")
        assert connection.execute(text("SELECT count(*) FROM outbox WHERE lane = 'q'")).scalar_one() == 3
        command.upgrade(config, "head")

    database = Database(bare_database_url)
    async with database._writer_engine.connect() as connection:
        await connection.run_sync(walk)
        rows = await waiting(connection)
        assert names(rows) == ["1001", "1002", "1003"]
        await put(connection, "between", before=rows[1])
        await outbox.done(connection, [rows[0].id])
        assert names(await waiting(connection)) == ["between", "1002", "1003"]
        await connection.rollback()
    await database.close()


@pytest.mark.parametrize("kind", ["screen", "strip"])
async def test_what_gives_way_holds_up_its_own_kind_alone(database: Database, kind: str) -> None:
    async def work(connection: AsyncConnection) -> None:
        await outbox.put(connection, chat_id=7, queue="q", kind="strip", payload={"name": "1"}, at=1.0, delay=100.0)
        await outbox.put(connection, chat_id=7, queue="q", kind=kind, payload={"name": "2"}, at=1.0)
        kinds = Kinds(silent=frozenset({"strip"}), give_way=frozenset({"strip"}), limited=frozenset())
        assert names(await sendable(connection, 2.0, kinds)) == (["2"] if kind == "screen" else [])

    await database.write(work)


async def test_what_waits_for_a_moment_that_a_clock_put_back_has_moved_away_is_due(database: Database) -> None:
    async def work(connection: AsyncConnection) -> None:
        await put(connection, "a")
        (row,) = await waiting(connection)
        await outbox.retry(connection, [row.id], not_before=5000.0, error="refused")
        await jobs.put(connection, kind="screenshot", family_id=8, payload={}, key="k", at=5000.0)
        await outbox.clock_was_put_back(connection, 2.0)
        await jobs.clock_was_put_back(connection, 2.0)
        assert names(await sendable(connection, 2.0, KINDS)) == ["a"]
        job = await jobs.claim(connection, 2.0, 60.0)
        assert job is not None
        await jobs.done(connection, job)
        await outbox.lease(connection, [row.id], "a process that is dead", 5000.0)
        await outbox.clock_was_put_back(connection, 2.0)
        await jobs.clock_was_put_back(connection, 2.0)
        assert names(await sendable(connection, 3.0 + outbox.LEASE_S, KINDS)) == ["a"], "its lease is over in time"
        assert await jobs.claim(connection, 2.0, 60.0) is None, "a job that has ended stays so"

    await database.write(work)
