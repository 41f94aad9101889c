"""Delivery to a webhook: queues, redelivery, the life of a press, a method in the answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest_asyncio
from aiohttp import MultipartWriter, web

from sandbox.person import Person
from sandbox.telegram.bot_api import Telegram
from sandbox.waiting import until
from tests.polled_waiting import until_true
from tests.sandbox.conftest import Api
from tests.sandbox.test_messages import refused

Answer = Callable[[dict[str, Any]], Awaitable[web.Response]]


class Hook:
    """A webhook whose answers a test decides; `seen` holds (update, secret) in the order of arrival."""

    def __init__(self) -> None:
        self.seen: list[tuple[dict[str, Any], str | None]] = []
        self.answer: Answer = self.taken
        self.url = ""

    async def taken(self, _update: dict[str, Any]) -> web.Response:
        return web.Response()

    async def handle(self, request: web.Request) -> web.Response:
        update = await request.json()
        self.seen.append((update, request.headers.get("X-Telegram-Bot-Api-Secret-Token")))
        return await self.answer(update)

    @property
    def texts(self) -> list[str]:
        return [update["message"]["text"] if "message" in update else "press" for update, _ in self.seen]


@pytest_asyncio.fixture
async def hook() -> AsyncIterator[Hook]:
    hook = Hook()
    app = web.Application()
    app.router.add_post("/hook", hook.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield hook
    await runner.cleanup()


async def test_an_update_comes_with_the_secret_and_is_acknowledged_by_2xx(
    telegram: Telegram, api: Api, hook: Hook
) -> None:
    mother = Person(telegram)
    await mother.says("до вебхука")
    assert await api.setWebhook(url=hook.url, secret_token="s-1", max_connections=5)
    await mother.says("после")
    await mother.settles()
    assert hook.texts == ["до вебхука", "после"] and {secret for _, secret in hook.seen} == {"s-1"}
    info = await api.getWebhookInfo()
    assert info["url"] == hook.url and info["max_connections"] == 5 and info["pending_update_count"] == 0


async def test_polling_and_webhook_exclude_each_other(telegram: Telegram, api: Api, hook: Hook) -> None:
    await api.setWebhook(url=hook.url)
    await refused(api.getUpdates(), "409 Conflict: can't use getUpdates method while webhook is active")
    assert await api.deleteWebhook()
    await Person(telegram).says("раз")
    assert len(await api.getUpdates()) == 1
    await refused(api.setWebhook(url="ftp://x"), "invalid webhook URL")
    await refused(api.setWebhook(url=hook.url, secret_token="нет"), "secret token")
    await refused(api.setWebhook(url=hook.url, max_connections=101), "max_connections")
    telegram.local_server = False
    await refused(api.setWebhook(url=hook.url), "An HTTPS URL must be provided")
    telegram.local_server = True
    assert await api.setWebhook(url=hook.url, drop_pending_updates=True) and not telegram.pending


async def test_a_failed_update_is_tried_again_in_its_place(telegram: Telegram, api: Api, hook: Hook) -> None:
    telegram.redelivery_scale = 0.01
    failures = iter((500, 404, 302))

    async def failing(_update: dict[str, Any]) -> web.Response:
        return web.Response(status=next(failures, 200))

    hook.answer = failing
    await api.setWebhook(url=hook.url)
    mother = Person(telegram)
    await mother.says("раз")
    await mother.says("два")
    await mother.settles()
    assert hook.texts == ["раз", "раз", "раз", "раз", "два"]
    assert "Wrong response from the webhook: 302" in (await api.getWebhookInfo())["last_error_message"]


async def test_retry_after_is_obeyed(telegram: Telegram, api: Api, hook: Hook) -> None:
    telegram.redelivery_scale = 0.01
    times: list[float] = []

    async def busy(_update: dict[str, Any]) -> web.Response:
        times.append(asyncio.get_running_loop().time())
        return web.Response(status=503, headers={"Retry-After": "30"}) if len(times) == 1 else web.Response()

    hook.answer = busy
    await api.setWebhook(url=hook.url)
    mother = Person(telegram)
    await mother.says("раз")
    await mother.settles()
    assert len(times) == 2 and times[1] - times[0] >= 0.29


async def test_messages_and_presses_go_side_by_side_each_in_order(telegram: Telegram, api: Api, hook: Hook) -> None:
    gate = asyncio.Event()
    flying: list[str] = []

    async def slow(update: dict[str, Any]) -> web.Response:
        flying.append("press" if "callback_query" in update else update["message"]["text"])
        await gate.wait()
        return web.Response()

    hook.answer = slow
    await api.setWebhook(url=hook.url)
    mother, father = Person(telegram, "Мария"), Person(telegram, "Пётр")
    said = await mother.says("раз")
    await mother.says("два")
    await mother.taps(said, "done", wait=False)
    await father.says("он")
    await until_true(lambda: len(flying) == 3)
    assert sorted(flying) == ["press", "он", "раз"]
    assert telegram.webhook_caller and telegram.webhook_caller.most_in_flight == 3
    gate.set()
    await mother.settles()
    assert flying[-1] == "два"


async def test_no_more_connections_than_were_allowed(telegram: Telegram, api: Api, hook: Hook) -> None:
    await api.setWebhook(url=hook.url, max_connections=2)
    people = [Person(telegram) for _ in range(10)]
    for person in people:
        await person.says("раз")
    assert await until(telegram, telegram.settled)
    assert telegram.webhook_caller and telegram.webhook_caller.most_in_flight == 2 and len(hook.seen) == 10


async def test_a_press_is_given_up_after_150_seconds_a_message_is_not(telegram: Telegram, api: Api, hook: Hook) -> None:
    telegram.redelivery_scale = 0.01
    now = telegram.now()
    telegram.now = lambda: now
    up = False

    async def down(_update: dict[str, Any]) -> web.Response:
        return web.Response(status=200 if up else 503)

    hook.answer = down
    await api.setWebhook(url=hook.url)
    mother = Person(telegram)
    await mother.taps(await mother.says("раз"), "done", wait=False)
    assert await until(telegram, lambda: len(hook.seen) >= 2)
    now += 151
    assert await until(telegram, lambda: telegram.expired == 1)
    assert not mother.messenger.settled(mother.id)
    up = True
    await mother.settles()
    assert telegram.acknowledged == 1


async def test_a_method_in_the_answer_is_carried_out(telegram: Telegram, api: Api, hook: Hook) -> None:
    async def in_json(update: dict[str, Any]) -> web.Response:
        return web.json_response(
            {"method": "sendMessage", "chat_id": update["message"]["chat"]["id"], "text": "из ответа"}
        )

    async def in_parts(update: dict[str, Any]) -> web.Response:
        writer = MultipartWriter("form-data")
        for name, value in (
            ("method", "sendMessage"),
            ("chat_id", str(update["message"]["chat"]["id"])),
            ("text", "частями"),
        ):
            writer.append(value).set_content_disposition("form-data", name=name)
        return web.Response(body=writer)

    async def forbidden(_update: dict[str, Any]) -> web.Response:
        return web.json_response({"method": "deleteWebhook"})

    await api.setWebhook(url=hook.url)
    mother = Person(telegram)
    for answer, text in ((in_json, "из ответа"), (in_parts, "частями")):
        hook.answer = answer
        await mother.says("раз")
        await mother.sees(text)
    hook.answer = forbidden
    await mother.says("два")
    await mother.settles()
    assert (await api.getWebhookInfo())["url"] == hook.url


async def test_a_press_is_answered_by_the_webhooks_answer(telegram: Telegram, api: Api, hook: Hook) -> None:
    async def answering(update: dict[str, Any]) -> web.Response:
        query = update["callback_query"]["id"]
        return web.json_response({"method": "answerCallbackQuery", "callback_query_id": query, "text": "Дальше"})

    await api.setWebhook(url=hook.url)
    mother = Person(telegram)
    said = await mother.says("раз")
    await mother.settles()
    hook.answer = answering
    assert await mother.taps(said, "done") == "Дальше"
