"""A family walks the guide: every path to its end, deep links, commands, presses at random."""

from __future__ import annotations

import random
import re

import pytest

from sandbox.visible import buttons_of, labels_of, text_of
from tests.world import ERRORS, ROLES, World


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: the guide's screens are stored alike; test_bad_input.py walks them on both."""
    return sqlite_url


STEPS = {"child": 5, "adult_pupil": 2, "parent": 2, "parent>child": 5, "parent>adult_pupil": 2}


@pytest.mark.parametrize("path", ROLES)
async def test_every_path_is_walked_to_its_last_screen(family_world: World, path: str) -> None:
    world = family_world
    reader = world.person()
    await world.begins(reader, path)
    for number in range(1, STEPS[path] + 1):
        await reader.sees(f"Шаг {number} из {STEPS[path]}")
        await reader.press("Готово")
    await reader.sees("Получилось войти?")
    await reader.press("Получилось")
    await reader.sees("дневник открывается")
    assert len(reader.from_bot) == 1, "one screen, edited in place"
    assert not world.violations


async def test_the_child_asks_parents_and_the_parent_is_told_what_is_theirs(world: World) -> None:
    pupil, mother = world.person("Петя"), world.person("Мария")
    await world.begins(pupil, "child")
    assert "Делают родители" in pupil.text and "Попроси" in pupil.text
    await world.begins(mother, "parent>child")
    assert "Делаете вы" in mother.text and "Попрос" not in mother.text
    for _ in range(4):
        await mother.press("Готово")
    assert "Делает ребёнок" in mother.text
    for _ in range(4):
        await pupil.press("Готово")
    assert "Делаешь ты" in pupil.text


@pytest.mark.parametrize(
    ("payload", "seen"),
    [
        ("child", "Попроси маму или папу"), ("adult_pupil", "Шаг 1 из 2"), ("parent", "Шаг 1 из 2"),
        ("p_child", "Зайдите в свой личный кабинет"), ("p_adult", "Попросите ученика"),
        ("role_parent", "Под чьей учётной записью"), ("role_pupil", "Сколько тебе лет"), ("nonsense-_1", "Кто пишет"),
    ],
)  # fmt: skip
async def test_deep_links_open_their_screens(family_world: World, payload: str, seen: str) -> None:
    reader = family_world.person()
    await reader.opens_link(payload)
    await reader.sees(seen)


@pytest.mark.parametrize(
    ("typed", "seen"),
    [
        ("мама", "Под чьей учётной записью"), ("я ученица", "Сколько тебе лет"), ("мне 17", "Шаг 1 из 5"),
        ("18 лет", "Шаг 1 из 2"), ("скоро 18", "Шаг 1 из 5"), ("15", "Шаг 1 из 5"), ("150", "например: 15"),
        ("-3", "например: 15"), ("сто", "например: 15"), ("бубубу", "«мама» или «ученик»"),
        ("1", "«мама» или «ученик»"),
        ("мой сын", "Под чьей учётной записью"), ("ребёнок не может войти", "Под чьей учётной записью"),
        ("Здравствуйте, мне 15", "Шаг 1 из 5"), ("мне 17 лет, помогите войти", "Шаг 1 из 5"),
        ("дочке 10 лет", "Зайдите в свой личный кабинет"), ("я родитель", "Под чьей учётной записью"),
    ],
)  # fmt: skip
async def test_role_and_age_may_be_typed(world: World, typed: str, seen: str) -> None:
    reader = world.person()
    await reader.says("/start")
    await reader.sees("Кто пишет")
    await reader.says(typed)
    await reader.sees(seen)


@pytest.mark.parametrize(("typed", "seen"), [("мне 17 лет", "Шаг 1 из 5"), ("18", "Шаг 1 из 2"), ("сто", "например")])
async def test_the_age_question_takes_typed_ages(world: World, typed: str, seen: str) -> None:
    pupil = world.person()
    await pupil.opens_link("role_pupil")
    await pupil.sees("Сколько тебе лет")
    await pupil.says(typed)
    await pupil.sees(seen)


@pytest.mark.parametrize(
    ("typed", "seen"),
    [
        ("мой", "Шаг 1 из 2"), ("свою", "Шаг 1 из 2"), ("мама", "Шаг 1 из 2"), ("ребенку 10 лет", "Шаг 1 из 5"),
        ("Помогаю ученику 18+", "Попросите ученика"), ("сына", "Сколько лет ученику"), ("бубубу", "Не понял, чья"),
        ("помогаю дочке", "Сколько лет ученику"), ("я ученик", "Сколько тебе лет"),
    ],
)  # fmt: skip
async def test_whose_login_it_is_may_be_typed(world: World, typed: str, seen: str) -> None:
    mother = world.person()
    await mother.opens_link("role_parent")
    await mother.sees("Под чьей учётной записью")
    await mother.says(typed)
    await mother.sees(seen)
    if seen == "Сколько лет ученику":
        await mother.says("12")
        await mother.sees("Зайдите в свой личный кабинет")


