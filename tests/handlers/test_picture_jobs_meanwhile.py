"""Jobs of reading pictures: the answer undoes nothing that a family does while its picture is being read."""

from __future__ import annotations

import asyncio

import pytest

from bot import texts_ru as texts
from sandbox.person import Person
from storage import dialogues, jobs
from storage.dialogues import Dialogue
from tests.world import ERRORS, World


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: storage/test_database.py has the jobs of pictures on both."""
    return sqlite_url


KNOWN = ERRORS["adult", "diary_not_found"]


class Held:
    """A reader that is stopped by an event; a picture's bytes are what stands on it."""

    def __init__(self) -> None:
        self.began = asyncio.Event()
        self.go_on = asyncio.Event()

    async def read(self, data: bytes) -> str:
        """Waits with the picture that says «wait»."""
        if data.startswith(b"wait"):
            self.began.set()
            await self.go_on.wait()
            return data.removeprefix(b"wait").decode()
        return data.decode()


async def begun(world: World, says: str = KNOWN, caption: str | None = None) -> tuple[Held, Person]:
    """A parent at the first step whose picture is being read."""
    assert world.app is not None
    reader = Held()
    world.app.services.reader = reader  # type: ignore[assignment]
    mother = world.person()
    await world.begins(mother, "parent")
    await mother.sends_photo(b"wait" + says.encode(), caption)
    await asyncio.wait_for(reader.began.wait(), 60)
    return reader, mother


async def stands(world: World, family: int) -> Dialogue:
    assert world.app is not None
    return await world.app.services.database.read(lambda c: dialogues.load(c, family))


async def test_a_second_picture_is_kept(world: World) -> None:
    """A stale form must not be stored over the second picture."""
    reader, mother = await begun(world, "на нём ничего знакомого", caption="вот что вижу")
    await mother.sends_photo(b"")
    await mother.sees("На снимке нет")
    reader.go_on.set()
    await world.eventually(lambda: sum("На снимке нет" in text for text in mother.texts) == 2, what="both answers")
    kept = await stands(world, mother.id)
    assert len(kept.form["files"]) == 2
    assert "вот что вижу" in kept.form["words"]


async def test_a_press_is_not_turned_back(world: World) -> None:
    reader, mother = await begun(world)
    await mother.press("Готово")
    await mother.sees("Шаг 2 из")
    before = await stands(world, mother.id)
    reader.go_on.set()
    await mother.sees("Что делать", anywhere=True)
    assert dialogues.position_of(await stands(world, mother.id)) == dialogues.position_of(before)


async def test_a_question_that_was_begun_still_takes_its_answer(world: World) -> None:
    reader, mother = await begun(world)
    await mother.says("/start")
    await mother.press("Я ученик")
    shown = len(mother.from_bot)
    reader.go_on.set()
    await world.eventually(lambda: len(mother.from_bot) > shown, what="the picture's answer")
    await mother.says("15")
    await mother.sees("Шаг 1 из 5")


@pytest.mark.parametrize("says", [KNOWN, "ничего знакомого"])
async def test_a_text_that_was_answered_is_kept(world: World, says: str) -> None:
    reader, mother = await begun(world, says)
    await mother.says("синяя лошадь бежит по полю весь день")
    await mother.settles()
    said = (await stands(world, mother.id)).form["words"]
    shown = len(mother.from_bot)
    reader.go_on.set()
    await world.eventually(lambda: len(mother.from_bot) > shown, what="the picture's answer")
    kept = await stands(world, mother.id)
    assert said in kept.form["words"] and len(kept.form["files"]) == 1


async def test_a_form_that_was_begun_goes_on(world: World) -> None:
    reader, mother = await begun(world)
    await mother.says(KNOWN)
    await mother.press("Написать в школу")
    await mother.press("Родителя")
    await mother.says("7Б")
    await mother.sees("зовут")
    before = await stands(world, mother.id)
    reader.go_on.set()
    await world.brings_nothing_to(mother)
    after = await stands(world, mother.id)
    assert (after.screen, after.form) == (before.screen, before.form) and after.form["class_name"] == "7Б"


async def test_a_ticket_that_was_sent_is_not_answered_by_the_guide(world: World) -> None:
    reader, mother = await begun(world)
    await mother.says(KNOWN)
    await mother.press("Написать в школу")
    await mother.press("Родителя")
    await mother.says("7Б")
    await mother.press("Пропустить")
    await mother.press("Пропустить")
    await mother.press("Отправить")
    await mother.sees("отправлено в школу")
    await world.all_sent()
    before = await stands(world, mother.id)
    reader.go_on.set()
    await world.brings_nothing_to(mother)
    assert dialogues.position_of(await stands(world, mother.id)) == dialogues.position_of(before)


async def test_two_pictures_in_a_row_both_move_the_family(world: World) -> None:
    """An answer is no step of the family's own: the next picture's answer follows it."""
    assert world.app is not None
    reader, mother = await begun(world, "ничего")
    await mother.sends_photo(KNOWN.encode())
    await mother.sees("Что делать")
    between = await stands(world, mother.id)
    assert between.screen.startswith("remedy")
    reader.go_on.set()
    await mother.sees("На снимке нет")
    assert (await stands(world, mother.id)).screen.startswith("unknown")


async def test_an_erased_picture_takes_no_other_ones_place(world: World) -> None:
    """SQLite gives the number of an erased row to the next one: the wrong family was answered, the right one never."""
    reader, mother = await begun(world)
    await mother.says("/forget")
    await mother.press("Удалить всё")
    await mother.sees(texts.FORGOTTEN[:20])
    other = world.person("Анна")
    await world.begins(other, "parent")
    assert world.app is not None
    world.clock.stop()
    payload = {"file": {"kind": "photo", "file_id": "x"}}
    later = world.clock() + 500
    await world.app.services.database.write(
        lambda c: jobs.put(c, kind="screenshot", family_id=other.id, payload=payload, key="other", at=later)
    )
    shown = len(mother.from_bot)
    reader.go_on.set()
    await world.brings_nothing_to(mother)
    assert len(mother.from_bot) == shown
    assert not await world.app.services.database.read(lambda c: dialogues.exists(c, mother.id))
    # The bot's own workers would take it, were their clock moved.
    claimed = await world.app.services.database.write(lambda c: jobs.claim(c, later + 1, 60.0))
    assert claimed is not None and claimed.family_id == other.id
