"""Gathers reads of single rows: all that are asked for at the same moment come in one trip to the database."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from storage.database_errors import DatabaseAway, as_away

MOST = 128
Found = Mapping[int, Any]
Ask = Callable[[Sequence[int]], Awaitable[Found]]


class Gathering:
    """Gathers what is asked for while the last trip is under way. `ask` reads many keys and gives what it found."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._wanted: list[tuple[int, asyncio.Future[Any]]] = []
        self._trip: asyncio.Task[None] | None = None

    async def get(self, key: int) -> Any:
        """Gives what stands under the key; None where nothing does. Raises what the reading raises."""
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._wanted.append((key, future))
        if self._trip is None:
            self._trip = asyncio.create_task(self._go(), name="gathered-reads")
            self._trip.add_done_callback(self._ended)
        return await future

    def _ended(self, trip: "asyncio.Task[None]") -> None:
        """Fails the reads of a trip that was stopped, even before its first step."""
        if trip.cancelled() and self._trip in (trip, None):
            wanted, self._wanted, self._trip = self._wanted, [], None
            self._refuse(wanted, DatabaseAway("the reading was stopped"))

    async def _go(self) -> None:
        try:
            while self._wanted:
                wanted, self._wanted = self._wanted[:MOST], self._wanted[MOST:]
                await self._fetch(wanted)
        finally:
            self._trip = None

    async def _fetch(self, wanted: list[tuple[int, asyncio.Future[Any]]]) -> None:
        try:
            found = await self._ask(_filled_up([key for key, _ in wanted]))
        except asyncio.CancelledError:
            self._refuse(wanted, DatabaseAway("the reading was stopped"))
            raise
        except Exception as error:
            if len(wanted) > 1 and not as_away(error):
                # One key that the database refuses must not fail the others.
                for one in wanted:
                    await self._fetch([one])
                return
            self._refuse(wanted, error)
            return
        for key, future in wanted:
            if not future.done():
                future.set_result(found.get(key))

    @staticmethod
    def _refuse(wanted: list[tuple[int, asyncio.Future[Any]]], error: Exception) -> None:
        for _, future in wanted:
            if not future.done():
                future.set_exception(error)


def _filled_up(keys: list[int]) -> list[int]:
    """Repeats the last key up to the next power of two, so that few statements are prepared, not one a number."""
    return keys + keys[-1:] * ((1 << (len(keys) - 1).bit_length()) - len(keys))
