"""A clock for several processes that leaves out the time in which nobody does anything, and a loop that runs by it.

It goes as fast as the real one while anything is in hand. As soon as every process waits for its next timer alone, it
is put forward to the earliest of these timers. So a second of work lasts a second, a limit of a second is a second, and
a night in which nobody writes takes moments. Linux alone: the state of a process is read in /proc.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import mmap
import os
import selectors
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PLACES = 8  # processes beside the one that leads
_SHIFT, _FIRST, _WIDTH = 0, 2, 2  # places in the shared memory, in numbers of eight bytes
_RESTS, _NEXT = 0, 1  # of a process: whether it only waits, and the moment of its next timer
_POLL_S = 0.001
_READY = tuple(b"Z\0\0\0\5" + state for state in (b"I", b"T", b"E"))  # PostgreSQL's ReadyForQuery


class SharedClock:
    """Holds the moment, seconds since the epoch, in a file that every process maps into its memory."""

    def __init__(self, file: Path) -> None:
        with file.open("r+b") as opened:
            self._numbers = memoryview(mmap.mmap(opened.fileno(), 0)).cast("d")

    @classmethod
    def made(cls, file: Path, begins_at: float) -> SharedClock:
        """Makes the file; the clock stands at `begins_at` now."""
        file.write_bytes(bytes(8 * (_FIRST + PLACES * _WIDTH)))
        made = cls(file)
        made._numbers[_SHIFT] = begins_at - time.monotonic()
        return made

    def now(self) -> float:
        """Gives the moment, seconds since the epoch."""
        return time.monotonic() + self._numbers[_SHIFT]

    def put_forward(self, to: float) -> None:
        """Puts the clock forward to a moment; only the process that leads does so."""
        self._numbers[_SHIFT] = max(self._numbers[_SHIFT], to - time.monotonic() + 1e-6)

    def rests(self, place: int) -> bool:
        """Tells whether a process said that it waits for its next timer alone."""
        return bool(self._numbers[_FIRST + place * _WIDTH + _RESTS])

    def next_of(self, place: int) -> float:
        """Gives the moment of the next timer of a process that rests."""
        return self._numbers[_FIRST + place * _WIDTH + _NEXT]

    def note(self, place: int, rests: bool, next_at: float = 0.0) -> None:
        """Notes that a process rests until its next timer, or that it does not."""
        at = _FIRST + place * _WIDTH
        self._numbers[at + _NEXT] = next_at
        self._numbers[at + _RESTS] = float(rests)


@dataclass(frozen=True, slots=True)
class Led:
    """A process that runs by the clock of the leading one: its place, the pipe that wakes it, and its state."""

    place: int
    wakes: int
    state: int

    @classmethod
    def process(cls, place: int, wakes: int, pid: int) -> Led:
        """Describes a process that was started; `wakes` is the end of a pipe that it reads."""
        return cls(place, wakes, os.open(f"/proc/{pid}/stat", os.O_RDONLY))

    @property
    def sleeps(self) -> bool:
        """Tells whether the kernel has nothing for it; with a message to read it is runnable at once."""
        try:
            return os.pread(self.state, 256, 0).rpartition(b")")[2][1:2] == b"S"
        except ProcessLookupError:
            return False  # it was killed, and is forgotten in a moment

    def close(self) -> None:
        """Closes what was opened for it."""
        os.close(self.wakes)
        os.close(self.state)


class Leader:
    """Leads the clock: puts it forward where everybody rests and nobody holds it."""

    def __init__(self, clock: SharedClock) -> None:
        self.clock = clock
        self.led: dict[int, Led] = {}
        self._held = 0

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Lets the clock go as the real one for as long as this lasts: a process starts, which takes real time."""
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1

    def add(self, led: Led) -> None:
        """Leads a process from now on."""
        self.led[led.place] = led

    def forget(self, place: int) -> None:
        """Leads a process no more."""
        self.led.pop(place).close()
        self.clock.note(place, rests=False)

    def skip(self, own_next: float) -> bool:
        """Puts the clock forward to the next timer of anybody, where all rest; tells whether it did.

        `own_next` is the next timer of the leading process, which has nothing to do either.
        """
        if self._held or not all(self.clock.rests(one.place) and one.sleeps for one in self.led.values()):
            self._wake_due()
            return False
        upcoming = min([own_next, *(self.clock.next_of(place) for place in self.led)])
        now = self.clock.now()
        if now < upcoming < math.inf:
            self.clock.put_forward(upcoming)
        self._wake_due()
        return upcoming < math.inf

    def _wake_due(self) -> None:
        """Wakes each process whose timer has come: what it waits for was measured before the clock was put forward."""
        now = self.clock.now()
        for place, one in self.led.items():
            if self.clock.rests(place) and self.clock.next_of(place) <= now:
                self.clock.note(place, rests=False)
                with contextlib.suppress(BrokenPipeError):
                    os.write(one.wakes, b"x")


