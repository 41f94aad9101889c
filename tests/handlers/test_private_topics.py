"""Topics in private chats: a family is answered in the topic that it writes in."""

from __future__ import annotations

import pytest

from sandbox.person import Person
from sandbox.telegram.bot_api import too_many
from sandbox.telegram.errors import Json
from sandbox.telegram.records import Topic
from tests.ticket_under_way import all_sent
from tests.world import ROLES, World


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: what differs is the chat that Telegram tells of."""
    return sqlite_url


def in_topic(world: World, number: int) -> Person:
    """A mother whose chat with the bot has a topic of this number, and everything that she says stands in it."""
    mother = world.person()
    world.telegram.chats[mother.id].topics[number] = Topic(number, "Дневник")
    return mother


def threads(messages: list[Json]) -> set[int | None]:
    return {message.get("message_thread_id") for message in messages}


async def test_screens_owed_screens_and_answers_of_the_school_go_to_the_topic(world: World) -> None:
    mother = in_topic(world, 5)
    await mother.says("/start", thread=5)
    for label in ROLES["parent"]:
        await mother.press(label)
    world.telegram.fault(too_many(1), method="sendMessage")
    await mother.says("/help", thread=5)
    await mother.sees("Пришлите надпись")
    await mother.says("Ваш дневник не найден", thread=5)
    await mother.press("Написать в школу")
    await mother.press("Родителя")
    for answer, asked in (("7Б", "класс"), ("Иванов Пётр", "зовут"), ("не пускает", "Что случилось")):
        await mother.sees(asked)
        await mother.says(answer, thread=5)
    await mother.press("Отправить")
    await mother.sees("отправлено в школу")
    topic = await world.topic_of(1)
    await world.desk.writes("попробуйте завтра", topic=topic)
    await mother.sees("попробуйте завтра")
    async with world.at_once():
        await world.desk.sends_album([b"one", b"two"], topic=topic)
    await mother.sees("Помогло?")
    assert threads(mother.from_bot) == {5}


async def test_a_message_beside_all_topics_is_answered_there(world: World) -> None:
    mother = in_topic(world, 5)
    await mother.says("/start", thread=5)
    await mother.sees("Кто пишет")
    world.clock.move(seconds=2)
    await mother.says("/help")
    await mother.sees("Пришлите надпись")
    assert [m.get("message_thread_id") for m in mother.from_bot] == [5, None]


async def test_where_the_topic_is_gone_the_answer_comes_beside_all_topics(world: World) -> None:
    mother = in_topic(world, 5)
    number = await world.sends_ticket(mother)
    await mother.says("есть ещё вопрос", thread=5)
    await world.desk.sees("есть ещё вопрос")
    del world.telegram.chats[mother.id].topics[5]
    await world.desk.writes("слушаем вас", topic=await world.topic_of(number))
    assert "message_thread_id" not in await mother.sees("слушаем вас")
    world.telegram.chats[mother.id].topics[6] = Topic(6, "Другая")
    world.clock.move(seconds=2)
    await mother.says("/help", thread=6)
    await mother.sees("Пришлите надпись")
    assert (mother.screen or {})["message_thread_id"] == 6
    del world.telegram.chats[mother.id].topics[6]
    world.clock.move(seconds=2)
    mother._post({"text": "/ticket", "message_thread_id": 6, "is_topic_message": True})
    await mother.sees(f"№{number}")
    await all_sent(world)
    assert "message_thread_id" not in (mother.screen or {})
