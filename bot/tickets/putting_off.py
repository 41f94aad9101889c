"""Puts a ticket off for some days («Отложить»), and brings it back in the morning of the chosen day."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import owed, queues
from bot.flows.marked import fill
from bot.tickets import owing, ticket_links
from storage import bans, tickets
from storage.tickets import Ticket

_MOMENT = "%d.%m %H:%M"


async def put_off(connection: AsyncConnection, ticket: Ticket, until: datetime, at: float) -> str:
    """Puts a ticket off until a moment, and gives the words that answer the press.

    It may be called for any ticket locked by this transaction: an ended one is refused with a word, and of two who
    press the same day at once the second is told that it is done. A later choice of another day changes the day.
    """
    if not ticket.is_open:
        return texts.PUT_OFF_SOLVED.format(number=ticket.number)
    moment = until.timestamp()
    await owing.show_choice(connection, ticket, owed.CardChoice(), at)
    if ticket.put_off_until == moment:
        return texts.ALREADY_SO
    await tickets.change(connection, ticket.id, put_off_until=moment)
    return texts.PUT_OFF.format(number=ticket.number, when=until.strftime(_MOMENT))


async def take_back(connection: AsyncConnection, ticket: Ticket, at: float) -> str:
    """Ends a putting off by hand; it may be called for any ticket locked by this transaction."""
    await owing.show_choice(connection, ticket, owed.CardChoice(), at)
    if ticket.put_off_until is None:
        return texts.ALREADY_SO
    await tickets.change(connection, ticket.id, **_back(ticket, at))
    return texts.NOT_PUT_OFF.format(number=ticket.number)


def _back(ticket: Ticket, at: float) -> dict[str, float | None]:
    """Gives the columns of a ticket that is back: a family that was reminded has its three days from now."""
    return {"put_off_until": None, "reminded_at": at if ticket.reminded_at is not None else None}


async def bring_back(connection: AsyncConnection, found: Ticket, now: float) -> None:
    """Brings a ticket back with one message in its topic or below its card, which counts as a reminder of it.

    It may be called for any ticket whose time has come, while the desk works. A banned family's ticket stays away until
    the ban ends.
    """
    ticket = await tickets.locked(connection, found.id)
    if ticket is None or ticket.put_off_until != found.put_off_until or not ticket.is_open:
        return
    if await bans.is_banned(connection, ticket.desk_id, ticket.family_id):
        return
    # Called up as well: the word of its return and a call for its waiting would come in one minute.
    await tickets.change(connection, ticket.id, called_up_at=now, **_back(ticket, now))
    text = fill(texts.BACK_AGAIN, number=ticket.number, taken=ticket_links.taken_by(ticket))
    await queues.to_ticket(connection, ticket, owed.DeskText(text), now)
    await owing.show_status(connection, ticket, now)
