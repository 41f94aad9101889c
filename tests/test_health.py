"""/healthz tells where the bot gets no updates although Telegram answers, and why."""

from __future__ import annotations

import asyncio

import pytest

from bot import texts_ru as texts
from bot.channels.telegram.connections import Answers
from bot.health import Health
from sandbox.telegram.bot_api import Refused
from sandbox.telegram.errors import too_many
from tests.bot_port import SECRET, by_webhook, until_health
from tests.world import World


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: this is about updates that do not come."""
    return sqlite_url


CONFLICT = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
FOR_EVER = 10**6


async def test_another_bot_with_the_same_token_is_told_of(world: World, caplog: pytest.LogCaptureFixture) -> None:
    mother = world.person()
    world.telegram.fault(Refused(409, CONFLICT), times=FOR_EVER, method="getUpdates")
    await mother.says("/start")
    await until_health(world, 503, texts.HEALTH_UPDATES_TAKEN.format(error=CONFLICT))
    assert f"refuses getUpdates (Telegram server says - {CONFLICT})" in caplog.text
    assert "does not answer" not in caplog.text
    world.telegram.faults.clear()
    await mother.says("/start")
    await mother.sees("Кто пишет")
    await until_health(world, 200)


@pytest.mark.parametrize("webhook", [False, True])
async def test_a_telegram_that_gives_nothing_for_an_hour_is_told_of(
    unstarted_world: World, webhook: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It answers every other call, so it is not silent."""
    monkeypatch.setattr("bot.web.LOOK_EVERY_S", 0.05)
    world = by_webhook(unstarted_world) if webhook else unstarted_world
    world.telegram.fault(too_many(3600), method="setWebhook" if webhook else "getUpdates")
    await world.start()
    await until_health(world, 503, texts.HEALTH_NO_UPDATES.partition("(")[0])


@pytest.mark.parametrize("webhook", [False, True])
async def test_a_token_that_was_taken_back_is_told_of_without_a_support_chat(
    unstarted_world: World, webhook: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.web.LOOK_EVERY_S", 0.05)
    world = by_webhook(unstarted_world) if webhook else unstarted_world
    del world.environment["SUPPORT_CHAT_ID"]
    await world.start()
    for method in (".*", "getUpdates"):
        world.telegram.fault(Refused(401, "Unauthorized"), times=FOR_EVER, method=method)
    await world.person().says("/start")
    await until_health(world, 503, texts.HEALTH_TOKEN_REFUSED)


async def test_a_webhook_that_telegram_cannot_reach_is_told_of(
    unstarted_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy that takes the secret away stands for a certificate that ran out, a firewall, a wrong port."""
    monkeypatch.setattr("bot.web.LOOK_EVERY_S", 0.05)
    world = await by_webhook(unstarted_world).start()
    world.telegram.redelivery_scale = 0.05
    webhook_caller = world.telegram.webhook_caller
    assert webhook_caller is not None
    secret = webhook_caller._headers.pop(SECRET)
    mother = world.person()
    await mother.says("/start")
    await until_health(world, 503, "401 Unauthorized")
    webhook_caller._headers[SECRET] = secret
    await mother.sees("Кто пишет")
    await until_health(world, 200)


async def test_a_webhook_that_somebody_else_set_is_told_of(
    unstarted_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.web.LOOK_EVERY_S", 0.05)
    world = await by_webhook(unstarted_world).start()
    await world.telegram.delete_webhook({})
    await until_health(world, 503, texts.HEALTH_WEBHOOK_ELSEWHERE)


@pytest.mark.parametrize("what", [Refused(500, "Internal Server Error"), Refused(502, "Bad Gateway"), "drop", "page"])
async def test_updates_that_do_not_come_are_told_of(world: World, what: Refused | str) -> None:
    """Other calls go, but nobody who writes is answered."""
    world.telegram.fault(what, times=FOR_EVER, method="getUpdates")
    await world.person().says("/start")
    await until_health(world, 503, texts.HEALTH_NO_UPDATES.partition("(")[0])
    world.telegram.faults.clear()
    await until_health(world, 200)


async def test_telegram_that_is_back_is_seen_though_nobody_writes(
    unstarted_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first call that succeeds waits for no update: what would wait here waits longer than the test does."""
    monkeypatch.setattr("bot.channels.telegram.polling.LONG_POLL_S", 90)
    monkeypatch.setattr("bot.channels.telegram.polling.FETCH_RETRY_S", (0.05,))
    unstarted_world.telegram.fault(Refused(502, "Bad Gateway"), times=FOR_EVER, method="getUpdates")
    world = await unstarted_world.start()
    await until_health(world, 503, texts.HEALTH_NO_UPDATES.partition("(")[0])
    world.telegram.faults.clear()
    await until_health(world, 200)
    mother = world.person()
    await world.begins(mother, "parent")  # what comes next is waited for as ever


async def test_a_call_for_updates_that_gets_no_answer_is_told_of(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.channels.telegram.polling.SILENT_HEALTHY_S", 0.1)
    world.telegram.fault("hang", times=FOR_EVER, method="getUpdates")
    await world.person().says("/start")
    await until_health(world, 503, texts.HEALTH_NO_UPDATES_SILENT.partition("{")[0])


@pytest.mark.parametrize("webhook", [False, True])
async def test_an_update_that_hangs_is_told_of(
    unstarted_world: World, webhook: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits unconfirmed, whichever way it came."""
    monkeypatch.setattr("bot.intake.IN_HAND_HEALTHY_S", 0.1)
    world = await (by_webhook(unstarted_world) if webhook else unstarted_world).start()
    assert world.app is not None
    leave = asyncio.Event()
    feed = world.app._intake._dispatcher.feed_update

    async def slow(*update: object, **more: object) -> object:
        await leave.wait()
        return await feed(*update, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(world.app._intake._dispatcher, "feed_update", slow)
    mother = world.person()
    await mother.says("/start")
    await until_health(world, 503, texts.HEALTH_UPDATE_STUCK.partition("{")[0])
    leave.set()
    await mother.sees("Кто пишет")
    await until_health(world, 200)


async def test_updates_that_wait_while_the_webhook_hears_nothing_are_told_of(
    unstarted_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.web.LOOK_EVERY_S", 0.05)
    world = await by_webhook(unstarted_world).start()
    telegram, webhook_caller = world.telegram, world.telegram.webhook_caller
    assert webhook_caller is not None
    telegram.on_update = lambda update: None
    mother = world.person()
    await mother.says("/start")
    await until_health(world, 503, texts.HEALTH_WEBHOOK_WAITS.format(count=1))
    telegram.on_update = webhook_caller.take
    webhook_caller.begin(list(telegram.pending.values()))
    await mother.sees("Кто пишет")
    await until_health(world, 200)


@pytest.mark.parametrize(("took", "is_slow"), [([9, 9], True), ([9, 0.1], False), ([9], False), ([0.1, 9, 9], True)])
def test_answers_that_are_slow_again_and_again_are_told_of(took: list[float], is_slow: bool) -> None:
    answers = Answers()
    for seconds in took:
        answers.took(seconds)
    assert bool(answers.reason()) is is_slow


def test_a_reason_is_there_until_its_part_is_well_again() -> None:
    health, asked = Health(), ["долго"]
    health.note("а", "стоит")
    health.note("б", "")
    health.ask(lambda: asked[0])
    assert health.reasons() == ["стоит", "долго"]
    health.note("а", "")
    asked[0] = ""
    assert health.reasons() == []
