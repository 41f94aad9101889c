"""Shares the processor's cores among pictures, step by step: the picture that used the least time so far comes next."""

import asyncio
import contextlib
import heapq
import itertools
import os
from collections.abc import AsyncIterator

HOLD_S = 4.0  # a step that takes longer goes on beside the next one: no picture holds up another for longer


class Cores:
    """Lends so many cores, each for one step and for HOLD_S at the most."""

    def __init__(self, count: int) -> None:
        self._free = count
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()

    @contextlib.asynccontextmanager
    async def one(self, used_s: float) -> AsyncIterator[None]:
        """Waits for a core and lends it; `used_s` are the seconds that the picture has had one so far."""
        if self._free:
            self._free -= 1
        else:
            waits = asyncio.get_running_loop().create_future()
            heapq.heappush(self._waiting, (used_s, next(self._numbers), waits))
            try:
                await waits
            except asyncio.CancelledError:
                # It may have been lent in the very moment of the cancellation.
                if not waits.cancelled():
                    self._give_back()
                raise
        giving_back = contextlib.ExitStack()
        giving_back.callback(self._give_back)
        too_long = asyncio.get_running_loop().call_later(HOLD_S, giving_back.close)
        try:
            yield
        finally:
            too_long.cancel()
            giving_back.close()

    def _give_back(self) -> None:
        while self._waiting:
            *_, waits = heapq.heappop(self._waiting)
            if not waits.done():
                waits.set_result(None)
                return
        self._free += 1


def cores_at_hand() -> int:
    """Counts the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1
