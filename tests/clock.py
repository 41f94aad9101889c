"""The clock of a test's world: a test moves it, and it skips by itself the pauses that only keep messages apart."""

from __future__ import annotations

import asyncio
import contextlib
import mmap
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import bot.app
from bot.app import App
from bot.channels.max import max_polling
from bot.channels.routed_bot import RoutedBot
from bot.delivery.claiming import IDLE_S
from bot.pace import Limit
from bot.settings import Settings
from sandbox.telegram.telegram_pace import Window
from storage import outbox_counts
from storage.database import DatabaseAway

_SECOND_S = 1.3
LOOKED_AROUND_S = 0.01  # of real waiting for others that have something to do at the same moment
_REST_S = 0.05  # the same before a longer pause
_SOON_S = 10.0  # a retry after one of the first failures comes within it
_STEP_S = 5.0  # what waits for room in the group's minute looks again so much later


class Clock:
    """The wall clock of the bot and of the messengers together; a test may move it. Seconds since the epoch.

    A clock that is kept in a file is read and moved by the test and by the bot's process alike.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._ahead = memoryview(bytearray(8)).cast("d")  # one number: how many seconds the clock is ahead
        self._stopped_at: float | None = None
        if file is not None:
            self.keep_in(file)

    @property
    def ahead(self) -> float:
        """Tells by how many seconds the clock was moved."""
        return self._ahead[0]

    @ahead.setter
    def ahead(self, seconds: float) -> None:
        self._ahead[0] = seconds

    def keep_in(self, file: Path) -> None:
        """Keeps the clock in a file from now on; one that is there already goes on as it is."""
        if not file.exists():
            file.write_bytes(self._ahead.tobytes())
        with file.open("r+b") as opened:
            self._ahead = memoryview(mmap.mmap(opened.fileno(), 8)).cast("d")

    @property
    def stands(self) -> bool:
        """Tells whether the clock moves only where the test moves it."""
        return self._stopped_at is not None

    def __call__(self) -> float:
        return self._unmoved() + self.ahead

    def _unmoved(self) -> float:
        return time.time() if self._stopped_at is None else self._stopped_at

    def stop(self) -> None:
        """From now on the clock moves only where the test moves it."""
        self._stopped_at = self._unmoved()

    def go(self) -> None:
        """The clock goes on from where it was stopped."""
        if self._stopped_at is not None:
            self.ahead -= time.time() - self._stopped_at
            self._stopped_at = None

    def move(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> None:
        """Moves the clock forward."""
        self.ahead += ((days * 24 + hours) * 60 + minutes) * 60 + seconds

    def set_to(self, moment: float) -> None:
        """Sets the clock to a moment, seconds since the epoch."""
        self.ahead = moment - self._unmoved()


def seconds_pass(clock: Clock, app: App) -> None:
    """Lets the clock move on where the outbox would wait a second, a group's minute, or before a first retry.

    Nothing else happens in such a pause, and families and desks that talk to a test's bot meet thousands of them. While
    an update is in hand, or a call hangs, a pause longer than a second is waited for as always; so is a longer one
    before a retry, such as a messenger asks for.
    """
    worker, services = app._outbox, app.services
    sleeps, paces = worker._sleep, worker._claims._pace
    delays: list[float] = []  # those that the newest claim met

    async def pace(*what: Any) -> float:
        delay = await paces(*what)
        delays.append(delay)
        return delay

    async def seconds_to_next() -> float:
        with contextlib.suppress(DatabaseAway):
            next_at = await services.database.read(lambda c: outbox_counts.next_due(c, clock()))
            return next_at - clock() if next_at else 0.0
        return 0.0

    async def sleep(wait: float) -> None:
        # A desk whose minute was found to be full is not asked about again before its end.
        full = (until - clock() for _, until in worker._claims._full.values())
        paced = min((delay for delay in (*delays, *full) if delay > 0), default=0.0)
        delays.clear()
        if clock.stands:
            await sleeps(wait)
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOKED_AROUND_S if wait < IDLE_S else _REST_S):
                await services.owed.wait()
                return
        if wait < IDLE_S:
            clock.move(seconds=wait)
        elif worker._flying or services.in_hand:
            await sleeps(wait)
        elif paced:
            clock.move(seconds=paced if paced > IDLE_S else _STEP_S)
        elif 0 < (retried_in := await seconds_to_next()) <= _SOON_S:
            clock.move(seconds=retried_in)
        else:
            await sleeps(wait)

    vars(worker)["_sleep"] = sleep
    vars(worker._claims)["_pace"] = pace


def calls_pass(clock: Clock, app: App) -> None:
    """Lets the clock move on where the client of MAX would wait for its turn; the limits it keeps are the same."""
    routed = app.services.bot
    assert isinstance(routed, RoutedBot)
    vars(routed.max.calls.client)["_pace"] = _TurnsByClock(clock)


def lives_by(file: Path) -> None:
    """Lets the bot of this process, which has not begun, live by the clock of a test, and ask MAX again at once."""
    vars(bot.app)["App"] = partial(_app_by, Clock(file))
    ask_max_at_once(pytest.MonkeyPatch())


def ask_max_at_once(patch: pytest.MonkeyPatch) -> None:
    """Lets a bot ask MAX again as soon as it has handled what came, more often than MAX allows."""
    patch.setattr(max_polling, "APART_S", 0.02)
    patch.setattr(max_polling, "_AT_MOST", Limit(100, 1.0))


def _app_by(clock: Clock, settings: Settings, **more: Any) -> App:
    app = App(settings, clock=clock, **more)
    seconds_pass(clock, app)
    if settings.max_token:
        calls_pass(clock, app)
    return app


class _TurnsByClock:
    """Keeps 28 calls a second, and 2 a second in a chat, by the clock of the test.

    A busy machine delays the first of two calls more than the second, hence the longer second.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._all = Window(28, _SECOND_S)
        self._chats: dict[int, Window] = {}

    async def wait(self, chat_id: int | None = None) -> None:
        windows = [self._all]
        if chat_id is not None:
            windows.append(self._chats.setdefault(chat_id, Window(2, _SECOND_S)))
        wait = max(window.wait(self._clock()) for window in windows)
        if wait > 0 and not self._clock.stands:
            self._clock.move(seconds=wait + 0.01)
        for window in windows:
            window.add(self._clock())
