"""Telegram's limits on sending, as waiting times: they are kept, not hit.

Source: Bot API FAQ, «My bot is hitting limits»: a message a second in a chat, 20 a minute in a group, about 30 a second
in all; about 20 new topics a minute is the community's figure. Telegram counts at arrival, so a second is kept in hand.
"""

from dataclasses import dataclass

IN_HAND_S = 1.0


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` within `window` seconds."""

    most: int
    window: float

    def wait(self, times: list[float], now: float, number: int = 1) -> float:
        """Seconds until `number` more may go, given when the last ones went (oldest first); 0 for at once.

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


CHAT = Limit(1, 1.0)
GROUP = Limit(20, 60.0 + IN_HAND_S)
ALL = Limit(30, 1.0)
TOPICS = Limit(20, 60.0 + IN_HAND_S)
REMEMBERED_S = 2 * (60.0 + IN_HAND_S)

KEPT_FOR_MESSAGES = 2  # of a group's minute: what only shows a state never takes the room of the next ticket
REFUSED_TIMES, REFUSED_S = 3, 60.0  # a message of the desk that is refused so often, or for so long, stands still

RETRY_FIRST_S, RETRY_MOST_S, GIVE_UP_AFTER_S = 1.0, 300.0, 24 * 3600.0
GIVE_UP_TRIES = 10  # a row that grew old while the bot itself was down has not been tried yet


def retry_delay(attempts: int, jitter: float) -> float:
    """Seconds before the next try after `attempts` failures: 1, 2, 4 … 300; `jitter` in 0…1 adds up to a quarter."""
    delay: float = min(RETRY_FIRST_S * 2 ** min(attempts, 12), RETRY_MOST_S)
    return delay * (1 + jitter / 4)
