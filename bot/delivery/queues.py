"""Puts owed messages into their queues of the outbox: a family's, a ticket's at its desk, a desk's general one.

It takes any kind of message (owed.py) and decides nothing about it; rules that use-cases share are in
bot/tickets/owing.py.
"""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.owed_message import OwedMessage
from storage import outbox, tickets
from storage.outbox import Owed
from storage.tickets import Ticket


async def to_family(
    connection: AsyncConnection,
    family_id: int,
    message: OwedMessage,
    at: float,
    *,
    ticket_id: int | None = None,
    media_group_id: str | None = None,
    delay: float = 0.0,
) -> int:
    """Owes a family something, after `delay` seconds; returns the row's id."""
    return await outbox.put(
        connection, chat_id=family_id, queue=outbox.family_queue(family_id), kind=message.kind,
        payload=message.to_json(), ticket_id=ticket_id, family_id=family_id, media_group_id=media_group_id, at=at,
        delay=delay,
    )  # fmt: skip


async def to_ticket(
    connection: AsyncConnection,
    ticket: Ticket,
    message: OwedMessage,
    at: float,
    *,
    media_group_id: str | None = None,
    delay: float = 0.0,
) -> None:
    """Owes a ticket's desk something about it, in the ticket's own queue."""
    await to_desk(
        connection, ticket.desk_id, outbox.ticket_queue(ticket.id), message, at, about=ticket,
        media_group_id=media_group_id, delay=delay,
    )  # fmt: skip


async def to_ticket_of_id(connection: AsyncConnection, ticket_id: int, message: OwedMessage, at: float) -> None:
    """Owes the same where only the ticket's id is known; nothing where there is no such ticket any more."""
    ticket = await tickets.get(connection, ticket_id)
    if ticket is not None:
        await to_ticket(connection, ticket, message, at)


async def to_general(
    connection: AsyncConnection,
    desk_id: int,
    message: OwedMessage,
    at: float,
    *,
    topic: int | None = None,
    about: Ticket | None = None,
) -> None:
    """Owes a desk something in no ticket's place; answers to commands have a queue for each `topic` (0: none)."""
    await to_desk(connection, desk_id, outbox.desk_queue(desk_id, topic), message, at, about=about)


async def to_desk(
    connection: AsyncConnection,
    desk_id: int,
    queue: str,
    message: OwedMessage,
    at: float,
    *,
    about: Ticket | None = None,
    media_group_id: str | None = None,
    delay: float = 0.0,
) -> None:
    """Owes a desk something in a queue with any name: whatever becomes of it, other queues go on."""
    await outbox.put(
        connection, chat_id=outbox.address_of_desk(desk_id), queue=queue, kind=message.kind, payload=message.to_json(),
        ticket_id=about.id if about else None, family_id=about.family_id if about else None,
        media_group_id=media_group_id, at=at, delay=delay,
    )  # fmt: skip


async def beside(
    connection: AsyncConnection, row: Owed, message: OwedMessage, at: float, before: Owed | None = None
) -> None:
    """Owes something in the queue of a row, for its ticket: before another row of it, else at the end."""
    await outbox.put(
        connection, chat_id=row.chat_id, queue=row.queue, kind=message.kind, payload=message.to_json(),
        ticket_id=row.ticket_id, family_id=row.family_id, at=at, before=before,
    )  # fmt: skip


async def next_to(connection: AsyncConnection, row: Owed, messages: Sequence[OwedMessage], at: float) -> None:
    """Owes something right behind a row, before all that waits behind it and is not on its way."""
    behind = await outbox.following(connection, row, limit=1, on_its_way=False)
    for message in messages:
        await beside(connection, row, message, at, before=behind[0] if behind else None)


async def change(connection: AsyncConnection, row: Owed, message: OwedMessage) -> None:
    """Keeps another message of the same kind in a row."""
    await outbox.change_payload(connection, row.id, message.to_json())
