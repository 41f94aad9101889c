"""Deleted messages of tickets: the desk is shown what a family deleted, and the family's copy of the school's goes."""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import owed, queues
from bot.delivery.owed_message import Edit, Relayed
from bot.flows.marked import fill
from bot.tickets import answering, owing, search_index
from storage import desk_places, outbox, purging, tickets
from storage.tickets import Ticket, TicketMessage


async def by_family(connection: AsyncConnection, family_id: int, message_ids: list[int], at: float) -> None:
    """Carries out a family's deletion of messages in its chat: their words are erased here and at the desk.

    It may be called for any messages of the chat; those of no ticket, and those that are erased, change nothing. A text
    at the desk says that it was deleted, anything else is deleted there as well, and a line says what it was.
    """
    told: set[str] = set()
    for number in message_ids:
        for row in await tickets.parts_at_family(connection, family_id, number):
            ticket = await tickets.locked(connection, row.ticket_id)
            if ticket is None or row.side not in ("family", "kept") or ticket.erased_at is not None:
                continue
            if row.side == "kept":
                await tickets.drop_message(connection, row.id)
            else:
                await _show_deleted(connection, ticket, row, told, at)
            await purging.owe(connection)


async def _show_deleted(
    connection: AsyncConnection, ticket: Ticket, row: TicketMessage, told: set[str], at: float
) -> None:
    """Shows the desk that a message is deleted; of an album one line tells it."""
    kind = row.kind
    said = {"kind": "text", "text": texts.DELETED_BY_FAMILY, "entities": None, "file_id": None, "file_name": None}
    await tickets.change_message(connection, row.id, **said, media_group_id=None)
    await search_index.change(connection, ticket, row.text, None)
    if row.desk_message_id is None and await _drop(connection, outbox.ticket_queue(ticket.id), owed.ToDesk, row.id):
        return
    if kind == "text" or row.desk_message_id is None:
        await owing.owe_edit(connection, ticket, owed.EditAtDesk(row.id), at)
        return
    trace = owed.DeleteMessages([row.desk_message_id], desk_chat_id=row.desk_chat_id)
    await queues.to_ticket(connection, ticket, trace, at)
    group = row.media_group_id or str(row.id)
    if group not in told:
        told.add(group)
        what = texts.SENT_WORDS.get(kind, kind)
        line = fill(texts.DELETED_BY_FAMILY_MEDIA, what=what)
        await queues.to_ticket(connection, ticket, owed.DeskText(line), at)


async def by_school(connection: AsyncConnection, desk_id: int, chat_id: int, message_ids: list[int], at: float) -> None:
    """Deletes the family's copies of messages that the school deleted in a desk's chat.

    It may be called for any messages of the chat; those that no family has change nothing. An answer that still waits
    to be sent is not sent. Where no other answer stands, it is the school's turn again.
    """
    for number in message_ids:
        gone: list[TicketMessage] = []
        for row in await desk_places.parts(connection, desk_id, chat_id, number):
            ticket = await tickets.locked(connection, row.ticket_id)
            if ticket is None or row.side != "desk" or ticket.family_id is None:
                continue
            gone.append(row)
            blank = {"kind": "text", "text": None, "entities": None, "file_id": None, "file_name": None}
            await tickets.change_message(connection, row.id, **blank)
            queue = outbox.family_queue(ticket.family_id)
            for kind in (owed.ToFamily, owed.EditAtFamily):
                await _drop(connection, queue, kind, row.id)
            # Read again: it may have arrived since, which is noted without the ticket's lock.
            found = await tickets.message(connection, row.id)
            if found and found.family_message_id:
                await owing.owe_family(connection, ticket, owed.DeleteAtFamily(found.family_message_id), at)
            else:
                await tickets.drop_message(connection, row.id)
            await purging.owe(connection)
        await answering.take_back(connection, gone, at)


async def _drop(connection: AsyncConnection, queue: str, kind: type[Relayed | Edit], row_id: int) -> bool:
    """Takes back what would carry a message of a ticket; False where there is none, or it is on its way."""
    waiting = await outbox.of_kind(connection, queue, kind.kind, to_change=True)
    mine = [row.id for row in waiting if kind.of(row).row == row_id]
    await outbox.done(connection, mine)
    return bool(mine)
