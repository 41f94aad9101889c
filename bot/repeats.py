"""Recognises a repeated update, which is ignored where later ones of its family were handled since."""

from enum import Enum

from bot.flows.whole_numbers import LARGEST
from bot.services import Services
from storage import dialogues, handled_updates


class Repeat(Enum):
    """Says what is known of an update: it is new, it is the family's last one again, or an older one again."""

    NEW = "new"
    LAST = "last"
    LATE = "late"


async def seen(services: Services, update_id: int, chat_id: int) -> Repeat:
    """Tells whether an update of a chat was handled before. It is asked in the chat's order. Raises DatabaseAway.

    The answer to the last update of a family may have been lost with a process that was killed, so that one may be
    answered again. What a group is told waits in the outbox and cannot be lost.
    """
    if not 0 <= update_id <= LARGEST:
        return Repeat.NEW  # no database holds such a number, so it was never kept
    if await services.database.read_by_key(handled_updates.known, update_id) is None:
        return Repeat.NEW
    if not 0 < chat_id <= LARGEST:
        return Repeat.LATE
    dialogue = await dialogues.of(services.database, chat_id)
    # A family without a dialogue was erased by this very update; one of version 1.1.0 has no last update yet.
    return Repeat.LAST if dialogue.last_update in (None, update_id) else Repeat.LATE
