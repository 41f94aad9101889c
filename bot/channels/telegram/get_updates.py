"""Calls getUpdates for as many updates as the network lets through; of a stalled answer the complete updates are kept.

Bot API, getUpdates: at most 100 updates a call; a larger `offset` confirms those before it.
"""

import asyncio
import logging
import re
from dataclasses import dataclass
from typing import Any

import orjson
from aiogram import Bot
from aiogram.exceptions import TelegramServerError
from aiogram.methods import GetUpdates
from pydantic_core import from_json

from bot.channels.incoming_json import loads
from bot.channels.telegram.connections import PATIENCE_S
from bot.channels.telegram.session import JSON_BODY, Session
from bot.update_parts import ALLOWED_UPDATES

log = logging.getLogger(__name__)

BATCH = 100
LONG_POLL_S = 25
TIMEOUT_S = LONG_POLL_S + 10.0
CONFIRM_TIMEOUT_S = 5.0
GROW_AFTER_S = 60.0  # without a stalled answer; twice as long after each stall, at most GROW_AT_MOST_S
GROW_AT_MOST_S = 960.0
_FEWER = 10
_LONGEST_PATIENCE_S = 24.0
_CUT_TRIES = 3
_NUMBER = re.compile(rb'"update_id"\s{0,9}+:\s{0,9}+(\d{1,18})(?!\d)')


@dataclass(frozen=True, slots=True)
class Fetched:
    """Holds the updates of one call as JSON values, in Telegram's order.

    `cut` is the beginning of the first update where even that one never comes whole.
    """

    updates: list[Any]
    full: bool = False  # whether there may be more of them
    cut: Any = None


class Fetcher:
    """Asks for fewer updates a call where answers stall, and step by step for more where they do not."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self.limit = BATCH
        self._patience = PATIENCE_S
        self._grow_after, self._stalled_at = GROW_AFTER_S / 2, 0.0
        self._cut_tries = 0

    async def fetch(self, offset: int | None, wait_s: int = LONG_POLL_S) -> Fetched:
        """Fetches the updates from `offset` on. Raises TimeoutError, ClientError or TelegramAPIError.

        Where there is none yet, Telegram waits `wait_s` seconds for one. TimeoutError is raised, too, where an answer
        stalled before the first update was whole.
        """
        session = self._bot.session
        assert isinstance(session, Session)
        call = GetUpdates(offset=offset, limit=self.limit, timeout=wait_s, allowed_updates=ALLOWED_UPDATES)
        status, body, whole = await session.call(
            self._bot, "getUpdates", TIMEOUT_S, patience=self._patience, waits=wait_s,
            data=orjson.dumps(call.model_dump(exclude_none=True)), headers=JSON_BODY,
        )  # fmt: skip
        accepted = session.is_accepted(status, body)
        if accepted and not whole:
            return self._of_stalled(body)
        updates = _result(body) if accepted else None
        if not isinstance(updates, list):
            cut = self._of_unreadable(body) if accepted else None
            if cut is not None:
                return cut
            session.check_response(self._bot, call, status, body.decode(errors="replace"))
            raise TelegramServerError(method=call, message="an answer of getUpdates that does not parse")
        full = len(updates) >= self.limit
        self._went_well(full)
        return Fetched(updates, full)

    async def confirm(self, offset: int) -> None:
        """Confirms the updates before `offset`, and ignores those from it on. Raises as `fetch` does."""
        session = self._bot.session
        assert isinstance(session, Session)
        body = orjson.dumps({"offset": offset, "limit": 1, "timeout": 0})
        await session.call(self._bot, "getUpdates", CONFIRM_TIMEOUT_S, data=body, headers=JSON_BODY)

    def _went_well(self, full: bool) -> None:
        self._patience, self._cut_tries = PATIENCE_S, 0
        now = asyncio.get_running_loop().time()
        if full and self.limit < BATCH and now - self._stalled_at > self._grow_after:
            self.limit = min(BATCH, self.limit * _FEWER)

    def _of_unreadable(self, body: bytes) -> Fetched | None:
        """Gives the number of the one update in an answer that no parser takes, once fewer updates cannot be asked for.

        One such update would keep those beside it from ever being read.
        """
        asked, self.limit = self.limit, max(1, self.limit // _FEWER)
        self._stalled_at = asyncio.get_running_loop().time()
        number = _NUMBER.search(body)
        log.error("an answer to getUpdates with limit %s cannot be read", asked)
        if asked > 1 or number is None:
            return None
        return Fetched([], full=True, cut={"update_id": int(number[1])})

    def _of_stalled(self, body: bytes) -> Fetched:
        self._stalled_at = asyncio.get_running_loop().time()
        self._grow_after = min(self._grow_after * 2, GROW_AT_MOST_S)
        self._patience = min(self._patience * 2, _LONGEST_PATIENCE_S)
        came, asked = _updates_in(body), self.limit
        self.limit = max(1, min(asked // _FEWER, (len(came) - 1) * 2 // 3))
        log.warning("getUpdates stalled with limit %s: again with %s", asked, self.limit)
        if len(came) > 1:
            # The last of them is where the answer broke off.
            self._patience, self._cut_tries = PATIENCE_S, 0
            return Fetched(came[:-1], full=True)
        self._cut_tries += asked == 1
        if came and self._cut_tries >= _CUT_TRIES:
            self._cut_tries = 0
            return Fetched([], full=True, cut=came[0])
        raise TimeoutError


def _result(body: bytes) -> Any:
    try:
        return loads(body).get("result")
    except ValueError:
        return None


def _updates_in(body: bytes) -> list[Any]:
    """Reads the updates in the beginning of an answer; the last one may be a part."""
    try:
        came = from_json(body, allow_partial=True).get("result")
    except ValueError:
        return []
    return came if isinstance(came, list) else []
