"""The retention period through the clock: what a family told is gone in time, and nobody is left before a dead end."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncConnection

from sandbox.visible import text_of
from storage import handovers
from tests.database_markers import on_sqlite
from tests.handlers.test_family_privacy import WORDS, everything
from tests.ticket_under_way import Talk, all_sent, begin
from tests.world import ERRORS, World


@pytest_asyncio.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    """A school that keeps texts for ten days, on both databases."""
    async with World(database_url, RETENTION_DAYS="10") as made:
        yield await made.start()


async def closes(talk: Talk) -> None:
    """The school closes the ticket."""
    await talk.world.desk.press("Решено", topic=talk.topic)
    await talk.card_shows("решено")


@on_sqlite
async def test_a_ticket_that_is_opened_again_is_erased_again(world: World) -> None:
    talk = await begin(world)
    await closes(talk)
    world.clock.move(days=11)
    await world.looks()
    assert "второй день не пускает" not in await everything(world)
    await talk.school("Как у вас дела?")
    await talk.card_shows("открыто снова")
    assert "стёрты" not in text_of(talk.card)
    await talk.family.says(WORDS)
    await world.desk.sees(WORDS, topic=talk.topic)
    await closes(talk)
    world.clock.move(days=9)
    await world.looks()
    assert WORDS in await everything(world)
    world.clock.move(days=2)
    await world.looks()
    assert WORDS not in await everything(world)


@on_sqlite
async def test_what_is_over_is_looked_for_once_a_minute(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[float] = []
    real = handovers.forget_old

    async def forget_old(connection: AsyncConnection, now: float) -> None:
        looked.append(now)
        await real(connection, now)

    assert world.app is not None
    world.clock.stop()
    world.app._upkeep.stop()
    await world.looks()
    monkeypatch.setattr(handovers, "forget_old", forget_old)
    for minutes in (2, 0, 0, 1, 0, -60):
        world.clock.move(minutes=minutes)
        await world.looks()
    assert len(set(looked)) == len(looked) == 3


async def test_a_form_that_was_never_sent_is_erased(world: World) -> None:
    mother = world.person()
    await world.fills_form(mother, "parent", WORDS)
    world.clock.move(days=9)
    await world.looks()
    assert WORDS in await everything(world)
    world.clock.move(days=2)
    await world.looks()
    left = await everything(world)
    assert WORDS not in left and "Иванов" not in left
    await mother.press("Отправить")
    await mother.sees("нечего заполнять")
    await mother.says("7Б")
    await mother.says("/start")
    await mother.sees("Кто пишет")
    assert await world.sends_ticket(mother) == 1


@on_sqlite
async def test_words_for_a_closed_ticket_that_nobody_opened_are_erased(world: World) -> None:
    talk = await begin(world)
    await closes(talk)
    await talk.family.says(WORDS)
    await talk.family.sees("откройте его снова")
    await all_sent(world)
    assert WORDS in await everything(world)
    world.clock.move(days=11)
    await world.looks()
    assert WORDS not in await everything(world)
    await talk.family.press("Открыть снова")
    await talk.card_shows("открыто снова")


async def test_who_comes_back_after_the_erasing_is_met_by_the_guide(world: World) -> None:
    """Months after the end «здравствуйте» is a greeting again, and an error is answered by its remedy."""
    talk, other = await begin(world), await begin(world, "Иван")
    await closes(talk)
    await closes(other)
    world.clock.move(days=9)
    await world.looks()
    await talk.family.says("здравствуйте")
    await talk.family.sees("откройте его снова")
    world.clock.move(days=2)
    await world.looks()
    await talk.family.says("здравствуйте")
    await talk.family.sees("Кто пишет?")
    await other.family.says(ERRORS["adult", "diary_not_found"])
    await other.family.sees("Что делать")
    await talk.family.press("Открыть снова", message=next(m for m in talk.family.from_bot if "Открыть" in str(m)))
    await talk.card_shows("открыто снова")
    await talk.family.says("всё ещё не пускает")
    await world.desk.sees("всё ещё не пускает", topic=talk.topic)
