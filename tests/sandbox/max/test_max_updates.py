"""Updates of MAX's stand-in: markers, the day for which they are kept, and subscriptions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio
from aiohttp import web

from sandbox.max.max_api import Max
from sandbox.person import Person
from sandbox.waiting import until
from tests.sandbox.max.conftest import MaxClient, moves


class Hook:
    """A webhook that answers with `statuses`, then with 200; `seen` holds (kind, text, secret) in order of arrival."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, str | None]] = []
        self.statuses: list[int] = []
        self.url = ""

    async def handle(self, request: web.Request) -> web.Response:
        update = await request.json()
        text = update.get("message", {}).get("body", {}).get("text", "")
        self.seen.append((update["update_type"], text, request.headers.get("X-Max-Bot-Api-Secret")))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)


@pytest_asyncio.fixture
async def hook() -> AsyncIterator[Hook]:
    hook = Hook()
    app = web.Application()
    app.router.add_post("/max", hook.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/max"
    yield hook
    await runner.cleanup()


async def test_a_marker_commits_what_lies_before_it_and_an_older_one_reads_again(max: Max, api: MaxClient) -> None:
    mother = Person(max)
    for word in ("раз", "два", "три"):
        await mother.says(word)
    first, second = await api.updates(limit=1, marker=1)
    assert first[0]["message"]["body"]["text"] == "раз" and len(max.pending) == 3
    rest, after = await api.updates(marker=second)
    assert len(rest) == 2 and len(max.pending) == 2
    assert await api.updates(marker=after) == ([], after) and max.settled(mother.id)
    assert len((await api.updates(marker=1))[0]) == 3
    stopped, _ = await api.updates(marker=second, types="bot_stopped")
    assert stopped == []
    moves(max, days=1)
    assert (await api.updates(marker=1))[0] == []


async def test_without_a_marker_the_backlog_is_passed_over_or_given_from_the_last_commit(
    max: Max, api: MaxClient
) -> None:
    mother = Person(max)
    for word in ("раз", "два", "три"):
        await mother.says(word)
    max.no_marker = "committed"
    assert len((await api.updates())[0]) == 3
    max.no_marker = "latest"
    [last], _ = await api.updates()
    assert last["message"]["body"]["text"] == "три" and len(max.pending) == 1


async def test_a_poll_waits_for_the_first_update(max: Max, api: MaxClient) -> None:
    mother = Person(max)
    poll = asyncio.create_task(api.updates(timeout=30))
    await until(max, lambda: max.polls == 1)
    await mother.says("вот")
    updates, _ = await poll
    assert len(updates) == 1
    assert await api.refused("GET", "updates", {"timeout": 91}) == "400 proto.payload"


async def test_a_subscription_gets_what_waits_with_its_secret_and_ends_polling(
    max: Max, api: MaxClient, hook: Hook
) -> None:
    mother = Person(max)
    await mother.says("до подписки")
    assert await api("POST", "subscriptions", None, {"url": hook.url, "secret": "s-123"}) == {"success": True}
    await mother.says("после")
    await mother.settles()
    assert hook.seen == [("message_created", "до подписки", "s-123"), ("message_created", "после", "s-123")]
    [listed] = (await api("GET", "subscriptions"))["subscriptions"]
    assert listed["url"] == hook.url and listed["time"] > 0
    assert await api.refused("GET", "updates") == "405 method.not.allowed"
    await api("DELETE", "subscriptions", {"url": hook.url})
    assert await api.refused("DELETE", "subscriptions", {"url": hook.url}) == "200 not.found"
    await mother.says("опрос")
    assert len((await api.updates())[0]) == 1


async def test_what_was_not_answered_by_200_comes_again_and_holds_up_no_other(
    max: Max, api: MaxClient, hook: Hook
) -> None:
    max.redelivery_scale = 0.001
    hook.statuses = [503, 200, 204]
    await api("POST", "subscriptions", None, {"url": hook.url})
    mother = Person(max)
    await mother.says("раз")
    await mother.says("два")
    await mother.settles()
    assert [text for _, text, _ in hook.seen] == ["раз", "два", "раз", "раз"]


async def test_an_address_that_fails_for_eight_hours_is_unsubscribed(max: Max, api: MaxClient, hook: Hook) -> None:
    max.redelivery_scale = 0.0001
    hook.statuses = [500] * 20
    await api("POST", "subscriptions", None, {"url": hook.url})
    moves(max, days=9 / 24)
    await Person(max).says("раз")
    assert await until(max, lambda: not max.subscriptions)
    assert len(hook.seen) == 2 and len(max.pending) == 1


async def test_only_the_kinds_asked_for_are_delivered(max: Max, api: MaxClient, hook: Hook) -> None:
    await api("POST", "subscriptions", None, {"url": hook.url, "update_types": ["bot_started"]})
    mother = Person(max)
    await mother.says("мимо")
    await mother.opens_link("")
    await mother.settles()
    assert [kind for kind, _, _ in hook.seen] == ["bot_started"]


async def test_max_calls_port_443_and_takes_a_secret_of_its_own_signs(max: Max, api: MaxClient) -> None:
    for body in (
        {"url": "http://a.example/max"},
        {"url": "https://a.example:8443/max"},
        {"url": "https://a.example/max", "secret": "мой секрет"},
        {"url": "https://a.example/max", "secret": "abcd"},
    ):
        assert await api.refused("POST", "subscriptions", None, body) == "400 proto.payload"
    assert len(max.violations) == 4


async def test_the_bot_may_be_told_of_its_own_messages(max: Max, api: MaxClient) -> None:
    max.echoes = True
    mother = Person(max)
    await mother.says("/start")
    await api.says(mother.chat_id, "Шаг 1")
    updates, _ = await api.updates(marker=1)
    assert [one["message"]["sender"]["is_bot"] for one in updates] == [False, True]
