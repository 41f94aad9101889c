"""Plays the whole first school day of a region on two replicas, by a clock that leaves out what nobody waits for.

300 schools; families come by the hour (`SHARES`), with two peaks; one in nine writes a ticket; desks answer from eight
to five, what comes later the next morning; 1 of 100 calls fails; a replica is killed at the peak. Telegram's limits are
enforced by the same clock (telegram_pace.py of the sandbox). While anything is in hand the clock goes as the real one,
so a second of waiting is a second; where everybody waits for a timer alone, it is put forward (skipping_clock.py). The
shares of the hours are assumptions, named in docs/benchmarks.md.
"""

from __future__ import annotations

import asyncio
import math
import os
import random
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks.rig import Rig, Running, rig
from benchmarks.school_day import FAILS, SCHOOLS, Day, Region
from benchmarks.skipping_clock import Leader, Led, SharedClock, leading_loop

ZONE = ZoneInfo("Europe/Moscow")
MIDNIGHT = datetime(2026, 9, 1, tzinfo=ZONE)
SHARES = {  # of a day's families, by the hour in which they come
    **dict.fromkeys(range(6), 0.002),
    6: 0.025,
    7: 0.15,
    **dict.fromkeys(range(8, 18), 0.045),
    18: 0.15,
    19: 0.07,
    20: 0.073,
    21: 0.05,
    22: 0.015,
    23: 0.005,
}
PEAKS = (7, 18)
PEAKS_S = 3600.0 * len(PEAKS)
OPEN, CLOSED = 8, 17  # the hours in which desks answer
ANSWERS_AFTER_S = (60.0, 1800.0)  # of an administrator at work
MORNING_S = (60.0, 7200.0)  # after opening, for what came in the night
KILLED_AT = timedelta(hours=7, minutes=30)
DEAD_FOR_S = 30.0
# Each replica reads the schools at its next look at the wall clock, and then the chats of fifty at a look; at night it
# looks every ten minutes (skipping_bot.py). Families who come before that would meet a bot without schools.
SETTLES_S = 2 * 3600.0
DRAINED_WITHIN_S = 36 * 3600.0  # after midnight: the desks answer next morning
DAY_S = 24 * 3600.0
# People act at whole multiples of so many seconds: what comes at one moment is worked off side by side and shares its
# commits, where one by one it would be waited for. They wait no shorter for it: all of a moment come at once.
ACT_EVERY_S, ACT_EVERY_AT_PEAK_S = 10.0, 2.0
LARGE = 30_000  # families, from which on the replicas look around in the peaks as often as at work (skipping_bot.py)


@dataclass
class WholeDay(Day):
    """Holds what came of a day.

    `real_s` is how long it took, `peak_cpu_s` the processor time of each replica in the two peak hours.
    """

    real_s: float = 0.0
    peak_cpu_s: list[float] = field(default_factory=lambda: [0.0, 0.0])


def arrivals(families: int, rng: random.Random) -> list[float]:
    """Gives the moments, seconds after midnight, at which so many families come, oldest first."""
    hours = rng.choices([*SHARES], weights=[*SHARES.values()], k=families)
    return sorted(hour * 3600.0 + rng.uniform(0.0, 3600.0) for hour in hours)


def answered_after(moment: datetime, rng: random.Random) -> float:
    """Gives the seconds after which a ticket is answered that came at a moment: by day soon, else in the morning."""
    if OPEN <= moment.hour < CLOSED:
        return rng.uniform(*ANSWERS_AFTER_S)
    opening = moment.replace(hour=OPEN, minute=0, second=0, microsecond=0)
    if moment.hour >= CLOSED:
        opening += timedelta(days=1)
    return (opening - moment).total_seconds() + rng.uniform(*MORNING_S)


def acts_at(moment: float) -> float:
    """Gives from a moment, seconds since the epoch, the next one at which people act."""
    every = ACT_EVERY_AT_PEAK_S if datetime.fromtimestamp(moment, ZONE).hour in PEAKS else ACT_EVERY_S
    return math.ceil(moment / every) * every


def measure(families: int, postgres: str) -> WholeDay:
    """Plays a day on an empty PostgreSQL database, in a loop of its own; gives what came of it."""
    with tempfile.TemporaryDirectory() as folder:
        leader = Leader(SharedClock.made(Path(folder) / "clock", MIDNIGHT.timestamp() - SETTLES_S))
        with asyncio.Runner(loop_factory=lambda: leading_loop(leader)) as runner:
            return runner.run(_play(families, postgres, leader, Path(folder) / "clock"))


