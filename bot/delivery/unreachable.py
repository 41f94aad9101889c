"""Handles families that cannot be reached: what is owed to them waits, and the desk is told of each answer."""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import owed, queues
from bot.flows.marked import fill
from bot.tickets import answering, owing
from storage import dialogues, outbox, parked, repair_waits, tickets
from storage.outbox import Owed


async def family_gone(connection: AsyncConnection, family_id: int, now: float) -> None:
    """Keeps what is owed to a family that blocked the bot, and tells the desk of each answer that waits."""
    waiting = await outbox.waiting_for(connection, family_id)
    await outbox.hold_family(connection, family_id)
    await repair_waits.cancel(connection, family_id)
    await dialogues.mark_blocked(connection, family_id, now)
    await mark_unreachable(connection, family_id, now, now)
    await tell_desk_of_each(connection, waiting, texts.REASON_BLOCKED, now)


async def tell_desk_of_each(connection: AsyncConnection, rows: list[Owed], reason: str, now: float) -> None:
    """Tells the desk of what waits: once for an album, and once for a message and its edits."""
    for row in {r.media_group_id or owed.of(r).desk_message_id or r.id: r for r in rows}.values():
        if owed.class_of(row).brings_words:
            await tell_desk(connection, row, reason, now)


async def welcome_back(connection: AsyncConnection, family_id: int, now: float) -> None:
    """Releases what was kept for a family that can be reached again."""
    await dialogues.mark_blocked(connection, family_id, None)
    await mark_unreachable(connection, family_id, None, now)
    stale = await parked.stale_screens(connection, family_id, now, owed.ScreenMessage.kind)
    await outbox.done(
        connection, [number for number, payload in stale if not owed.ScreenMessage.from_json(payload).lasting]
    )
    await outbox.release_chat(connection, family_id, now)


async def mark_unreachable(connection: AsyncConnection, family_id: int, since: float | None, now: float) -> None:
    """Notes on the family's open tickets since when it cannot be reached (None: it can again)."""
    for ticket in await tickets.of_family(connection, family_id):
        if ticket.is_open and (ticket.unreachable_at is None) != (since is None):
            await tickets.change(connection, ticket.id, unreachable_at=since)
            await owing.show_status(connection, ticket, now)


async def tell_desk(connection: AsyncConnection, row: Owed, reason: str, now: float) -> None:
    """Tells the desk why something of a ticket was not delivered, as a reply to the message that it was.

    What the bot said by itself (a receipt, a reminder) is no answer of the desk's: nothing is told of it.
    """
    message = owed.of(row)
    if row.ticket_id is None or (isinstance(message, owed.ScreenMessage) and message.of_bot):
        return
    told = owed.DeskText(fill(texts.NOT_DELIVERED, reason=reason), reply_to=message.desk_message_id)
    await queues.to_ticket_of_id(connection, row.ticket_id, told, now)


async def never_delivered(connection: AsyncConnection, rows: list[Owed], reason: str, now: float) -> None:
    """Tells the desk that these rows of one message will not be sent; what the family never had is no answer to it."""
    await tell_desk(connection, rows[0], reason, now)
    lost = [message.row for message in map(owed.of, rows) if isinstance(message, owed.ToFamily | owed.ScreenMessage)]
    found = [await tickets.message(connection, number) for number in lost if number is not None]
    await answering.take_back(connection, [message for message in found if message is not None], now)
