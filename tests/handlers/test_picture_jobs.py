"""Jobs of reading pictures: one that fails is tried again, answered at last, and never answered twice."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.handlers.family.picture_jobs import TRIES
from storage import dialogues, jobs, models
from storage.database import DatabaseAway
from tests import polled_waiting
from tests.world import ERRORS, World


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: a picture is read without one; storage/test_database.py has the jobs on both."""
    return sqlite_url


class Broken:
    """A reader that always fails in a way that nobody foresaw."""

    def __init__(self) -> None:
        self.tries = 0

    async def read(self, data: bytes) -> str:
        """Raises."""
        self.tries += 1
        raise MemoryError("a picture too wild")


async def _freed_jobs(connection: AsyncConnection) -> int:
    """Counts the readings that were tried and wait to be tried again."""
    freed = (models.jobs.c.attempts > 0, models.jobs.c.lease_until <= 0)
    return int((await connection.execute(select(func.count()).select_from(models.jobs).where(*freed))).scalar_one())


async def until_failed(world: World, reader: Broken, times: int) -> None:
    """Waits until the reading has failed so many times and what came of it is stored."""
    assert world.app is not None
    database = world.app.services.database

    async def stored() -> bool:
        return reader.tries >= times and await database.read(_freed_jobs) > 0

    await polled_waiting.until(stored, what=f"failure {times} in the database")


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
    shown = await mother.sees(texts.PICTURE_UNREADABLE["broken"].adult.split(".")[0])
    assert reader.tries == TRIES and shown


async def test_a_database_that_is_away_uses_up_no_try_of_a_picture(world: World) -> None:
    assert world.app is not None
    services = world.app.services
    read: asyncio.Queue[int] = asyncio.Queue()

    class Away:
        tries = 0

        async def read(self, data: bytes) -> str:
            self.tries += 1
            read.put_nowait(self.tries)
            if self.tries <= TRIES + 1:
                raise DatabaseAway("gone")
            return ERRORS["adult", "diary_not_found"]

    services.reader = Away()  # type: ignore[assignment]
    mother = world.person()
    await world.begins(mother, "parent")
    await mother.sends_photo(b"anything")
    for tries in range(1, TRIES + 2):
        assert await asyncio.wait_for(read.get(), 60) == tries
        world.clock.move(minutes=2)
        services.jobs_waiting.set()
    await mother.sees("Что делать")


async def test_a_text_that_cannot_be_answered_is_told_of_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert world.app is not None
    reader = Broken()
    world.app.services.reader = reader  # type: ignore[assignment]

    async def read(data: bytes) -> str:
        reader.tries += 1
        return "надпись"

    async def fails(*_: object) -> None:
        raise ValueError("nobody foresaw it")

    monkeypatch.setattr(reader, "read", read)
    monkeypatch.setattr("bot.handlers.family.picture_jobs.answer_of", fails)
    mother = world.person()
    await world.begins(mother, "parent")
    await mother.sends_photo(b"anything")
    await mother.sees(texts.PICTURE_UNREADABLE["broken"].adult.split(".")[0])
    world.clock.move(minutes=2)
    await world.brings_nothing_to(mother)
    assert reader.tries == 1


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
    await mother.sees(texts.PICTURE_UNREADABLE["broken"].adult.split(".")[0])
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
