"""Computes how long a messenger's limit makes calls wait, and remembers the waits that the messenger asked for."""

from collections import deque
from dataclasses import dataclass, field

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

    def wait(self, times: list[float], now: float, number: int = 1) -> float:
        """Gives the seconds until `number` more may go, 0 for at once; `times` tells when the last went, oldest first.

        More than the limit allows at all may go once the window is empty.
        """
        recent = [at for at in times if at > now - self.window]
        over = len(recent) + number - self.most
        if over <= 0 or not recent:
            return 0.0
        return max(0.0, recent[min(over, len(recent)) - 1] + self.window - now)

    def room(self, times: list[float], now: float) -> int:
        """Counts how many more may go at once."""
        return self.most - sum(at > now - self.window for at in times)


class Waits:
    """Remembers which calls made at once Telegram asked to wait for: each kind of call waits for itself."""

    def __init__(self, most: int = 1_000) -> None:
        self._until: dict[str, float] = {}
        self._most = most

    def note(self, call: str, until: float, now: float) -> None:
        """Notes that such a call is not to be made before that moment."""
        if len(self._until) >= self._most:
            self._until = {name: at for name, at in self._until.items() if at > now}
        self._until[call] = until

    def left(self, call: str, now: float) -> float:
        """Gives the seconds that such a call still has to wait; 0 where it may be made."""
        return max(0.0, self._until.get(call, 0.0) - now)


@dataclass(slots=True)
class Pace:
    """Remembers the calls that were made at once, and which of them Telegram told to wait."""

    waits: Waits = field(default_factory=Waits)
    said: deque[float] = field(default_factory=lambda: deque(maxlen=SAID_COUNTED))  # when screens went out at once
    crowded_until: float = 0.0  # until then Telegram takes no more messages at once
    refused: dict[int, float] = field(default_factory=dict)  # chats that Telegram takes no message for: until when

    def note_refusal(self, chat_id: int, retry_after: float, now: float) -> None:
        """Notes that Telegram takes no message for a chat for so many seconds.

        One chat met its own limit. Several at once met the bot's: the next families queue up behind it.
        """
        self.refused = {chat: until for chat, until in self.refused.items() if until > now}
        self.refused[chat_id] = now + retry_after
        if len(self.refused) > 1:
            self.crowded_until = max(self.crowded_until, *self.refused.values())
