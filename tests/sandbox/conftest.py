"""A Telegram served over HTTP, and a client that speaks to it in plain JSON."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest_asyncio

from sandbox.telegram.bot_api import Telegram
from sandbox.telegram.server import running

PNG = bytes.fromhex("89504e470d0a1a0a0000000d494844520000000a0000001408060000008d32cfbd")  # every messenger takes it


class Api:
    """Calls methods by name: `await api.sendMessage(chat_id=1, text="…")` returns the result, or raises Failed."""

    def __init__(self, url: str, token: str, session: aiohttp.ClientSession) -> None:
        self.url, self.token, self.session = url, token, session

    def __getattr__(self, method: str) -> Any:
        async def call(**parameters: Any) -> Any:
            return await self.call(method, parameters)

        return call

    async def call(self, method: str, parameters: dict[str, Any]) -> Any:
        async with self.session.post(f"{self.url}/bot{self.token}/{method}", json=parameters) as answer:
            body = await answer.json()
            if body["ok"]:
                return body["result"]
            assert answer.status == body["error_code"]
            raise Failed(body, dict(answer.headers))


class Failed(Exception):
    """An answer with `ok: false`."""

    def __init__(self, body: dict[str, Any], headers: dict[str, str]) -> None:
        super().__init__(f"{body['error_code']} {body['description']}")
        self.body, self.headers = body, headers


@pytest_asyncio.fixture
async def telegram() -> Telegram:
    return Telegram()


@pytest_asyncio.fixture
async def api(telegram: Telegram) -> AsyncIterator[Api]:
    async with running(telegram) as url, aiohttp.ClientSession() as session:
        yield Api(url, telegram.token, session)
