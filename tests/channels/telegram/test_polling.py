"""Polling: an update is acknowledged after it was handled, in its family's order, and through every trouble."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sandbox.telegram.bot_api import Refused
from storage.database import DatabaseAway
from tests import polled_waiting
from tests.ticket_under_way import all_sent
from tests.world import World


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: this is the way from Telegram; test_crash.py kills the bot on both."""
    return sqlite_url


async def test_the_offset_moves_after_handling(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert world.app is not None
    intake = world.app._intake
    entered, leave = asyncio.Event(), asyncio.Event()
    real = intake.handle

    async def slow(update: Any, **more: Any) -> Any:
        entered.set()
        await leave.wait()
        return await real(update, **more)

    monkeypatch.setattr(intake, "handle", slow)
    mother = world.person()
    await mother.says("/start")
    await asyncio.wait_for(entered.wait(), 10)
    assert world.telegram.pending, "an update in hand is not acknowledged"
    leave.set()
    await mother.sees("Кто пишет")
    await world.eventually(lambda: not world.telegram.pending)


async def test_a_bot_that_is_stopping_begins_no_more_updates_and_repeats_none(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An update that was handled is confirmed, though it stood in one batch with what was not."""
    assert world.app is not None
    intake = world.app._intake
    began: asyncio.Queue[int] = asyncio.Queue()
    let = asyncio.Semaphore(0)
    real = intake.handle

    async def slow(update: Any, **more: Any) -> Any:
        began.put_nowait(update.update_id)
        await let.acquire()
        return await real(update, **more)

    monkeypatch.setattr(intake, "handle", slow)
    early, mother = world.person("Раньше"), world.person()
    await early.says("/start")
    await asyncio.wait_for(began.get(), 60)
    await mother.says("/start")
    await mother.says("/help")
    await mother.says("/privacy")
    let.release()
    await asyncio.wait_for(began.get(), 60)
    world.app.stop()
    for _ in range(3):
        let.release()
    await world.stop()
    assert began.empty() and len(world.telegram.pending) == 2
    await world.start()
    await mother.settles()
    await all_sent(world)
    assert sum("Кто пишет" in text for text in mother.texts) == 1, mother.texts
    assert "Пришлите надпись" in "".join(mother.texts)


async def test_an_update_that_never_ends_holds_no_stop_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert world.app is not None
    monkeypatch.setattr("bot.app.DRAIN_S", 0.1)
    entered = asyncio.Event()

    async def endless(update: Any, **more: Any) -> None:
        entered.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(world.app._intake, "handle", endless)
    mother = world.person()
    await mother.says("/start")
    await asyncio.wait_for(entered.wait(), 30)
    await world.stop()
    assert world.telegram.pending
    await world.start()
    await mother.sees("Кто пишет")


@pytest.mark.process
async def test_a_killed_process_loses_nothing(unstarted_world: World) -> None:
    world = unstarted_world
    await world.launch()
    family = world.person()
    await world.sends_ticket(family)
    lines = [f"строка {number}" for number in range(6)]
    for number, line in enumerate(lines):
        await family.says(line)
        if number % 3 == 1:
            await world.kill()
            await world.launch()

    def all_there() -> bool:
        shown = "\n".join(m.get("text", "") for m in world.support.messages.values())
        return all(line in shown for line in lines)

    await world.eventually(all_there, limit=60, what="every line at the desk")


async def test_troubles_of_getupdates_are_waited_out(world: World) -> None:
    for what in (Refused(502, "Bad Gateway"), Refused(429, "Too Many Requests: retry after 1", retry_after=1), "drop"):
        world.telegram.fault(what, method="getUpdates")
    mother = world.person()
    await mother.says("/start")
    await mother.sees("Кто пишет")


async def test_a_database_that_is_away_moves_no_offset(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert world.app is not None
    database = type(world.app.services.database)
    real = database.read

    tries = 0

    async def away(self: Any, work: Any) -> Any:
        nonlocal tries
        tries += 1
        raise DatabaseAway("gone")

    monkeypatch.setattr(database, "read", away)
    mother = world.person()
    await mother.says("/start")
    await world.eventually(lambda: bool(world.telegram.pending))
    tried = tries
    await polled_waiting.until_true(lambda: tries > tried + 2, what="more tries")
    assert world.telegram.pending and not mother.from_bot
    monkeypatch.setattr(database, "read", real)
    await mother.sees("Кто пишет")


async def test_an_update_that_does_not_parse_is_set_aside(world: World) -> None:
    telegram = world.telegram
    mother = world.person()
    telegram.queue_update("message", {"text": 7}, ("chat", mother.id), mother.id)
    await mother.says("/start")
    await mother.sees("Кто пишет")
    await world.eventually(lambda: not telegram.pending)


async def test_another_poller_is_outlived(world: World) -> None:
    world.telegram.fault(Refused(409, "Conflict: terminated by other getUpdates request"), method="getUpdates")
    mother = world.person()
    await mother.says("/start")
    await mother.sees("Кто пишет")


async def test_nothing_behind_it_is_confirmed_while_a_broken_update_waits_for_the_database(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A good update between two broken ones is answered meanwhile, and answered once."""
    assert world.app is not None
    database = type(world.app.services.database)
    real, telegram = database.write, world.telegram
    tries = 0

    async def away(self: Any, work: Any) -> Any:
        nonlocal tries
        tries += 1
        raise DatabaseAway("gone")

    mother = world.person()
    monkeypatch.setattr(database, "write", away)
    telegram.queue_update("message", {"text": 7}, ("chat", mother.id), mother.id)
    await mother.says("/start")
    telegram.queue_update("message", {"text": 8}, ("chat", mother.id), mother.id)
    await world.eventually(lambda: tries >= 6, what="several tries")
    assert len(telegram.pending) == 3
    monkeypatch.setattr(database, "write", real)
    await mother.sees("Кто пишет")
    await world.eventually(lambda: not telegram.pending)
    assert len(mother.from_bot) == 1


async def test_a_start_outlives_a_telegram_that_cannot_take_the_old_webhook_away(unstarted_world: World) -> None:
    telegram = unstarted_world.telegram
    for what in (Refused(502, "Bad Gateway"), Refused(429, "Too Many Requests: retry after 1", retry_after=1), "page"):
        telegram.fault(what, method="deleteWebhook")
    await unstarted_world.start()
    mother = unstarted_world.person()
    await mother.says("/start")
    await mother.sees("Кто пишет")


@pytest.mark.parametrize("method", ["getMe", "setMyCommands", "getChat", "getUpdates", "sendMessage"])
async def test_a_page_of_somebody_on_the_way_is_waited_out(unstarted_world: World, method: str) -> None:
    """A proxy that answers 502 with HTML is no answer of Telegram: nothing ends, nothing is lost."""
    unstarted_world.telegram.fault("page", times=2, method=method)
    await unstarted_world.start()
    mother = unstarted_world.person()
    await mother.says("/start")
    await mother.sees("Кто пишет")
    await unstarted_world.eventually(lambda: not unstarted_world.telegram.pending)


async def test_the_text_of_a_message_that_cannot_be_handled_or_answered_stops_nobody(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert world.app is not None
    dispatcher = world.app._intake._dispatcher
    real = dispatcher.feed_update

    async def feed(bot: Any, update: Any, **more: Any) -> Any:
        if update.message and update.message.text == "яд":
            raise RuntimeError("poison")
        return await real(bot, update, **more)

    monkeypatch.setattr(dispatcher, "feed_update", feed)
    mother = world.person()
    await mother.says("/start")
    await mother.sees("Кто пишет")
    world.telegram.fault("page", method="sendMessage")
    await mother.says("яд")
    await mother.says("/help")
    await mother.sees("Пришлите надпись")


async def test_an_update_that_no_reader_foresaw_ends_the_fetching_for_nobody(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.channels import incoming_json
    from bot.channels.telegram import polling

    real, odd = incoming_json.as_update, world.person("Странная")

    def read(raw: Any, bot: Any) -> Any:
        if raw["message"]["from"]["id"] == odd.id:
            raise RecursionError
        return real(raw, bot)

    monkeypatch.setattr(polling, "as_update", read)
    await odd.says("/start")
    other = world.person("Другая")
    await other.says("/start")
    await other.sees("Кто пишет")
    await world.eventually(lambda: not world.telegram.pending, what="the odd one set aside")
