"""Reads the tickets of the family whose update is handled: never another family's."""

from bot.flows.whole_numbers import whole_number
from bot.handlers.update_context import UpdateContext
from storage import tickets
from storage.tickets import Ticket


async def tickets_of(context: UpdateContext) -> list[Ticket]:
    """Reads the family's tickets, open ones first."""
    return await context.services.database.read_by_key(tickets.of_families, context.family_id) or []


async def own_ticket(context: UpdateContext, argument: str) -> Ticket | None:
    """Finds the ticket that a button names, if it is this family's own."""
    ticket_id = whole_number(argument) or 0
    ticket = await context.services.database.read(lambda c: tickets.get(c, ticket_id))
    return ticket if ticket and ticket.family_id == context.family_id else None
