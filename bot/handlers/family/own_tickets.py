"""Reads the tickets of the family whose update is handled: never another family's."""

from bot.handlers.update_context import UpdateContext
from storage import tickets
from storage.tickets import Ticket


async def tickets_of(context: UpdateContext) -> list[Ticket]:
    """Reads the family's tickets, open ones first."""
    return await context.services.database.read_by_key(tickets.of_families, context.family_id) or []


async def own_ticket(context: UpdateContext, argument: str) -> Ticket | None:
    """Finds the ticket that a button names, if it is this family's own."""
    if not (argument.isascii() and argument.isdigit() and len(argument) < 18):
        return None
    ticket = await context.services.database.read(lambda c: tickets.get(c, int(argument)))
    return ticket if ticket and ticket.family_id == context.family_id else None
