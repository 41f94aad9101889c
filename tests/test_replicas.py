"""Two real processes on one PostgreSQL behind one webhook address: one is killed under load and nothing shows it."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import re
import signal
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from bot import texts_ru as texts
from bot.app import App
from sandbox.ports import free_port
from sandbox.visible import text_of
from sandbox.waiting import until
from storage import hung_notices, tickets
from storage.database import Database
from tests.bot_process import BotProcess
from tests.ticket_under_way import owed, seconds_on
from tests.world import UP_S, World

pytestmark = [pytest.mark.postgres, pytest.mark.process]


def at_desk(world: World) -> list[dict[str, Any]]:
    """The messages of the support chat, in order."""
    return [world.support.messages[number] for number in sorted(world.support.messages)]


class Balancer:
    """One address for several replicas, each request to the next of them; one that is down is passed over."""

    def __init__(self) -> None:
        self.ports: list[int] = []
        self.served: dict[int, int] = {}
        self._turn = itertools.count()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()
        headers = {k: v for k, v in request.headers.items() if k.lower().startswith(("x-", "content-type"))}
        for _ in range(len(self.ports)):
            port = self.ports[next(self._turn) % len(self.ports)]
            try:
                async with self.session.post(
                    f"http://127.0.0.1:{port}{request.path}", data=body, headers=headers
                ) as answer:
                    self.served[port] = self.served.get(port, 0) + 1
                    given = {k: v for k, v in answer.headers.items() if k in ("Retry-After", "Content-Type")}
                    return web.Response(status=answer.status, body=await answer.read(), headers=given)
            except aiohttp.ClientConnectorError:
                continue
            except aiohttp.ClientError:
                break
        return web.Response(status=502)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        async with aiohttp.ClientSession() as self.session:
            runner = web.ServerRunner(web.Server(self.handle), shutdown_timeout=0.2)
            await runner.setup()
            port = free_port()
            await web.TCPSite(runner, "127.0.0.1", port).start()
            yield f"http://127.0.0.1:{port}/hook"
            await runner.cleanup()


class Replicas:
    """A world whose bot runs as several processes."""

    def __init__(self, world: World, balancer: Balancer) -> None:
        self.world = world
        self.balancer = balancer
        self.processes: dict[int, BotProcess] = {}

    async def add(self) -> int:
        """Starts one more process; returns its port once it answers."""
        port = free_port()
        self.processes[port] = BotProcess({**self.world.process_environment(), "HTTP_PORT": str(port)})
        hooks = self.world.telegram.counts["setWebhook"]
        assert await until(self.world.telegram, lambda: self.world.telegram.counts["setWebhook"] > hooks, limit=UP_S)
        self.balancer.ports.append(port)
        return port

    async def end(self, port: int, number: int = signal.SIGKILL) -> None:
        """Sends a signal to one of the processes and waits until it is gone."""
        process = self.processes.pop(port)
        process.send_signal(number)
        await asyncio.wait_for(process.wait(), 40)


@pytest_asyncio.fixture
async def replicas(postgres_url: str) -> AsyncIterator[Replicas]:
    balancer = Balancer()
    async with World(postgres_url) as world, balancer.running() as address:
        world.environment["WEBHOOK_URL"] = address
        world.telegram.redelivery_scale = 0.2
        made = Replicas(world, balancer)
        yield made
        for port in list(made.processes):
            await made.end(port)


@pytest.mark.timeout(900)  # more than all that it waits for together
async def test_one_of_two_is_killed_under_load(replicas: Replicas) -> None:
    world = replicas.world
    first, second = [await replicas.add(), await replicas.add()]
    families = [world.person(f"Семья {n}", limit=60) for n in range(12)]
    numbers = [await world.sends_ticket(family) for family in families[:2]]
    killed = asyncio.Event()

    async def walks(family_number: int) -> None:
        """Through the guide, then messages to the school, without waiting for any answer in between."""
        family = families[family_number]
        if family_number < 2:
            for line in range(8):
                await family.says(f"строка {line} семьи {family_number}")
                if line == 4:
                    await asyncio.wait_for(killed.wait(), 60)
            return
        for _ in range(2):
            await world.begins(family, "child")
            for step in range(2, 6):
                await family.press("Готово")
                await family.sees(f"Шаг {step} из 5")
            await family.press("Готово")
            await family.sees("Получилось войти?")

    walking = [asyncio.create_task(walks(n)) for n in range(len(families))]
    assert await until(world.telegram, lambda: replicas.balancer.served.get(first, 0) > 40, limit=60)
    await replicas.end(first)
    killed.set()
    await asyncio.wait_for(asyncio.gather(*walking), 120)
    assert replicas.balancer.served[second] > 20, "both replicas worked"

    telegram = world.telegram
    await world.eventually(lambda: not telegram.pending, limit=60, what="every update taken")
    for family_number, ticket in enumerate(numbers):
        wanted = [f"строка {line} семьи {family_number}" for line in range(8)]

        def arrived(wanted: list[str] = wanted) -> bool:
            shown = "\n".join(text_of(m) for m in at_desk(world))
            return all(line in shown for line in wanted)

        await world.eventually(arrived, limit=90, what=f"all lines of ticket {ticket}")
        lines = re.findall(rf"строка (\d) семьи {family_number}", "\n".join(map(text_of, at_desk(world))))
        # A crash between Telegram's answer and the commit may send one message twice, never out of order.
        assert sorted(lines) == lines and len(set(lines)) == 8 and len(lines) <= 9
        assert await kept_lines(world, ticket) == wanted, "handled once, in order"
    assert all(query.answers for query in telegram.queries.values())
    assert not telegram.violations


@pytest.mark.timeout(600)
async def kept_lines(world: World, ticket: int) -> list[str]:
    """The lines that are stored of a ticket, in the order in which they were handled."""
    database = Database(world.environment["DATABASE_URL"])
    messages = await database.read(lambda c: tickets.messages(c, ticket))
    await database.close()
    return [message.text for message in messages if message.text and message.text.startswith("строка")]


async def test_the_rows_of_a_killed_replica_are_taken_over_within_30_s(replicas: Replicas) -> None:
    world = replicas.world
    only = await replicas.add()
    family = world.person()
    number = await world.sends_ticket(family)
    await world.topic_of(number)
    world.telegram.fault("hang", times=1, method="sendMessage", chat=world.support.id)
    hung = world.telegram.counts["sendMessage"]
    await family.says("последняя надежда")
    await world.eventually(lambda: world.telegram.counts["sendMessage"] > hung, what="the row in flight")
    await replicas.end(only)
    await replicas.add()

    def there() -> bool:
        return any("последняя надежда" in text_of(m) for m in at_desk(world))

    await world.eventually(there, limit=30, what=f"the message of ticket {number}")


async def test_what_one_replica_learns_the_other_knows_within_seconds(replicas: Replicas) -> None:
    world = replicas.world
    await replicas.add()
    await replicas.add()
    family = world.person()
    await world.sends_ticket(family)
    database = Database(world.environment["DATABASE_URL"])
    await database.open()
    await database.write(lambda c: hung_notices.hang(c, 1, "Госуслуги сегодня на ремонте"))
    told = 0
    for _ in range(20):
        number = len(family.from_bot)
        await family.says("/start")
        await world.eventually(lambda number=number: len(family.from_bot) > number, what="a screen")
        # Each /start goes to the other replica than the one before it.
        told = told + 1 if "на ремонте" in family.text else 0
        if told == 4:
            break
    assert told == 4
    await database.close()


async def test_a_replica_that_is_asked_to_stop_loses_nothing(replicas: Replicas) -> None:
    world = replicas.world
    first, _ = [await replicas.add(), await replicas.add()]
    families = [world.person(f"Семья {n}", limit=60) for n in range(6)]

    async def walks(family_number: int) -> None:
        family = families[family_number]
        await world.begins(family, "child")
        for step in range(2, 6):
            await family.press("Готово")
            await family.sees(f"Шаг {step} из 5")

    walking = [asyncio.create_task(walks(n)) for n in range(len(families))]
    assert await until(world.telegram, lambda: replicas.balancer.served.get(first, 0) > 10, limit=60)
    await replicas.end(first, signal.SIGTERM)
    await asyncio.wait_for(asyncio.gather(*walking), 90)
    assert all(query.answers for query in world.telegram.queries.values())


# --- two bots in this process, so that a test may move their clock --------------------------------------------------


@pytest_asyncio.fixture
async def pair(postgres_url: str) -> AsyncIterator[tuple[World, list[App]]]:
    """A world whose webhook address stands before two bots on one database."""
    balancer = Balancer()
    async with World(postgres_url) as world, balancer.running() as address, contextlib.AsyncExitStack() as stack:
        world.environment["WEBHOOK_URL"] = address
        apps = []
        for _ in range(2):
            world.environment["HTTP_PORT"] = str(free_port())
            app = App(world.settings(), clock=world.clock)
            hooks = world.telegram.counts["setWebhook"]
            running = asyncio.create_task(app.run())
            stack.push_async_callback(_stopped, app, running)
            assert await until(world.telegram, lambda h=hooks: world.telegram.counts["setWebhook"] > h, limit=UP_S)
            balancer.ports.append(int(world.environment["HTTP_PORT"]))
            apps.append(app)
        world.app = apps[0]
        yield world, apps
        world.app = None


async def _stopped(app: App, running: asyncio.Task[None]) -> None:
    app.stop()
    await asyncio.wait_for(running, 30)


async def _both_look(apps: list[App], times: int = 3) -> None:
    for _ in range(times):
        await asyncio.gather(*(app.look_at_clock() for app in apps))


async def test_what_is_due_by_the_clock_comes_once(pair: tuple[World, list[App]]) -> None:
    """A reminder, a silent family and a ticket that nobody answers: both replicas look, one of them acts."""
    world, apps = pair
    waiting, silent = world.person("Ждёт"), world.person("Молчит")
    await world.begins(waiting, "child")
    await waiting.press("Готово")
    await waiting.press("Напомнить завтра")
    await waiting.settles()
    number = await world.sends_ticket(silent)
    await world.topic_of(number)
    asked = len(waiting.from_bot)
    today = datetime.fromtimestamp(world.clock(), ZoneInfo("Europe/Moscow"))
    world.clock.set_to((today + timedelta(days=1)).replace(hour=21, minute=30).timestamp())
    world.clock.move(hours=14)
    await _both_look(apps)
    await world.eventually(lambda: len(waiting.from_bot) > asked, what="the reminder")
    await world.eventually(lambda: any("№" in t and "ждёт" in t.lower() for t in world.desk.texts), what="the call-up")
    await _both_look(apps)
    await world.brings_nothing_to(waiting)
    assert len(waiting.from_bot) == asked + 1
    called = [text for text in world.desk.texts if text.startswith("⏰") and f"№{number}" in text]
    assert len(called) == 1, called


async def test_telegrams_limits_are_kept_for_the_bot_as_a_whole(pair: tuple[World, list[App]]) -> None:
    """Forty tickets at once, shared by two replicas: no more than a chat's and a minute's messages, none refused."""
    world, apps = pair
    people = [world.person(f"Семья {n}") for n in range(40)]
    await asyncio.gather(*(world.fills_form(one, "parent", f"слова {one.id}") for one in people))
    world.telegram.pace.forget()
    world.telegram.strict_pace = True
    await asyncio.gather(*(one.press("Отправить") for one in people))
    await asyncio.gather(*(one.settles() for one in people))
    for _ in range(400):
        if len(world.desk.topics) == 40 and not await owed(world):
            break
        await seconds_on(world, 6)  # the group's minute has room for a message every three seconds
        await _both_look(apps, times=1)
    words = " ".join(world.desk.texts)
    assert all(words.count(f"слова {one.id}") == 1 for one in people), "each once"
    assert len(world.desk.topics) == 40
    assert world.telegram.pace.refused == 0
    assert world.telegram.pace.busiest[world.support.id] <= 20


async def test_a_flood_is_told_of_once_by_all_replicas(pair: tuple[World, list[App]]) -> None:
    world, _ = pair
    pest, mother = world.person("Пест"), world.person("Мария")
    for number in range(300):
        await pest.says(f"флуд {number}")
    await mother.says("/start")
    await mother.sees("Кто пишет")
    await pest.settles()
    await world.eventually(lambda: texts.FLOOD in pest.texts, what="the one notice")
    while await owed(world):
        world.clock.move(seconds=1)
        await world.looks()
    assert sum(text == texts.FLOOD for text in pest.texts) == 1
