"""A MAX served over HTTP, and a client that speaks to it in plain JSON."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from sandbox.max.max_api import Max
from sandbox.max.max_server import max_running


class MaxClient:
    """Makes calls: `await api("POST", "messages", {"chat_id": 1}, {"text": "…"})` gives the answer."""

    def __init__(self, url: str, token: str, session: aiohttp.ClientSession) -> None:
        self.url, self.token, self.session = url, token, session

    async def __call__(self, verb: str, path: str, query: Any = None, body: Any = None) -> Any:
        status, answer = await self.raw(verb, path, query, body)
        assert status == 200, f"{status} {answer}"
        return answer

    async def raw(self, verb: str, path: str, query: Any = None, body: Any = None) -> tuple[int, Any]:
        """Gives the HTTP status and the answer."""
        headers = {"Authorization": self.token}
        async with self.session.request(verb, f"{self.url}/{path}", params=query, json=body, headers=headers) as answer:
            return answer.status, await answer.json()

    async def refused(self, verb: str, path: str, query: Any = None, body: Any = None) -> str:
        """Gives status and code of a call that has to be refused."""
        status, answer = await self.raw(verb, path, query, body)
        assert answer.get("success", False) is False and answer["message"], answer
        return f"{status} {answer['code']}"

    async def says(self, chat_id: int, text: str, **more: Any) -> Any:
        """Sends a message as the bot; gives the Message."""
        return (await self("POST", "messages", {"chat_id": chat_id}, {"text": text, **more}))["message"]

    async def updates(self, **query: Any) -> tuple[list[Any], int]:
        """Gives what waits, and the marker behind it."""
        answer = await self("GET", "updates", {"timeout": 0, **query})
        return answer["updates"], answer["marker"]

    async def uploads(self, kind: str, name: str, data: bytes, field: str = "data") -> tuple[int, str, str]:
        """Uploads a file; gives the HTTP status, what was answered, and the token that the address came with."""
        asked = await self("POST", "uploads", {"type": kind})
        form = aiohttp.FormData(quote_fields=False)
        form.add_field(field, data, filename=name)
        async with self.session.post(asked["url"], data=form) as answer:
            return answer.status, await answer.text(), asked.get("token", "")


def moves(max: Max, *, days: float) -> None:
    """Moves MAX's clock forward, where it then stands."""
    later = max.now() + days * 86400
    max.now = lambda: later


@pytest.fixture
def max() -> Max:
    return Max()


@pytest_asyncio.fixture
async def api(max: Max) -> AsyncIterator[MaxClient]:
    async with max_running(max) as url, aiohttp.ClientSession() as session:
        yield MaxClient(url, max.token, session)