async def test_cancel_a_voice_message_and_small_talk_leave_the_way_to_the_parents(world: World) -> None:
    pupil = world.person("Петя")
    await world.begins(pupil, "child")
    await pupil.sends_voice()
    await pupil.sees("Это я прочитать не могу")
    assert any("Отправить родителям" in label for label in pupil.labels)
    for said, seen in (("спасибо", "Пожалуйста!"), (" \n ", "Пришло пустое сообщение"), ("ты кто?", "Я бот")):
        await pupil.says(said)
        await pupil.sees(seen)
        assert {"✅ Готово", "👪 Отправить родителям"} <= set(pupil.labels), said
    await pupil.says("/cancel")
    assert "Шаг 1 из" in text_of(await pupil.sees("Отменять нечего: ничего не начато"))
    assert any("Отправить родителям" in label for label in pupil.labels)


async def test_who_types_the_link_for_the_parents_is_shown_it_again(world: World) -> None:
    pupil = world.person("Петя")
    await world.begins(pupil, "child")
    for said in ("Отправить родителям", "отправь маме", "скинь ссылку родителям"):
        await pupil.says(said)
        assert "👪 Отправить родителям" in labels_of(await pupil.sees("Шаг 1 из")), said
    await pupil.says("отправил маме")
    await pupil.sees("Пожалуйста")  # it is done: no link is asked for


async def test_cancel_and_help_keep_the_place(world: World) -> None:
    mother = world.person()
    await world.begins(mother, "parent")
    await mother.press("Готово")
    await mother.says("/help")
    await mother.sees("Пришлите надпись с экрана")
    await mother.says("/cancel")
    assert "Шаг 2 из 2" in text_of(await mother.sees("Отменять нечего: ничего не начато"))
    await mother.says(ERRORS["adult", "consent_required"])
    await mother.sees("Что делать")
    await mother.says("/cancel")
    assert "Шаг 2 из 2" in text_of(await mother.sees("Отменять нечего: ничего не начато"))
    stranger = world.person("Пётр")
    await stranger.says("/cancel")
    assert "Кто пишет" in text_of(await stranger.sees("Отменять нечего: ничего не начато"))


async def test_cancel_says_what_it_did_where_something_was_begun(world: World) -> None:
    await world.desk.writes("/notice Госуслуги с перебоями")
    await world.desk.sees("Готово, семьи увидят")
    mother = world.person()
    await world.fills_form(mother, "parent", "не пускает")
    await mother.says("/cancel")
    assert "Шаг 1 из" in text_of(await mother.sees("Отменил"))
    await mother.says("/cancel")
    await mother.sees("ничего не начато")
    await mother.press("Сообщить, когда заработает")
    await mother.says("/cancel")
    await mother.sees("Отменил")
    await mother.says("/cancel")
    await mother.sees("ничего не начато")


async def test_the_menus_are_set_for_families_and_for_the_desk(world: World) -> None:
    mother = world.person()
    await mother.says("/start")
    await mother.sees("Кто пишет")
    family = {command["command"] for command in world.telegram.menu_of(mother.id)}
    desk = {command["command"] for command in world.telegram.menu_of(world.support.id)}
    assert {"start", "help", "cancel", "ticket"} <= family and "open" not in family
    assert {"open", "stats", "help"} <= desk and "start" not in desk


@pytest.mark.slow
async def test_random_presses_find_no_dead_end_and_no_unanswered_query(world: World) -> None:
    rng, presses = random.Random(43), 0
    telegram = world.telegram
    walkers = [world.person(f"Человек {n}") for n in range(4)]
    for walker in walkers:
        await walker.says("/start")
        await walker.sees("Кто пишет")
    while presses < 600:
        world.clock.move(seconds=1)  # or presses would be turned away as too fast
        for walker in walkers:
            buttons = [b for b in buttons_of(walker.screen or {}) if "callback_data" in b]
            assert buttons, f"a dead end: {walker.text}"
            chosen = rng.choice(buttons)
            await walker.taps(walker.screen or {}, chosen["callback_data"])
            presses += 1
            if re.search("В каком", walker.text):
                await walker.says("7Б")
                await walker.settles()
    assert all(query.answers for query in telegram.queries.values())
    assert not telegram.violations
    assert all(text_of(m) for walker in walkers for m in walker.from_bot)
