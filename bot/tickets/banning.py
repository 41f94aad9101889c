"""Bans a family at its school and lifts the ban, with what follows for its tickets' cards, topics and reminders."""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import owed, queues
from bot.services import Services
from bot.tickets import owing
from storage import bans, outbox, tickets
from storage.ticket_status import Turn
from storage.tickets import Ticket


async def ban(connection: AsyncConnection, services: Services, ticket: Ticket, now: float) -> None:
    """Bans a ticket's family at its school: its buttons go, and its tickets no longer wait for it.

    It may be called for any ticket whose family was not erased; other schools go on with that family.
    """
    family_id = ticket.family_id or 0
    await bans.ban(connection, ticket.desk_id, services.facts.key_of(family_id), now)
    await outbox.drop_without_ticket(connection, family_id, owed.ScreenMessage.kind, ticket.desk_id)
    for row in await outbox.waiting_for(connection, family_id, ticket.desk_id):
        await queues.change(connection, row, owed.of(row).without_buttons())
    for its in await _locked(connection, ticket.desk_id, family_id):
        await owing.strip_prompt(connection, its, now)
        await tickets.change(connection, its.id, waiting_since=None, reminded_at=None)
        await owing.show_status(connection, its, now)


async def unban(connection: AsyncConnection, services: Services, ticket: Ticket, now: float) -> None:
    """Lifts the ban of a ticket's family: where a ticket waits for the family, its three days begin now.

    It may be called for any ticket whose family was not erased, also where the family is not banned.
    """
    family_id = ticket.family_id or 0
    for secret in (services.facts.secret, services.settings.bot_token):
        await bans.unban(connection, ticket.desk_id, bans.keyed(family_id, secret))
    for its in await _locked(connection, ticket.desk_id, family_id):
        if its.facts.turn is Turn.FAMILY:
            await tickets.change(connection, its.id, waiting_since=now)
        await owing.show_status(connection, its, now)


async def _locked(connection: AsyncConnection, desk_id: int, family_id: int) -> list[Ticket]:
    found = [one for one in await tickets.of_family(connection, family_id) if one.desk_id == desk_id]
    return [locked for its_id in sorted(t.id for t in found) if (locked := await tickets.locked(connection, its_id))]
