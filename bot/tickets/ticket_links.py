"""Names a ticket in the lists of its desk, as a link to its topic or card where there can be one."""

from collections.abc import Sequence

from bot import texts_ru as texts
from bot.desk import Desk
from bot.flows.content import Pack
from bot.flows.marked import Markup, escape, fill, marked
from bot.flows.ticket import ticket_card
from storage.ticket_status import Status
from storage.tickets import Ticket


def linked_name(desk: Desk, ticket: Ticket, pack: Pack) -> Markup:
    """Gives the name by which lists at a desk call a ticket, as a link to it where there can be one."""
    matter = ticket_card.short_name(ticket.error, pack)
    name = ticket_card.topic_name(ticket.number, ticket.class_name, matter, Status.NEW)
    link = link_to(desk, ticket)
    return fill(texts.LINKED, link=link, name=name) if link else escape(name)


def below_list(desk: Desk, listed: Sequence[Ticket]) -> list[Markup]:
    """Gives the line below a list of tickets that says how to get to one; none where each is a link to its place."""
    return [] if all(link_to(desk, ticket) for ticket in listed) else [marked(texts.LIST_WITHOUT_LINKS)]


def taken_by(ticket: Ticket) -> Markup:
    """Gives the sentence that says who has a ticket; nothing where nobody has it."""
    return fill(texts.TAKEN_BY, name=ticket.taken_by) if ticket.taken_by else Markup()


def link_to(desk: Desk, ticket: Ticket) -> str | None:
    """Gives the address of a ticket's topic or card at its desk; a plain group has none."""
    chat = str(desk.chat_id)
    if not chat.startswith("-100") or ticket.card_message_id is None:
        return None
    thread = f"/{ticket.topic_id}" if ticket.topic_id else ""
    return f"https://t.me/c/{chat[4:]}{thread}/{ticket.card_message_id}"
