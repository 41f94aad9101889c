"""Finds tickets that may be about the same pupil, so that their cards name each other; nothing is ever merged."""

from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import owed
from bot.flows.ticket.like_pupils import is_same_pupil
from bot.tickets import owing
from storage import outbox, tickets
from storage.tickets import Ticket

SHOWN = 3  # more of them would hide what the family wrote


async def of(connection: AsyncConnection, ticket: Ticket) -> list[Ticket]:
    """Gives the newest tickets of a ticket's desk with its class and nearly its pupil's name; erased ones never."""
    if not ticket.class_name or not ticket.pupil_name:
        return []
    found = await tickets.of_class(connection, ticket.desk_id, ticket.class_name)
    like = [one for one in found if one.id != ticket.id and is_same_pupil(one.pupil_name, ticket.pupil_name)]
    return like[:SHOWN]


async def show(connection: AsyncConnection, like: Iterable[Ticket], at: float) -> None:
    """Owes the desk the cards of these tickets as they are by then: one like them came, or was erased."""
    for ticket in like:
        if not await outbox.is_owed(connection, outbox.ticket_queue(ticket.id), owed.CardEdit.kind):
            await owing.owe_desk(connection, ticket.id, owed.CardEdit(), at)
