"""Tasks that are to run until they are stopped: each end is noticed, and nobody waits for a task that is not there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from storage import dialogues, named_values, watched_tasks
from storage.database import Database, DatabaseAway
from storage.dialogues import Dialogue
from storage.watched_tasks import Watched


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Starts follow at once, and a task is well again at once."""
    monkeypatch.setattr(watched_tasks, "PAUSES_S", (0.0, 0.0))
    monkeypatch.setattr(watched_tasks, "STEADY_S", 0.0)


async def until(holds: Callable[[], bool]) -> None:
    """Lets the loop run until something holds."""
    deadline = asyncio.get_running_loop().time() + 20
    while True:
        if holds():
            return
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0)


def named(name: str) -> asyncio.Task[Any]:
    """The running task of that name."""
    return next(task for task in asyncio.all_tasks() if task.get_name() == name)


async def _returns() -> None:
    return


async def _raises() -> None:
    raise RuntimeError("mine")


@pytest.mark.parametrize("run", [_returns, _raises])
async def test_a_task_that_ends_is_started_again_and_given_up_at_last(
    run: Callable[[], Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(watched_tasks, "STEADY_S", 60.0)
    starts, ends, given_up = [], [], []

    async def counted() -> None:
        starts.append(1)
        await run()

    part = Watched("part", counted, on_end=lambda: ends.append(1), on_given_up=lambda: given_up.append(1))
    part.start()
    await until(lambda: bool(given_up))
    assert len(starts) == len(ends) == 3 and part.failure and not part.runs
    assert "part ended although nobody stopped it" in caplog.text
    await part.cancel()


async def test_a_task_that_somebody_cancelled_is_started_again_and_well_in_time() -> None:
    part = Watched("part", asyncio.Event().wait)
    part.start()
    named("part").cancel()
    await until(lambda: bool(part.failure))
    await until(lambda: not part.failure)
    assert part.runs
    await part.cancel()
    assert [part.runs, bool(part.failure)] == [False, False]


@pytest.mark.parametrize("ends", ["before", "while"])
async def test_an_end_that_was_asked_for_is_no_failure(ends: str, caplog: pytest.LogCaptureFixture) -> None:
    gate = asyncio.Event()
    part = Watched("part", gate.wait)
    part.start()
    part.may_end()
    gate.set()
    assert await part.wait(10)
    assert not part.failure and "although" not in caplog.text
    if ends == "before":
        await part.cancel()


async def test_a_task_that_is_stopped_between_two_starts_stays_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watched_tasks, "PAUSES_S", (0.01,))
    starts = []

    async def counted() -> None:
        starts.append(1)

    part = Watched("part", counted)
    part.start()
    await until(lambda: bool(part.failure))
    part.may_end()
    gone = asyncio.Event()
    asyncio.get_running_loop().call_later(0.03, gone.set)
    await gone.wait()
    assert len(starts) == 1


async def test_whoever_waits_for_a_writer_that_dies_is_told_and_the_next_is_served(database: Database) -> None:
    """1.1.0 let everybody wait for ever."""
    entered = asyncio.Event()

    async def holds(_: Any) -> None:
        entered.set()
        await asyncio.Event().wait()

    works: list[asyncio.Task[Any]] = [asyncio.create_task(database.write(holds))]
    await entered.wait()
    works += [asyncio.create_task(database.write(lambda c: named_values.put(c, "a", "1"))) for _ in range(3)]
    works += [asyncio.create_task(dialogues.save_screen_once(database, Dialogue(1, updated_at=1.0), 7_000 + 1, 1.0))]
    await asyncio.sleep(0)
    named("database-writer").cancel()
    results = await asyncio.wait_for(asyncio.gather(*works, return_exceptions=True), 20)
    assert all(isinstance(one, DatabaseAway) for one in results)
    writer = database.tasks[0]
    await until(lambda: writer.runs)
    await database.write(lambda c: named_values.put(c, "b", "1"))
    await until(lambda: not writer.failure)


async def test_a_writer_that_is_not_there_refuses_at_once(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watched_tasks, "PAUSES_S", ())
    named("database-writer").cancel()
    await until(lambda: not database.tasks[0].runs)
    with pytest.raises(DatabaseAway):
        await asyncio.wait_for(database.write(lambda c: named_values.put(c, "a", "1")), 20)


async def test_reads_whose_trip_is_stopped_do_not_wait_for_ever(database: Database) -> None:
    reads = [asyncio.create_task(dialogues.of(database, n)) for n in range(1, 200)]
    await asyncio.sleep(0)
    named("gathered-reads").cancel()
    results = await asyncio.wait_for(asyncio.gather(*reads, return_exceptions=True), 20)
    assert all(isinstance(one, DatabaseAway) for one in results)
    assert await dialogues.of(database, 1) == Dialogue(1)


@pytest.mark.postgres
async def test_a_keeper_of_locks_that_dies_is_told_of_and_started_again(postgres_url: str) -> None:
    database = Database(postgres_url)
    await database.open()
    keeper = database.tasks[1]
    async with database.family(1):
        named("family-locks").cancel()
        await until(lambda: bool(keeper.failure))
    await until(lambda: keeper.runs)
    for family in (1, 2):
        async with asyncio.timeout(20), database.family(family):
            pass
    await until(lambda: not keeper.failure)
    await database.close()
