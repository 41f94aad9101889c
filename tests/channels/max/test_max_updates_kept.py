"""Updates of MAX: the marker outlives the bot, a webhook answers once its update is handled, nothing is done twice."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from aiogram.types import Update
from sqlalchemy.exc import SQLAlchemyError

from sandbox.waiting import until
from tests.database_markers import on_sqlite
from tests.polled_waiting import until_true
from tests.ticket_under_way import begin
from tests.world import ERRORS, World

SECRET = "s3cret_of_max"


def hooked(world: World) -> World:
    """Has MAX call the bot, before its start."""
    port = world.environment["HTTP_PORT"]
    world.environment |= {"MAX_WEBHOOK_URL": f"http://127.0.0.1:{port}/max", "MAX_WEBHOOK_SECRET": SECRET}
    return world


@on_sqlite
async def test_what_was_sent_while_the_bot_was_away_is_read_from_the_marker(max_world: World) -> None:
    mother, child = max_world.person("Мария"), max_world.person("Петя")
    await max_world.begins(mother, "parent")
    await max_world.stop()
    polls_before = len(max_world.calls("get_updates"))
    await mother.says(ERRORS["adult", "diary_not_found"])
    await child.opens_link("child")
    await child.says("привет")
    await max_world.start()
    await mother.sees("Что делать")
    await child.sees("Шаг 1 из", anywhere=True)
    polls = max_world.calls("get_updates")[polls_before:]
    assert polls and all("marker" in poll for poll in polls) and not max_world.violations


@on_sqlite
async def test_a_bot_that_has_no_marker_yet_passes_over_nobody(max_world: World) -> None:
    first, *others = (max_world.person(f"Семья {n}") for n in range(4))
    max_world.max.latency = 0.3
    await first.says("/start")
    await until_true(lambda: max_world.max.counts["send_message"] > 0, what="the first answer on its way")
    for one in others:
        await one.says("/start")
    for one in (first, *others):
        await one.sees("Кто пишет")


async def test_updates_that_are_told_again_change_nothing(max_world: World) -> None:
    talk = await begin(max_world)
    await talk.family.says("дважды одно и то же")
    await max_world.desk.sees("дважды одно и то же")
    answer = await talk.school("один ответ")
    await talk.family.sees("один ответ", anywhere=True)
    for update in list(max_world.max.kept):
        body = {key: value for key, value in update.body.items() if key not in ("update_type", "timestamp")}
        max_world.max.queue_update(update.body["update_type"], body, update.queue[1], update.owner)
        max_world.max.kept[-1].body["timestamp"] = update.body["timestamp"]
    await max_world.eventually(lambda: max_world.max.settled(), what="every update taken")
    await max_world.all_sent()
    assert answer and len([text for text in talk.family.texts if "один ответ" in text]) == 1
    assert len([text for text in max_world.desk.texts if "дважды одно" in text]) == 1
    assert not max_world.violations


@pytest.fixture
def max_unstarted(database_url: str) -> World:
    """A world in MAX whose bot is started by the test."""
    return World(database_url, channels=("max",), desk="max")


@on_sqlite
async def test_a_webhook_serves_families_and_refuses_who_is_not_max(max_unstarted: World) -> None:
    async with hooked(max_unstarted) as world:
        await world.start()
        talk = await begin(world)
        await talk.school("Данные исправили")
        await talk.family.sees("Данные исправили", anywhere=True)
        assert not world.max.counts["get_updates"]
        update = world.max.kept[0].body
        url = world.environment["MAX_WEBHOOK_URL"]
        async with aiohttp.ClientSession() as session:
            for headers in ({}, {"X-Max-Bot-Api-Secret": SECRET[:-1]}, {"X-Max-Bot-Api-Secret": "секрет"}):
                async with session.post(url, json=update, headers=headers) as answer:
                    assert answer.status == 401
            async with session.post(url, json=update, headers={"X-Max-Bot-Api-Secret": SECRET}) as answer:
                assert answer.status == 200
        assert not world.violations


@on_sqlite
async def test_an_update_that_nobody_can_read_holds_up_none_behind_it(
    max_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One is nested too deeply; at the other the database fails in a way that is not known to pass."""
    assert max_world.app is not None and max_world.app._max is not None
    monkeypatch.setattr("bot.channels.polling_tasks.DATABASE_RETRY_S", 0.01)
    reader = max_world.app._max._poller._reader
    read = reader.read

    async def fails(raw: dict[str, Any]) -> list[Update]:
        if raw.get("fails"):
            raise SQLAlchemyError("a fault")
        return await read(raw)

    monkeypatch.setattr(reader, "read", fails)
    mother = max_world.person()
    await mother.says("/start")
    await mother.sees("Кто пишет")
    await max_world.eventually(lambda: max_world.max.settled(), what="a marker, from which updates are given again")
    deep: list[Any] = []
    for _ in range(700):
        deep = [deep]
    max_world.max.queue_update("bot_started", {"chat_id": 1, "user": {"user_id": mother.id}, "deep": deep}, 1, 1)
    max_world.max.queue_update("bot_started", {"chat_id": 1, "fails": True}, 1, 1)
    await mother.says("/help")
    await mother.sees("Пришлите надпись", limit=8)
    await max_world.eventually(lambda: max_world.max.settled(), what="the marker behind all of them")


@on_sqlite
async def test_a_bot_that_polls_again_drops_the_webhook_of_before(max_unstarted: World) -> None:
    async with max_unstarted as world:
        await world.max.subscribe_webhook({"url": "https://old.school.example/max"})
        mother = world.person()
        await mother.says("/start")
        await world.start()
        await mother.sees("Кто пишет")
        assert not world.max.subscriptions


@on_sqlite
async def test_a_subscription_that_max_dropped_is_made_anew(
    max_unstarted: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.max.max_webhook.LOOK_EVERY_S", 0.05)
    async with hooked(max_unstarted) as world:
        await world.start()
        await world.max.unsubscribe(world.environment["MAX_WEBHOOK_URL"])
        mother = world.person()
        await mother.says("/start")
        assert await until(world.max, lambda: bool(world.max.subscriptions))
        await mother.sees("Кто пишет")
