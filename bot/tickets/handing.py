"""Hands a ticket over to a colleague at its desk, who is mentioned once."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.channels.abilities import link_naming
from bot.delivery import owed, queues
from bot.flows.marked import fill
from bot.flows.ticket import ticket_card
from bot.flows.ticket.colleague_list import AT_A_PAGE, Page
from bot.tickets import owing, status_changes
from storage import colleagues, tickets
from storage.ticket_status import Cause
from storage.tickets import Ticket


@dataclass(frozen=True, slots=True)
class Handing:
    """Holds a wish to hand a ticket over: by whom (name, account), to which account, and when.

    `note` is the message of the desk that the colleague is shown besides, None where there is none.
    """

    actor: str
    account: int | None
    to_account: int
    at: float
    note: int | None = None


async def page_of(connection: AsyncConnection, desk_id: int, number: int) -> Page:
    """Gives a page of those who wrote or pressed at a desk, who was seen last first; `number` counts from 0.

    It may be called for any number, and changes nothing.
    """
    found = await colleagues.newest(connection, desk_id, offset=number * AT_A_PAGE, limit=AT_A_PAGE + 1)
    people = [(one.account_id, one.name) for one in found[:AT_A_PAGE]]
    return Page(number, people, len(found) > AT_A_PAGE)


def has_nobody_else(first: Page, ticket: Ticket, account: int | None) -> bool:
    """Tells whether a desk, by the first page of its colleagues, has nobody to whom an account may hand a ticket over.

    It may be called for any ticket. What a colleague has, whoever asks may take over.
    """
    is_colleagues = ticket.taken_by is not None and ticket.taken_by_id != account
    return all(one == account and not is_colleagues for one, _ in first.people)


async def hand(connection: AsyncConnection, ticket: Ticket, wish: Handing) -> str:
    """Hands a ticket over, and gives the words for the person who asked for it.

    It may be called for any ticket locked by this transaction. The card shows who has it, and the colleague is
    mentioned once: a wish that has come true already, a colleague who left and an ended ticket change nothing.
    Handing a ticket to one's own account takes it.
    """
    if not ticket.is_open:
        return texts.HAND_CLOSED.format(number=ticket.number)
    colleague = await colleagues.get(connection, ticket.desk_id, wish.to_account)
    if colleague is None:
        return texts.COLLEAGUE_GONE
    if ticket.taken_by_id == colleague.account_id and not ticket_card.is_free(ticket.facts):
        return texts.HAS_IT_ALREADY.format(name=colleague.name, number=ticket.number)
    await status_changes.move(connection, ticket, Cause.TAKEN, actor=wish.actor, at=wish.at)
    await tickets.change(connection, ticket.id, taken_by=colleague.name, taken_by_id=colleague.account_id)
    await owing.show_choice(connection, ticket, owed.CardChoice(), wish.at)
    if colleague.account_id == wish.account:
        return texts.TAKEN.format(number=ticket.number)
    mention = fill(texts.LINKED, link=link_naming(colleague.account_id), name=colleague.name)
    told = fill(texts.HANDED_TO_YOU, mention=mention, number=ticket.number, actor=wish.actor)
    await queues.to_ticket(connection, ticket, owed.DeskText(told, reply_to=wish.note), wish.at)
    return texts.HANDED.format(number=ticket.number, name=colleague.name)
