"""Remembers for a while what the bot said in foreign groups, and which keys it has seen."""

from collections.abc import Hashable


class Replies:
    """Limits how often the bot speaks in groups other than the support chat, where anybody may call it.

    Every process counts for itself, and keeps no more than what it said in the last window (seconds).
    """

    def __init__(self, in_all: int = 10, window: float = 60.0) -> None:
        self._in_all, self._window = in_all, window
        self._said: dict[Hashable, float] = {}

    def may_say(self, what: Hashable, now: float) -> bool:
        """Tells whether something may be said to a group now; if so, it may not be said again within the window."""
        # By the distance, so that a clock that was put back silences nobody for long.
        self._said = {chat: at for chat, at in self._said.items() if abs(now - at) < self._window}
        if what in self._said or len(self._said) >= self._in_all:
            return False
        self._said[what] = now
        return True


class Remembered:
    """Remembers the newest keys that were seen, at most `most` of them: enough not to count a thing twice in a row."""

    def __init__(self, most: int = 20_000) -> None:
        self._seen: dict[Hashable, None] = {}
        self._most = most

    def is_new(self, key: Hashable) -> bool:
        """Tells whether this key was not seen lately, and remembers it."""
        if key in self._seen:
            return False
        self._seen[key] = None
        if len(self._seen) > self._most:
            del self._seen[next(iter(self._seen))]
        return True
