"""/healthz tells where the bot gets no updates although Telegram answers, and why."""

from __future__ import annotations

import asyncio
import json

import pytest

from bot import texts_ru as texts
from sandbox.telegram import Refused
from tests.test_webhook import SECRET, by_webhook, get
from tests.world import World

CONFLICT = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
FOR_EVER = 10**6


async def until_health(world: World, status: int, words: str = "") -> None:
    """Waits until /healthz answers with this status and these words."""
    deadline = asyncio.get_running_loop().time() + 60
    while True:
        answered, text = await get(world, "/healthz")
        if answered == status and words in json.loads(text)["reason"]:
            return
        assert asyncio.get_running_loop().time() < deadline, text
        await asyncio.sleep(0.05)


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
    courier = world.telegram.courier
    assert courier is not None
    secret = courier._headers.pop(SECRET)
    mother = world.person()
    await mother.says("/start")
    await until_health(world, 503, "401 Unauthorized")
    courier._headers[SECRET] = secret
    await mother.sees("Кто пишет")
    await until_health(world, 200)


async def test_a_webhook_that_somebody_else_set_is_told_of(
    unstarted_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.web.LOOK_EVERY_S", 0.05)
    world = await by_webhook(unstarted_world).start()
    await world.telegram.delete_webhook({})
    await until_health(world, 503, texts.HEALTH_WEBHOOK_ELSEWHERE)
