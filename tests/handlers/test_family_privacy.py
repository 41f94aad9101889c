"""/privacy, /forget and the retention period: what is kept, and that it is gone when it should be."""

from __future__ import annotations

import json
import re

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels import chat_ids
from sandbox.visible import text_of
from storage.database import Database
from storage.models import metadata
from tests.database_markers import on_sqlite
from tests.ticket_under_way import under_way
from tests.world import World

WORDS = "тайные-слова-семьи"


async def everything(world: World) -> str:
    """Every row of every table, as one text."""
    database = Database(world.environment["DATABASE_URL"])

    async def read(connection: AsyncConnection) -> str:
        lines = []
        for table in metadata.sorted_tables:
            for row in await connection.execute(select(table)):
                lines.append(f"{table.name}: {json.dumps(row._asdict(), default=str, ensure_ascii=False)}")
        return "\n".join(lines)

    try:
        return await database.read(read)
    finally:
        await database.close()


async def test_privacy_tells_twelve_plain_things(family_world: World) -> None:
    mother = family_world.person()
    await mother.says("/privacy")
    await mother.sees("Ваши данные")
    assert len(re.findall(r"^\d+\. ", mother.text, re.MULTILINE)) == 12
    for told in ("оператор (Школа №43)", "152-ФЗ", "Основание — ваше согласие", "через 90 дней", "/forget"):
        assert told in mother.text
    await mother.says("/start")
    await mother.sees("Не присылайте сюда СНИЛС, пароли и коды")


async def test_after_forget_nothing_of_the_family_is_left(any_world: World) -> None:
    world = any_world
    mother = world.person("Прасковья", id=777_123_456_789)
    talk = await under_way(world, mother, await world.sends_ticket(mother, "parent>child", words=WORDS))
    await mother.says(f"ещё {WORDS}")
    await world.desk.sees(f"ещё {WORDS}")
    await talk.school("ответ школы")
    await mother.sees("ответ школы", anywhere=True)
    await mother.says("/forget")
    await mother.sees("Удалить всё, что я о вас знаю?")
    await mother.press("Удалить всё")
    await mother.sees("всё удалено")
    await world.desk.sees("Семья удалила свои данные")
    if "topic" in talk.where:
        await world.eventually(lambda: not world.desk.topics, what="the topic gone")
    else:
        await world.eventually(lambda: not any(WORDS in text_of(m) for m in world.support.messages.values()))
    await world.stop()
    left = await everything(world)
    for trace in (str(mother.id), str(chat_ids.of_max(mother.id)), "Прасковья", WORDS, "Иванов"):
        assert trace not in left, [line for line in left.splitlines() if trace in line]


@on_sqlite
async def test_forget_in_the_middle_of_a_form(world: World) -> None:
    mother = world.person("Прасковья", id=777_123_456_789)
    await world.fills_form(mother, "parent", WORDS)
    await mother.says("/forget")
    await mother.press("Удалить всё")
    await mother.sees("всё удалено")
    await world.stop()
    left = await everything(world)
    assert WORDS not in left and str(mother.id) not in left and "Прасковья" not in left


@on_sqlite
async def test_forget_can_be_left_alone(world: World) -> None:
    mother = world.person()
    await world.begins(mother, "parent")
    await mother.press("Готово")
    await mother.says("/forget")
    await mother.press("Отмена")
    await mother.sees("Шаг 2 из 2")


@on_sqlite
async def test_privacy_leads_back_to_the_form(world: World) -> None:
    mother = world.person()
    await world.fills_form(mother, "parent", WORDS)
    await mother.says("/privacy")
    await mother.sees("Ваши данные")
    await mother.press("К обращению")
    await mother.sees("Вот что получит школа")
    await mother.says("/forget")
    await mother.sees("Удалить всё, что")
    await mother.press("Отмена")
    await mother.sees("Вот что получит школа")
    await mother.says("и ещё слово")
    await mother.sees("и ещё слово")


@on_sqlite
async def test_forget_left_alone_in_a_ticket_leaves_it(world: World) -> None:
    mother = world.person()
    number = await world.sends_ticket(mother)
    topic = await world.topic_of(number)
    await mother.says("/forget")
    await mother.sees("Удалить всё, что")
    await mother.press("Отмена")
    await mother.sees(f"обращение №{number}")
    await mother.says("всё ещё не пускает")
    await world.desk.sees("всё ещё не пускает", topic=topic)


@on_sqlite
async def test_a_ban_is_kept_as_a_keyed_hash(world: World) -> None:
    mother = world.person("Прасковья", id=777_123_456_789)
    number = await world.sends_ticket(mother)
    topic = await world.topic_of(number)
    await world.desk.writes("/ban", topic=topic)
    await world.desk.sees("больше не может писать", topic=topic)
    await mother.says("впустите")
    await mother.sees("больше не принимает")
    await world.stop()
    [ban] = [line for line in (await everything(world)).splitlines() if line.startswith("bans: ")]
    assert str(mother.id) not in ban and "Прасковья" not in ban
    assert re.search(r'"key": "[0-9a-f]{64}"', ban)


@on_sqlite
async def test_texts_of_closed_tickets_are_erased_after_the_retention_period(database_url: str) -> None:
    async with World(database_url, RETENTION_DAYS="10") as world:
        await world.start()
        mother = world.person("Прасковья", id=777_123_456_789)
        number = await world.sends_ticket(mother, words=WORDS)
        topic = await world.topic_of(number)
        await world.desk.press("Решено", topic=topic)
        await mother.sees("закрыла обращение")
        world.clock.move(days=9)
        await world.looks()
        assert WORDS in await everything(world)
        world.clock.move(days=2)
        await world.looks()
        left = await everything(world)
        assert WORDS not in left and "Иванов" not in left
