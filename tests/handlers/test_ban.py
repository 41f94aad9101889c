"""A ban: what the desk and the banned family see of it, and that neither a new token nor an upgrade lifts it."""

from __future__ import annotations

import pytest
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from sandbox.person import Person
from sandbox.telegram.bot_api import internal_error
from sandbox.telegram.server import running
from sandbox.visible import labels_of
from storage import bans
from storage.models import named_values
from tests.database_markers import on_sqlite
from tests.ticket_under_way import Talk, begin, next_noon
from tests.world import World


async def banned(world: World) -> Talk:
    """A family whose ticket was answered, and then it was banned."""
    next_noon(world)
    talk = await begin(world)
    await talk.school("проверили, всё верно")
    await talk.family.sees("всё верно")
    await talk.school("/ban")
    await world.desk.sees("больше не может писать")
    await world.all_sent()
    return talk


def buttons(person: Person) -> list[str]:
    """Everything that this person could press of what asks for an answer to the school."""
    return [label for message in person.from_bot for label in labels_of(message) if "помог" in label.lower()]


async def test_card_and_topic_show_a_ban_and_its_end(either_world: World) -> None:
    world, talk = either_world, await banned(either_world)
    await talk.card_shows("заблокирована")
    is_forum = "topic" in talk.where
    assert not is_forum or talk.topic.name.startswith("🚫"), talk.topic.name
    await talk.school("/unban")
    await world.desk.sees("снова может писать")
    await world.all_sent()
    assert "🚫" not in str(talk.card) + (talk.topic.name if is_forum else "")
    await talk.family.says("спасибо, что вернули")
    await world.desk.sees("спасибо, что вернули")


@on_sqlite
async def test_nothing_dead_is_left_to_press_and_a_press_is_answered(world: World) -> None:
    talk = await banned(world)
    assert not buttons(talk.family)
    for action in ("helped", "nothelped", "withdraw", "reopen", "talk"):
        said = await talk.family.taps(talk.family.screen or {}, f"{action}:{talk.number}")
        assert "Школа больше не принимает" in said
    assert await talk.status() == "waiting_family"


async def test_an_answer_to_a_banned_family_is_refused_with_a_word_whichever_way_it_goes(either_world: World) -> None:
    """The answer is kept back, and nothing of the ticket moves."""
    world, talk = either_world, await banned(either_world)
    got, history = len(talk.family.from_bot), await talk.history()
    wrote = await talk.school("итак, вы не правы")
    refused = await world.desk.sees("Не доставлено: семья заблокирована командой /ban")
    assert refused["reply_to_message"]["message_id"] == wrote["message_id"]
    await world.desk.edits(wrote, "итак, вы правы")
    await world.eventually(lambda: sum("заблокирована командой /ban. " in t for t in world.desk.texts) == 2)
    assert await world.desk.press("Данные исправлены", message=talk.card) == texts.NOT_SENT_BANNED
    await world.desk.press("Запросить уточнение", message=talk.card)
    await world.all_sent()
    await world.desk.press("2. Пришлите класс и имя", message=talk.card)
    await world.all_sent()
    assert await world.desk.press("Отправить", message=talk.card) == texts.NOT_SENT_BANNED
    await world.all_sent()
    assert len(talk.family.from_bot) == got and await talk.history() == history
    await talk.school("/unban")
    await world.desk.sees("снова может писать")
    await talk.school("теперь дойдёт")
    await talk.family.sees("теперь дойдёт")


async def test_an_album_to_a_banned_family_is_refused_once(world: World) -> None:
    talk = await banned(world)
    got = len(talk.family.from_bot)
    await world.desk.sends_album([b"one", b"two"], caption="как войти", topic=talk.topic)
    await world.desk.sees("Не доставлено: семья заблокирована")
    await world.all_sent()
    assert sum("Не доставлено" in text for text in world.desk.texts) == 1
    assert len(talk.family.from_bot) == got


@on_sqlite
async def test_an_end_that_a_banned_family_is_told_of_has_nothing_to_press(world: World) -> None:
    talk = await banned(world)
    got = len(talk.family.from_bot)
    await world.desk.press("Решено", topic=talk.topic)
    await world.eventually(lambda: len(talk.family.from_bot) > got, what="the end")
    assert not labels_of(talk.family.from_bot[-1]) and not buttons(talk.family)


