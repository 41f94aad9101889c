"""Fetches MAX's updates by long polling; the marker is stored, and moves only past what is handled.

Passing a marker tells MAX that everything before it is done, for ever (schema 0.0.33, GET /updates). So the old one is
asked with again while something is in hand: MAX gives the same updates then, with those that came since.
"""

import asyncio
import logging
from collections import OrderedDict, deque
from dataclasses import dataclass
from functools import partial
from typing import Any

from aiogram.types import Update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.channels.max.http_client import BATCH, UPDATE_TYPES, NoAnswer, Refused
from bot.channels.max.max_bot import MaxBot
from bot.channels.max.max_updates import UpdateReader
from bot.channels.max.max_webhook import HEALTH_PART
from bot.channels.polling_tasks import FAILURES_HEALTHY, FETCH_RETRY_S, InTurn, pause, unless_stopped, until_done
from bot.intake import Intake
from bot.pace import Limit
from bot.services import Services
from bot.update_parts import whose
from storage import named_values

log = logging.getLogger(__name__)

LONG_POLL_S = 25
APART_S = 0.5
_AT_MOST = Limit(2, 1.0)  # calls (MAX, limits of GET /updates)
REMEMBERED = 10_000  # updates that were handled
_TIMEOUT_S = LONG_POLL_S + 10.0
_MARKER = "max_marker"  # the named value that keeps it
_MARKER_OF = "max_marker_of"  # the one that keeps whose it is, where that is known


@dataclass(slots=True)
class _Batch:
    """The updates of one answer, and the marker that says that they are done."""

    numbers: set[int]
    marker: int | None


class MaxPoller:
    """Fetches until it is stopped. What one family sent is handled in order, the families side by side."""

    def __init__(self, services: Services, intake: Intake, bot: MaxBot, reader: UpdateReader) -> None:
        self._services = services
        self._intake = intake
        self._bot = bot
        self._client = bot.calls.client
        self._reader = reader
        self._stopping = asyncio.Event()
        self._marker: int | None = None
        self._batch = _Batch(set(), None)
        self._in_hand = InTurn(self._stopping)
        self._handled: OrderedDict[int, None] = OrderedDict()
        self._failures = 0
        self._asked: deque[float] = deque(maxlen=_AT_MOST.most)  # when, by the loop's clock

    async def run(self) -> None:
        """Polls until `stop`; the updates in hand are finished first, and those that are not come again."""
        try:
            await until_done("MAX's marker", self._load_marker, self._stopping)
            while not self._stopping.is_set():
                fetched = await self._fetch()
                if fetched is not None:
                    await self._take(fetched)
                await self._settle()
            await self._in_hand.wait()
            await self._settle()
        finally:
            self._in_hand.cancel()

    def stop(self) -> None:
        """Ends the fetching; `run` returns when the updates in hand are done."""
        self._stopping.set()

    # --- fetching --------------------------------------------------------------------------------------------------

    async def _load_marker(self) -> None:
        """Reads the marker; that of another bot, whose token was set before, says nothing of this one's updates."""

        async def work(connection: AsyncConnection) -> str | None:
            owner = await named_values.get(connection, _MARKER_OF)
            is_anothers = owner is not None and self._bot.id and owner != str(self._bot.id)
            return None if is_anothers else await named_values.get(connection, _MARKER)

        stored = await self._services.database.read(work)
        self._marker = int(stored) if stored else None

    async def _fetch(self) -> dict[str, Any] | None:
        loop = asyncio.get_running_loop()
        await pause(_AT_MOST.wait(list(self._asked), loop.time()), self._stopping)
        if self._stopping.is_set():
            return None
        self._asked.append(loop.time())
        # After a trouble the answer is not waited for: else nobody knew for LONG_POLL_S that MAX is back.
        wait = 0 if self._failures else LONG_POLL_S
        query: dict[str, str | int] = {"limit": BATCH, "timeout": wait, "types": ",".join(UPDATE_TYPES)}
        if self._marker is not None:
            query["marker"] = self._marker
        try:
            call = self._client.call("GET", "updates", query, timeout=_TIMEOUT_S)
            fetched = await unless_stopped(call, self._stopping)
        except (Refused, NoAnswer) as error:
            await self._wait_out(error)
            return None
        if fetched is None:
            return None
        self._failures = 0
        self._services.health.note(HEALTH_PART, "")
        return fetched

    async def _wait_out(self, error: Refused | NoAnswer) -> None:
        delay = FETCH_RETRY_S[min(self._failures, len(FETCH_RETRY_S) - 1)]
        self._failures += 1
        if isinstance(error, Refused) and error.refusal.status in (401, 405):
            reason = texts.HEALTH_MAX_TOKEN if error.refusal.status == 401 else texts.HEALTH_MAX_SUBSCRIBED
            self._services.health.note(HEALTH_PART, reason)
        elif self._failures > FAILURES_HEALTHY:
            self._services.health.note(HEALTH_PART, texts.HEALTH_MAX_NO_UPDATES.format(error=error))
        log.warning("MAX gives no updates (%s): again in %s s", error, delay)
        await pause(delay, self._stopping)

    # --- handling --------------------------------------------------------------------------------------------------

    async def _take(self, fetched: dict[str, Any]) -> None:
        """Begins the updates that are neither in hand nor handled, each by itself: one given up takes none with it."""
        came, marker = fetched.get("updates"), fetched.get("marker")
        numbers: set[int] = set()
        for raw in came if isinstance(came, list) else []:
            if not await until_done("an update of MAX", partial(self._begin, raw, numbers), self._stopping):
                return  # it comes again at the next start
        self._batch = _Batch(numbers, marker if type(marker) is int else None)

    async def _begin(self, raw: Any, numbers: set[int]) -> None:
        for update in await self._reader.read(raw):
            numbers.add(update.update_id)
            if update.update_id not in self._in_hand and update.update_id not in self._handled:
                self._in_hand.begin(update.update_id, partial(self._handle, update), whose(update))

    async def _handle(self, update: Update) -> None:
        if await until_done(f"update {update.update_id}", lambda: self._intake.handle(update), self._stopping):
            self._handled[update.update_id] = None
            if len(self._handled) > REMEMBERED:
                self._handled.popitem(last=False)

    async def _settle(self) -> None:
        """Moves the marker once the whole of the last answer is handled; waits a moment for what is in hand."""
        if not self._stopping.is_set():
            # Before there is any marker, asking again would have MAX pass over what came meanwhile.
            await self._in_hand.wait(APART_S if self._marker is not None else None)
        batch = self._batch
        if batch.marker in (None, self._marker) or not all(number in self._handled for number in batch.numbers):
            return
        marker = batch.marker
        if await until_done("MAX's marker", partial(self._store_marker, str(marker)), self._stopping):
            self._marker = marker

    async def _store_marker(self, marker: str) -> None:
        async def work(connection: AsyncConnection) -> None:
            await named_values.put(connection, _MARKER, marker)
            if self._bot.id:
                await named_values.put(connection, _MARKER_OF, str(self._bot.id))

        await self._services.database.write(work)
