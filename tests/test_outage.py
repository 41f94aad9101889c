"""The database goes away in the middle of everything and comes back: a real server is stopped and started."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from bot import texts_ru as texts
from tests.bot_port import by_webhook, get
from tests.postgres import Postgres, running_postgres
from tests.ticket_under_way import all_sent
from tests.world import World

pytestmark = pytest.mark.postgres
TRIES = 80  # more than a flood has messages


class Mortal:
    """A PostgreSQL server of one test's own, and a world on it."""

    def __init__(self, server: Postgres, world: World) -> None:
        self.server = server
        self.world = world

    async def stop(self) -> None:
        """Ends the server at once, as a power cut does."""
        await asyncio.to_thread(self.server.stop)

    async def start(self) -> None:
        """Starts it again."""
        await asyncio.to_thread(self.server.start)


@pytest_asyncio.fixture
async def mortal() -> AsyncIterator[Mortal]:
    with running_postgres() as server:
        async with World(await asyncio.to_thread(server.new_database)) as world:
            world.telegram.redelivery_scale = 0.001
            yield Mortal(server, world)


@pytest.mark.parametrize("way", ["webhook", "polling"])
async def test_what_came_while_the_database_was_away_is_handled_when_it_is_back(
    mortal: Mortal, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often each update is tried meanwhile, it is neither lost nor taken for a flood."""
    monkeypatch.setattr("bot.channels.polling_tasks.DATABASE_RETRY_S", 0.02)
    world = await (by_webhook(mortal.world) if way == "webhook" else mortal.world).start()
    assert world.app is not None
    walker, writer, talker = world.person("Идёт"), world.person("Пишет"), world.person("В обращении")
    number = await world.sends_ticket(talker)
    await world.topic_of(number)
    await all_sent(world)
    await world.begins(walker, "child")
    tries, enough = 0, asyncio.Event()
    handle = world.app._intake.handle

    async def counted(update: Any, **more: Any) -> Any:
        nonlocal tries
        tries += 1
        if tries > TRIES * 3:
            enough.set()
        return await handle(update, **more)

    await mortal.stop()
    monkeypatch.setattr(world.app._intake, "handle", counted)
    await walker.press("Готово", wait=False)
    await writer.says("/start")
    for line in range(3):
        await talker.says(f"строка {line}")
    await asyncio.wait_for(enough.wait(), 60)
    assert len(world.telegram.pending) == 5, "nothing is acknowledged"
    status, body = await get(world, "/healthz")
    assert status == 503 and texts.HEALTH_DATABASE_AWAY in json.loads(body)["reason"]
    await mortal.start()
    await walker.sees("Шаг 2 из 5")
    await writer.sees("Кто пишет")
    await world.eventually(lambda: "строка 2" in "\n".join(world.desk.texts), what=f"the lines of №{number}")
    shown = "\n".join(world.desk.texts)
    assert shown.index("строка 0") < shown.index("строка 1") < shown.index("строка 2")
    await world.eventually(lambda: not world.telegram.pending)
    assert not any(texts.FLOOD in person.texts for person in (walker, writer, talker))
    assert (await get(world, "/healthz"))[0] == 200
