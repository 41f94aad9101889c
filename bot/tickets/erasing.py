"""A family is erased: its data here, and what stands of it in the support chat."""

import asyncio
import logging
from collections.abc import Iterator

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import owed, queues
from bot.delivery.owed_message import Erasure
from bot.flows.marked import fill
from bot.services import Services
from storage import privacy, purging, tickets, topics
from storage.database import DatabaseAway
from storage.tickets import Ticket, TicketMessage

log = logging.getLogger(__name__)

PURGE_WAIT_S = 3.0  # how long «всё удалено» waits for the files
DELETABLE_FOR_S = 48 * 3600.0  # Bot API, deleteMessage: what a bot deletes without the right to delete messages
_AT_ONCE = 100  # Bot API, deleteMessages: 1-100 identifiers


async def erase_family(connection: AsyncConnection, services: Services, family_id: int, now: float) -> None:
    """Erases everything of a family here, and owes the desk the deletion of what stands there."""
    found = await tickets.of_family(connection, family_id)
    traces = {t.id: list(_traces(t, await tickets.messages(connection, t.id), now)) for t in found}
    for ticket in found:
        # A topic of before may still be seen by people.
        for topic in await topics.of_ticket(connection, ticket.id):
            if (topic.chat_id, topic.topic_id) != (ticket.desk_chat_id, ticket.topic_id):
                traces[ticket.id].append(owed.DeleteTopic(topic.topic_id, desk_chat_id=topic.chat_id))
    await privacy.erase_family(connection, family_id)
    for ticket in found:
        # Its topic is known until it is gone: whoever writes there meanwhile is told that nobody reads it.
        await tickets.change(connection, ticket.id, topic_id=ticket.topic_id)
        for trace in traces[ticket.id]:
            await owe(connection, ticket.id, trace, now)
    if found:
        numbers = ", ".join(f"№{ticket.id}" for ticket in found)
        await queues.to_general(connection, owed.DeskText(fill(texts.DESK_FORGOTTEN, numbers=numbers)), now)


async def purge_soon(services: Services, now: float) -> None:
    """Takes what was erased out of the database's files before the family is told so, where that is quickly done.

    Where it is not, it is owed, and done by the upkeep.
    """
    if not services.database.is_small:
        return
    try:
        async with asyncio.timeout(PURGE_WAIT_S):
            await purging.purge(services.database, now)
    except (TimeoutError, DatabaseAway) as error:
        log.warning("what a family erased leaves the files of the database later: %s", error)


async def owe(connection: AsyncConnection, ticket_id: int, erasure: Erasure, now: float) -> None:
    """Owes the deletion of something that a ticket left at the desk."""
    await queues.to_desk(connection, f"erase:{ticket_id}", erasure, now, ticket_id=ticket_id)


def message_traces(chat_id: int | None, message_ids: set[int]) -> Iterator[Erasure]:
    """Messages to delete, as many at a time as Telegram takes."""
    numbers = sorted(message_ids)
    for start in range(0, len(numbers), _AT_ONCE):
        yield owed.DeleteMessages(numbers[start : start + _AT_ONCE], desk_chat_id=chat_id)


def _traces(ticket: Ticket, messages: list[TicketMessage], now: float) -> Iterator[Erasure]:
    """Lists what stands at the desk: first what the bot may always delete, then what it needs a right for."""
    easy: dict[int | None, set[int]] = {}
    hard: dict[int | None, set[int]] = {}
    stood = [(ticket.desk_chat_id, ticket.card_message_id, ticket.created_at, False)]
    stood += [(m.desk_chat_id, m.desk_message_id, m.at, m.side == "desk") for m in messages]
    for chat_id, number, at, of_others in stood:
        if number:
            kept = hard if of_others or now - at > DELETABLE_FOR_S else easy
            kept.setdefault(chat_id, set()).add(number)
    for chat_id, numbers in easy.items():
        yield from message_traces(chat_id, numbers)
    if ticket.topic_id is not None:
        yield owed.DeleteTopic(ticket.topic_id, desk_chat_id=ticket.desk_chat_id)
    for chat_id, numbers in hard.items():
        yield from message_traces(chat_id, numbers)