class _LeadingSelector(selectors.EpollSelector):
    """Asks the leader to put the clock forward before it waits."""

    def __init__(self, leader: Leader) -> None:
        super().__init__()
        self._leader = leader

    def select(self, timeout: float | None = None) -> list[Any]:
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        own_next = math.inf if timeout is None else self._leader.clock.now() + timeout
        if self._leader.skip(own_next):
            return super().select(0)
        return super().select(_POLL_S if timeout is None else min(timeout, _POLL_S))


class _LedSelector(selectors.EpollSelector):
    """Tells the leader before it waits until when, and that nothing else is in hand."""

    def __init__(self, clock: SharedClock, place: int) -> None:
        super().__init__()
        self.in_hand = 0
        self._clock, self._place = clock, place

    def select(self, timeout: float | None = None) -> list[Any]:
        if self.in_hand or (timeout is not None and timeout <= 0):
            return super().select(timeout)
        # With something to read it does not sleep, which the leader sees.
        next_at = math.inf if timeout is None else self._clock.now() + timeout
        self._clock.note(self._place, rests=True, next_at=next_at)
        try:
            return super().select(timeout)
        finally:
            self._clock.note(self._place, rests=False)


class _ByClock(asyncio.SelectorEventLoop):
    """Python's own loop, its timers set by a shared clock."""

    def __init__(self, clock: SharedClock, selector: selectors.BaseSelector) -> None:
        self._clock = clock
        super().__init__(selector)

    def time(self) -> float:
        return self._clock.now()


def leading_loop(leader: Leader) -> asyncio.AbstractEventLoop:
    """Makes the loop of the process that leads the clock."""
    return _ByClock(leader.clock, _LeadingSelector(leader))


def led_loop(clock: SharedClock, place: int, woken_by: int) -> asyncio.AbstractEventLoop:
    """Makes the loop of a process that is led; `woken_by` is the end of the pipe that it reads."""
    selector = _LedSelector(clock, place)
    loop = _LedLoop(clock, selector)
    os.set_blocking(woken_by, False)
    loop.add_reader(woken_by, os.read, woken_by, 4096)
    return loop


class _LedLoop(_ByClock):
    """Counts what is in hand outside of it: what the database was asked, and threads."""

    def __init__(self, clock: SharedClock, selector: _LedSelector) -> None:
        super().__init__(clock, selector)
        self.waiting = selector

    async def create_unix_connection(self, protocol_factory: Any, *where: Any, **options: Any) -> Any:
        """Connects to PostgreSQL, the only one that is reached by a socket file."""
        asked = _Asked(protocol_factory(), self.waiting)
        await super().create_unix_connection(lambda: asked, *where, **options)
        return asked.written, asked.protocol

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:  # type: ignore[override]
        future = super().run_in_executor(executor, func, *args)
        self.waiting.in_hand += 1
        future.add_done_callback(self._is_done)
        return future

    def _is_done(self, _future: Any) -> None:
        self.waiting.in_hand -= 1


class _Asked(asyncio.Protocol):
    """Stands between a connection to PostgreSQL and its protocol, and notes whether an answer is awaited."""

    def __init__(self, protocol: Any, waiting: _LedSelector) -> None:
        self.protocol, self._waiting = protocol, waiting
        self._is_asked = False
        self._end = b""
        self.written: Any = None

    def connection_made(self, transport: Any) -> None:
        self.written = _Written(transport, self)
        self.protocol.connection_made(self.written)

    def data_received(self, data: bytes) -> None:
        self._end = (self._end + data[-6:])[-6:]
        if self._end in _READY:
            self.note(asked=False)
        self.protocol.data_received(data)

    def connection_lost(self, error: Exception | None) -> None:
        self.note(asked=False)
        self.protocol.connection_lost(error)

    def note(self, *, asked: bool) -> None:
        """Notes that PostgreSQL was asked something, or that it has answered."""
        self._waiting.in_hand += asked - self._is_asked
        self._is_asked = asked

    def __getattr__(self, name: str) -> Any:
        return getattr(self.protocol, name)


class _Written:
    """Passes on what is written to PostgreSQL."""

    def __init__(self, transport: Any, asked: _Asked) -> None:
        self._transport, self._asked = transport, asked

    def write(self, data: Any) -> None:
        """Writes; the answer is awaited from now on."""
        self._asked.note(asked=True)
        self._transport.write(data)

    def writelines(self, data: Any) -> None:
        """Writes several pieces."""
        self._asked.note(asked=True)
        self._transport.writelines(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
