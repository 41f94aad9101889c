"""Captions that cannot stand where they belong: too long, or under a message whose number is unknown."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery.content import CAPTION_LIMIT, units
from bot.delivery.sending import Record
from storage import outbox, tickets
from storage.outbox import Owed
from storage.tickets import TicketMessage


async def split(connection: AsyncConnection, rows: list[Owed]) -> bool:
    """Puts the same media without the words that do not fit, then these words, before the rest of the queue.

    False where there are no words to take off.
    The words are a message of the ticket by themselves, so that later edits of the caption find them.
    """
    kept = {row.id: await tickets.message(connection, row.payload["row"]) for row in rows}
    worded = [row for row in rows if (m := kept[row.id]) and m.text]
    long = [row for row in worded if units(_text(kept[row.id])) > CAPTION_LIMIT] or worded
    if not long:
        return False
    behind = await outbox.following(connection, rows[-1], limit=100_000)
    await outbox.done(connection, [row.id for row in [*rows, *behind]])
    prompt = next((row.payload["prompt"] for row in reversed(rows) if row.payload.get("prompt")), None)
    for row in rows:
        payload = {**row.payload, "anew": True, "prompt": None}
        await _put(connection, row, payload, row.media_group_id)
    for row in long:
        message = kept[row.id]
        assert message is not None
        words = await _apart(connection, message)
        last = row is long[-1]
        payload = {**row.payload, "row": words, "reply_row": None, "anew": True, "prompt": prompt if last else None}
        await _put(connection, row, payload, None)
    for row in behind:
        await outbox.put_again(connection, row)
    return True


def told_apart(message: TicketMessage, edit: Owed) -> Record:
    """The new caption of media that Telegram gave no number for, so that nothing can be edited: a message follows."""

    async def record(connection: AsyncConnection, now: float) -> None:
        said = texts.CAPTION_CHANGED.format(text=message.text or "—")
        row = await tickets.add_message(
            connection, ticket_id=message.ticket_id, side=message.side, family_id=message.family_id,
            family_message_id=message.family_message_id if message.side == "family" else None,
            desk_chat_id=message.desk_chat_id if message.side == "desk" else None,
            desk_message_id=message.desk_message_id if message.side == "desk" else None,
            kind="text", text=said, actor=message.actor, at=now,
        )  # fmt: skip
        at_desk = edit.chat_id == outbox.SUPPORT
        payload = {"row": row, "anew": True, "from_message": edit.payload.get("from_message")}
        await outbox.put(
            connection, chat_id=edit.chat_id, queue=edit.queue, kind="to_desk" if at_desk else "to_family",
            payload=payload, ticket_id=edit.ticket_id, family_id=edit.family_id, at=now,
        )  # fmt: skip

    return record


def _text(message: TicketMessage | None) -> str:
    return (message.text or "") if message else ""


async def _apart(connection: AsyncConnection, message: TicketMessage) -> int:
    """Makes the caption of a kept message a kept message of its own; returns its row's id."""
    await tickets.change_message(connection, message.id, text=None, entities=None)
    return await tickets.add_message(
        connection, ticket_id=message.ticket_id, side=message.side, family_id=message.family_id,
        family_message_id=message.family_message_id if message.side == "family" else None,
        desk_chat_id=message.desk_chat_id if message.side == "desk" else None,
        desk_message_id=message.desk_message_id if message.side == "desk" else None,
        kind="text", text=message.text, entities=message.entities, actor=message.actor, at=message.at,
    )  # fmt: skip


async def _put(connection: AsyncConnection, row: Owed, payload: dict[str, Any], group: str | None) -> None:
    await outbox.put(
        connection, chat_id=row.chat_id, queue=row.queue, kind=row.kind, payload=payload, ticket_id=row.ticket_id,
        family_id=row.family_id, media_group_id=group, at=row.created_at,
    )  # fmt: skip
