"""Telegram's limits are kept, not hit: bursts, merging, order; and what a burst does to one family's words."""

from __future__ import annotations

import asyncio
from dataclasses import fields
from typing import Any

import pytest
from aiogram.exceptions import TelegramNetworkError
from aiogram.methods import GetMe
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.claiming import Batch
from bot.delivery.worker import OutboxWorker
from bot.pace import Span
from sandbox.person import Person
from sandbox.visible import text_of
from storage import models, named_values, outbox, sends
from storage.outbox import Owed
from tests.ticket_under_way import Talk, all_sent, begin, none_on_its_way, two_seconds_on
from tests.world import World


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: a wait is reckoned from moments; test_replicas.py keeps the pace on PostgreSQL."""
    return sqlite_url


async def forms(world: World, number: int) -> list[Person]:
    """So many families with a filled form before them."""
    people = [world.person(f"Семья {n}") for n in range(number)]
    await asyncio.gather(*(world.fills_form(one, "parent", f"слова {one.id}") for one in people))
    return people


@pytest.mark.slow
async def test_forty_tickets_within_a_second_all_arrive_and_none_is_refused(world: World) -> None:
    people = await forms(world, 40)
    world.telegram.pace.forget()
    world.telegram.strict_pace = True
    await asyncio.gather(*(one.press("Отправить") for one in people))
    await asyncio.gather(*(one.settles() for one in people))
    await all_sent(world, limit=120)
    words = " ".join(world.desk.texts)
    assert all(f"слова {one.id}" in words for one in people)
    assert len(world.desk.topics) == 40
    assert world.telegram.pace.refused == 0
    assert world.telegram.pace.busiest[world.support.id] <= 20


async def test_a_burst_is_merged_when_the_minute_is_full_and_edits_change_their_part(either_talk: Talk) -> None:
    talk, world = either_talk, either_talk.world
    world.telegram.pace.forget()
    world.telegram.strict_pace = True
    texts = [f"строка {n:02d}" for n in range(30)]
    sent = [await talk.family.says(text) for text in texts]
    await talk.family.settles()
    for _ in range(200):
        if all(any(text in shown for shown in world.desk.texts) for text in texts):
            break
        await two_seconds_on(world)
    lines = "\n".join(world.desk.texts).split("\n")
    assert [line for line in lines if line.startswith("строка")] == texts, "all of them, in their order"
    merged = next(m for m in talk.shown if text_of(m).count("строка") > 1)
    first = text_of(merged).split("\n")[0]
    world.telegram.strict_pace = False
    await talk.family.edits(sent[texts.index(first)], "исправленная строка")
    await world.eventually(lambda: "исправленная строка" in " ".join(world.desk.texts), what="the edit")
    now = next(m for m in talk.shown if m["message_id"] == merged["message_id"])
    assert text_of(now).split("\n")[1:] == text_of(merged).split("\n")[1:]
    await world.desk.writes("ответ на строки", reply_to=now)
    answer = await talk.family.sees("ответ на строки")
    assert text_of(answer["reply_to_message"]).split()[0] in ("строка", "исправленная")
    assert world.telegram.pace.refused == 0


async def test_formatting_in_a_merged_message_stands_where_it_belongs(talk: Talk) -> None:
    world = talk.world
    world.telegram.pace.forget()
    world.telegram.strict_pace = True
    for n in range(30):
        bold = {"type": "bold", "offset": 3, "length": 5}
        talk.family._post({"text": f"🎒 важно {n:02d}", "entities": [bold]})
    await talk.family.settles()
    for _ in range(200):
        if sum(text.count("важно") for text in talk.topic.texts) == 30:
            break
        await two_seconds_on(world)
    marked = []
    for message in talk.shown:
        raw = text_of(message).encode("utf-16-le")
        for entity in message.get("entities", []):
            if entity["type"] == "bold" and "важно" in text_of(message):
                marked.append(raw[2 * entity["offset"] : 2 * (entity["offset"] + entity["length"])].decode("utf-16-le"))
    assert marked == ["важно"] * 30


async def test_an_album_and_its_question_keep_a_second_between_them(talk: Talk) -> None:
    world = talk.world
    world.telegram.pace.forget()
    world.telegram.strict_pace = True
    async with world.at_once():
        await world.desk.sends_album([b"one", b"two", b"three"], **talk.where)
        await talk.school("и ещё слово")
    await talk.family.sees("Помогло?", anywhere=True)
    await talk.family.sees("и ещё слово", anywhere=True)
    assert world.telegram.pace.refused == 0


async def test_order_is_kept_in_a_chat_whatever_goes_wrong(talk: Talk) -> None:
    from sandbox.telegram.bot_api import bad_gateway

    world = talk.world
    world.telegram.fault(bad_gateway(), times=2, method="sendMessage", chat=world.support.id)
    world.telegram.fault("drop", times=1, method="copyMessage", chat=talk.family.id)
    for n in range(6):
        await talk.family.says(f"семья {n}")
        await talk.school(f"школа {n}")
    for _ in range(60):
        if "школа 5" in talk.family.texts and "семья 5" in talk.topic.texts:
            break
        await two_seconds_on(world)
    assert [t for t in talk.family.texts if t.startswith("школа")] == [f"школа {n}" for n in range(6)]
    assert [t for t in talk.topic.texts if t.startswith("семья")] == [f"семья {n}" for n in range(6)]


async def test_a_lost_answer_doubles_at_most_one(talk: Talk) -> None:
    world = talk.world
    world.telegram.fault("done-then-drop", times=1, method="sendMessage", chat=world.support.id)
    for n in range(4):
        await talk.family.says(f"весть {n}")
    await world.desk.sees("весть 3", topic=talk.topic)
    seen = [t for t in talk.topic.texts if t.startswith("весть")]
    assert len(seen) <= 5 and list(dict.fromkeys(seen)) == [f"весть {n}" for n in range(4)]


@pytest.mark.slow
async def test_the_count_of_the_minute_survives_a_restart(world: World) -> None:
    talk = await begin(world)
    world.telegram.pace.forget()
    world.telegram.strict_pace = True
    for n in range(15):
        await talk.family.says(f"до {n}")
        await talk.family.settles()
        await none_on_its_way(world)
        world.clock.move(seconds=1.2)
        await world.looks()
    await talk.family.settles()
    await world.restart()
    for n in range(15):
        await talk.family.says(f"после {n}")
    for _ in range(120):
        if any("после 14" in text for text in talk.topic.texts):
            break
        await two_seconds_on(world)
    assert any("после 14" in text for text in talk.topic.texts)
    assert world.telegram.pace.refused == 0 and world.telegram.pace.busiest[world.support.id] <= 20


async def test_where_no_limit_stands_a_message_arrives_at_once(talk: Talk) -> None:
    """While the clock stands still, whatever waits for it never comes."""
    world = talk.world
    await all_sent(world)
    world.clock.move(minutes=2)
    world.clock.stop()
    await talk.family.says("сразу")
    await world.desk.sees("сразу", topic=talk.topic)
    await talk.school("и в ответ сразу")
    await talk.family.sees("и в ответ сразу")


async def test_a_rush_of_families_queues_up_behind_telegrams_limit(world: World) -> None:
    """Once Telegram has said «too many», screens go out at its pace, and nobody is refused again.

    The clock stands still, so that each rush comes within a second on any machine.
    """
    assert world.app is not None
    telegram, services = world.telegram, world.app.services
    telegram.strict_pace = True
    world.clock.stop()
    rush = [world.person(f"Семья {n}") for n in range(45)]
    await come_in_two_seconds(world, rush, "/start", 1)
    assert telegram.pace.refused, "the limit was met"
    assert services.pace.crowded.until > 0
    world.clock.move(minutes=1)
    services.pace.crowded = Span(services.clock(), services.clock() + 30)
    before = telegram.pace.refused
    await come_in_two_seconds(world, rush, "/help", 2)
    assert telegram.pace.refused == before
    assert all("Кто пишет" in one and "Пришлите надпись" in two for one, two in (family.texts for family in rush))


async def come_in_two_seconds(world: World, rush: list[Person], words: str, number: int) -> None:
    """All write; thirty get their message number so-and-so now, the rest once the clock has moved."""

    def answered() -> int:
        return sum(len(family.from_bot) == number for family in rush)

    for family in rush:
        await family.says(words)
    for family in rush:
        await family.settles()
    await world.eventually(lambda: answered() == 30, what="thirty screens")
    await none_on_its_way(world)
    world.clock.move(seconds=2)
    await world.eventually(lambda: answered() == len(rush), what="the rest of the screens")
    await all_sent(world)


async def test_a_process_that_was_frozen_past_its_lease_leaves_the_row_to_who_took_it_over(world: World) -> None:
    assert world.app is not None
    services = world.app.services
    frozen, family = OutboxWorker(services), world.person()

    async def taken_over(connection: AsyncConnection) -> None:
        row = await outbox.put(
            connection, chat_id=family.id, queue="family:x", kind="screen", payload={"text": "!"}, at=1.0, delay=1e12
        )
        await outbox.lease(connection, [row], "another", services.clock())

    async def state(connection: AsyncConnection) -> Any:
        rows = await connection.execute(select(models.outbox.c.lease_owner, models.outbox.c.attempts))
        return rows.one()

    async def whole(connection: AsyncConnection) -> list[Owed]:
        columns = [models.outbox.c[f.name] for f in fields(Owed)]
        return [Owed(*row) for row in await connection.execute(select(*columns))]

    await services.database.write(taken_over)
    rows = await services.database.read(whole)
    await frozen._settle_failure(Batch(rows, 1.0, 26.0), TelegramNetworkError(method=GetMe(), message="too late"))
    assert tuple(await services.database.read(state)) == ("another", 0)


async def test_a_clock_that_is_put_back_silences_neither_families_nor_desks(talk: Talk) -> None:
    """Neither the sends that were counted, nor a row that waits, nor a pause keeps anybody waiting until it catches up.

    The clock stands still, so that whatever waits for it never comes.
    """
    world, mother = talk.world, talk.world.person()
    assert world.app is not None
    services, address = world.app.services, outbox.address_of_desk(1)
    await mother.says("/start")
    await mother.sees("Кто пишет")
    await world.all_sent()
    world.clock.stop()

    async def full_and_paused(connection: AsyncConnection) -> None:
        await sends.count_send(connection, address, "message", 20, world.clock())
        await named_values.put(connection, f"pause:{address}:message", str(world.clock() + 10))
        await outbox.put(
            connection, chat_id=talk.family.id, queue=outbox.family_queue(talk.family.id), kind="screen",
            payload={"text": "слово, которое ждёт"}, ticket_id=talk.number, at=world.clock(), delay=300.0,
        )  # fmt: skip

    await services.database.write(full_and_paused)
    services.pace.note_refusal(1, 60, world.clock())
    services.pace.note_refusal(2, 60, world.clock())
    world.clock.move(hours=-1)
    seen = len(mother.from_bot)
    await mother.says("/start")
    await world.eventually(lambda: len(mother.from_bot) > seen, what="a screen at once")
    await talk.family.says("весть после перевода часов")
    await world.desk.sees("весть после перевода часов", topic=talk.topic)
    await talk.family.sees("слово, которое ждёт", anywhere=True)
