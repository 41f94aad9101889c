"""The measurements, a function each: start the bots, let families walk the guide, give figures by name."""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from benchmarks.abuse import forged_press, post_all, stored_rows
from benchmarks.conversations import Conversations
from benchmarks.families import Crowd, Family, Load
from benchmarks.filling import fill
from benchmarks.rig import Rig, Running

_numbers = iter(range(10_000))


@dataclass
class Size:
    """Says how much is measured: families at once, seconds a stretch, updates of a long stretch, rows of a big base,
    seconds of a region's peak hour, families of a region's whole day.
    """

    families: int = 300
    seconds: float = 20.0
    updates: int = 100_000
    stored_families: int = 1_000_000
    stored_tickets: int = 100_000
    peak_seconds: float = 240.0
    families_a_day: int = 600


QUICK = Size(
    families=200,
    seconds=10.0,
    updates=6_000,
    stored_families=200_000,
    stored_tickets=20_000,
    peak_seconds=40.0,
    families_a_day=60,
)


@dataclass
class Taken:
    """Holds a stretch of walking and the CPU seconds that the bots used in it."""

    load: Load
    cpu_s: float

    @classmethod
    def nothing(cls) -> Taken:
        """Makes a stretch that has not begun."""
        return cls(Load(0, 0.0, 0.0), 0.0)

    @property
    def cpu_us(self) -> float:
        """Gives the CPU microseconds an update of the bots' processes."""
        return self.cpu_s / max(1, self.load.updates) * 1e6


async def guide(rig: Rig, size: Size, postgres: str) -> dict[str, Taken]:
    """Measures the whole guide: the bare bot, ours on SQLite, ours on PostgreSQL, the bare bot on our event loop."""
    screens = await rig.screens(sqlite(rig))
    bare = [await rig.bare(screens), await rig.bare(screens, fast_loop=True)]
    bots = [*bare, await rig.bot(sqlite(rig)), await rig.bot(postgres)]
    taken = await _take_turns(rig, size, [[bot] for bot in bots])
    for bot in bots:
        await _end(rig, bot, kill=bot in bare)
    return dict(zip(("bare", "bare on uvloop", "sqlite", "postgres"), taken, strict=True))


async def big(rig: Rig, size: Size) -> dict[str, Taken]:
    """Measures SQLite: an empty database and one with a region's past in it."""
    empty, full = sqlite(rig), sqlite(rig)
    await _end(rig, await rig.bot(full))
    await asyncio.to_thread(fill, _file(full), size.stored_families, size.stored_tickets)
    bots = [await rig.bot(empty), await rig.bot(full)]
    taken = await _take_turns(rig, size, [[bot] for bot in bots])
    for bot in bots:
        await _end(rig, bot)
    return dict(zip(("empty", "full"), taken, strict=True))


ROUNDS = 8
STARTS = 5


async def replicas(rig: Rig, size: Size, postgres: str, apart: list[str]) -> dict[str, Taken]:
    """Measures one replica, two that share a PostgreSQL and take updates by turns, and two with databases of their own.

    Those apart are two single replicas under the load of two that share: as many processes want the same cores, and
    what is left between the two is the price of sharing. The same with one and two bare bots shows how much dearer an
    update becomes merely because more processes want the same cores.
    """
    screens = await rig.screens(sqlite(rig))
    bots = [await rig.bot(url) for url in (postgres, postgres, *apart)]
    # Two processes' luck with the cores differs from one turn to the next more than anything else here.
    ours = await _take_turns(rig, size, [bots[:1], bots[:2], bots[2:]], turns=2 * ROUNDS)
    for bot in bots:
        await _end(rig, bot)
    bots = [await rig.bare(screens) for _ in range(2)]
    bare = await _take_turns(rig, size, [bots[:1], bots])
    for bot in bots:
        await _end(rig, bot, kill=True)
    return dict(zip(("1", "2", "apart", "bare 1", "bare 2"), ours + bare, strict=True))


