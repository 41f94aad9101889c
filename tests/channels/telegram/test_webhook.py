"""The webhook: who is let in, when an update counts as taken, how the bot starts, stops and changes from polling."""

from __future__ import annotations

import asyncio
import json
import signal
from typing import Any

import aiohttp
import pytest

from bot import texts_ru as texts
from bot.app import App
from bot.settings import SettingsError
from sandbox.telegram.bot_api import Refused
from storage.database import DatabaseAway
from tests import polled_waiting
from tests.bot_port import SECRET, by_webhook, get, post
from tests.world import World


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: this is the way from Telegram; test_intake.py and test_outage.py have the rest."""
    return sqlite_url


def message(number: int, text: str, sender: int = 77) -> dict[str, Any]:
    """An update as Telegram posts it."""
    person = {"id": sender, "is_bot": False, "first_name": "Мария"}
    chat = {"id": sender, "type": "private", "first_name": "Мария"}
    return {
        "update_id": number,
        "message": {"message_id": number, "date": 1_790_000_000, "chat": chat, "from": person, "text": text},
    }


async def test_a_family_walks_the_guide_and_each_press_costs_one_request_and_one_ride(unstarted_world: World) -> None:
    world = await by_webhook(unstarted_world).start()
    mother = world.person()
    await world.begins(mother, "child")
    telegram = world.telegram
    before = dict(telegram.counts)
    for _ in range(5):
        await mother.press("Готово")
    await mother.sees("Получилось войти?")
    assert telegram.counts["editMessageText"] - before["editMessageText"] == 5
    assert telegram.counts["answerCallbackQuery"] - before["answerCallbackQuery"] == 5
    assert telegram.counts["sendMessage"] == before["sendMessage"]
    await world.eventually(lambda: not telegram.pending, what="every update taken")
    assert not telegram.violations


async def test_the_webhook_is_set_as_the_settings_say(unstarted_world: World) -> None:
    world = await by_webhook(unstarted_world, WEBHOOK_SECRET="a-Secret_1").start()
    (call,) = world.calls("setWebhook")
    assert call["url"] == world.environment["WEBHOOK_URL"] and call["secret_token"] == "a-Secret_1"
    assert call["drop_pending_updates"] is False or "drop_pending_updates" not in call
    assert set(call["allowed_updates"]) >= {"message", "edited_message", "callback_query", "my_chat_member"}
    assert not world.telegram.counts["deleteWebhook"]


@pytest.mark.parametrize("secret", ["", "wrong", "тоже", "a" * 5000])
async def test_a_wrong_secret_changes_nothing(unstarted_world: World, secret: str) -> None:
    world = await by_webhook(unstarted_world).start()
    stranger = world.person()
    forged = message(1, "/start", sender=stranger.id)
    status, _, _ = await post(world, json.dumps(forged), **{SECRET: secret})
    assert status == 401
    reader = world.person()
    await reader.says("/start")
    await reader.sees("Кто пишет")
    assert not stranger.from_bot


async def test_a_made_up_press_of_nobody_costs_one_refused_request(unstarted_world: World) -> None:
    world = await by_webhook(unstarted_world).start()
    shown = message(1, "…", sender=987_654)["message"]
    query = {"id": "7", "from": shown["from"], "chat_instance": "1", "message": shown, "data": "s:step:c:p:99"}
    status, _, body = await post(world, json.dumps({"update_id": 9, "callback_query": query}))
    assert status == 200 and json.loads(body)["method"] == "answerCallbackQuery"
    assert [call["chat_id"] for call in world.calls("editMessageText")] == [987_654]
    assert not world.calls("sendMessage")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400), (b"{", 400), (b"[]", 400), (b"null", 400), (b"\xff\xfe", 400), (b"{}", 400), (b"[" * 100_000, 400),
        (b'{"update_id": 4, "a": ' + b"[" * 900 + b'"\\u0000"' + b"]" * 900 + b"}", 400),
        (b'{"update_id": "x"}', 400), (b'{"update_id": 1e300}', 400), (b'{"update_id": 99999999999999999999999}', 400),
        (b'{"update_id": 5, "message": {"text": 7}}', 200), (b'{"update_id": 6}', 200),
        (b'{"update_id": 7, "no_such_kind": {"a": 1}}', 200), (b"x" * 1_100_000, 413),
    ],
)  # fmt: skip
async def test_bodies_that_are_no_update(unstarted_world: World, body: bytes, status: int) -> None:
    world = await by_webhook(unstarted_world).start()
    got, _, _ = await post(world, body)
    assert got == status
    reader = world.person()
    await reader.says("/start")
    await reader.sees("Кто пишет")


async def test_a_body_in_pieces_is_bounded_too(unstarted_world: World) -> None:
    world = await by_webhook(unstarted_world).start()

    async def endless() -> Any:
        for _ in range(40):
            yield b"x" * 65536

    address = f"http://127.0.0.1:{world.environment['HTTP_PORT']}/hook"
    assert world.app is not None
    given = {SECRET: world.app.settings.webhook_secret_or_derived}
    async with aiohttp.ClientSession() as session:
        try:
            async with session.post(address, data=endless(), headers=given) as answer:
                assert answer.status == 413
        except aiohttp.ClientError:
            pass  # the bot may close the connection while the rest is still being sent
    status, _ = await get(world, "/healthz")
    assert status == 200


async def test_other_methods_and_paths(unstarted_world: World) -> None:
    world = await by_webhook(unstarted_world).start()
    assert (await get(world, "/hook"))[0] == 401
    assert (await get(world, "/nothing"))[0] == 404
    assert (await post(world, b"{}", path="/hook/more"))[0] == 404


async def test_characters_that_no_database_stores_do_no_harm(unstarted_world: World) -> None:
    world = await by_webhook(unstarted_world).start()
    reader = world.person("Нуль", id=78)
    await world.begins(reader, "parent")
    body = json.dumps(message(900, "бу\x00 \ud800 бу", sender=78))
    assert "\\u0000" in body and "\\ud800" in body
    assert (await post(world, body))[0] == 200
    body = json.dumps(message(901, "/start", sender=78)).replace("Мария", "М\\u0000")
    assert (await post(world, body))[0] == 200
    await world.eventually(lambda: any("Кто пишет" in m.get("text", "") for m in reader.from_bot))


async def test_answered_only_after_handling(unstarted_world: World) -> None:
    """While the bot's own call hangs, Telegram gets no answer."""
    world = await by_webhook(unstarted_world).start()
    reader = world.person()
    await world.begins(reader, "parent")
    world.telegram.latency = 0.5
    counts = world.telegram.counts
    edits = counts["editMessageText"]
    pressing = asyncio.create_task(reader.press("Готово"))
    await polled_waiting.until_true(lambda: counts["editMessageText"] > edits, what="the call under way")
    assert world.telegram.pending, "the press is not acknowledged while its screen is on its way"
    world.telegram.latency = 0.0
    await pressing
    await world.eventually(lambda: not world.telegram.pending)


