"""Changes outbox rows so that a caption goes as a text of its own: it is too long, or its message cannot be edited.

Nothing is sent here: the rows that it puts are sent like all others.
"""

from dataclasses import replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.channels.abilities import Abilities
from bot.delivery import owed, queues
from bot.delivery.owed_message import Edit, Relayed
from bot.delivery.sending import Record
from bot.flows.utf16 import units
from storage import outbox, tickets
from storage.outbox import Owed
from storage.tickets import TicketMessage


async def split(connection: AsyncConnection, abilities: Abilities, rows: list[Owed], now: float) -> bool:
    """Replaces rows by the same media without the words that do not fit, followed by these words as a text.

    False where there are no words to take off.
    The words are a message of the ticket by themselves, so that later edits of the caption find them.
    """
    relayed = {row.id: owed.relayed(row) for row in rows}
    kept = {row.id: await tickets.message(connection, relayed[row.id].row) for row in rows}
    worded = [row for row in rows if (m := kept[row.id]) and m.text]
    long = [row for row in worded if units(_text(kept[row.id])) > abilities.caption_length] or worded
    if not long:
        return False
    media = {row.id: replace(relayed[row.id], anew=True, prompt=None) for row in rows}
    prompt = next((relayed[row.id].prompt for row in reversed(rows) if relayed[row.id].prompt), None)
    await outbox.begin_again(connection, [replace(row, payload=media[row.id].to_json()) for row in rows], now)
    words: list[Relayed] = []
    for row in long:
        message = kept[row.id]
        assert message is not None
        number = await _apart(connection, message)
        asked = prompt if row is long[-1] else None
        words.append(replace(media[row.id], row=number, reply_row=None, prompt=asked))
    await queues.next_to(connection, rows[-1], words, rows[0].created_at)
    return True


def told_apart(message: TicketMessage, row: Owed, edit: Edit) -> Record:
    """Owes a changed caption as a message, where Telegram gave the media no message id and nothing can be edited."""

    async def record(connection: AsyncConnection, now: float) -> None:
        said = texts.CAPTION_CHANGED.format(text=message.text or "—")
        number = await _beside(connection, message, text=said, entities=None, at=now)
        await queues.beside(connection, row, edit.as_new(number), now)

    return record


def _text(message: TicketMessage | None) -> str:
    return (message.text or "") if message else ""


async def _apart(connection: AsyncConnection, message: TicketMessage) -> int:
    """Makes the caption of a kept message a kept message of its own; returns its row's id."""
    await tickets.change_message(connection, message.id, text=None, entities=None)
    return await _beside(connection, message, text=message.text, entities=message.entities, at=message.at)


async def _beside(
    connection: AsyncConnection, message: TicketMessage, *, text: str | None, entities: Any, at: float
) -> int:
    """Keeps words that stand beside a kept message, where the same person wrote them; returns their row's id."""
    return await tickets.add_message(
        connection, ticket_id=message.ticket_id, side=message.side, family_id=message.family_id,
        family_message_id=message.family_message_id if message.side == "family" else None,
        desk_chat_id=message.desk_chat_id if message.side == "desk" else None,
        desk_message_id=message.desk_message_id if message.side == "desk" else None,
        kind="text", text=text, entities=entities, actor=message.actor, at=at,
    )  # fmt: skip
