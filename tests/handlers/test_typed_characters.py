"""Whatever a person typed is seen as it was typed: in every field, on every screen of family and desk that shows it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest
import pytest_asyncio

from sandbox.administrator import Administrator, TopicView
from sandbox.person import Person
from sandbox.telegram.errors import bad
from sandbox.visible import text_of
from tests import polled_waiting
from tests.ticket_under_way import MOSCOW, all_sent
from tests.world import World

TYPED = {
    "a tag": "<a>",
    "an open tag": "<b",
    "a tag and its end": "<b>Ы</b>",
    "an end tag and an entity": "</b>&amp;",
    "signs": "1 < 2 & 3",
    "quotes, a number's entity, places of a format": "\"'`&#60;{0}%s",
    "invisible signs and emoji": "\u202eк\u202cа\u200b🇷🇺",
    "long": "<" * 50,
}
MORNING = datetime(2026, 11, 25, 10, tzinfo=MOSCOW).timestamp()  # a Wednesday


@pytest_asyncio.fixture
async def quick_world(tmp_path: Path) -> AsyncIterator[World]:
    """A forum with a bot that is not started yet, on SQLite: what is shown does not depend on the database."""
    async with World(f"sqlite+aiosqlite:///{tmp_path}/bot.sqlite3") as made:
        made.clock.set_to(MORNING)
        hurry = asyncio.create_task(polled_waiting.again_and_again(lambda: hurry_on(made), 0.03))
        yield made
        hurry.cancel()


def hurry_on(world: World) -> None:
    """Lets the pauses that Telegram's limits ask for pass faster than they would."""
    world.clock.move(seconds=0.5)
    if world.app is not None:
        world.app.services.owed.set()


async def says(world: World, person: Person, text: str) -> None:
    """Says something more than a second after what came before, so that the answer comes at once."""
    world.clock.move(seconds=2)
    await person.says(text)


async def fills_form(world: World, mother: Person, typed: str) -> None:
    """From words that nobody knows to the preview, with what was typed in every answer."""
    words = f"зюзя {typed} бряк"
    await says(world, mother, words)
    await mother.sees("Такой надписи я не знаю")
    await mother.press("Написать в школу")
    await mother.sees("В каком классе")
    for _ in range(2):
        await says(world, mother, class_of(typed))
    await mother.sees("Как зовут")
    await says(world, mother, f"Вася {typed}")
    assert words in text_of(await mother.sees("Уже есть"))
    await says(world, mother, f"не пускает {typed} никак")
    await mother.sees("Вот что получит школа")


def class_of(typed: str) -> str:
    return f"подгот {typed}"[:13] + "."


def shows(text: str, *wanted: str) -> None:
    assert all(one in text for one in wanted), f"{[one for one in wanted if one not in text]} not in\n{text}"


@pytest.mark.slow
@pytest.mark.parametrize("typed", TYPED.values(), ids=TYPED)
async def test_signs_are_seen_as_they_were_typed(quick_world: World, typed: str) -> None:
    world = quick_world
    world.environment |= {"SCHOOL_NAME": f"Школа {typed} & Ко", "SCHOOL_CONTACTS": f"каб. {typed}"}
    await world.start()
    world.desk = Administrator(world.telegram, f"Ольга {typed}", chat=world.support)
    await the_notice(world, typed)
    mother = world.person(f"Маша {typed}")
    await the_guide(world, mother, typed)
    await fills_form(world, mother, typed)
    case = (f"Маша {typed}", class_of(typed), f"Вася {typed}", f"зюзя {typed} бряк\nне пускает {typed} никак")
    shows(mother.text, *case)
    await mother.press("Отправить")
    topic = await world.topic_of(1)
    assert class_of(typed) in topic.name and "&lt;" not in topic.name
    shows(text_of(topic.card), *case)
    await the_desk(world, topic, typed, case)
    await the_answer(world, mother, topic, typed)
    await a_new_problem(world, mother, typed)
    await a_lost_topic(world, mother, typed)
    assert not world.telegram.violations
    assert world.app is not None and b"bot_refused_parts_total{" not in world.app.services.metrics.render()


async def the_notice(world: World, typed: str) -> None:
    await world.desk.writes(f"/notice сегодня {typed} работы")
    shows(text_of(await world.desk.sees("Готово, семьи увидят")), f"«сегодня {typed} работы»")
    await world.desk.writes("/notice")
    shows(text_of(await world.desk.sees("Сейчас семьи видят")), f"«сегодня {typed} работы»")


async def the_guide(world: World, mother: Person, typed: str) -> None:
    await says(world, mother, "/start")
    shows(text_of(await mother.sees("Кто пишет?")), f"сегодня {typed} работы", f"Школа {typed} & Ко")
    for command in ("/help", "/privacy"):
        await says(world, mother, command)
        shows(text_of(await mother.sees(f"Школа {typed} & Ко")), f"каб. {typed}")
    await says(world, mother, "/start")
    await mother.press("Я родитель")
    await mother.press("Вхожу сам(а)")
    shows(text_of(await mother.sees("Шаг 1 из 2")), f"сегодня {typed} работы")


async def the_desk(world: World, topic: TopicView, typed: str, case: tuple[str, ...]) -> None:
    world.clock.move(hours=2)
    await world.looks()
    shows(text_of(await world.desk.sees("ждёт ответа больше часа")), class_of(typed))
    await world.desk.press("Взять", topic=topic)
    await world.desk.sees(f"Ольга {typed}, ", topic=topic)
    await world.desk.writes("/open")
    shows(text_of(await world.desk.sees("Открытых обращений: 1")), class_of(typed), f"· Ольга {typed} ·")
    await world.desk.writes("/ticket 1")
    await world.desk.sees("· семья · 🆕 новое")
    shows(text_of(await world.desk.sees("· семья · 🆕 новое")), *case, f"· Ольга {typed} · 👀 в работе")


async def the_answer(world: World, mother: Person, topic: TopicView, typed: str) -> None:
    await world.desk.writes(f"ответ {typed} школы", topic=topic)
    await mother.sees(f"ответ {typed} школы")
    await says(world, mother, "/ticket")
    shows(text_of(await mother.sees("Последний ответ школы")), f"ответ {typed} школы", class_of(typed))
    world.telegram.fault(bad(f"{typed} is not allowed"), times=9, method="copyMessage")
    await world.desk.writes("не дойдёт", topic=topic)
    await world.desk.sees("Не доставлено", topic=topic)


async def a_new_problem(world: World, mother: Person, typed: str) -> None:
    await says(world, mother, "/start")
    await says(world, mother, f"вот {typed} что")
    await mother.sees("Такой надписи я не знаю")
    await mother.press("Написать в школу")
    await mother.press("Добавить к обращению")
    await says(world, mother, f"и ещё {typed} вот")
    await mother.press("Отправить")
    shows(text_of(await world.desk.sees("о новой проблеме")), f"вот {typed} что\nи ещё {typed} вот")


async def a_lost_topic(world: World, mother: Person, typed: str) -> None:
    await all_sent(world)
    await says(world, mother, f"до удаления {typed} темы")
    await world.desk.sees(f"до удаления {typed} темы")
    await all_sent(world)
    await world.desk.deletes_topic("№1")
    await says(world, mother, f"после {typed} неё")
    recap = text_of(await world.desk.sees("Эта карточка новая"))
    shows(recap, f"до удаления {typed} темы", f"ответ {typed} школы")
    await world.desk.sees(f"после {typed} неё")
    await world.desk.writes("/ban", topic="№1")
    await world.desk.sees(f"не может писать боту (Ольга {typed})")