async def test_while_the_database_is_away_updates_are_refused_and_come_again(
    unstarted_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await by_webhook(unstarted_world).start()
    world.telegram.redelivery_scale = 0.05
    assert world.app is not None
    database = world.app.services.database
    real = type(database).read

    async def away(self: Any, work: Any) -> Any:
        raise DatabaseAway("gone")

    monkeypatch.setattr(type(database), "read", away)
    status, headers, _ = await post(world, json.dumps(message(5000, "/start", sender=79)))
    assert status == 503 and int(headers["Retry-After"]) >= 1
    assert (await get(world, "/healthz"))[0] == 503
    _, counted = await get(world, "/metrics")
    assert "bot_outbox_length NaN" in counted, "what is not known is not told"
    reader = world.person()
    await reader.says("/start")
    await world.eventually(lambda: bool(world.telegram.webhook_caller and world.telegram.webhook_caller.last_error))
    monkeypatch.setattr(type(database), "read", real)
    await reader.sees("Кто пишет")
    assert (await get(world, "/healthz"))[0] == 200


async def test_a_poison_update_is_set_aside_and_the_next_one_is_served(
    unstarted_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await by_webhook(unstarted_world).start()
    tries = []
    assert world.app is not None
    dispatcher = world.app._intake._dispatcher
    real = dispatcher.feed_update

    async def feed(bot: Any, update: Any, **more: Any) -> Any:
        if update.message and update.message.text == "яд":
            tries.append(update.update_id)
            raise RuntimeError("poison")
        return await real(bot, update, **more)

    monkeypatch.setattr(dispatcher, "feed_update", feed)
    reader = world.person()
    await reader.says("яд")
    await reader.says("/start")
    await reader.sees("Кто пишет")
    assert len(tries) == 5
    status, text = await get(world, "/metrics")
    assert status == 200 and 'result="set_aside"' in text


async def test_from_polling_to_webhook_and_back_nothing_is_lost(unstarted_world: World) -> None:
    world = await unstarted_world.start()
    reader = world.person()
    await world.begins(reader, "parent")
    await world.stop()
    await reader.says("/help")
    await by_webhook(world).start()
    await reader.sees("Пришлите надпись")
    await world.stop()
    await reader.says("/start")
    del world.environment["WEBHOOK_URL"]
    await world.start()
    await reader.sees("Кто пишет")
    assert world.telegram.webhook_caller is None


@pytest.mark.process
async def test_sigterm_drains(unstarted_world: World) -> None:
    """A press in hand at SIGTERM is finished and answered, and the process ends with 0."""
    world = by_webhook(unstarted_world)
    await world.launch()
    reader = world.person()
    await world.begins(reader, "parent")
    world.telegram.latency = 1.0
    edits = world.telegram.counts["editMessageText"]
    pressing = asyncio.create_task(reader.press("Готово"))
    await world.eventually(lambda: world.telegram.counts["editMessageText"] > edits)
    assert world.process is not None
    world.process.send_signal(signal.SIGTERM)
    await pressing
    await asyncio.wait_for(world.process.wait(), 20)
    assert world.process.returncode == 0
    assert "Шаг 2" in reader.text
    assert not world.telegram.pending, "what was handled was also acknowledged"


async def test_an_address_that_telegram_refuses_ends_the_start(unstarted_world: World) -> None:
    world = by_webhook(unstarted_world)
    world.telegram.fault(Refused(400, "Bad Request: bad webhook: IP address is reserved"), method="setWebhook")
    with pytest.raises(SettingsError, match="WEBHOOK_URL"):
        await asyncio.wait_for(App(world.settings()).run(), 30)


async def test_a_database_that_is_lost_during_the_start_is_told_of(
    unstarted_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(self: Any, work: Any) -> Any:
        raise DatabaseAway("gone")

    app = App(unstarted_world.settings())
    monkeypatch.setattr(type(app.services.database), "read", away)
    with pytest.raises(SettingsError, match="база не отвечает"):
        await asyncio.wait_for(app.run(), 60)


async def test_an_old_webhook_that_telegram_does_not_take_away_ends_the_start(unstarted_world: World) -> None:
    unstarted_world.telegram.fault(Refused(400, "Bad Request: not now"), method="deleteWebhook")
    with pytest.raises(SettingsError, match="not now"):
        await asyncio.wait_for(App(unstarted_world.settings()).run(), 60)


async def test_a_telegram_that_is_slow_to_answer_is_asked_again(unstarted_world: World) -> None:
    world = by_webhook(unstarted_world)
    world.telegram.fault(Refused(429, "Too Many Requests: retry after 1", retry_after=1), method="setWebhook")
    world.telegram.fault(Refused(502, "Bad Gateway"), method="setWebhook")
    await world.start()
    reader = world.person()
    await world.eventually(lambda: world.telegram.webhook_caller is not None)
    await reader.says("/start")
    await reader.sees("Кто пишет")


async def test_health_and_metrics(unstarted_world: World) -> None:
    world = await by_webhook(unstarted_world).start()
    number = await world.sends_ticket(world.person())
    status, text = await get(world, "/healthz")
    health = json.loads(text)
    assert status == 200 and health["ok"] and health["database"] == "ok"
    assert health["telegram_seconds"] < 60 and health["outbox_oldest_seconds"] < 60
    status, text = await get(world, "/metrics")
    assert number and 'bot_tickets{status="new"} 1.0' in text
    assert 'bot_updates_total{kind="callback_query",result="ok"}' in text


async def test_a_telegram_that_went_silent_shows_in_the_health(unstarted_world: World) -> None:
    world = await by_webhook(unstarted_world).start()
    world.telegram.fault("drop", times=10_000)
    assert (await get(world, "/healthz"))[0] == 200
    world.clock.move(minutes=10)
    status, text = await get(world, "/healthz")
    assert status == 503 and "Telegram" in json.loads(text)["reason"]


async def test_health_before_the_tables_are_there(bare_database_url: str) -> None:
    """A replica is asked how it does while another one still makes the tables."""
    app = App(World(bare_database_url).settings())
    health = await app._web.health()
    assert not health["ok"] and texts.HEALTH_DATABASE_NO_TABLES in health["reason"]
    await app.services.database.close()
    await app.services.bot.session.close()
