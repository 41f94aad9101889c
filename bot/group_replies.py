"""Limits how often the bot answers in groups that are no desk, where anybody may call it."""

from collections.abc import Hashable


class GroupReplies:
    """Remembers what was said in the last `window` (seconds), no more than `in_all`; each process counts for itself."""

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
