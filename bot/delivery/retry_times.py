"""Says when a row that was refused is tried again, and when it is given up."""

RETRY_FIRST_S, RETRY_MOST_S, GIVE_UP_AFTER_S = 1.0, 300.0, 24 * 3600.0
GIVE_UP_TRIES = 10  # a row that grew old while the bot itself was down has not been tried yet


def retry_delay(attempts: int, jitter: float) -> float:
    """Gives the seconds to the next try after `attempts` failures: 1, 2, 4 … 300; `jitter` 0…1 adds up to a quarter."""
    delay: float = min(RETRY_FIRST_S * 2 ** min(attempts, 12), RETRY_MOST_S)
    return delay * (1 + jitter / 4)
