"""A stored reading that goes wrong: it is tried again, answered at last, and never answered twice."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.handlers.readings import TRIES
from storage import dialogues, jobs, models
from tests.world import World


class Broken:
    """A reader that always fails in a way that nobody foresaw."""

    def __init__(self) -> None:
        self.tries = 0

    async def read(self, data: bytes) -> str:
        """Raises."""
        self.tries += 1
        raise MemoryError("a picture too wild")


async def _freed_jobs(connection: AsyncConnection) -> int:
    """How many readings were tried and wait to be tried again."""
    freed = (models.jobs.c.attempts > 0, models.jobs.c.lease_until <= 0)
    return int((await connection.execute(select(func.count()).select_from(models.jobs).where(*freed))).scalar_one())


async def until_failed(world: World, reader: Broken, times: int) -> None:
    """Waits until the reading has failed so many times and what came of it is stored."""
    assert world.app is not None
    deadline = asyncio.get_running_loop().time() + 60
    while reader.tries < times or await world.app.services.database.read(_freed_jobs) == 0:
        assert asyncio.get_running_loop().time() < deadline, f"failure {times} was not stored"
        await asyncio.sleep(0.05)


async def test_a_reading_that_fails_unexpectedly_is_answered_after_a_few_tries(world: World) -> None:
    assert world.app is not None
    services = world.app.services
    reader = services.reader = Broken()  # type: ignore[assignment]
    mother = world.person()
    await world.begins(mother, "parent")
    await mother.sends_photo(b"anything")
    for done in range(1, TRIES):
        await until_failed(world, reader, done)
        world.clock.move(minutes=1)
        services.jobs_waiting.set()
        await world.eventually(lambda done=done: reader.tries > done, what=f"try {done + 1}")
    shown = await mother.sees(texts.PICTURE_BROKEN.split(".")[0])
    assert reader.tries == TRIES and shown


async def test_a_picture_that_takes_the_process_down_is_given_up(world: World) -> None:
    """Its tries are counted when it is claimed, so a crash in the middle of each cannot go on for ever."""
    assert world.app is not None
    services = world.app.services
    reader = services.reader = Broken()  # type: ignore[assignment]
    mother = world.person()
    await world.begins(mother, "parent")

    async def claimed_in_vain(connection: AsyncConnection) -> None:
        file = {"kind": "photo", "file_id": "x"}
        await jobs.put(
            connection, kind="screenshot", family_id=mother.id, payload={"file": file}, key="crash", at=1.0
        )  # fmt: skip
        for _ in range(TRIES):
            await jobs.claim(connection, 2.0, 0.0)

    await services.database.write(claimed_in_vain)
    services.jobs_waiting.set()
    await mother.sees(texts.PICTURE_BROKEN.split(".")[0])
    assert reader.tries == 0


async def test_a_reading_that_ends_after_the_family_was_erased_leaves_no_trace(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert world.app is not None
    services = world.app.services
    mother = world.person()
    await world.begins(mother, "parent")

    class Slow:
        async def read(self, data: bytes) -> str:
            await mother.says("/forget")
            await mother.press("Удалить всё")
            await mother.sees(texts.FORGOTTEN[:20])
            return "дневник не найден"

    services.reader = Slow()  # type: ignore[assignment]
    await mother.sends_photo(b"anything")
    await mother.sees(texts.FORGOTTEN[:20])
    await world.eventually(lambda: not world.telegram.pending)
    await world.brings_nothing_to(mother)
    assert not await services.database.read(lambda c: dialogues.exists(c, mother.id))