async def _take_turns(rig: Rig, size: Size, parts: list[list[Running]], turns: int = ROUNDS) -> list[Taken]:
    """Measures each part by turns, then all in the opposite order, and so on, while the families walk on.

    Whatever else the machine does falls on all alike. The buttons carry the place, so any bot may take over.
    """
    families = [Family(rig.telegram) for _ in range(size.families)]
    end = asyncio.Event()
    rig.share(parts[0])
    walking = [asyncio.create_task(family.walk_until(end)) for family in families]
    for some in parts:
        # A bot that meets these families for the first time has more to do.
        rig.share(some)
        await asyncio.sleep(3.0)
    taken = [Taken.nothing() for _ in parts]
    there = list(zip(taken, parts, strict=True))
    for into, some in (there + there[::-1]) * (turns // 2):
        rig.share(some)
        await asyncio.sleep(1.0)
        await _sample(into, families, some, size.seconds / ROUNDS)
    end.set()
    await asyncio.gather(*walking)
    return taken


async def _sample(into: Taken, families: list[Family], bots: list[Running], seconds: float) -> None:
    """Adds what is taken in so many seconds; the median wait is that of the last sample."""
    telegram = families[0].telegram
    for family in families:
        family.waits.clear()
    cpu, taken, started = sum(bot.cpu_s for bot in bots), telegram.taken, time.perf_counter()
    await asyncio.sleep(seconds)
    into.load.updates += telegram.taken - taken
    into.load.seconds += time.perf_counter() - started
    into.cpu_s += sum(bot.cpu_s for bot in bots) - cpu
    waits = sorted(wait for family in families for wait in family.waits) or [0.0]
    into.load.median_s = waits[len(waits) // 2]


@dataclass
class Weight:
    """Holds memory in MB (10^6 bytes) after the first tenth and after all updates, and seconds of a cold start."""

    early_mb: float
    late_mb: float
    updates: int
    cold_start_s: float


async def weight(rig: Rig, size: Size) -> dict[str, Weight]:
    """Measures memory and cold start of the bare bot and of ours."""
    screens = await rig.screens(sqlite(rig))
    starts = await _cold_starts(rig, screens)
    found = {}
    for name in ("bare", "ours"):
        bot = await (rig.bare(screens) if name == "bare" else rig.bot(sqlite(rig)))
        families = [Family(rig.telegram) for _ in range(size.families)]
        first = await walk_until(rig.telegram, families, size.updates // 10)
        early = bot.memory_mb
        rest = await walk_until(rig.telegram, families, size.updates - first)
        found[name] = Weight(early, bot.memory_mb, first + rest, starts[name])
        await _end(rig, bot, kill=name == "bare")
    return found


async def _cold_starts(rig: Rig, screens: Path) -> dict[str, float]:
    """Seconds to the first answer, the median of several starts that take turns: one alone says little."""
    taken: dict[str, list[float]] = {"bare": [], "ours": []}
    for _ in range(STARTS):
        for name, times in taken.items():
            bot = await (rig.bare(screens) if name == "bare" else rig.bot(sqlite(rig)))
            times.append(bot.cold_start_s)
            await _end(rig, bot, kill=name == "bare")
    return {name: statistics.median(times) for name, times in taken.items()}


async def walk_until(telegram: Crowd, families: list[Family], updates: int, patience: float = 30.0) -> int:
    """Walks until so many updates were taken; gives how many it were."""
    end, before = asyncio.Event(), telegram.taken
    walking = [asyncio.create_task(family.walk_until(end, patience)) for family in families]
    while telegram.taken - before < updates:  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    end.set()
    await asyncio.gather(*walking)
    return telegram.taken - before


@dataclass
class Losses:
    """A run in which every tenth call failed: updates taken, calls that failed; what never came, of what."""

    updates: int
    failed: int
    lost_screens: int
    pending: int
    lines: int
    lost_lines: int


TALKING = 6  # families with a ticket: as many as a group's 20 messages a minute carry


async def faults(rig: Rig, size: Size) -> Losses:
    """Lets every tenth call fail at random: 429, 500, 502, a proxy's page, a dropped connection; the limits are off."""
    bot = await rig.bot(sqlite(rig), LOG_LEVEL="CRITICAL")
    telegram = rig.telegram
    talks = Conversations(telegram, rig.support, TALKING)
    await talks.begin()
    families = [Family(telegram) for _ in range(size.families)]
    met, end = telegram.faults.met, asyncio.Event()
    telegram.random_faults(0.1, random.Random(8))
    talking = asyncio.create_task(talks.go_on(end))
    updates = await walk_until(telegram, families, size.updates, patience=300.0)
    end.set()
    await talking
    lost_lines = await talks.lost()
    telegram.random_faults(0.0, random.Random(8))
    lost = sum(family.lost for family in families)
    failed = telegram.faults.met - met
    result = Losses(updates, failed, lost, len(telegram.pending), talks.written, lost_lines)
    await _end(rig, bot)
    return result


@dataclass
class Abuse:
    """So many requests of somebody who is not Telegram, and the bot's CPU microseconds for each; rows they changed."""

    requests: int
    cpu_us: float
    changed: int


async def abuse(rig: Rig, size: Size) -> dict[str, Abuse]:
    """Sends wrong secrets, oversized bodies, bodies that are no JSON, and well-signed presses with made-up data."""
    url = sqlite(rig)
    bot = await rig.bot(url, LOG_LEVEL="CRITICAL", WEBHOOK_SECRET="right")
    signed = {"X-Telegram-Bot-Api-Secret-Token": "right"}
    kinds: dict[str, tuple[dict[str, str], Callable[[int], bytes]]] = {
        "wrong secret": ({"X-Telegram-Bot-Api-Secret-Token": "wrong"}, lambda number: b"{}"),
        "oversized body": (signed, lambda number: b" " * (1024 * 1024 + 1)),
        "no JSON": (signed, lambda number: b'{"update_id":'),
        "forged press": (signed, forged_press),
    }
    found = {}
    for name, (headers, body) in kinds.items():
        requests = size.updates // 100 if name == "oversized body" else size.updates
        rows, before = stored_rows(_file(url)), bot.cpu_s
        await post_all(f"http://127.0.0.1:{bot.port}/hook", headers, body, requests)
        cpu = bot.cpu_s - before
        found[name] = Abuse(requests, cpu / requests * 1e6, stored_rows(_file(url)) - rows)
    await _end(rig, bot)
    return found


async def _end(rig: Rig, bot: Running, *, kill: bool = False) -> None:
    await bot.end(9 if kill else 15)
    await rig.telegram.delete_webhook({})


def sqlite(rig: Rig) -> str:
    """Gives the address of a fresh SQLite database."""
    return f"sqlite+aiosqlite:///{rig.folder}/{next(_numbers)}.sqlite3"


def _file(url: str) -> Path:
    return Path(url.partition(":///")[2])


async def new_postgres(uri: str) -> str:
    """Gives the address of a fresh database on a PostgreSQL server."""
    import asyncpg

    name = f"bench_{next(_numbers)}"
    connection = await asyncpg.connect(uri)
    await connection.execute(f'CREATE DATABASE "{name}"')
    await connection.close()
    return f"postgresql+asyncpg://postgres:@/{name}?host={quote(uri.partition('?host=')[2], safe='/')}"
