"""Updates by polling: fetch, handle the batch (one family's in order), and only then move the offset.

The framework's own loop moves the offset before handling, so a crash would lose updates (aiogram#1397).
"""

import asyncio
import logging
from collections import defaultdict

from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramConflictError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.types import Update

from bot import texts_ru as texts
from bot.incoming import Unreadable, as_update
from bot.intake import ALLOWED_UPDATES, Intake, whose
from bot.services import Services
from storage.database import DatabaseAway

log = logging.getLogger(__name__)

LONG_POLL_S = 25
BATCH = 100
_RETRY_S = (0.5, 1.0, 2.0, 5.0, 10.0)
_DATABASE_RETRY_S = 1.0
_NOTHING: tuple[list[Update], None] = ([], None)


class Poller:
    """Fetches updates until it is stopped."""

    def __init__(self, services: Services, intake: Intake) -> None:
        self._services = services
        self._intake = intake
        self._stopping = asyncio.Event()
        self._offset: int | None = None
        self._failures = 0

    async def run(self) -> None:
        """Polls until `stop`; the updates in hand are finished and acknowledged first, the rest comes again."""
        while not self._stopping.is_set():
            updates, last = await self._fetch()
            if last is not None:
                left = await self._handle_all(updates)
                self._offset = max(self._offset or 0, last + 1 if left is None else left)
        await self._acknowledge()

    def stop(self) -> None:
        """Ends the fetching; `run` returns when the updates in hand are done."""
        self._stopping.set()

    async def _fetch(self) -> tuple[list[Update], int | None]:
        """The updates that can be read, and the number of the last one of all; None where there is none."""
        call = asyncio.ensure_future(
            self._services.bot.get_updates(
                offset=self._offset,
                limit=BATCH,
                timeout=LONG_POLL_S,
                allowed_updates=ALLOWED_UPDATES,
                request_timeout=LONG_POLL_S + 10,
            )
        )
        stopped = asyncio.ensure_future(self._stopping.wait())
        await asyncio.wait({call, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not call.done():
            call.cancel()
            await asyncio.gather(call, return_exceptions=True)
            return _NOTHING
        try:
            updates = call.result()
        except TelegramRetryAfter as error:
            await self._pause(error.retry_after)
            return _NOTHING
        except ClientDecodeError as error:
            return await self._what_is_readable(error)
        except (TelegramAPIError, OSError, TimeoutError) as error:
            await self._wait_out(error)
            return _NOTHING
        self._failures, self._services.updates_away = 0, ""
        return updates, updates[-1].update_id if updates else None

    async def _wait_out(self, error: Exception) -> None:
        delay = _RETRY_S[min(self._failures, len(_RETRY_S) - 1)]
        self._failures += 1
        self._services.updates_away = _why_away(error)
        if self._services.updates_away:
            log.error("Telegram refuses getUpdates (%s): again in %s s", error, delay)
        else:
            log.warning("Telegram does not answer getUpdates (%s): again in %s s", type(error).__name__, delay)
        await self._pause(delay)

    async def _what_is_readable(self, error: ClientDecodeError) -> tuple[list[Update], int | None]:
        try:
            return await self._readable(error)
        except DatabaseAway as away:
            log.warning("an update that does not parse waits for the database: %s", away)
            await self._pause(_DATABASE_RETRY_S)
            return _NOTHING

    async def _readable(self, error: ClientDecodeError) -> tuple[list[Update], int | None]:
        """The updates of an answer that does not parse as a whole; those that cannot be read are set aside."""
        updates, last = [], None
        raw = error.data.get("result") if isinstance(error.data, dict) else None
        for one in raw if isinstance(raw, list) else []:
            try:
                update = as_update(one, self._services.bot)
            except Unreadable as unreadable:
                if unreadable.update_id is not None:
                    await self._intake.set_aside_unreadable(unreadable.update_id, unreadable.query_id)
                    last = unreadable.update_id
            else:
                updates.append(update)
                last = update.update_id
        if last is None:
            log.error("an answer of getUpdates does not parse")
            await self._pause(_RETRY_S[-1])
        return updates, last

    async def _handle_all(self, updates: list[Update]) -> int | None:
        """Handles a batch; the number of the first that was left where the bot is stopping, None where none was."""
        families: dict[int, list[Update]] = defaultdict(list)
        for update in updates:
            families[whose(update)].append(update)
        left = await asyncio.gather(*(self._handle_in_order(queue) for queue in families.values()))
        return min((number for number in left if number is not None), default=None)

    async def _handle_in_order(self, queue: list[Update]) -> int | None:
        for update in queue:
            while True:
                if self._stopping.is_set():
                    return update.update_id
                try:
                    await self._intake.handle(update)
                    break
                except DatabaseAway as error:
                    log.warning("update %s waits for the database: %s", update.update_id, error)
                    await self._pause(_DATABASE_RETRY_S)
        return None

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return

    async def _acknowledge(self) -> None:
        """Tells Telegram what was handled: the offset is confirmed by the next call, and there is none after this."""
        if self._offset is None:
            return
        try:
            await self._services.bot.get_updates(offset=self._offset, limit=1, timeout=0, request_timeout=5)
        except (TelegramAPIError, OSError, TimeoutError) as error:
            log.warning("the last batch could not be acknowledged: %s", type(error).__name__)


def _why_away(error: Exception) -> str:
    """Why Telegram gives this bot no updates, where it said so; a failure on the way tells nothing of the kind."""
    if isinstance(error, TelegramConflictError):
        return texts.HEALTH_UPDATES_TAKEN.format(error=error.message)
    refused = isinstance(error, (TelegramUnauthorizedError, TelegramNotFound))
    return texts.HEALTH_TOKEN_REFUSED if refused else ""
