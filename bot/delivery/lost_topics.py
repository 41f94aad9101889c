"""Owes a ticket a new topic or card where the old one is gone, and the opening of a closed topic, in outbox rows.

After a desk moved to another chat every open ticket of it gets its card anew (`cards_anew`). The upgrade of a group
itself is followed in failures.py (`follow_migration`).
"""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import owed, queues
from bot.delivery.owed_message import AtDesk, Edit, OwedMessage
from bot.flows.marked import Markup, fill, joined
from bot.flows.ticket import ticket_card
from storage import outbox, tickets
from storage.outbox import Owed
from storage.tickets import Ticket

MOST_PLACES = 2  # how often one row may wait for a new card before it goes without one
_RECAP_MESSAGES, _RECAP_UNITS = 5, 500  # in UTF-16 units, together far below what any channel takes


async def new_place(connection: AsyncConnection, rows: list[Owed], now: float) -> None:
    """Owes a ticket whose topic or card is gone a new one with the last messages; its rows follow there.

    Rows for which MOST_PLACES were made in vain go without a place of their own, to the desk's chat.
    """
    row, message = rows[0], owed.of(rows[0])
    assert row.ticket_id
    if isinstance(message, AtDesk) and message.placed >= MOST_PLACES:
        for each in rows:
            await queues.change(connection, each, replace(_at_desk(each), placeless=True))
        await outbox.retry(connection, outbox.ids_of(rows), not_before=now, error="no card")
        return
    for shown in _card_and(await _recap(connection, row.ticket_id)):
        await queues.beside(connection, row, shown, now, before=row)
    if isinstance(message, owed.Card):
        await outbox.done(connection, [row.id])
    else:
        waiting = [(each, replace(_at_desk(each), placed=_at_desk(each).placed + 1)) for each in rows]
        await outbox.begin_again(connection, [replace(each, payload=again.to_json()) for each, again in waiting], now)
    behind = await outbox.following(connection, rows[-1], limit=100_000)
    await outbox.done(connection, [each.id for each in behind if _is_shown_by_card(each)])
    ticket = await tickets.get(connection, row.ticket_id)
    if ticket and not ticket.is_open:
        await queues.to_ticket(connection, ticket, owed.TopicState(), now)


def _card_and(recap: Markup | None) -> list[OwedMessage]:
    """Gives the card and, below it, the last messages."""
    card = owed.Card(unless_placed=True)
    return [card, owed.DeskText(recap, placed=MOST_PLACES)] if recap else [card]


def _at_desk(row: Owed) -> AtDesk:
    message = owed.of(row)
    assert isinstance(message, AtDesk), f"a row of the kind {row.kind} needs no card"
    return message


def _is_shown_by_card(row: Owed) -> bool:
    """Tells whether a new card makes a row needless: it does unless the row lists what to choose from on the card."""
    message = owed.of(row)
    if isinstance(message, owed.CardEdit) and (message.ready or message.put_off or message.colleagues is not None):
        return False
    return message.shows_ticket


async def _recap(connection: AsyncConnection, ticket_id: int) -> Markup | None:
    """Gives the last messages of a ticket that stood in the topic, or below the card, that is gone.

    None where there are none, or where they are owed already: two rows may meet the loss at the same moment.
    """
    # An answer that the desk gave by a button stands in no message of its own there.
    messages = await tickets.messages(connection, ticket_id)
    shown = [m for m in messages if m.side == "desk" or (m.desk_message_id and m.side != "bot")]
    shown = [m for m in shown if not m.is_blank]
    if not shown:
        return None
    lines = []
    for message in shown[-_RECAP_MESSAGES:]:
        who = texts.ACTOR_FAMILY if message.side == "family" else texts.ACTOR_SCHOOL
        said = ticket_card.shortened(message.text or "", _RECAP_UNITS) or texts.KINDS.get(message.kind, message.kind)
        lines.append(fill(texts.RECAP_LINE, who=who, text=said))
    recap = fill(texts.RECAP, lines=joined("\n", lines))
    waiting = await outbox.of_kind(connection, outbox.ticket_queue(ticket_id), owed.DeskText.kind)
    is_owed = any(isinstance(one, owed.DeskText) and one.text == recap for one in map(owed.of, waiting))
    return None if is_owed else recap


async def show_again(connection: AsyncConnection, row: Owed, now: float) -> None:
    """Makes an open ticket's card anew, or sends an edited message anew: what was to be changed is gone."""
    if row.ticket_id is None:
        return
    message = owed.of(row)
    if isinstance(message, Edit):
        await send_edited(connection, row, message, now)
        return
    ticket = await tickets.get(connection, row.ticket_id)
    if not message.shows_ticket or ticket is None or not ticket.is_open:
        return
    topic_is_gone = isinstance(message, owed.TopicState)
    if topic_is_gone:
        await tickets.unmap_desk(connection, ticket.id)  # the topic stays known as one of this ticket
    else:
        await tickets.change(connection, ticket.id, card_message_id=None)
    if not await outbox.is_owed(connection, outbox.ticket_queue(ticket.id), owed.Card.kind):
        recap = await _recap(connection, ticket.id) if topic_is_gone else None
        await queues.next_to(connection, row, _card_and(recap), now)


async def send_edited(connection: AsyncConnection, row: Owed, edit: Edit, now: float) -> None:
    """Owes what was edited as a new message, unless the message itself still waits to be sent as it is now."""
    new = edit.as_new()
    waiting = await outbox.of_kind(connection, row.queue, new.kind)
    if new.row not in {owed.relayed(each).row for each in waiting}:
        await queues.beside(connection, row, new, now)


async def card_without_topic(connection: AsyncConnection, row: Owed, now: float) -> None:
    """Lets a card go without a topic, which Telegram does not make: a ticket in the general topic is not lost."""
    await queues.change(connection, row, replace(owed.Card.of(row), topicless=True))
    await outbox.retry(connection, [row.id], not_before=now, error="no topic")


async def open_topic_first(connection: AsyncConnection, rows: list[Owed], now: float) -> bool:
    """Opens a closed topic for these rows, and closes it behind them where the ticket is solved.

    False where the ticket has no topic of its own.
    """
    row = rows[0]
    assert row.ticket_id
    ticket = await tickets.get(connection, row.ticket_id)
    if ticket is None or ticket.topic_id is None:
        return False
    await tickets.change(connection, row.ticket_id, topic_closed=True)
    await queues.beside(connection, row, owed.TopicOpen(), now, before=row)
    await outbox.begin_again(connection, rows, now)
    behind = await outbox.following(connection, rows[-1], limit=100_000)
    if not any(each.kind == owed.TopicState.kind for each in behind):
        await queues.to_ticket_of_id(connection, row.ticket_id, owed.TopicState(), now)
    return True


async def cards_anew(connection: AsyncConnection, desk_id: int, now: float) -> None:
    """Owes every open ticket of a desk its card in the chat that the desk has now."""
    for ticket in await tickets.opened(connection, desk_id):
        await card_anew(connection, ticket, now)


async def card_anew(connection: AsyncConnection, ticket: Ticket, now: float) -> None:
    """Owes a ticket its card with the last messages; nothing where a card is owed already."""
    if not await outbox.is_owed(connection, outbox.ticket_queue(ticket.id), owed.Card.kind):
        for message in _card_and(await _recap(connection, ticket.id)):
            await queues.to_ticket(connection, ticket, message, now)
