"""A family's messages on their way to the desk: what kinds go, masked, with their map for edits and replies."""

from typing import Any
from urllib.parse import unquote

from aiogram.types import Message, MessageEntity
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import content, desk_rows, pending
from bot.flows import masking
from bot.flows.masking import Masked
from storage import outbox, tickets
from storage.tickets import Ticket, TicketMessage

KINDS = ("photo", "document", "voice", "video", "audio", "animation", "sticker", "video_note")


def can_relay(message: Message) -> bool:
    """Whether the message is of a kind that reaches the desk."""
    return content_of(message) is not None


def content_of(message: Message) -> tuple[str, str | None] | None:
    """The kind of a message and its file id; None for kinds that carry nothing to relay or too much (a contact)."""
    if message.text:
        return "text", None
    # An animation comes with a document beside it, for old clients: the animation is what it is.
    for kind in ("animation", *KINDS):
        content = getattr(message, kind, None)
        if content:
            return kind, content[-1].file_id if kind == "photo" else content.file_id
    return None


async def ticket_meant(connection: AsyncConnection, message: Message) -> Ticket | None:
    """The ticket that a message of the support chat speaks of, locked until the transaction ends.

    What is replied to decides before the topic: `/ticket N` shows a ticket in another one's topic, too.
    """
    chat_id, reply = message.chat.id, message.reply_to_message
    found = await tickets.at_desk_message(connection, chat_id, reply.message_id) if reply else None
    if found is None and message.is_topic_message and message.message_thread_id:
        found = await tickets.at_topic(connection, chat_id, message.message_thread_id)
    return await tickets.held(connection, found.id) if found else None


async def masked_in(connection: AsyncConnection, ticket: Ticket, message: Message, before_row: int = 0) -> Masked:
    """A message's text without personal data; a number alone is a code where the talk was of one just before.

    `before_row`: the message's own row, where it is an edit of one that is kept already.
    """
    text = message.text or message.caption or ""
    if masking.mask(text) == masking.mask(text, code_expected=True):
        return masking.mask(text)
    return masking.mask(text, code_expected=await _code_is_expected(connection, ticket, before_row))


async def _code_is_expected(connection: AsyncConnection, ticket: Ticket, before_row: int) -> bool:
    """Whether the family's last words, or the school's answer to them, speak of a code and of no other number."""
    said = [m for m in await tickets.messages(connection, ticket.id) if m.side != "note" and m.text]
    said = [m for m in said if not before_row or m.id < before_row]
    own = next((m.text for m in reversed(said) if m.side in ("family", "kept")), ticket.words)
    answer = said[-1].text if said and said[-1].side == "desk" else None
    if masking.speaks_of_other_number(answer):
        return False
    return masking.speaks_of_code(own) or masking.speaks_of_code(answer)


def kept(message: Message, masked: Masked) -> dict[str, Any]:
    """A message as plain data: what is stored of it, personal data masked."""
    found = content_of(message)
    assert found is not None
    kind, file_id = found
    return {
        "kind": kind,
        "file_id": file_id,
        "text": masked.text or None,
        "entities": moved(message.entities or message.caption_entities, masked),
        "media_group_id": message.media_group_id,
        "family_message_id": message.message_id,
    }


def moved(entities: list[MessageEntity] | None, masked: Masked) -> list[dict[str, Any]] | None:
    """The formatting of a message, moved to fit its masked text."""
    if not entities:
        return None
    spans = masking.move_entities([(e.offset, e.length) for e in entities], masked)
    fitted = [
        {**entity.model_dump(exclude_none=True, exclude={"user"}), "offset": span[0], "length": span[1]}
        for entity, span in zip(entities, spans, strict=True)
        if span is not None and entity.type not in _PERSONAL and not _hides_person(entity.url or "")
    ]
    return fitted or None


def _hides_person(url: str) -> bool:
    """Whether a link behind words leads to a person, a phone or a mailbox: the words stay, the link goes."""
    return url.startswith("tg://user") or bool(masking.mask(unquote(url)).found)


# Telegram finds these by itself in what is shown; a mention by id would name a person.
_PERSONAL = frozenset({"text_mention", "phone_number", "email", "bot_command", "url", "hashtag", "cashtag", "mention"})


async def to_desk(connection: AsyncConnection, ticket: Ticket, message: Message, masked: Masked, at: float) -> None:
    """Keeps a family's message and owes it to the desk."""
    reply_row = None
    if message.reply_to_message:
        replied = await tickets.message_at_family(
            connection, ticket.family_id or 0, message.reply_to_message.message_id
        )
        reply_row = replied.id if replied else None
    delay = desk_rows.MEDIA_GROUP_WAIT_S if message.media_group_id else 0.0
    await pending.owe_kept(connection, ticket, kept(message, masked), at, reply_row=reply_row, delay=delay)


def replaced(message: Message, row: TicketMessage) -> dict[str, Any]:
    """The media that an edit put in the place of the kept one, as columns to change; empty where it is the same."""
    kind, file_id = content_of(message) or ("text", None)
    same = file_id is None or row.file_id is None or file_id == row.file_id
    return {} if same or kind not in content.REPLACEABLE else {"kind": kind, "file_id": file_id}


async def edit_to_desk(connection: AsyncConnection, family_id: int, message: Message, at: float) -> bool:
    """A family edited its message: what stands at the desk follows. False where the message is not a ticket's."""
    row = await tickets.message_at_family(connection, family_id, message.message_id)
    if row is None or row.side not in ("family", "kept"):
        return False
    ticket = await tickets.held(connection, row.ticket_id)
    row = await tickets.message(connection, row.id)  # what was kept may be on its way to the desk by now
    if ticket is None or row is None:
        return False
    masked = await masked_in(connection, ticket, message, row.id)
    entities = moved(message.entities or message.caption_entities, masked)
    media = replaced(message, row)
    await tickets.change_message(connection, row.id, text=masked.text or None, entities=entities, **media)
    # Owed even where the message itself is still on its way: it may have been read before this edit.
    payload = {"row": row.id, "replaced": bool(media)}
    lane = outbox.ticket_lane(row.ticket_id)
    if row.side == "family" and not await outbox.joins_edit(connection, lane, "edit_at_desk", payload):
        await desk_rows.owe_desk(connection, row.ticket_id, "edit_at_desk", payload, at)
    return True
