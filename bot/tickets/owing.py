"""Puts what a ticket owes to its desk and its family into the outbox, in the transaction that causes it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.channels.telegram.keyboards import keyboard
from bot.delivery import owed, queues
from bot.delivery.owed_message import Edit, OwedMessage
from bot.desk import Desk
from bot.flows.content import Pack, Reader
from bot.flows.marked import Markup, fill, marked
from bot.flows.routes import Route
from bot.flows.screen import Button, Rows, Screen
from bot.flows.ticket import ticket_card
from storage import bans, outbox, tickets
from storage.ticket_status import Status
from storage.tickets import Ticket

MEDIA_GROUP_WAIT_S = 1.0  # an album comes as separate updates; its parts are there within a second


def route_of_ticket(ticket: Ticket, pack: Pack) -> Route:
    """Gives the route by which a ticket's texts address: the reader who sent it, wherever the family stands today."""
    return Route("mine", None, pack.path(ticket.path), Reader(ticket.reader) if ticket.reader else None)


async def owe_desk(
    connection: AsyncConnection, ticket_id: int, message: OwedMessage, at: float, *, media_group_id: str | None = None
) -> None:
    """Owes a ticket's desk something in the ticket's queue; nothing where there is no such ticket."""
    ticket = await tickets.get(connection, ticket_id)
    if ticket is not None:
        await queues.to_ticket(connection, ticket, message, at, media_group_id=media_group_id)


async def owe_family(
    connection: AsyncConnection,
    ticket: Ticket,
    message: OwedMessage,
    at: float,
    *,
    media_group_id: str | None = None,
    delay: float = 0.0,
) -> None:
    """Owes a family something about its ticket; nothing where the family was erased, no buttons where it is banned."""
    if ticket.family_id is None:
        return
    bare = message.without_buttons()
    if bare != message and await bans.is_banned(connection, ticket.desk_id, ticket.family_id):
        message = bare
    await queues.to_family(
        connection, ticket.family_id, message, at, ticket_id=ticket.id, media_group_id=media_group_id, delay=delay
    )


async def owe_answer(
    connection: AsyncConnection,
    desk_id: int,
    topic_id: int | None,
    message_id: int,
    text: Markup,
    at: float,
    about: Ticket | None = None,
    rows: Rows = (),
    repair_of: int | None = None,
) -> None:
    """Owes a desk a reply to a message of its chat, where that message was written (`topic_id`), with these buttons.

    A reply `about` a ticket may be replied to as any message of it. `repair_of` is of what «Починили» is among the
    buttons (`DeskText`).
    """
    answer = owed.DeskText(text, topic_id, message_id, general=True, markup=markup_of(rows), repair_of=repair_of)
    await queues.to_general(connection, desk_id, answer, at, topic=topic_id or 0, about=about)


async def owe_list(
    connection: AsyncConnection,
    desk_id: int,
    topic_id: int | None,
    message_id: int,
    shown: Screen,
    at: float,
    about: Ticket | None = None,
) -> None:
    """Owes a desk a list with buttons, as `owe_answer` owes a reply."""
    answer = owed.DeskText(shown.text, topic_id, message_id, general=True, markup=markup_of(shown.rows))
    await queues.to_general(connection, desk_id, answer, at, topic=topic_id or 0, about=about)


async def owe_page(connection: AsyncConnection, desk_id: int, message_id: int, shown: Screen, at: float) -> None:
    """Owes a desk another page of a list in the place of the one there; of several that wait the newest is shown."""
    queue = f"page:{desk_id}:{message_id}"
    await outbox.drop_kind(connection, queue, owed.DeskPage.kind)
    page = owed.DeskPage(shown.text, message_id=message_id, markup=markup_of(shown.rows))
    await queues.to_desk(connection, desk_id, queue, page, at)


async def owe_edit(connection: AsyncConnection, ticket: Ticket, edit: Edit, at: float) -> None:
    """Owes the other side an edit, once where one of the same message waits already, which shows this one as well."""
    at_desk = isinstance(edit, owed.EditAtDesk)
    queue = outbox.ticket_queue(ticket.id) if at_desk else outbox.family_queue(ticket.family_id or 0)
    for row in await outbox.of_kind(connection, queue, edit.kind, to_change=True):
        waiting = type(edit).of(row)
        if waiting.row == edit.row:
            await queues.change(connection, row, replace(edit, replaced=edit.replaced or waiting.replaced))
            return
    await (owe_desk(connection, ticket.id, edit, at) if at_desk else owe_family(connection, ticket, edit, at))


async def show_status(connection: AsyncConnection, ticket_id: int, at: float) -> None:
    """Owes the desk a card and a topic that show the ticket as it is when they are sent."""
    for message in (owed.CardEdit(), owed.TopicState()):
        # One that waits would show the same, but perhaps later (duplicates.py).
        await outbox.drop_kind(connection, outbox.ticket_queue(ticket_id), message.kind)
        await owe_desk(connection, ticket_id, message, at)


async def show_choice(connection: AsyncConnection, ticket_id: int, shown: owed.CardChoice, at: float) -> None:
    """Owes the desk the card as a press asked for it: with what may be chosen on it, or as it is without.

    It shows the ticket as it is by then, so what only shows the status is not needed beside it.
    """
    queue = outbox.ticket_queue(ticket_id)
    for kind in (owed.CardEdit.kind, owed.CardChoice.kind):
        await outbox.drop_kind(connection, queue, kind)
    await owe_desk(connection, ticket_id, shown, at)


async def strip_prompt(connection: AsyncConnection, ticket: Ticket, at: float) -> None:
    """Takes «Помогло» and «Не помогло» off the last message that carries them."""
    if ticket.prompt_message_id:
        await owe_family(connection, ticket, owed.Strip(ticket.prompt_message_id), at)
        await tickets.change(connection, ticket.id, prompt_message_id=None)


def prompt_rows(ticket_id: int, diary_url: str = "") -> Rows:
    """Gives the buttons under the newest message of the school."""
    ask = (
        Button(texts.B_HELPED, data=f"helped:{ticket_id}"),
        Button(texts.B_NOT_HELPED, data=f"nothelped:{ticket_id}"),
    )
    return ((Button(texts.B_OPEN_DIARY, url=diary_url),), ask) if diary_url else (ask,)


def prompt_markup(ticket_id: int, diary_url: str = "") -> dict[str, Any]:
    """Gives the same buttons as plain data."""
    markup = markup_of(prompt_rows(ticket_id, diary_url))
    assert markup is not None
    return markup


def reopen_markup(ticket_id: int) -> dict[str, Any]:
    """Gives «Открыть снова» as plain data."""
    markup = markup_of(((Button(texts.B_REOPEN, data=f"reopen:{ticket_id}"),),))
    assert markup is not None
    return markup


def markup_of(rows: Rows) -> dict[str, Any] | None:
    """Gives any rows of buttons as plain data; None where there is no row."""
    markup = keyboard(rows)
    return markup.model_dump(exclude_none=True) if markup else None


def linked_name(desk: Desk, ticket: Ticket, pack: Pack) -> Markup:
    """Gives the name by which lists at a desk call a ticket, as a link to it where there can be one."""
    matter = ticket_card.short_name(ticket.error, pack)
    name = ticket_card.topic_name(ticket.number, ticket.class_name, matter, Status.NEW)
    link = link_to(desk, ticket)
    return fill(texts.OPEN_LINKED, link=link, name=name) if link else fill(texts.OPEN_NAMED, name=name)


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
