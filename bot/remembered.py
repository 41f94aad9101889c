"""What was met lately, so that the same thing is not counted twice."""

from collections.abc import Hashable


class Remembered:
    """The newest keys that were seen, at most `most` of them: enough not to count the same thing twice in a row."""

    def __init__(self, most: int = 20_000) -> None:
        self._seen: dict[Hashable, None] = {}
        self._most = most

    def __contains__(self, key: Hashable) -> bool:
        """Whether this key was seen lately."""
        return key in self._seen

    def is_new(self, key: Hashable) -> bool:
        """Whether this key was not seen lately; it is from now on."""
        if key in self._seen:
            return False
        self._seen[key] = None
        if len(self._seen) > self._most:
            del self._seen[next(iter(self._seen))]
        return True
