"""Keeps what a family writes to an ended ticket, and owes it to the desk once the ticket is opened again."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import owed, queues
from bot.delivery.message_content import in_parts
from bot.tickets import message_runs, search_index
from storage import tickets
from storage.tickets import Ticket

_CONTENT = ("kind", "file_id", "file_name", "text", "entities", "media_group_id", "family_message_id")


def text_alone(text: str) -> dict[str, Any]:
    """Gives a text as the data of a message that has nothing else."""
    return {**dict.fromkeys(_CONTENT), "kind": "text", "text": text}


async def keep(connection: AsyncConnection, ticket: Ticket, message: dict[str, Any], at: float) -> bool:
    """Keeps a message to a ticket that has ended; False where its run was answered already.

    It may be called for any closed ticket; the desk is owed nothing before the ticket is opened again (see `flush`).
    """
    before = [m for m in await tickets.messages(connection, ticket.id) if m.side == "kept"]
    await tickets.add_message(
        connection, ticket_id=ticket.id, side="kept", family_id=ticket.family_id, at=at, **message
    )
    return message_runs.begins(before, at)


async def flush(connection: AsyncConnection, ticket: Ticket, at: float) -> None:
    """Owes the desk what was written to a ticket after its end. It may be called once the ticket is open again."""
    for message in await tickets.take_kept(connection, ticket.id):
        await owe_kept(connection, ticket, {name: getattr(message, name) for name in _CONTENT}, at)


async def owe_kept(
    connection: AsyncConnection,
    ticket: Ticket,
    message: dict[str, Any],
    at: float,
    *,
    reply_row: int | None = None,
    delay: float = 0.0,
    quote: dict[str, Any] | None = None,
    is_sure: bool = True,
) -> None:
    """Owes the desk a message that was kept as plain data; a text that masking made too long goes in parts.

    It may be called for any ticket that this transaction has locked or made. The message is stored, put into the index
    of `/find`, and owed. `quote` is what its reply quotes. Where it is not sure to carry anything, a refusal is passed
    over in silence.
    """
    pieces = in_parts(message["text"] or "") if message["kind"] == "text" else []
    parts = [{**message, "text": piece, "entities": None} for piece in pieces] if len(pieces) > 1 else [message]
    for part in parts:
        row = await tickets.add_message(
            connection, ticket_id=ticket.id, side="family", family_id=ticket.family_id, at=at, **part
        )
        await search_index.add(connection, ticket, part["text"])
        await queues.to_ticket(
            connection, ticket, owed.ToDesk(row, reply_row=reply_row, quote=quote or None, trial=not is_sure), at,
            media_group_id=message["media_group_id"], delay=delay,
        )  # fmt: skip