async def _play(families: int, postgres: str, leader: Leader, file: Path) -> WholeDay:
    clock, day, began = leader.clock, WholeDay(), time.monotonic()
    async with rig() as one:
        one.telegram.now = clock.now
        replicas = _Replicas(one, postgres, leader, file, "large" if families >= LARGE else "small")
        await replicas.start(0)
        await replicas.start(1)
        region = Region(
            one.telegram, day, 9, clock.now, lambda rng: answered_after(datetime.fromtimestamp(clock.now(), ZONE), rng),
            acts_at,
        )  # fmt: skip
        with leader.held():
            await region.open(postgres, SCHOOLS)
        await _until(clock, MIDNIGHT)
        one.telegram.pace.enforced = True
        one.telegram.random_faults(FAILS, random.Random(1))
        met = one.telegram.faults.met
        beside = [
            asyncio.create_task(one)
            for one in (replicas.kill_one(), _measure_peaks(replicas, day), _tell_hours(clock, day, began))
        ]
        visits = set[asyncio.Task[None]]()
        for number, after in enumerate(arrivals(families, random.Random(families)), 1):
            await asyncio.sleep(max(0.0, acts_at(MIDNIGHT.timestamp() + after) - clock.now()))
            visit = asyncio.create_task(region.visit(number))
            visits.add(visit)
            visit.add_done_callback(visits.discard)
        await _until(clock, MIDNIGHT + timedelta(days=1))
        await asyncio.gather(*beside, *visits)
        day.cpu_s, day.memory_mb = tuple(replicas.cpu_s), replicas.memory_mb
        await region.drain(DRAINED_WITHIN_S)
        day.failed_calls = one.telegram.faults.met - met
        day.seconds, day.real_s = DAY_S, time.monotonic() - began
        await replicas.end()
    return day


async def _until(clock: SharedClock, moment: datetime) -> None:
    await asyncio.sleep(max(0.0, moment.timestamp() - clock.now()))


async def _measure_peaks(replicas: _Replicas, day: WholeDay) -> None:
    """Adds up the processor time that each replica uses in the two peak hours."""
    for hour in PEAKS:
        await _until(replicas.leader.clock, MIDNIGHT + timedelta(hours=hour))
        before = replicas.cpu_s
        await asyncio.sleep(3600.0)
        for place, (old, new) in enumerate(zip(before, replicas.cpu_s, strict=True)):
            day.peak_cpu_s[place] += new - old


async def _tell_hours(clock: SharedClock, day: WholeDay, began: float) -> None:
    """Writes at each full hour how far the day is."""
    for hour in range(1, 25):
        await _until(clock, MIDNIGHT + timedelta(hours=hour))
        waits, real_min = day.waits, (time.monotonic() - began) / 60
        told = f"{day.families} families, {len(waits.cards)} tickets, {len(waits.answers)} answers"
        print(f"  {hour:02}:00 after {real_min:.1f} min: {told}", file=sys.stderr, flush=True)


class _Replicas:
    """Holds two replicas that are led by the clock of this process."""

    def __init__(self, one: Rig, postgres: str, leader: Leader, file: Path, how: str) -> None:
        self.leader = leader
        self._rig, self._postgres, self._file, self._how = one, postgres, str(file), how
        self._running: dict[int, Running] = {}
        self._used = [0.0, 0.0]  # processor time of those that were killed

    @property
    def cpu_s(self) -> list[float]:
        """Gives the processor time of each place so far, in seconds."""
        return [used + (self._running[at].cpu_s if at in self._running else 0) for at, used in enumerate(self._used)]

    @property
    def memory_mb(self) -> tuple[float, ...]:
        """Gives the memory of each."""
        return tuple(self._running[place].memory_mb for place in sorted(self._running))

    async def start(self, place: int) -> None:
        """Starts one, which takes real time, and shares the updates out."""
        read, wakes = os.pipe()
        environment = {
            "LOG_LEVEL": "ERROR",
            "SUPPORT_CHAT_ID": "",
            "WORKING_HOURS": f"Mon-Sun {OPEN:02}:00-{CLOSED}:00",
        }
        with self.leader.held():
            arguments = [self._file, str(place), self._how]
            started = await self._rig.by_clock(self._postgres, arguments, read, **environment)
        os.close(read)
        self._running[place] = started
        self.leader.add(Led.process(place, wakes, started.process.pid))
        self._rig.share([*self._running.values()])

    async def kill_one(self) -> None:
        """Kills the second one in the middle of the first peak, and starts it anew."""
        await _until(self.leader.clock, MIDNIGHT + KILLED_AT)
        killed = self._running.pop(1)
        self._used[1] += killed.cpu_s
        with self.leader.held():
            await killed.end(9)
            self.leader.forget(1)
        self._rig.share([*self._running.values()])
        await asyncio.sleep(DEAD_FOR_S)
        await self.start(1)

    async def end(self) -> None:
        """Ends both."""
        with self.leader.held():
            for place, one in self._running.items():
                await one.end()
                self.leader.forget(place)
