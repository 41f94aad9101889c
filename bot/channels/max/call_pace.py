"""Keeps the calls to MAX apart: 30 a second in all, and 2 a second that change anything in one chat."""

import asyncio
from collections import deque

from bot.channels.abilities import MAX
from bot.pace import Limit

_MARGIN_S = 0.1  # calls arrive at other distances than those at which they leave
_KEPT_CHATS = 5_000


class CallPace:
    """Makes a call wait until it meets neither limit. Times are by the loop's clock, which nobody sets."""

    def __init__(self, in_all: Limit = MAX.in_all, in_chat: Limit = MAX.in_chat) -> None:
        self._in_all, self._in_chat = in_all, in_chat
        self._all: deque[float] = deque(maxlen=in_all.most)
        self._chats: dict[int, deque[float]] = {}

    async def wait(self, chat_id: int | None = None) -> None:
        """Waits for the turn of a call; of one that changes something in a chat, `chat_id` names the chat."""
        at = self._next(self._all, self._in_all)
        counted = None
        if chat_id is not None:
            counted = self._chats.pop(chat_id, None) or deque(maxlen=self._in_chat.most)
            self._chats[chat_id] = counted
            if len(self._chats) > _KEPT_CHATS:
                del self._chats[next(iter(self._chats))]
            at = max(at, self._next(counted, self._in_chat))
        # The turn is taken before the wait, so that the next call queues up behind it.
        self._all.append(at)
        if counted is not None:
            counted.append(at)
        delay = at - asyncio.get_running_loop().time()
        if delay > 0:
            await asyncio.sleep(delay)

    def _next(self, turns: deque[float], limit: Limit) -> float:
        now = asyncio.get_running_loop().time()
        if len(turns) < limit.most:
            return now
        return max(now, turns[0] + limit.window + _MARGIN_S)
