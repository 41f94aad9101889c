"""Maps MAX's message names to the numbers by which the rest of the bot knows messages; the database keeps the map."""

from collections.abc import Callable

from storage import max_messages
from storage.database import Database

_REMEMBERED = 5_000


class MessageNumbers:
    """Turns a `mid` into numbers and back. Raises DatabaseAway. `clock` gives seconds since the epoch."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock
        self._numbers: dict[tuple[str, int], list[int]] = {}

    async def of(self, mid: str, chat_id: int, parts: int = 1) -> list[int]:
        """Gives the numbers of a message and its parts; those that have none get one, which outlives a restart."""
        known = self._numbers.get((mid, parts))
        if known is None:
            at = self._clock()
            known = await self._database.write(
                lambda c: max_messages.numbers_of(c, mid, parts, chat_id, at), repeatable=True
            )
            self._numbers[mid, parts] = known
            if len(self._numbers) > _REMEMBERED:
                del self._numbers[next(iter(self._numbers))]
        return known

    async def known(self, mid: str) -> list[int]:
        """Gives the numbers of a message that was met before; none of any other."""
        return await self._database.read(lambda c: max_messages.known_numbers(c, mid))

    async def place_of(self, number: int) -> tuple[str, int] | None:
        """Gives the `mid` with a number, and which part of the message it is."""
        return await self._database.read(lambda c: max_messages.place_of(c, number))
