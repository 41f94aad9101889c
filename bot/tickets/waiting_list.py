"""The list of families that wait for the school, as a desk reads it at the opening of a day."""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.desk import Desk
from bot.flows.marked import Markup, fill
from bot.services import Services
from bot.tickets import ticket_links
from storage import bans, tickets
from storage.tickets import Ticket


async def who_waits(connection: AsyncConnection, desk_id: int) -> list[Ticket]:
    """Lists the tickets on which a desk has to act, who waits longest first, without those put off or banned.

    It may be called at any time, and changes nothing.
    """
    found = await tickets.waiting_for_school(connection, desk_id)
    return [ticket for ticket in found if not await bans.is_banned(connection, ticket.desk_id, ticket.family_id)]


def lines(services: Services, desk: Desk, found: list[Ticket]) -> list[Markup]:
    """Gives the lines of the list: its head, then one a ticket: its link, since when its family waits, who has it."""
    pack = services.schools.pack_of(desk.id)
    shown = [fill(texts.WAITING_HEAD, count=len(found))]
    for ticket in found:
        since = services.when(ticket.family_waits_since or ticket.created_at)
        taken = f" · {ticket.taken_by}" if ticket.taken_by else ""
        name = ticket_links.linked_name(desk, ticket, pack)
        shown.append(fill(texts.WAITING_LINE, ticket=name, when=since, taken=taken))
    return [*shown, *ticket_links.below_list(desk, found)]
