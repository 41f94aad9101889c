"""What a family wrote after its ticket's end: kept with its dialogue, and sent whoever opens the ticket again."""

from dataclasses import replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.content import in_parts
from storage import dialogues, outbox, tickets
from storage.tickets import Ticket

MOST_KEPT = 20


def kept(form: dict[str, Any], ticket_id: int, message: dict[str, Any]) -> dict[str, Any]:
    """The dialogue's stored form with one more message in it."""
    return {**form, "pending": [*form.get("pending", []), {**message, "ticket": ticket_id}][-MOST_KEPT:]}


async def flush(connection: AsyncConnection, ticket: Ticket, at: float) -> None:
    """The ticket is open again: what was written to it meanwhile is owed to the desk."""
    if ticket.family_id is None:
        return
    dialogue = await dialogues.load(connection, ticket.family_id)
    waiting = dialogue.form.get("pending", [])
    mine = [message for message in waiting if message.get("ticket", ticket.id) == ticket.id]
    if not mine:
        return
    form = {**dialogue.form, "pending": [message for message in waiting if message not in mine]}
    await dialogues.save(connection, replace(dialogue, form=form))
    for message in mine:
        await owe_kept(connection, ticket, {name: value for name, value in message.items() if name != "ticket"}, at)


async def owe_kept(
    connection: AsyncConnection,
    ticket: Ticket,
    message: dict[str, Any],
    at: float,
    *,
    reply_row: int | None = None,
    delay: float = 0.0,
) -> None:
    """Owes the desk a message that was kept as plain data; a text that masking made too long goes in parts."""
    pieces = in_parts(message["text"] or "") if message["kind"] == "text" else []
    parts = [{**message, "text": piece, "entities": None} for piece in pieces] if len(pieces) > 1 else [message]
    for part in parts:
        row = await tickets.add_message(
            connection, ticket_id=ticket.id, side="family", family_id=ticket.family_id, at=at, **part
        )
        await outbox.put(
            connection, chat_id=outbox.SUPPORT, lane=outbox.ticket_lane(ticket.id), kind="to_desk",
            payload={"row": row, "reply_row": reply_row}, ticket_id=ticket.id, family_id=ticket.family_id,
            media_group_id=message["media_group_id"], at=at, delay=delay,
        )  # fmt: skip