@on_sqlite
async def test_a_banned_family_is_neither_reminded_nor_told_of_an_end(world: World) -> None:
    talk = await banned(world)
    for _ in range(3):
        world.clock.move(days=4)
        await world.brings_nothing_to(talk.family)
    await talk.school("/unban")
    await world.desk.sees("снова может писать")
    got = len(talk.family.from_bot)
    world.clock.move(days=4)
    await world.looks()
    await world.eventually(lambda: len(talk.family.from_bot) > got, what="the reminder")
    assert "Помогло" in "".join(talk.family.labels)


async def test_what_was_on_its_way_when_the_ban_came_loses_its_buttons(world: World) -> None:
    next_noon(world)
    talk = await begin(world)
    world.telegram.fault(internal_error(), times=3, method="copyMessage|sendMessage", chat=talk.family.id)
    await talk.school("проверили, всё верно")
    await talk.school("/ban")
    await world.desk.sees("больше не может писать")
    await talk.family.sees("всё верно", anywhere=True)
    await world.all_sent()
    assert not buttons(talk.family)


@pytest.mark.parametrize("forgotten", [False, True])
async def test_neither_an_upgrade_nor_a_new_token_lifts_a_ban(world: World, forgotten: bool) -> None:
    """Version 1.1.0 keyed a ban by the token; a family that erased itself is known only once it writes."""
    talk = await begin(world)
    assert world.app is not None
    services = world.app.services
    old = bans.keyed(talk.family.id, services.settings.bot_token)
    if forgotten:
        await talk.family.says("/forget")
        await talk.family.press("Удалить всё")
        await talk.family.sees("удалено")

    async def as_of_old(connection: AsyncConnection) -> None:
        await bans.ban(connection, 1, old, services.clock())
        await connection.execute(delete(named_values).where(named_values.c.name == "secret:accounts"))

    await services.database.write(as_of_old)
    await world.restart()
    if forgotten:
        await talk.family.says("а можно?")
        await talk.family.sees("Школа больше не принимает")
    await world.stop()
    number = world.telegram.token.partition(":")[0]
    world.telegram.token = world.environment["BOT_TOKEN"] = f"{number}:AAF-another_token_of_the_same_bot"
    async with running(world.telegram) as address:
        world.environment["TELEGRAM_API_URL"] = address
        await world.start()
        await still_banned(world, talk, old)
        await world.stop()


async def still_banned(world: World, talk: Talk, old: str) -> None:
    """The family gets no screen, and its ban has no key of the token."""
    await talk.family.says("/start")
    await talk.family.settles()
    assert "Кто пишет" not in talk.family.text
    assert world.app is not None
    kept = await world.app.services.database.read(bans.banned)
    assert kept == {1: {world.app.services.facts.key_of(talk.family.id)}}


@on_sqlite
async def test_a_banned_family_may_have_its_data_erased_and_stays_banned(talk: Talk) -> None:
    world, family = talk.world, talk.family
    await world.desk.writes("/ban", **talk.where)
    await world.desk.sees("не может писать боту")
    await family.says("/privacy")
    await family.sees("кто за них отвечает")
    world.clock.move(seconds=2)
    await family.says("/Forget")
    await family.sees("Удалить всё")
    await family.press("Удалить всё")
    await family.sees("удалено")
    world.clock.move(seconds=2)
    await family.says("/start")
    await family.sees("Школа больше не принимает")


@on_sqlite
async def test_a_reminder_that_fell_into_a_ban_comes_after_its_end(world: World) -> None:
    next_noon(world)
    mother = world.person()
    await world.begins(mother, "parent>child")
    await mother.press("Готово")
    await mother.sees("Шаг 2 из 5")
    await mother.press("Напомнить завтра")
    number = await world.sends_ticket(mother, "parent>child")
    topic = await world.topic_of(number)
    await world.desk.writes("/ban", topic=topic)
    await world.desk.sees("больше не может писать")
    world.clock.move(days=1, minutes=5)
    await world.brings_nothing_to(mother)
    await world.desk.writes("/unban", topic=topic)
    await world.desk.sees("снова может писать")
    world.clock.move(days=1)
    await world.looks()
    await mother.sees("просили напомнить про шаг 2")
