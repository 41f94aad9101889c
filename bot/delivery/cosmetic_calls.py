"""Makes cosmetic calls at once, past the outbox: a `retry_after` is obeyed, and a failure is only logged."""

import asyncio
import logging
from typing import Any

from aiogram.exceptions import TelegramAPIError, TelegramRetryAfter
from aiogram.methods import TelegramMethod

from bot.services import Services

log = logging.getLogger(__name__)

LATER_S = 100.0  # Telegram forgets a press after 150 s: answered later than this, nobody sees it
_later: set[asyncio.Task[None]] = set()


async def call(services: Services, method: TelegramMethod[Any], timeout: float, *, later: bool = True) -> None:
    """Makes a cosmetic call; after a 429 calls of its kind wait, and with `later` this one is made after the wait."""
    name = method.__api_method__
    left = services.pace.waits.left(name, services.clock())
    if left <= 0:
        try:
            await services.bot(method, request_timeout=int(timeout))
        except TelegramRetryAfter as error:
            now = services.clock()
            services.pace.waits.note(name, now + error.retry_after, now)
            left = float(error.retry_after)
            log.info("%s waits %s s as Telegram asked", name, error.retry_after)
        except TelegramAPIError as error:
            log.info("%s was refused, and gone on: %s", name, error.message)
    if later and 0 < left <= LATER_S:
        task = asyncio.create_task(_make_later(services, method, left, timeout))
        _later.add(task)
        task.add_done_callback(_later.discard)


async def _make_later(services: Services, method: TelegramMethod[Any], delay: float, timeout: float) -> None:
    """Makes a call after so many seconds, and again after those that each further 429 asks for, until it is no use."""
    waited = 0.0
    while (waited := waited + delay) <= LATER_S:
        await asyncio.sleep(delay)
        try:
            await services.bot(method, request_timeout=int(timeout))
            return
        except TelegramRetryAfter as error:
            delay = max(1.0, float(error.retry_after))
        except TelegramAPIError as error:
            log.info("%s was refused later, too: %s", method.__api_method__, error.message)
            return
    log.info("%s is not made any more: %s s is too late", method.__api_method__, waited)
