"""Keeps the calls to MAX apart: 30 a second in all, and 2 a second that change anything in one chat."""

import asyncio
from collections import deque

from bot.channels.abilities import MAX
from bot.pace import Limit

_MARGIN_S = 0.1  # calls arrive at other distances than those at which they leave
_KEPT_CHATS = 5_000


class _Chat:
    """Holds when the newest changes of a chat were made, and lets its calls wait one behind the other."""

    def __init__(self, most: int) -> None:
        self.turns: deque[float] = deque(maxlen=most)
        self.first_waits = asyncio.Lock()


class CallPace:
    """Makes a call wait until it meets neither limit. Times are by the loop's clock, which nobody sets."""

    def __init__(self, in_all: Limit = MAX.in_all, in_chat: Limit = MAX.in_chat) -> None:
        self._in_all, self._in_chat = in_all, in_chat
        self._all: deque[float] = deque(maxlen=in_all.most)
        self._chats: dict[int, _Chat] = {}

    async def wait(self, chat_id: int | None = None) -> None:
        """Waits for the turn of a call; of one that changes something in a chat, `chat_id` names the chat."""
        if chat_id is None:
            await self._wait_in_all(0.0)
            return
        chat = self._chats.pop(chat_id, None) or _Chat(self._in_chat.most)
        self._chats[chat_id] = chat
        if len(self._chats) > _KEPT_CHATS:
            del self._chats[next(iter(self._chats))]
        async with chat.first_waits:
            # A turn among all calls is taken only once the chat's own has come: else many calls of one chat would take
            # the turns of the seconds to come, and every other chat would wait for them.
            at = self._next(chat.turns, self._in_chat)
            await _sleep_until(at)
            chat.turns.append(await self._wait_in_all(at))

    async def _wait_in_all(self, earliest: float) -> float:
        at = max(earliest, self._next(self._all, self._in_all))
        # The turn is taken before the wait, so that the next call queues up behind it.
        self._all.append(at)
        if at > earliest:
            await _sleep_until(at)
        return at

    def _next(self, turns: deque[float], limit: Limit) -> float:
        now = asyncio.get_running_loop().time()
        if len(turns) < limit.most:
            return now
        return max(now, turns[0] + limit.window + _MARGIN_S)


async def _sleep_until(at: float) -> None:
    delay = at - asyncio.get_running_loop().time()
    if delay > 0:
        await asyncio.sleep(delay)
