"""Computes how long a messenger's limit makes calls wait, and remembers the waits that the messenger asked for."""

from collections import deque
from dataclasses import dataclass, field

from storage.clocks import CLOCKS_APART_S

SAID_COUNTED = 20  # of Telegram's 30 messages a second: a rush of families may slow the outbox, never stop it


@dataclass(frozen=True, slots=True)
class Limit:
    """Allows at most `most` calls within `window` seconds."""

    most: int
    window: float

    @property
    def distance(self) -> float:
        """Gives the seconds between two calls at which the limit is never met."""
        return self.window / self.most

    def recent(self, times: list[float], now: float) -> list[float]:
        """Gives those moments that the window counts, none of them later than `now`.

        A replica's clock may be ahead: what it noted counts as of now. What lies further ahead was noted before the
        clock was put back: it counts no more, or everything would wait until the clock has caught up.
        """
        return [min(at, now) for at in times if now - self.window < at <= now + CLOCKS_APART_S]

    def wait(self, times: list[float], now: float, number: int = 1) -> float:
        """Gives the seconds until `number` more may go, 0 for at once; `times` tells when the last went, oldest first.

        More than the limit allows at all may go once the window is empty.
        """
        recent = self.recent(times, now)
        over = len(recent) + number - self.most
        if over <= 0 or not recent:
            return 0.0
        return max(0.0, recent[min(over, len(recent)) - 1] + self.window - now)

    def room(self, times: list[float], now: float) -> int:
        """Counts how many more may go at once."""
        return self.most - len(self.recent(times, now))


@dataclass(frozen=True, slots=True)
class Span:
    """The time from one moment to another, seconds since the epoch; a clock that is put back before it ends it."""

    begun: float = 0.0
    until: float = 0.0

    def left(self, now: float) -> float:
        """Gives the seconds that are left of it; 0 where it is over, or where the clock was put back."""
        return max(0.0, self.until - now) if self.begun <= now else 0.0


class Waits:
    """Remembers which calls made at once Telegram asked to wait for: each kind of call waits for itself."""

    def __init__(self, most: int = 1_000) -> None:
        self._spans: dict[str, Span] = {}
        self._most = most

    def note(self, call: str, until: float, now: float) -> None:
        """Notes that such a call is not to be made before that moment."""
        if len(self._spans) >= self._most:
            self._spans = {name: span for name, span in self._spans.items() if span.left(now) > 0}
        self._spans[call] = Span(now, until)

    def left(self, call: str, now: float) -> float:
        """Gives the seconds that such a call still has to wait; 0 where it may be made."""
        return self._spans.get(call, Span()).left(now)


@dataclass(slots=True)
class Pace:
    """Remembers the calls that were made at once, and which of them Telegram told to wait."""

    waits: Waits = field(default_factory=Waits)
    said: deque[float] = field(default_factory=lambda: deque(maxlen=SAID_COUNTED))  # when screens went out at once
    crowded: Span = Span()  # in it Telegram takes no more messages at once
    refused: dict[int, Span] = field(default_factory=dict)  # chats that Telegram takes no message for
    taken: dict[int | str, float] = field(default_factory=dict)  # when a desk, or a channel's families, got one

    def note_refusal(self, chat_id: int, retry_after: float, now: float) -> None:
        """Notes that Telegram takes no message for a chat for so many seconds.

        One chat met its own limit. Several at once met the bot's: the next families queue up behind it.
        """
        self.refused = {chat: span for chat, span in self.refused.items() if span.left(now) > 0}
        self.refused[chat_id] = Span(now, now + retry_after)
        if len(self.refused) > 1:
            longest = max(self.crowded.left(now), *(span.left(now) for span in self.refused.values()))
            self.crowded = Span(now, now + longest)
