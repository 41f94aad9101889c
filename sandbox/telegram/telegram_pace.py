"""Limits the bot's pace: 1 message a second in a private chat, 20 a minute in a group, 30 a second in all.

In a group, edits and the service messages of pins, new topics, their renaming and closing count towards the 20, too.
About 20 new topics a minute besides.

Source: the limits in Telegram's FAQ for bots (core.telegram.org/bots/faq). Counting is always on, so that a test can
look at it; refusing is not.
"""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Callable

from sandbox.telegram.errors import too_many


class Window:
    """Lets through at most `most` events in `seconds`."""

    def __init__(self, most: int, seconds: float) -> None:
        self.most = most
        self.seconds = seconds
        self.times: deque[float] = deque()

    def wait(self, now: float, count: int = 1) -> float:
        """Gives the seconds until `count` more events fit; 0 where they fit now."""
        while self.times and now - self.times[0] >= self.seconds:
            self.times.popleft()
        over = len(self.times) + count - self.most
        if over <= 0 or not self.times:
            return 0.0
        return self.times[min(over, len(self.times)) - 1] + self.seconds - now

    def add(self, now: float, count: int = 1) -> None:
        """Counts events; only as many are remembered as can matter."""
        self.times.extend([now] * count)
        while len(self.times) > 4 * self.most + 40:
            self.times.popleft()


class Pace:
    """Holds the counters of one bot. The limits may be changed before the first call.

    `enforced` makes it refuse with 429.
    `refused` counts the 429s, `busiest` keeps for each chat the most messages that ever stood in one window.
    """

    def __init__(self, now: Callable[[], float], *, enforced: bool = False) -> None:
        self.now = now
        self.enforced = enforced
        self.private = (1, 1.0)
        self.group = (20, 60.0)
        self.overall = (30, 1.0)
        self.topics = (20, 60.0)
        self.refused = 0
        self.busiest: dict[int, int] = defaultdict(int)
        self._chats: dict[int, Window] = {}
        self._topics: dict[int, Window] = {}
        self._all: Window | None = None

    def message(self, chat: int, count: int = 1) -> None:
        """Counts `count` messages to a chat.

        Raises Refused (429) where they come too fast and the limits are enforced.
        """
        now = self.now()
        window = self._chats.get(chat) or self._chats.setdefault(
            chat, Window(*(self.group if chat < 0 else self.private))
        )
        if self._all is None:
            self._all = Window(*self.overall)
        self._admit(max(window.wait(now, count), self._all.wait(now, count)))
        window.add(now, count)
        self._all.add(now, count)
        self.busiest[chat] = max(self.busiest[chat], len(window.times))

    def group_call(self, chat: int) -> None:
        """Counts what is no message of the bot's but counts in a group's minute: an edit, a service message.

        Raises Refused (429) as above; in a private chat nothing is counted.
        """
        if chat >= 0:
            return
        now = self.now()
        window = self._chats.get(chat) or self._chats.setdefault(chat, Window(*self.group))
        self._admit(window.wait(now))
        window.add(now)
        self.busiest[chat] = max(self.busiest[chat], len(window.times))

    def topic(self, chat: int) -> None:
        """Counts a new topic. Raises Refused (429) as above."""
        now = self.now()
        window = self._topics.get(chat) or self._topics.setdefault(chat, Window(*self.topics))
        self._admit(window.wait(now))
        window.add(now)

    def forget(self) -> None:
        """Starts counting anew."""
        self._chats.clear()
        self._topics.clear()
        self._all = None
        self.refused = 0
        self.busiest.clear()

    def _admit(self, wait: float) -> None:
        if wait > 0 and self.enforced:
            self.refused += 1
            raise too_many(max(1, math.ceil(wait)))
