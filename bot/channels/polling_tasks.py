"""Helpers of both channels: a task for each polled update, in its family's order, and retries that stop with the bot.

This order begins a family's polled updates as they were fetched. bot/intake.py keeps a family's updates apart within
the process, those of a webhook, too; storage/family_locks.py keeps them apart among replicas.
"""

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from aiogram.exceptions import TelegramAPIError, TelegramRetryAfter

from storage.database import DatabaseAway

log = logging.getLogger(__name__)

FAILURES_HEALTHY = 2  # calls in a row that may fail before /healthz speaks of it
LONG_WAIT_S = 60.0  # whoever is told to wait for longer answers no family meanwhile: that is told at once
TRIES = 5  # of work that fails by a fault of ours
DATABASE_RETRY_S = 1.0
START_RETRY_S = (1.0, 2.0, 5.0, 10.0, 30.0)  # before each new try of a call that the start needs; the last one repeats
FETCH_RETRY_S = (0.5, 1.0, 2.0, 5.0, 10.0)  # before updates are asked for again, in the same way

T = TypeVar("T")
Work = Callable[[], Awaitable[object]]
Errors = tuple[type[Exception], ...]


class InTurn:
    """Holds the updates in hand by number. Once `stopping` is set, what has not begun is left to the next run."""

    def __init__(self, stopping: asyncio.Event) -> None:
        self._stopping = stopping
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._last_of: dict[int, asyncio.Task[None]] = {}  # the newest task of each family

    def __contains__(self, number: int) -> bool:
        return number in self._tasks

    def __bool__(self) -> bool:
        return bool(self._tasks)

    @property
    def oldest(self) -> "asyncio.Task[None] | None":
        """Gives the update with the lowest number."""
        return self._tasks[min(self._tasks)] if self._tasks else None

    def begin(self, number: int, work: Work, family: int | None = None) -> None:
        """Does the work for an update, after that of every update of the same family that came before it."""
        before = self._last_of.get(family) if family is not None else None
        task = asyncio.create_task(self._do(number, work, before))
        self._tasks[number] = task
        if family is not None:
            self._last_of[family] = task
            task.add_done_callback(lambda done: self._forget(family, done))

    def _forget(self, family: int, task: "asyncio.Task[None]") -> None:
        if self._last_of.get(family) is task:
            del self._last_of[family]

    async def _do(self, number: int, work: Work, before: "asyncio.Task[None] | None") -> None:
        try:
            if before is not None:
                await asyncio.wait({before})
            if not self._stopping.is_set():
                await work()
        finally:
            self._tasks.pop(number, None)

    async def wait(self, timeout: float | None = None) -> None:
        """Waits until all that is in hand is done, or for so many seconds."""
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=timeout)

    def cancel(self) -> None:
        """Ends what is still in hand."""
        for task in self._tasks.values():
            task.cancel()


async def unless_stopped(call: Coroutine[Any, Any, T], stopping: asyncio.Event) -> T | None:
    """Makes a call, and gives its answer; None where `stopping` is set first. Raises what the call raises."""
    made, stopped = asyncio.ensure_future(call), asyncio.ensure_future(stopping.wait())
    try:
        await asyncio.wait({made, stopped}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopped.cancel()
        if not made.done():
            made.cancel()
            await asyncio.gather(made, return_exceptions=True)
    return None if made.cancelled() else made.result()


async def until_done(name: str, work: Work, stopping: asyncio.Event) -> bool:
    """Repeats work for as long as the database is away, and a few times after a fault of ours: then it is given up.

    `name` says in the log which work it is. Gives False where `stopping` is set meanwhile.
    """
    faults = 0
    while True:
        try:
            await work()
            return True
        except DatabaseAway as error:
            log.warning("%s waits for the database: %s", name, error)
        except Exception:
            faults += 1
            log.exception("%s failed the %s. time", name, faults)
            if faults == TRIES:
                return True  # an update that is not given up would come again for ever
        await pause(DATABASE_RETRY_S, stopping)
        if stopping.is_set():
            return False


async def insist(
    call: Work,
    failed: str,
    stopping: asyncio.Event,
    passing: Errors,
    final: Errors = (),
    note: Callable[[str], None] = lambda why: None,
) -> bool:
    """Makes a call that the start needs, again and again after errors that pass. Raises the `final` and all others.

    It waits as long as a `retry_after` says. `failed` says in the log that it was not made. `note` is told why, once
    that takes long, and an empty reason when it is made. Gives False where `stopping` is set before that.
    """
    for failures, usual in enumerate(itertools.chain(START_RETRY_S, itertools.repeat(START_RETRY_S[-1])), 1):
        if stopping.is_set():
            break
        try:
            await call()
            note("")
            return True
        except final:
            raise
        except passing as error:
            why = error.message if isinstance(error, TelegramAPIError) else str(error)
            why = type(error).__name__ if isinstance(error, OSError) else why  # its words may name a proxy
            seconds = error.retry_after if isinstance(error, TelegramRetryAfter) else usual
            log.warning("%s (%s): again in %s s", failed, why, seconds)
            if failures > FAILURES_HEALTHY or seconds > LONG_WAIT_S:
                note(why)
        await pause(seconds, stopping)
    return False


async def pause(seconds: float, stopping: asyncio.Event) -> None:
    """Waits so many seconds, or until `stopping` is set."""
    if seconds <= 0:
        return
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return


def has_failed(task: "asyncio.Task[None]") -> bool:
    """Tells whether a task has ended by an error."""
    return task.done() and not task.cancelled() and task.exception() is not None
