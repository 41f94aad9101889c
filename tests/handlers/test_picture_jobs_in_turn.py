"""Jobs of reading many pictures: families take turns, a family's jobs are limited, and a flood gets one notice."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from storage import dialogues, jobs, models
from tests.ticket_under_way import owed
from tests.world import ERRORS, World


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: storage/test_database.py has the jobs of pictures on both."""
    return sqlite_url


class Gated:
    """A reader that reads when it is let to; a picture's bytes are what stands on it."""

    def __init__(self) -> None:
        self.began: list[str] = []
        self.let = asyncio.Semaphore(0)

    async def read(self, data: bytes) -> str:
        """Notes the picture, then waits."""
        self.began.append(data.decode())
        await self.let.acquire()
        return data.decode()


async def _stored_jobs(connection: AsyncConnection) -> int:
    """Counts the readings that are not done."""
    query = select(func.count()).select_from(models.jobs).where(models.jobs.c.not_before < jobs.ENDED)
    return int((await connection.execute(query)).scalar_one())


async def test_one_family_with_many_pictures_holds_up_no_other(world: World) -> None:
    assert world.app is not None
    reader = world.app.services.reader = Gated()  # type: ignore[assignment]
    eager, mother = world.person("Много"), world.person("Мария")
    await world.begins(eager, "parent")
    await world.begins(mother, "parent")
    for number in range(8):
        await eager.sends_photo(f"снимок {number}".encode())
    await eager.settles()
    await mother.sends_photo(ERRORS["adult", "diary_not_found"].encode())
    await mother.settles()
    # More are in hand at a time than a family may have, so hers is read while none of the others is done.
    await world.eventually(lambda: len(reader.began) == 1 + jobs.MOST_OF_A_FAMILY, what="hers and the first of theirs")
    assert ERRORS["adult", "diary_not_found"] in reader.began
    for _ in range(20):
        reader.let.release()
    await mother.sees("Что делать")
    await world.eventually(
        lambda: sum("На снимке нет" in text for text in eager.texts) == jobs.MOST_OF_A_FAMILY, what="its answers"
    )
    assert len(reader.began) == 1 + jobs.MOST_OF_A_FAMILY
    kept = await world.app.services.database.read(lambda c: dialogues.load(c, eager.id))
    assert len(kept.form["files"]) == 8, "what is not read goes along with a ticket all the same"


async def test_a_flood_of_pictures_is_answered_with_the_one_notice(world: World) -> None:
    assert world.app is not None
    reader = world.app.services.reader = Gated()  # type: ignore[assignment]
    pest = world.person("Пест")
    await world.begins(pest, "parent")
    world.clock.stop()
    for number in range(90):
        await pest.sends_photo(f"снимок {number}".encode())
    await pest.settles()
    assert await world.app.services.database.read(_stored_jobs) == 0
    for _ in range(90):
        reader.let.release()
    while await owed(world):
        world.clock.move(seconds=1)
        await world.looks()
    assert pest.texts[-1] == texts.FLOOD and pest.texts.count(texts.FLOOD) == 1
    shown = len(pest.from_bot)
    await world.brings_nothing_to(pest)
    assert len(pest.from_bot) == shown
