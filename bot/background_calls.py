"""Holds the calls to a messenger that updates do not wait for any more: they go on in the background."""

import asyncio
from collections.abc import Coroutine
from typing import Any


class LateCalls:
    """Holds the tasks of these calls until they end."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Begins a call in the background, and gives its task."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def end(self, seconds: float) -> None:
        """Waits for the calls that go on, at most so many seconds, and gives up the others."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        for task in self._tasks:
            task.cancel()
