"""The measures themselves: each starts its bots, lets families walk, and gives figures by name."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from benchmarks.families import Crowd, Family, Load, walk
from benchmarks.filling import fill
from benchmarks.rig import Rig, Running

_numbers = iter(range(10_000))


@dataclass
class Size:
    """How much is measured: families at once, seconds a stretch, updates of the long stretches, rows of the big one."""

    families: int = 300
    seconds: float = 20.0
    updates: int = 100_000
    stored_families: int = 1_000_000
    stored_tickets: int = 100_000


QUICK = Size(families=200, seconds=10.0, updates=6_000, stored_families=200_000, stored_tickets=20_000)


@dataclass
class Taken:
    """A stretch of walking and the CPU seconds that the bots used in it."""

    load: Load
    cpu_s: float

    @property
    def cpu_us(self) -> float:
        """CPU microseconds an update, of the bots' processes."""
        return self.cpu_s / max(1, self.load.updates) * 1e6


async def stretch(telegram: Crowd, bots: list[Running], size: Size) -> Taken:
    """Walks for `size.seconds` after a warm-up."""
    families = [Family(telegram) for _ in range(size.families)]
    await walk(telegram, families, 1.0, warm_up=3.0)
    before = sum(bot.cpu_s for bot in bots)
    taken = telegram.taken
    load = await walk(telegram, families, size.seconds, warm_up=0.0)
    load.updates = telegram.taken - taken
    return Taken(load, sum(bot.cpu_s for bot in bots) - before)


async def guide(rig: Rig, size: Size, postgres: str) -> dict[str, Taken]:
    """The whole guide: the bare bot, ours on SQLite, ours on PostgreSQL."""
    screens = await rig.screens(sqlite(rig))
    found = {}
    for name in ("bare", "sqlite", "postgres"):
        bot = await (rig.bare(screens) if name == "bare" else rig.bot(sqlite(rig) if name == "sqlite" else postgres))
        found[name] = await stretch(rig.telegram, [bot], size)
        await _end(rig, bot, kill=name == "bare")
    return found


async def big(rig: Rig, size: Size) -> dict[str, Taken]:
    """SQLite: an empty database and one with a region's past in it."""
    found = {}
    for name in ("empty", "full"):
        url = sqlite(rig)
        if name == "full":
            bot = await rig.bot(url)
            await _end(rig, bot)
            await asyncio.to_thread(fill, _file(url), size.stored_families, size.stored_tickets)
        bot = await rig.bot(url)
        found[name] = await stretch(rig.telegram, [bot], size)
        await _end(rig, bot)
    return found


async def replicas(rig: Rig, size: Size, postgres: str) -> dict[str, Taken]:
    """One replica and two on the same PostgreSQL, each update to the next of them."""
    found = {}
    for number in (1, 2):
        bots = [await rig.bot(postgres) for _ in range(number)]
        rig.share(bots)
        found[str(number)] = await stretch(rig.telegram, bots, size)
        for bot in bots:
            await _end(rig, bot)
    return found


@dataclass
class Weight:
    """Memory in MB (10^6 bytes) after the first tenth and after all updates; seconds of a cold start."""

    early_mb: float
    late_mb: float
    updates: int
    cold_start_s: float
    matplotlib: bool


async def weight(rig: Rig, size: Size) -> dict[str, Weight]:
    """Memory and cold start of the bare bot and of ours."""
    screens = await rig.screens(sqlite(rig))
    found = {}
    for name in ("bare", "ours"):
        bot = await (rig.bare(screens) if name == "bare" else rig.bot(sqlite(rig)))
        families = [Family(rig.telegram) for _ in range(size.families)]
        first = await walk_until(rig.telegram, families, size.updates // 10)
        early = bot.memory_mb
        rest = await walk_until(rig.telegram, families, size.updates - first)
        loaded = bot.has_loaded("matplotlib")
        found[name] = Weight(early, bot.memory_mb, first + rest, bot.cold_start_s, loaded)
        await _end(rig, bot, kill=name == "bare")
    return found


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
    """A run in which every tenth call failed: updates taken, calls that failed, screens that never came."""

    updates: int
    failed: int
    lost: int
    pending: int


async def faults(rig: Rig, size: Size) -> Losses:
    """Every tenth call fails at random: 429, 500, 502, a dropped connection; the sandbox's limits are off."""
    bot = await rig.bot(sqlite(rig), LOG_LEVEL="CRITICAL")
    telegram = rig.telegram
    families = [Family(telegram) for _ in range(size.families)]
    met = telegram.faults.met
    telegram.random_faults(0.1, random.Random(8))
    updates = await walk_until(telegram, families, size.updates, patience=300.0)
    telegram.random_faults(0.0, random.Random(8))
    lost = sum(family.lost for family in families)
    result = Losses(updates, telegram.faults.met - met, lost, len(telegram.pending))
    await _end(rig, bot)
    return result


async def _end(rig: Rig, bot: Running, *, kill: bool = False) -> None:
    await bot.end(9 if kill else 15)
    await rig.telegram.delete_webhook({})


def sqlite(rig: Rig) -> str:
    """The address of a fresh SQLite database."""
    return f"sqlite+aiosqlite:///{rig.folder}/{next(_numbers)}.sqlite3"


def _file(url: str) -> Path:
    return Path(url.partition(":///")[2])


async def new_postgres(uri: str) -> str:
    """The address of a fresh database on a PostgreSQL server."""
    import asyncpg

    name = f"bench_{next(_numbers)}"
    connection = await asyncpg.connect(uri)
    await connection.execute(f'CREATE DATABASE "{name}"')
    await connection.close()
    return f"postgresql+asyncpg://postgres:@/{name}?host={quote(uri.partition('?host=')[2], safe='/')}"
