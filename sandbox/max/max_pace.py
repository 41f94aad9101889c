"""Limits the bot's pace at MAX: 30 calls a second in all, 2 changes a second in one chat.

Changes are messages, edits, deletions and answers to presses. Source: dev.max.ru, pages of uploads and messages.
"""

from __future__ import annotations

from collections.abc import Callable

from sandbox.max.max_errors import too_many_calls
from sandbox.telegram.telegram_pace import Pace, Window


class MaxPace(Pace):
    """Holds the counters of one bot. `enforced` makes it refuse with 429; `busiest` and `refused` as in Telegram."""

    def __init__(self, now: Callable[[], float], *, enforced: bool = False) -> None:
        super().__init__(now, enforced=enforced)
        self.private = self.group = (2, 1.0)
        self.most_in_all = 0

    def call(self) -> None:
        """Counts a call of any kind. Raises Refused (429) where there are too many and the limits are enforced."""
        now = self.now()
        if self._all is None:
            self._all = Window(*self.overall)
        self._admit(self._all.wait(now))
        self._all.add(now)
        self.most_in_all = max(self.most_in_all, len(self._all.times))

    def change(self, chat: int) -> None:
        """Counts what changes something in a chat. Raises Refused (429) as above."""
        now = self.now()
        window = self._chats.get(chat) or self._chats.setdefault(chat, Window(*self.private))
        self._admit(window.wait(now))
        window.add(now)
        self.busiest[chat] = max(self.busiest[chat], len(window.times))

    def _admit(self, wait: float) -> None:
        if wait > 0 and self.enforced:
            self.refused += 1
            raise too_many_calls()
