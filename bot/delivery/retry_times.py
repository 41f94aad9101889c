"""Says when a row that was refused is tried again, and when it is given up."""

from bot.services import Services
from storage.outbox import Owed

RETRY_FIRST_S, RETRY_MOST_S, GIVE_UP_AFTER_S = 1.0, 300.0, 24 * 3600.0
GIVE_UP_TRIES = 20  # a row that grew old while the bot itself was down has not been tried yet
# While nothing else goes either, the trouble is not the row's: its tries are counted so far that their waits are long,
# and most of those before it is given up are left for the time after an outage, when the line may still be poor.
TRIES_WHILE_AWAY = 9
_OTHERS_GO_S = 900.0


def retry_delay(attempts: int, jitter: float) -> float:
    """Gives the seconds to the next try after `attempts` failures: 1, 2, 4 … 300; `jitter` 0…1 adds up to a quarter."""
    delay: float = min(RETRY_FIRST_S * 2 ** min(attempts, 12), RETRY_MOST_S)
    return delay * (1 + jitter / 4)


def note_taken(services: Services, row: Owed, now: float) -> None:
    """Notes that a message was accepted: from now on others of its desk, or of its channel's families, may go."""
    services.pace.taken[_line_of(services, row)] = now


def others_go(services: Services, row: Owed, now: float) -> bool:
    """Tells whether the row's desk, or other families of its channel, took a message a short while ago."""
    taken_at = services.pace.taken.get(_line_of(services, row))
    return taken_at is not None and abs(now - taken_at) < _OTHERS_GO_S


def _line_of(services: Services, row: Owed) -> int | str:
    return row.chat_id if row.desk_id is not None else services.abilities_of(row.chat_id).name
