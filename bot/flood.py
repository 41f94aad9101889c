"""Detects accounts that write or press too much, by counting alone, before any work is done for them."""

from collections import deque
from enum import Enum

from storage.clocks import CLOCKS_APART_S

MESSAGES_MOST, MESSAGES_WINDOW_S = 60, 10.0
FORWARDED_MOST = 250  # in the same time, into a ticket: Telegram's apps forward a hundred messages at a time
PRESSES_MOST, PRESSES_WINDOW_S = 20, 1.0
SILENCE_S = 60.0
SILENT_AT_ONCE = 1_000  # past so many accounts, those whose time is over are forgotten


class FloodVerdict(Enum):
    """Says how a message is treated."""

    LET_IN = "let in"
    TELL = "tell"
    SILENT = "silent"


class _Recent:
    """Keeps the last moments of each account, and forgets an account that was quiet for a window.

    An update that comes again is found among those that are counted.
    """

    def __init__(self, most: int, window: float) -> None:
        self._most, self._window = most, window
        self._current: dict[int, deque[tuple[int, float]]] = {}
        self._previous: dict[int, deque[tuple[int, float]]] = {}
        self._turned_at = 0.0

    def too_many(self, account: int, update_id: int, at: float, now: float) -> bool:
        """Counts an update once, at a moment; True where there are more than `most` within the window."""
        passed = abs(now - self._turned_at)  # by the distance: a clock may be put back
        if passed > self._window:
            self._previous = self._current if passed <= 2 * self._window else {}
            self._current, self._turned_at = {}, now
        entry = self._current.get(account) or self._previous.pop(account, None)
        counted = entry or deque(maxlen=self._most + 1)
        if all(update_id != known for known, _ in counted):
            counted.append((update_id, at))
        self._current[account] = counted
        return len(counted) > self._most and abs(counted[-1][1] - counted[0][1]) <= self._window


def lasts(silent_until: float, written_at: float) -> bool:
    """Tells whether a message was written in a silence. One that is longer than any belongs to a clock put back."""
    return 0 < silent_until - written_at <= SILENCE_S + CLOCKS_APART_S


class Floods:
    """Counts each account's messages and presses. Every process counts for itself.

    Messages are counted, and left unanswered, by the time at which they were written: what piled up in an outage is no
    flood, the rest of a flood that is handled late brings no second notice, and what came after it is answered however
    soon after it that is handled. Each update counts once, so that one that comes again and again while the database
    is away is no flood either.
    """

    def __init__(self) -> None:
        self._messages = _Recent(MESSAGES_MOST, MESSAGES_WINDOW_S)
        self._forwarded = _Recent(FORWARDED_MOST - MESSAGES_MOST, MESSAGES_WINDOW_S)
        self._presses = _Recent(PRESSES_MOST, PRESSES_WINDOW_S)
        self._silent_until: dict[int, float] = {}

    def message(self, account: int, update_id: int, written_at: float, now: float) -> FloodVerdict:
        """Decides whether a message is let in, is answered with the one notice (see `told`), or is left unanswered."""
        too_many = self._messages.too_many(account, update_id, written_at, now)
        if lasts(self._silent_until.get(account, 0.0), written_at):
            return FloodVerdict.SILENT
        return FloodVerdict.TELL if too_many else FloodVerdict.LET_IN

    def is_beyond_forwarding(self, account: int, update_id: int, written_at: float, now: float) -> bool:
        """Counts a message that is over the limit of `message`; True where it is too many for a ticket as well."""
        return self._forwarded.too_many(account, update_id, written_at, now)

    def told(self, account: int, written_at: float) -> None:
        """Notes that the notice is certain to go out; what is written in the next `SILENCE_S` seconds is left alone."""
        if len(self._silent_until) >= SILENT_AT_ONCE:
            self._silent_until = {one: until for one, until in self._silent_until.items() if until > written_at}
        self._silent_until[account] = written_at + SILENCE_S

    def presses_too_fast(self, account: int, update_id: int, now: float) -> bool:
        """Tells whether a press is one too many in its second."""
        return self._presses.too_many(account, update_id, now, now)
