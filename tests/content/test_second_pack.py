"""A second pack, by the setting CONTENT alone: a fourth path, a third error, an error of one path, its own topics."""

from __future__ import annotations

import re
from functools import partial

import pytest

from bot.flows.content import Pack, Reader
from bot.flows.routes import Route, parse
from bot.flows.understanding import Verdict, recognise
from bot.pack_commands.check_pack import problems_of
from bot.screenshots.reader import ScreenshotReader
from sandbox.person import Person
from sandbox.visible import text_of
from tests.content import drawn_screen
from tests.content.learned_packs import FOUR_PATHS
from tests.world import World

NO_WORKSPACE = "Нет доступной рабочей области. Обратитесь к администратору образовательной организации"
NOT_LINKED = "Учётная запись не привязана к учётной записи законного представителя"
ADULTS = "Ваш дневник не найден. Чтобы решить проблему, сообщите о ней через форму обратной связи"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The answers of a pack are the same on every database; `test_ticket_pack.py` tries on both what is stored."""
    return sqlite_url


async def begins(world: World, person: Person, *labels: str) -> None:
    """Walks from /start to the first step by these buttons."""
    await person.says("/start")
    for label in labels:
        await person.press(label)
    await person.sees("Шаг 1 из")


def test_the_pack_passes_its_own_check(four_paths: Pack) -> None:
    assert problems_of(four_paths.folder) == []
    assert not (FOUR_PATHS / "model.bin").exists(), "the model is learned for the tests, and not kept"


# --- the fourth path -------------------------------------------------------------------------------------------------


async def test_the_question_of_the_age_has_a_button_for_each_path(school_world: World) -> None:
    pupil = school_world.person("Петя")
    await pupil.says("/start")
    await pupil.sees("Школа №43")  # the installer's name for the school goes before the pack's
    await pupil.press("Я ученик")
    await pupil.sees("Сколько тебе лет")
    assert pupil.labels[:3] == ["Мне ещё нет 14", "Мне от 14 до 18", "Мне уже 18"]
    await pupil.press("Мне от 14 до 18")
    await pupil.sees("Шаг 1 из 3")


@pytest.mark.parametrize(
    ("typed", "seen"),
    [
        ("13", "Шаг 1 из 2"),
        ("14", "Шаг 1 из 3"),
        ("15", "родитель привязывает твою учётную запись"),
        ("мне 17 лет", "Шаг 1 из 3"),
        ("18", "Войдите в дневник со своей подтверждённой"),
    ],
)
async def test_an_age_that_is_typed_leads_to_its_path(school_world: World, typed: str, seen: str) -> None:
    pupil = school_world.person("Петя")
    await pupil.says("/start")
    await pupil.press("Я ученик")
    await pupil.says(typed)
    await pupil.sees(seen)


async def test_a_parent_reads_the_fourth_path(school_world: World) -> None:
    mother = school_world.person()
    await mother.says("/start")
    await mother.press("Я родитель")
    await mother.sees("Под чьей учётной записью")
    assert mother.labels[:4] == [
        "Вхожу сам(а)", "Помогаю ребёнку до 14", "Помогаю ученику 14–18", "Помогаю ученику 18+",
    ]  # fmt: skip
    await mother.says("дочке 16 лет")
    await mother.sees("нажмите «Привязать»")
    await mother.press("Готово")
    await mother.sees("Шаг 2 из 3")
    assert any("Напомнить завтра" in label for label in mother.labels)
    await mother.press("Готово")
    await mother.sees("которую вы привязали")
    await mother.press("Готово")
    await mother.sees("Получилось войти?")


@pytest.mark.parametrize(
    ("payload", "seen"),
    [("teen", "привязывает твою"), ("p_teen", "нажмите «Привязать»"), ("p_child", "Создайте ребёнку детскую")],
)
async def test_the_links_of_a_path_open_it(school_world: World, payload: str, seen: str) -> None:
    person = school_world.person()
    await person.opens_link(payload)
    await person.sees(seen)


# --- errors ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("labels", "seen"),
    [
        (["Я ученик", "Мне ещё нет 14"], "Дневник узнал тебя"),
        (["Я ученик", "Мне от 14 до 18"], "узнал твою привязанную запись"),
        (["Я ученик", "Мне уже 18"], "вы ученик этой школы"),
        (["Я родитель", "Вхожу сам(а)"], "чей вы родитель"),
        (["Я родитель", "Помогаю ребёнку до 14"], "Дневник узнал ребёнка"),
        (["Я родитель", "Помогаю ученику 14–18"], "узнал привязанную запись"),
        (["Я родитель", "Помогаю ученику 18+"], "Пусть добавит ученика"),
    ],
)
async def test_the_third_error_has_a_remedy_for_each_path_and_reader(
    school_world: World, labels: list[str], seen: str
) -> None:
    person = school_world.person()
    await begins(school_world, person, *labels)
    await person.says(NO_WORKSPACE)
    await person.sees("На экране: «Нет доступной рабочей области")
    assert seen.lower() in person.text.lower()


@pytest.mark.parametrize("said", ["пишет нет рабочей области", "вместо оценок какая-то рабочая область недоступна"])
async def test_the_third_error_is_understood_as_people_tell_it(school_world: World, said: str) -> None:
    mother = school_world.person()
    await begins(school_world, mother, "Я родитель", "Вхожу сам(а)")
    await mother.says(said)
    await mother.sees("чей вы родитель")


async def test_the_errors_of_a_path_are_chosen_by_number(school_world: World) -> None:
    teen, mother = school_world.person("Петя"), school_world.person()
    await begins(school_world, teen, "Я ученик", "Мне от 14 до 18")
    await teen.press("Появилась ошибка")
    await teen.sees(NOT_LINKED)
    assert teen.labels[:5] == ["1", "2", "3", "4", "Другое"]
    await teen.press("4")
    await teen.sees("Попроси их нажать «Привязать»")
    await begins(school_world, mother, "Я родитель", "Вхожу сам(а)")
    await mother.press("Появилась ошибка")
    await mother.sees(NO_WORKSPACE)
    assert NOT_LINKED not in mother.text and mother.labels[:4] == ["1", "2", "3", "Другое"]
    await mother.press("3")
    await mother.sees("чей вы родитель")


async def test_the_error_of_one_path_leads_to_it_whatever_was_chosen(school_world: World) -> None:
    mother = school_world.person()
    await begins(school_world, mother, "Я родитель", "Помогаю ребёнку до 14")
    await mother.says(NOT_LINKED)
    await mother.sees("Запись ученика ещё не привязана к вашей")
    await mother.press("Помогло")
    stranger = school_world.person("Пётр")
    await stranger.says(NOT_LINKED)
    await stranger.sees("Попроси их нажать «Привязать»")


async def test_a_wording_of_two_childrens_paths_decides_for_neither(school_world: World) -> None:
    pupil = school_world.person("Петя")
    await pupil.says("Ваш дневник не найден. Чтобы решить проблему, попросите родителей сообщить о ней через форму")
    await pupil.sees("Кто пишет")
    await pupil.press("Я ученик")
    await pupil.press("Мне от 14 до 18")
    await pupil.sees("сверит твои данные")


async def test_the_adults_wording_on_the_fourth_path_asks_whose_login_it_was(school_world: World) -> None:
    teen = school_world.person("Петя")
    await begins(school_world, teen, "Я ученик", "Мне от 14 до 18")
    await teen.says(ADULTS)
    await teen.sees("Под чьей учётной записью ты входишь")
    await teen.press("Родителя")
    await teen.sees("войти под своей, привязанной")


async def test_the_packs_own_topics_are_answered(school_world: World) -> None:
    mother = school_world.person()
    await begins(school_world, mother, "Я родитель", "Вхожу сам(а)")
    await mother.says("старый дневник больше не открывается, где он?")
    await mother.sees("Старый дневник закрыт")
    assert "https://e-school.obraztsov.example/" in mother.urls.values()
    await mother.says("какое приложение нам скачать")
    await mother.sees("Отдельное приложение не нужно")


async def test_what_another_pack_knows_is_unknown_here(school_world: World, four_paths: Pack) -> None:
    """A button that an older pack made leads nowhere, and a topic of another pack is none of this one."""
    assert parse("topic:captcha:parent:parent:1", four_paths) is None
    assert parse("remedy:not_linked:parent:parent:1", four_paths) is None
    assert parse("remedy:not_linked:teen:pupil:1", four_paths) is not None


def test_callback_data_of_many_errors_stays_short(four_paths: Pack) -> None:
    path = four_paths.paths["adult_pupil"]
    route = Route("doubt", "+".join(four_paths.errors), path, Reader.PARENT, 2)
    assert len(route.code.encode()) <= 64 and parse(route.code, four_paths) == route


def test_each_example_of_an_error_is_recognised_as_it(four_paths: Pack) -> None:
    for error in ("no_workspace", "not_linked"):
        lines = (FOUR_PATHS / "examples" / f"{error}.txt").read_text("utf-8").splitlines()
        texts = [re.sub(r"^@\w+ ", "", line) for line in lines if not line.startswith("#")]
        assert len(texts) >= 20
        found = [recognise(text, four_paths) for text in texts]
        assert [one.error for one in found] == [error] * len(texts)
        assert sum(one.verdict is Verdict.SURE for one in found) >= 0.9 * len(texts)


# --- from the photograph to the statistics ---------------------------------------------------------------------------


async def test_the_third_error_becomes_a_ticket_and_is_counted(school_world: World) -> None:
    mother, desk = school_world.person(), school_world.desk
    await begins(school_world, mother, "Я родитель", "Помогаю ученику 14–18")
    await mother.says(NO_WORKSPACE)
    await mother.press("Написать в школу")
    await mother.sees("Под чьей учётной записью")
    await mother.press("Ученика")
    await mother.says("9А")
    await mother.press("Пропустить")
    await mother.press("Пропустить")
    await mother.sees("Вот что получит школа")
    await mother.press("Отправить")
    number = int((await mother.sees("отправлено в школу"))["text"].partition("№")[2].split()[0])
    topic = await school_world.topic_of(number)
    assert topic.name == f"№{number} · 9А · Нет рабочей области"
    card = await desk.sees(f"№{number} ·")
    assert NO_WORKSPACE in text_of(card) and "ученик 14–18" in text_of(card)
    await desk.writes("/stats")
    await desk.sees("нет рабочей области — 1")


@pytest.mark.ocr
async def test_the_third_error_is_read_from_a_photograph(
    four_paths: Pack, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.app.ScreenshotReader", partial(ScreenshotReader, time_limit=50.0))
    async with World(database_url, CONTENT=str(four_paths.folder)) as world:
        await world.start()
        teen = world.person("Петя")
        await begins(world, teen, "Я ученик", "Мне от 14 до 18")
        await teen.sends_photo(drawn_screen.of(NO_WORKSPACE))
        await teen.sees("узнал твою привязанную запись", limit=60)
        await teen.sends_photo(drawn_screen.of(NOT_LINKED))
        await teen.sees("Попроси их нажать «Привязать»", limit=60)
