"""Keeps the search index up to date: the words of a ticket's texts, by which `/find` finds it."""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.ticket.search_words import words_of
from storage import ticket_words, tickets
from storage.tickets import Ticket

OLD_AT_A_LOOK = 200  # tickets of before the search: a commit with so many holds no update up


async def add(connection: AsyncConnection, ticket: Ticket, *texts: str | None) -> None:
    """Lets the desk find a ticket by these texts, too, and by its number.

    It is to be called in the transaction that stores what the desk and the family have said.
    """
    await ticket_words.put(connection, ticket, words_of(*texts) | {str(ticket.number)})


async def add_ticket(connection: AsyncConnection, ticket: Ticket) -> None:
    """Lets the desk find a ticket by what its card says.

    It is to be called in the transaction that makes the ticket.
    """
    await add(connection, ticket, *_of_card(ticket))


async def change(connection: AsyncConnection, ticket: Ticket, before: str | None, now: str | None) -> None:
    """Updates the index after an edit: words that no text of the ticket has any more no longer find it.

    It is to be called after the edit was stored.
    """
    left = words_of(before) - words_of(*await _texts(connection, ticket)) - {str(ticket.number)}
    if left:
        await ticket_words.drop(connection, ticket.id, left)
    if now:
        await add(connection, ticket, now)


async def add_old(connection: AsyncConnection) -> None:
    """Puts the words of tickets that were sent before there was a search, the next few of them, newest first.

    It may be called at any time; once no such ticket is left, it changes nothing.
    """
    for ticket in await ticket_words.next_without(connection, OLD_AT_A_LOOK):
        await add(connection, ticket, *await _texts(connection, ticket))


async def _texts(connection: AsyncConnection, ticket: Ticket) -> list[str | None]:
    """Gives all texts of a ticket; messages that are kept until it is opened again are not among them."""
    ticket = await tickets.get(connection, ticket.id) or ticket
    said = [one.text for one in await tickets.messages(connection, ticket.id) if one.side in ("family", "desk")]
    return [*_of_card(ticket), ticket.last_answer, *said]


def _of_card(ticket: Ticket) -> tuple[str | None, ...]:
    return ticket.class_name, ticket.pupil_name, ticket.words, ticket.first_name
