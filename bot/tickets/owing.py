"""Owes what more than one use-case owes a desk or a family in the same way: answers, pages, edits, the status.

It decides what is owed: nothing to a family that was erased, no buttons where it is banned, one edit of a message at a
time. The row itself is put by bot/delivery/queues.py.
"""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import owed, queues
from bot.delivery.owed_message import Edit, OwedMessage
from bot.flows.content import Pack, Reader
from bot.flows.marked import Markup
from bot.flows.routes import Route
from bot.flows.screen import Rows, Screen
from bot.tickets import owed_buttons
from storage import bans, outbox, tickets
from storage.tickets import Ticket

MEDIA_GROUP_WAIT_S = 1.0  # an album comes as separate updates; its parts are there within a second


def route_of_ticket(ticket: Ticket, pack: Pack) -> Route:
    """Gives the route that says whom a ticket's texts address: who sent it, wherever the family stands today."""
    return Route("mine", None, pack.path(ticket.path), Reader(ticket.reader) if ticket.reader else None)


async def owe_family(
    connection: AsyncConnection,
    ticket: Ticket,
    message: OwedMessage,
    at: float,
    *,
    media_group_id: str | None = None,
    delay: float = 0.0,
) -> None:
    """Owes a family something about its ticket; nothing where the family was erased, no buttons where it is banned.

    It may be called for any ticket, and changes nothing else.
    """
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

    It may be called for any message of the chat, and changes nothing else. A reply to it is taken as one about the
    ticket `about`. `repair_of` says of which bad day or notice «Починили» is, where the buttons have it (`DeskText`).
    """
    markup = owed_buttons.markup_of(rows)
    answer = owed.DeskText(text, topic_id, message_id, general=True, markup=markup, repair_of=repair_of)
    await queues.to_general(connection, desk_id, answer, at, topic=topic_id or 0, about=about)


async def owe_page(connection: AsyncConnection, desk_id: int, message_id: int, shown: Screen, at: float) -> None:
    """Owes a desk another page of a list in the place of the one there; of several that wait the newest is shown.

    It may be called for any message of the bot's own at the desk; a page that still waits is taken back.
    """
    queue = f"page:{desk_id}:{message_id}"
    await outbox.drop_kind(connection, queue, owed.DeskPage.kind)
    page = owed.DeskPage(shown.text, message_id=message_id, markup=owed_buttons.markup_of(shown.rows))
    await queues.to_desk(connection, desk_id, queue, page, at)


async def owe_buttons(
    connection: AsyncConnection, desk_id: int, message_id: int, rows: Rows, at: float, topic: int | None = None
) -> None:
    """Owes a message of a desk other buttons, or none.

    It may be called for any message of the bot's own at the desk. `topic` names the queue as in `queues.to_general`.
    """
    buttons = owed.DeskButtons(message_id, owed_buttons.markup_of(rows))
    await queues.to_general(connection, desk_id, buttons, at, topic=topic)


async def owe_edit(connection: AsyncConnection, ticket: Ticket, edit: Edit, at: float) -> None:
    """Owes the other side an edit, once where one of the same message waits already, which shows this one as well.

    It is called after the edit was stored.
    """
    at_desk = isinstance(edit, owed.EditAtDesk)
    queue = outbox.ticket_queue(ticket.id) if at_desk else outbox.family_queue(ticket.family_id or 0)
    for row in await outbox.of_kind(connection, queue, edit.kind, to_change=True):
        waiting = type(edit).of(row)
        if waiting.row == edit.row:
            await queues.change(connection, row, replace(edit, replaced=edit.replaced or waiting.replaced))
            return
    await (queues.to_ticket(connection, ticket, edit, at) if at_desk else owe_family(connection, ticket, edit, at))


async def show_status(connection: AsyncConnection, ticket: Ticket, at: float) -> None:
    """Owes the desk a card and a topic that show the ticket as it is when they are sent.

    It may be called for any ticket; a card and a topic that still wait to show it are taken back.
    """
    for message in (owed.CardEdit(), owed.TopicState()):
        # One that waits would show the same, but perhaps later (like_tickets.py).
        await outbox.drop_kind(connection, outbox.ticket_queue(ticket.id), message.kind)
        await queues.to_ticket(connection, ticket, message, at)


async def show_choice(connection: AsyncConnection, ticket: Ticket, shown: owed.CardChoice, at: float) -> None:
    """Owes the desk the card as a press asked for it: with what may be chosen on it, or as it is without.

    It may be called for any ticket. It shows the ticket as it is by then, so an edit of the card that still waits is
    taken back.
    """
    queue = outbox.ticket_queue(ticket.id)
    for kind in (owed.CardEdit.kind, owed.CardChoice.kind):
        await outbox.drop_kind(connection, queue, kind)
    await queues.to_ticket(connection, ticket, shown, at)


async def strip_prompt(connection: AsyncConnection, ticket: Ticket, at: float) -> None:
    """Takes «Помогло» and «Не помогло» off the last message that carries them.

    It may be called for any ticket; nothing changes where no message carries them.
    """
    if ticket.prompt_message_id:
        await owe_family(connection, ticket, owed.Strip(ticket.prompt_message_id), at)
        await tickets.change(connection, ticket.id, prompt_message_id=None)
