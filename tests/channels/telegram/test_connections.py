"""Connections to Telegram: renewed while nobody knows what the network lets through, kept once a long answer came."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import ClientSession, web

from bot.channels.telegram.connections import PROVEN_BYTES, RENEW_AFTER_BYTES, Answers, Renewing, read_body, received_by

SHORT = 2 * 1024
CALLS = 12


class Server:
    """Answers with as many bytes as the address names, and counts the connections it was asked on."""

    def __init__(self) -> None:
        self.connections: set[object] = set()
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        """One answer."""
        self.connections.add(request.transport)
        return web.Response(body=b"x" * int(request.match_info["bytes"]))


@pytest_asyncio.fixture
async def server() -> AsyncIterator[Server]:
    """A server of this machine."""
    made, application = Server(), web.Application()
    application.router.add_get("/{bytes}", made.answer)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = site.name
    yield made
    await runner.cleanup()


async def asks(session: ClientSession, server: Server, answers: Answers, size: int) -> None:
    """Fetches an answer of so many bytes, as the client does."""
    async with session.get(f"{server.url}/{size}") as answer:
        before = received_by(answer.connection)
        body, whole = await read_body(answer)
        assert whole and len(body) == size
        answers.came_through(before + size)


@pytest.mark.parametrize(("first", "kept"), [(SHORT, False), (PROVEN_BYTES, True)])
async def test_connections_are_kept_once_a_long_answer_came_through(server: Server, first: int, kept: bool) -> None:
    answers = Answers()
    async with ClientSession(connector=Renewing(answers=answers)) as session:
        await asks(session, server, answers, first)
        for _ in range(CALLS):
            await asks(session, server, answers, SHORT)
    least = CALLS * SHORT // (RENEW_AFTER_BYTES + SHORT)
    assert (len(server.connections) == 1) if kept else (len(server.connections) >= least)


async def test_an_answer_that_stalls_ends_the_trust() -> None:
    answers = Answers()
    answers.came_through(PROVEN_BYTES)
    assert answers.are_trusted
    answers.stalled()
    assert [answers.are_trusted, bool(answers.reason())] == [False, True]
