"""Says when a refused row is tried again or given up, and how much of a group's minute is kept for messages."""

# Of a group's minute: what only shows a state never takes the room of the next tickets, or of what is said in them.
KEPT_FOR_MESSAGES = 9
REFUSED_TIMES, REFUSED_S = 3, 60.0  # a message of the desk that is refused so often, or for so long, stands still

RETRY_FIRST_S, RETRY_MOST_S, GIVE_UP_AFTER_S = 1.0, 300.0, 24 * 3600.0
GIVE_UP_TRIES = 10  # a row that grew old while the bot itself was down has not been tried yet


def retry_delay(attempts: int, jitter: float) -> float:
    """Gives the seconds to the next try after `attempts` failures: 1, 2, 4 … 300; `jitter` 0…1 adds up to a quarter."""
    delay: float = min(RETRY_FIRST_S * 2 ** min(attempts, 12), RETRY_MOST_S)
    return delay * (1 + jitter / 4)
