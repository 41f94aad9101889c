"""Two schools that share the bot have two packs: each family hears its own school's, and neither desk the other's."""

from __future__ import annotations

import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.flows.content import Pack
from bot.schools import registering
from bot.schools.registering import NewSchool, SchoolRefused
from bot.screenshots.reader import ScreenshotReader
from sandbox.administrator import Administrator
from sandbox.person import Person
from storage import schools
from tests.content import drawn_screen
from tests.content.learned_packs import FOUR_PATHS
from tests.content.test_second_pack import NO_WORKSPACE, NOT_LINKED
from tests.handover_link import link_handed_over, payload_of
from tests.pack import PACK
from tests.world import ERRORS, World


async def fills_form(teen: Person) -> None:
    """Walks from an error's remedy to the preview of the form, with the class alone."""
    await teen.press("Написать в школу")
    await teen.press("Ученика")
    await teen.says("9А")
    await teen.press("Пропустить")
    await teen.press("Пропустить")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The answers of a pack are the same on every database; `test_ticket_pack.py` tries on both what is stored."""
    return sqlite_url


class Reads:
    """A reader that finds one text on every picture."""

    def __init__(self, text: str) -> None:
        self.text = text

    async def read(self, data: bytes) -> str:
        """Gives the text."""
        return self.text


async def with_second_pack(world: World, pack: Pack) -> Administrator:
    """Adds a school of that pack beside №43; gives its administrator."""
    assert world.app is not None
    desk = await world.adds_school("7", "Школа №7")

    async def work(connection: AsyncConnection) -> None:
        await schools.change(connection, 1, slug="43")
        await schools.change(connection, 2, pack=str(pack.folder))

    await world.app.services.database.write(work)
    await world.looks()
    return desk


@pytest.mark.slow
async def test_a_family_hears_the_pack_of_its_own_school(world: World, four_paths: Pack) -> None:
    desk = await with_second_pack(world, four_paths)
    teen, other = world.person("Петя"), world.person("Иван")
    await teen.opens_link("s_7_role_pupil")
    await teen.sees("Сколько тебе лет")
    await teen.says("15")
    await teen.sees("родитель привязывает твою учётную запись")
    await teen.press("Появилась ошибка")
    await teen.sees(NOT_LINKED)
    await teen.says("какое приложение нам скачать")
    await teen.sees("Отдельное приложение не нужно")
    await teen.says(NO_WORKSPACE)
    await teen.sees("узнал твою привязанную запись")
    await other.opens_link("s_43_parent")
    await other.sees("Шаг 1 из")
    assert world.app is not None
    world.app.services.reader = Reads(NO_WORKSPACE)  # type: ignore[assignment]
    await other.says(NO_WORKSPACE)
    await other.sees("не знаю")
    await other.sends_photo(b"a picture")
    await other.sees("нет надписи, которую я знаю", anywhere=True)
    await teen.sends_photo(b"a picture")
    await world.eventually(lambda: sum("узнал твою привязанную" in text for text in teen.texts) == 2)

    await fills_form(teen)
    await teen.sees("Вот что получит школа")
    await teen.press("Отправить")
    await teen.sees("№1 отправлено")
    assert (await desk.finds_topic("№1")).name == "№1 · 9А · Нет рабочей области"
    await world.sends_ticket(other, school="43")
    for at, version in ((desk, "four_paths/3"), (world.desk, PACK.version)):
        await at.writes("/ticket 1")
        await at.sees(f"Инструкция в боте: {version}")
        await at.writes("/stats")
    await desk.sees("нет рабочей области — 1")
    await world.desk.sees("дневник не найден — 1")
    assert "рабочей области" not in "\n".join(world.desk.texts)
    assert not world.violations


async def test_a_hand_over_and_an_old_button_meet_the_other_pack(world: World, four_paths: Pack) -> None:
    await with_second_pack(world, four_paths)
    teen, mother = world.person("Петя"), world.person("Мария")
    await teen.opens_link("s_7_teen")
    await teen.sees("Шаг 1 из 3")
    link = payload_of(link_handed_over(teen))
    await mother.opens_link("s_43_parent")
    of_43 = await mother.sees("Шаг 1 из 2")
    await mother.opens_link(link)
    shown = await mother.sees("нажмите «Привязать»")
    assert "Школа №7: из неё прислали ссылку" in shown["text"]
    await mother.press("Готово")
    old = await mother.sees("Шаг 2 из 3")
    # What stands in both packs leads to the screen of the school that the family has now.
    await mother.taps(of_43, "step:-:parent:parent:1")
    await mother.sees("Шаг 1 из 1")
    await mother.says("/school")
    await mother.press("Школа №43")
    await mother.sees("Кто пишет?")
    assert await mother.taps(old, "step:-:teen:parent:3") == texts.STALE_BUTTON
    await mother.sees("Кто пишет?")
    assert await mother.taps(old, "remedy:no_workspace:parent:parent:1") == texts.STALE_BUTTON
    await mother.opens_link(link)
    await mother.sees("нажмите «Привязать»")
    for step in ("Шаг 2 из 3", "Шаг 3 из 3"):
        await mother.press("Готово")
        await mother.sees(step)
    await teen.sees("теперь твой шаг", anywhere=True)
    await teen.press("Мой шаг")
    await teen.sees("которую привязали")
    assert not world.violations


async def test_a_picture_is_answered_by_the_school_that_the_family_has_by_then(world: World, four_paths: Pack) -> None:
    await with_second_pack(world, four_paths)
    mother = world.person("Мария")
    await mother.opens_link("s_7_parent")
    await mother.sees("Шаг 1 из 1")
    assert world.app is not None
    services = world.app.services

    class Waits(Reads):
        async def read(self, data: bytes) -> str:
            await mother.says("/school")
            await mother.press("Школа №43")
            await mother.sees("Кто пишет?")
            return self.text

    services.reader = Waits(NO_WORKSPACE)  # type: ignore[assignment]
    await mother.sends_photo(b"a picture")
    await mother.sees("нет надписи, которую я знаю", anywhere=True)
    await mother.says("/start")
    await mother.sees("🏫 Школа №43")


@pytest.mark.ocr
async def test_each_schools_photograph_is_read_for_its_own_errors(
    database_url: str, four_paths: Pack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same picture comes to both schools; which error it shows, the pack of the family's school says."""
    monkeypatch.setattr("bot.app.ScreenshotReader", partial(ScreenshotReader, time_limit=50.0))
    async with World(database_url) as world:
        await world.start()
        desk = await with_second_pack(world, four_paths)
        teen, other = world.person("Петя"), world.person("Иван")
        await teen.opens_link("s_7_teen")
        await teen.sees("Шаг 1 из 3")
        await teen.sends_photo(drawn_screen.of(NO_WORKSPACE))
        await teen.sees("узнал твою привязанную запись", limit=60)
        await other.opens_link("s_43_parent")
        await other.sees("Шаг 1 из 2")
        await other.sends_photo(drawn_screen.of(NO_WORKSPACE))
        await other.sees("нет надписи, которую я знаю", anywhere=True, limit=60)
        await other.sends_photo(drawn_screen.of(ERRORS["adult", "consent_required"]))
        await other.sees("согласие", limit=60)
        await other.sees("Что делать")
        await fills_form(teen)
        await teen.press("Отправить")
        assert (await desk.finds_topic("№1")).name == "№1 · 9А · Нет рабочей области"
        await world.eventually(lambda: any("photo" in message for message in desk.from_bot), what="the picture")
        assert not world.violations


