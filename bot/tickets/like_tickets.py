"""Finds tickets that may be about the same pupil, so that their cards name each other; nothing is ever merged."""

from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import owed, queues
from bot.flows.ticket.like_pupils import is_same_pupil
from storage import outbox, tickets
from storage.tickets import Ticket

SHOWN = 3  # more of them would hide what the family wrote
# The new card names its like at once. The older ones follow when a burst of tickets is over, each with one edit: a
# group takes twenty calls a minute, and people wait for the rest of them.
FOLLOW_S = 60.0


async def of(connection: AsyncConnection, ticket: Ticket) -> list[Ticket]:
    """Gives the newest tickets of a ticket's desk with its class and nearly its pupil's name; erased ones never.

    It may be called for any ticket, and changes nothing.
    """
    if not ticket.class_name or not ticket.pupil_name:
        return []
    found = await tickets.of_class(connection, ticket.desk_id, ticket.class_name)
    like = [one for one in found if one.id != ticket.id and is_same_pupil(one.pupil_name, ticket.pupil_name)]
    return like[:SHOWN]


async def show(connection: AsyncConnection, like: Iterable[Ticket], at: float, delay: float = 0.0) -> None:
    """Owes the desk the cards of these tickets, as they are after `delay` seconds: one like them came, or was erased.

    It may be called for any tickets. Where an edit of a card is owed already, none is added: it shows the same.
    """
    for ticket in like:
        if not await outbox.is_owed(connection, outbox.ticket_queue(ticket.id), owed.CardEdit.kind):
            await queues.to_ticket(connection, ticket, owed.CardEdit(), at, delay=delay)
