"""Fetches updates by polling while others are being handled; the offset moves only past those that are handled.

The framework's own loop moves the offset before handling, so a crash would lose updates (aiogram#1397).
"""

import asyncio
import logging
from collections import OrderedDict
from typing import Any

from aiogram.exceptions import (
    TelegramAPIError,
    TelegramConflictError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiohttp import ClientError

from bot import texts_ru as texts
from bot.channels.incoming_json import Unreadable, as_update
from bot.channels.polling_tasks import (
    FAILURES_HEALTHY,
    FETCH_RETRY_S,
    LONG_WAIT_S,
    InTurn,
    Work,
    pause,
    unless_stopped,
    until_done,
)
from bot.channels.telegram.get_updates import LONG_POLL_S, Fetched, Fetcher
from bot.intake import Intake
from bot.services import Services
from bot.update_parts import whose

log = logging.getLogger(__name__)

SILENT_HEALTHY_S = LONG_POLL_S + 6.0  # an empty answer comes after LONG_POLL_S
REMEMBERED = 10_000  # updates that were handled
REMEMBERED_S = 3 * 86400.0  # Telegram keeps an update for a day, and numbers anew after a week without any
# While something is in hand, Telegram answers at once, with that: the next call waits for so long at the most.
_AFTER_NEW_S, _AFTER_NOTHING_S, _WHILE_STUCK_S = 0.1, 0.25, 1.0
_STUCK_S = 5.0


class Poller:
    """Fetches updates until it is stopped. What one family sent is handled in order, the families side by side.

    Telegram gives 100 updates from the offset on, so at most 100 are in hand, and what hangs holds up only those that
    come after the next hundred. The numbers of updates may fall: the offset is taken from the last answer alone.
    """

    def __init__(self, services: Services, intake: Intake) -> None:
        self._services = services
        self._intake = intake
        self._fetcher = Fetcher(services.telegram)
        self._stopping = asyncio.Event()
        self._offset: int | None = None
        self._listed: list[int] = []  # the numbers in the last answer that held any
        self._in_hand = InTurn(self._stopping)
        self._handled: OrderedDict[int, float] = OrderedDict()  # number → when, in seconds since the epoch
        self._failures, self._why = 0, ""
        self._asked_at: float | None = None
        services.health.ask(self._trouble)

    async def run(self) -> None:
        """Polls until `stop`; the updates in hand are finished and acknowledged first, the rest comes again."""
        try:
            while not self._stopping.is_set():
                fetched = await self._fetch()
                if fetched is not None:
                    await self._wait_for_next(fetched, self._take(fetched))
            await self._in_hand.wait()
            await self._acknowledge()
        finally:
            self._in_hand.cancel()

    def stop(self) -> None:
        """Ends the fetching; `run` returns when the updates in hand are done."""
        self._stopping.set()

    # --- fetching --------------------------------------------------------------------------------------------------

    async def _ask(self) -> Fetched:
        self._asked_at = asyncio.get_running_loop().time()
        try:
            # After a trouble the answer is not waited for: else nobody knew for LONG_POLL_S that Telegram is back.
            return await self._fetcher.fetch(self._offset, 0 if self._failures else LONG_POLL_S)
        finally:
            self._asked_at = None

    async def _fetch(self) -> Fetched | None:
        self._move_offset()
        try:
            fetched = await unless_stopped(self._ask(), self._stopping)
        except (TelegramAPIError, ClientError, OSError, TimeoutError) as error:
            await self._wait_out(error)
            return None
        if fetched is None:
            return None
        self._failures, self._why, self._services.health.updates_away = 0, "", ""
        return fetched

    async def _wait_out(self, error: Exception) -> None:
        delay = FETCH_RETRY_S[min(self._failures, len(FETCH_RETRY_S) - 1)]
        self._failures += 1
        if isinstance(error, TelegramRetryAfter):
            delay = error.retry_after
            if delay > LONG_WAIT_S:
                self._failures = max(self._failures, FAILURES_HEALTHY + 1)
        self._why = error.message if isinstance(error, TelegramAPIError) else type(error).__name__
        self._services.health.updates_away = _why_away(error)
        if self._services.health.updates_away:
            log.error("Telegram refuses getUpdates (%s): again in %s s", error, delay)
        else:
            log.warning("Telegram does not answer getUpdates (%s): again in %s s", self._why, delay)
        await pause(delay, self._stopping)

    def _move_offset(self) -> None:
        """Gives the first number of the last answer that is not handled; the one past its end where all are."""
        if not self._listed:
            return
        left = [number for number in self._listed if not self._is_handled(number)]
        offset = min(left, default=self._listed[-1] + 1)
        if self._offset is not None and offset < self._offset:
            log.warning("the numbers of updates fell from %s to %s", self._offset, offset)
        self._offset = offset

    async def _wait_for_next(self, fetched: Fetched, new: int) -> None:
        """Waits until another call may bring an update that is not in hand yet."""
        if not self._in_hand or self._stopping.is_set():
            return
        if fetched.full and not new and self._in_hand.oldest:
            # The answer had no room for anything newer: it gets some when the first in it is done.
            await asyncio.wait({self._in_hand.oldest}, timeout=_WHILE_STUCK_S)
            return
        longest = _AFTER_NEW_S if new else _AFTER_NOTHING_S
        if self._intake.longest_in_hand() > _STUCK_S:
            longest = _WHILE_STUCK_S
        await self._in_hand.wait(longest)

    # --- handling --------------------------------------------------------------------------------------------------

    def _take(self, fetched: Fetched) -> int:
        """Begins the updates that are neither in hand nor handled, and gives their number."""
        new, numbers = 0, []
        for raw in fetched.updates:
            number = raw.get("update_id") if isinstance(raw, dict) else None
            if type(number) is not int:
                log.error("an update without a number is passed over")
                continue
            numbers.append(number)
            if number not in self._in_hand and not self._is_handled(number):
                self._begin(number, raw)
                new += 1
        if fetched.cut is not None:
            new += self._take_cut(fetched.cut, numbers)
        self._listed = numbers or self._listed
        return new

    def _take_cut(self, raw: Any, numbers: list[int]) -> int:
        number = raw.get("update_id") if isinstance(raw, dict) else None
        if type(number) is not int or number in self._in_hand or self._is_handled(number):
            return 0
        numbers.append(number)
        self._handle(number, lambda: self._intake.set_aside.cut(number, raw))
        return 1

    def _begin(self, number: int, raw: Any) -> None:
        try:
            update = as_update(raw, self._services.telegram)
        except Exception as error:
            # Whatever it is: an update that ends the fetching would come again at the next start, and end that, too.
            if not isinstance(error, Unreadable):
                log.exception("update %s cannot be read", number)
            query_id = error.query_id if isinstance(error, Unreadable) else None
            self._handle(number, lambda: self._intake.set_aside.unreadable(number, query_id))
            return
        self._handle(number, lambda: self._intake.handle(update), whose(update))

    def _handle(self, number: int, work: Work, family: int | None = None) -> None:
        self._in_hand.begin(number, lambda: self._until_handled(number, work), family)

    async def _until_handled(self, number: int, work: Work) -> None:
        if await until_done(f"update {number}", work, self._stopping):
            self._note_handled(number)

    def _note_handled(self, number: int) -> None:
        self._handled[number] = self._services.clock()
        self._handled.move_to_end(number)
        if len(self._handled) > REMEMBERED:
            self._handled.popitem(last=False)

    def _is_handled(self, number: int) -> bool:
        at = self._handled.get(number)
        return at is not None and self._services.clock() - at < REMEMBERED_S

    # --- the rest --------------------------------------------------------------------------------------------------

    def _trouble(self) -> str:
        """Says in Russian why no updates come; empty where they come."""
        if self._failures > FAILURES_HEALTHY and not self._services.health.updates_away:
            return texts.HEALTH_NO_UPDATES.format(error=self._why)
        silent = asyncio.get_running_loop().time() - self._asked_at if self._asked_at else 0.0
        return texts.HEALTH_NO_UPDATES_SILENT.format(seconds=silent) if silent > SILENT_HEALTHY_S else ""

    async def _acknowledge(self) -> None:
        """Confirms to Telegram what was handled. Usually the next call does so, and after this one there is none."""
        self._move_offset()
        if self._offset is None:
            return
        try:
            await self._fetcher.confirm(self._offset)
        except (ClientError, OSError, TimeoutError) as error:
            log.warning("the last batch could not be acknowledged: %s", type(error).__name__)


def _why_away(error: Exception) -> str:
    """Says in Russian why Telegram gives this bot no updates; empty where the error is a failure of the network."""
    if isinstance(error, TelegramConflictError):
        return texts.HEALTH_UPDATES_TAKEN.format(error=error.message)
    refused = isinstance(error, (TelegramUnauthorizedError, TelegramNotFound))
    return texts.HEALTH_TOKEN_REFUSED if refused else ""