async def test_a_pack_that_lost_its_model_gives_way_to_that_of_the_settings(
    world: World, four_paths: Pack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (Path(shutil.copytree(four_paths.folder, tmp_path / "lost")) / "model.bin").unlink()
    monkeypatch.chdir(tmp_path)
    await with_second_pack(world, replace(four_paths, folder=Path("lost")))
    mother = world.person("Мария")
    await mother.opens_link("s_7_parent")
    await mother.sees("Шаг 1 из 2")
    await mother.says(ERRORS["adult", "consent_required"])
    await mother.sees("Что делать")


async def test_a_pack_is_kept_so_that_every_process_finds_it(
    world: World, four_paths: Pack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert world.app is not None
    services = world.app.services

    async def added(pack: str) -> str:
        async def work(connection: AsyncConnection) -> str:
            new = NewSchool("Школа", f"s{len(pack)}", pack)
            return (await registering.add(connection, new, "", "token", 1.0)).school.pack

        return await services.database.write(work)

    near = Path(shutil.copytree(four_paths.folder, tmp_path / "p"))
    monkeypatch.chdir(tmp_path)
    assert await added("ryazan_43") == "ryazan_43"
    if len(str(near)) <= registering.PACK_LIMIT:
        assert await added("p") == str(near)
    far = Path(shutil.copytree(near, tmp_path / ("folder" * 12)))
    with pytest.raises(SchoolRefused, match="длиннее 64 знаков"):
        await added(str(far))
    with pytest.raises(SchoolRefused, match=r"нет модели\. Выполните: python -m bot content build"):
        await added(str(FOUR_PATHS))
    (near / "steps.toml").unlink()
    with pytest.raises(SchoolRefused, match=r"steps\.toml: нет этого файла"):
        await added(str(near))
