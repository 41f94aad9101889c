"""A ban and its end change cards, topics, buttons and reminders of the family's tickets."""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import owed, queues
from bot.services import Services
from bot.tickets import owing
from storage import bans, outbox, tickets
from storage.ticket_status import Turn
from storage.tickets import Ticket


async def ban(connection: AsyncConnection, services: Services, family_id: int, now: float) -> None:
    """Bans a family: nothing that it has before it can be pressed any more, and nobody waits for its word."""
    await bans.ban(connection, services.key_of(family_id), now)
    await outbox.drop_without_ticket(connection, family_id, owed.Screen.kind)
    for row in await outbox.waiting_for(connection, family_id):
        await queues.change(connection, row, owed.of(row).without_buttons())
    for ticket in await _held(connection, family_id):
        await owing.strip_prompt(connection, ticket, now)
        await tickets.change(connection, ticket.id, waiting_since=None, reminded_at=None)
        await owing.show_status(connection, ticket.id, now)


async def unban(connection: AsyncConnection, services: Services, family_id: int, now: float) -> None:
    """Lifts a ban: a family whose word the school waits for has its three days from now on."""
    for secret in (services.secret, services.settings.bot_token):
        await bans.unban(connection, bans.keyed(family_id, secret))
    for ticket in await _held(connection, family_id):
        if ticket.facts.turn is Turn.FAMILY:
            await tickets.change(connection, ticket.id, waiting_since=now)
        await owing.show_status(connection, ticket.id, now)


async def _held(connection: AsyncConnection, family_id: int) -> list[Ticket]:
    found = await tickets.of_family(connection, family_id)
    return [held for number in sorted(t.id for t in found) if (held := await tickets.held(connection, number))]
