"""Remembers which keys were seen lately, so that a thing is not counted twice in a row."""

from collections.abc import Hashable


class RecentKeys:
    """Holds the newest keys that were seen, at most `most` of them."""

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
