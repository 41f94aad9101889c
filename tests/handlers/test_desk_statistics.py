"""`/stats` at the desk: a picture with a short text, once, whatever happens on the way; clear answers to the rest."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import chart_sender
from sandbox.telegram.errors import Json, bad, internal_error
from sandbox.visible import text_of
from storage import statistics
from storage.models import outbox
from tests.ticket_under_way import next_noon
from tests.world import World


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: storage/test_statistics.py counts on both; here the counts are shown."""
    return sqlite_url


DAY = 86400.0
Counted = tuple[str, float, dict[str, Any]]


async def counted(world: World, *events: Counted) -> None:
    """Counts events so many days ago."""
    assert world.app is not None

    async def work(connection: AsyncConnection) -> None:
        for kind, days_ago, more in events:
            await statistics.count(connection, kind, world.clock() - days_ago * DAY, school_id=1, **more)

    await world.app.services.database.write(work)


async def some_days(world: World) -> None:
    await counted(
        world,
        *[("began", 2, {"path": "child"})] * 4,
        ("step", 2, {"path": "child", "step": 2}),
        ("error", 1, {"path": "child", "error": "diary_not_found"}),
        ("done", 0, {"path": "child"}),
        ("ticket", 0, {"path": "child", "error": "diary_not_found"}),
        ("first_answer", 0, {"seconds": 1800.0}),
        ("began", 60, {"path": "parent"}),
    )


def picture_in(world: World, message: Json) -> Image.Image:
    largest = max(message["photo"], key=lambda size: size.get("width", 0))
    return Image.open(io.BytesIO(world.desk.messenger.files[largest["file_id"]].data))


async def nothing_owed(world: World) -> bool:
    assert world.app is not None

    async def look(connection: AsyncConnection) -> bool:
        return (await connection.execute(select(outbox.c.id).where(outbox.c.kind == "chart"))).first() is None

    return await world.app.services.database.read(look)


@pytest.mark.slow
async def test_the_desk_gets_a_picture_and_a_short_text(any_world: World) -> None:
    world = any_world
    await some_days(world)
    asked = await world.desk.writes("/stats 30")
    shown = await world.desk.sees("Вход в дневник за 30 дней")
    said = text_of(shown)
    assert (
        "Ученик до 18: начали 4, вошли" in said and "шаги 1–5: 4 → 1" in said and "Родитель: никто не начинал" in said
    )
    assert "дневник не найден — 1" in said and "50% (1 из 2)" in said and "первый ответ — 30 мин" in said
    assert picture_in(world, shown).width == 1080
    assert shown["reply_to_message"]["message_id"] == asked["message_id"]
    assert not world.violations
    await world.desk.writes("/stats 366")
    assert "Родитель: начали 1" in text_of(await world.desk.sees("за 366 дней"))


async def test_without_a_number_it_is_thirty_days(world: World) -> None:
    await some_days(world)
    await world.desk.writes("/stats")
    await world.desk.sees("Вход в дневник за 30 дней")


@pytest.mark.parametrize("argument", ["0", "abc", "-5", "367", "30 40", "3.5", "٣", "9" * 200, "<b>"])
async def test_a_wrong_number_gets_a_clear_answer(world: World, argument: str) -> None:
    await some_days(world)
    await world.desk.writes(f"/stats {argument}")
    await world.desk.sees("Напишите число дней от 1 до 366, например: /stats 30")
    assert not world.calls("sendPhoto")


async def test_an_empty_period_is_said_in_words(world: World) -> None:
    await world.desk.writes("/stats 7")
    shown = await world.desk.sees("ещё ничего не было")
    assert "photo" not in shown


async def test_what_families_do_is_counted_without_them(world: World) -> None:
    next_noon(world)
    pupil = world.person("Петя Особенный")
    await world.begins(pupil, "child")
    await pupil.press("Готово")
    await pupil.sees("Шаг 2")
    await world.sends_ticket(world.person(), "parent", walked=True)
    await world.desk.writes("/stats 1")
    said = text_of(await world.desk.sees("за сегодня"))
    assert "Ученик до 18: начали 1, вошли 0\n   шаги 1–5: 1 → 1 → 0 → 0 → 0, все: 0" in said
    assert "Родитель: начали 1" in said and "<b>" not in said and "Обращений: 1" in said
    assert "Петя" not in said


async def test_in_a_topic_the_answer_comes_to_the_topic_and_not_to_the_family(world: World) -> None:
    mother = world.person()
    number = await world.sends_ticket(mother)
    topic = await world.desk.finds_topic(f"№{number}")
    await world.desk.writes("/stats", topic=topic)
    await world.desk.sees("Вход в дневник", topic=topic)
    assert "stats" not in mother.text and "Вход в дневник за" not in mother.text


@pytest.mark.slow
async def test_it_is_sent_again_after_a_fault_and_arrives_once(world: World) -> None:
    await some_days(world)
    world.telegram.fault(internal_error(), times=2, method="sendPhoto")
    await world.desk.writes("/stats 30")
    await world.desk.sees("Вход в дневник за 30 дней")
    await world.restart()
    assert await nothing_owed(world)
    assert len([one for one in world.support.messages.values() if "photo" in one]) == 1


@pytest.mark.slow
async def test_it_is_promised_before_it_is_sent(world: World) -> None:
    await some_days(world)
    world.telegram.fault(internal_error(), times=1, method="sendPhoto")
    await world.desk.writes("/stats 30")
    await world.eventually(lambda: bool(world.calls("sendPhoto")), what="a first try")
    await world.restart()
    await world.desk.sees("Вход в дневник за 30 дней")


@pytest.mark.parametrize("said", ["not enough rights to send photos to the chat", "IMAGE_PROCESS_FAILED"])
async def test_where_no_picture_may_be_sent_the_text_comes_alone(world: World, said: str) -> None:
    await some_days(world)
    world.telegram.fault(bad(said), times=1, method="sendPhoto")
    await world.desk.writes("/stats 30")
    assert "photo" not in await world.desk.sees("Вход в дневник за 30 дней")
    assert world.app is not None and world.app.services.schools.desks[1].away is None


async def test_a_drawing_that_takes_too_long_holds_nobody_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chart_sender, "DRAWING_TIMEOUT_S", 0.001)
    await some_days(world)
    await world.desk.writes("/stats 30")
    assert "photo" not in await world.desk.sees("Вход в дневник за 30 дней")


async def test_a_family_is_not_shown_the_statistics(world: World) -> None:
    mother = world.person()
    await mother.says("/stats 30")
    await mother.sees("Такой команды нет")
    assert not world.calls("sendPhoto")
