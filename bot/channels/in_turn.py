"""Handles the updates that polling fetched: those of one family in their order, the families side by side."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
Work = Callable[[], Awaitable[object]]


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


async def pause(seconds: float, stopping: asyncio.Event) -> None:
    """Waits so many seconds, or until `stopping` is set."""
    if seconds <= 0:
        return
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return
