"""Runs one background task until it is stopped; where it ends by itself, it is reported and started again."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

log = logging.getLogger(__name__)

PAUSES_S = (1.0, 5.0, 15.0, 30.0)  # before each new start; after the last of them the task stays down
STEADY_S = 60.0  # a task that ran so long is well again


def _nothing() -> None:
    return


class Watched:
    """A task that is started again when it ends. Callbacks watch it, since a watching task could end as well."""

    def __init__(
        self,
        name: str,
        run: Callable[[], Coroutine[Any, Any, object]],
        *,
        on_end: Callable[[], None] = _nothing,
        on_given_up: Callable[[], None] = _nothing,
    ) -> None:
        self.name = name
        self.failure = ""  # why it ended by itself lately; empty while it is well
        self._run = run
        self._on_end = on_end
        self.on_given_up = on_given_up
        self._task: asyncio.Task[object] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._deaths = 0
        self._stopping = False

    @property
    def runs(self) -> bool:
        """Tells whether the task is running."""
        return self._task is not None and not self._task.done()

    def start(self) -> None:
        """Starts the task."""
        self._task = asyncio.create_task(self._run(), name=self.name)
        self._task.add_done_callback(self._ended)
        if self._deaths:
            self._after(STEADY_S, self._is_well)

    def may_end(self) -> None:
        """Notes that the task is to end: from now on its end is no failure."""
        self._stopping = True
        if self._timer:
            self._timer.cancel()

    async def wait(self, seconds: float | None = None) -> bool:
        """Waits for the task to end; False where it still runs after so many seconds."""
        if self._task is None:
            return True
        await asyncio.wait({self._task}, timeout=seconds)
        return self._task.done()

    async def cancel(self) -> None:
        """Ends the task, wherever it is."""
        self.may_end()
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _ended(self, task: "asyncio.Task[object]") -> None:
        error = None if task.cancelled() else task.exception()
        if self._stopping:
            if error is not None:
                log.error("%s ended with an error", self.name, exc_info=error)
            return
        self.failure = f"{type(error).__name__}: {error}" if error else "it ended by itself"
        log.error("%s ended although nobody stopped it", self.name, exc_info=error)
        self._on_end()
        if self._deaths >= len(PAUSES_S):
            log.critical("%s is not started again after %s tries", self.name, self._deaths + 1)
            self.on_given_up()
            return
        self._after(PAUSES_S[self._deaths], self.start)
        self._deaths += 1

    def _after(self, seconds: float, call: Callable[[], None]) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, call)

    def _is_well(self) -> None:
        self.failure, self._deaths = "", 0
