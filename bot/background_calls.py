"""Runs messenger calls as tasks: an update waits `PATIENCE_S` for one (services.py), then goes on without it.

Each call of `Services.not_longer` begins here, whether it turns out late or not; a bot that stops ends them here, too.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any


class LateCalls:
    """Holds the tasks of these calls until they end; late ones are those for which no update waits any more."""

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
