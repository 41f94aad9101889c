"""Passes a family's messages on to the desk, masked, and remembers which message is which for edits and replies."""

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote

from aiogram.types import Message, MessageEntity
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import content, owed
from bot.flows import masking
from bot.flows.masking import Masked
from bot.handlers import message_kinds, quotes
from bot.tickets import after_the_end, owing
from storage import tickets
from storage.tickets import Ticket, TicketMessage


async def ticket_meant(connection: AsyncConnection, message: Message) -> Ticket | None:
    """Finds the ticket that a message of the support chat speaks of, and locks it until the transaction ends.

    What is replied to decides before the topic: `/ticket N` shows a ticket in another one's topic, too.
    """
    chat_id, reply = message.chat.id, message.reply_to_message
    found = await tickets.at_desk_message(connection, chat_id, reply.message_id) if reply else None
    if found is None and message.is_topic_message and message.message_thread_id:
        found = await tickets.at_topic(connection, chat_id, message.message_thread_id)
    return await tickets.held(connection, found.id) if found else None


async def masked_in(connection: AsyncConnection, ticket: Ticket, message: Message, before_row: int = 0) -> Masked:
    """Masks a message's text; a number alone is a code if the talk was of one just before.

    `before_row`: the message's own row, where it is an edit of one that is kept already.
    """
    text = message_kinds.words_of(message)
    expected = masking.is_number_alone(text) and await _code_is_expected(connection, ticket, before_row)
    return masking.mask(text, code_expected=expected)


async def _code_is_expected(connection: AsyncConnection, ticket: Ticket, before_row: int) -> bool:
    """Tells whether the family's last words, or the school's answer to them, speak of a code and of no other number."""
    said = [m for m in await tickets.messages(connection, ticket.id) if m.side != "note" and m.text]
    said = [m for m in said if not before_row or m.id < before_row]
    own = next((m.text for m in reversed(said) if m.side in ("family", "kept")), ticket.words)
    answer = said[-1].text if said and said[-1].side == "desk" else None
    if masking.speaks_of_other_number(answer):
        return False
    return masking.speaks_of_code(own) or masking.speaks_of_code(answer)


def kept(message: Message, masked: Masked, in_front: str = "") -> dict[str, Any]:
    """Gives the part of a message that is stored: masked, and with the words that it quotes `in_front`."""
    found = message_kinds.found_in(message)
    assert found is not None
    kind, text = found.name, masked.text
    if _only_in_words(message, found.name, masked):
        # It cannot be copied without showing what is hidden.
        kind, text = "text", _in_words(found.name, message, masked)
    entities = moved(message.entities or message.caption_entities, masked)
    if in_front and content.takes_words(kind):
        text, entities = in_front + text, content.shifted(entities, in_front)
    return {
        "kind": kind,
        "file_id": found.file_id if kind == found.name else None,
        "text": text or None,
        "entities": entities,
        "media_group_id": message.media_group_id,
        "family_message_id": message.message_id,
    }


def _only_in_words(message: Message, name: str, masked: Masked) -> bool:
    """Tells whether a message holds personal data that no caption of ours can replace."""
    if name == "text" or message.text or message.caption:
        return False
    if name == "contact" or masked.found:
        return True
    return any(masking.mask(said).found for said in _readings_of(masked.text))


def _readings_of(words: str) -> Iterator[str]:
    """Gives masked words as people read them over the ends of lines, in case a number is written over several."""
    if "\n" not in words:
        return
    yield re.sub(r"\s*\n\s*", " ", words)
    yield re.sub(r"\s*\n\s*", "", words)


def _in_words(name: str, message: Message, masked: Masked) -> str:
    """Puts a message into words, where it cannot go as it is."""
    said = masked.text
    if any(masking.mask(again).found for again in _readings_of(said)):
        said = texts.WORDS_HIDDEN
    return texts.SHOWN_IN_WORDS.format(
        kind=texts.KINDS.get(name, texts.KINDS[message_kinds.UNKNOWN]), words=said
    ).strip()


def moved(entities: list[MessageEntity] | None, masked: Masked) -> list[dict[str, Any]] | None:
    """Moves the formatting of a message so that it fits the masked text."""
    if not entities:
        return None
    spans = masking.move_entities([(e.offset, e.length) for e in entities], masked)
    safe = _safe_links(entities)
    fitted = [
        {**entity.model_dump(exclude_none=True, exclude={"user"}), "offset": span[0], "length": span[1]}
        for entity, span in zip(entities, spans, strict=True)
        if span is not None and entity.type not in _PERSONAL and (not entity.url or entity.url in safe)
    ]
    return fitted or None


def _safe_links(entities: Iterable[MessageEntity]) -> frozenset[str]:
    """Keeps the links that lead to no person, phone or mailbox; of the others only the words stay.

    Of a message that carries more links than anybody reads, `_MOST_OF_LINKS` characters are looked at and the rest
    of them goes as well: a hundred long ones would hold the loop for a second.
    """
    safe, left = set(), _MOST_OF_LINKS
    for url in dict.fromkeys(entity.url for entity in entities if entity.url):
        left -= len(url) + _COST_OF_LINK
        if left < 0:
            break
        if not url.startswith("tg://user") and not masking.mask(unquote(url)).found:
            safe.add(url)
    return frozenset(safe)


_MOST_OF_LINKS = 6000
_COST_OF_LINK = 40  # the shortest link costs about as much as so many characters


# Telegram finds these by itself in what is shown; a mention by id would name a person.
_PERSONAL = frozenset({"text_mention", "phone_number", "email", "bot_command", "url", "hashtag", "cashtag", "mention"})


async def to_desk(connection: AsyncConnection, ticket: Ticket, message: Message, masked: Masked, at: float) -> None:
    """Keeps a family's message and owes it to the desk."""
    replied = await _replied(connection, ticket.family_id or 0, message)
    in_front, quote = quotes.for_desk(message, replied)
    data = kept(message, masked, in_front)
    delay = owing.MEDIA_GROUP_WAIT_S if message.media_group_id else 0.0
    if in_front and not content.takes_words(data["kind"]):
        nothing_else = dict.fromkeys(("file_id", "entities", "media_group_id", "family_message_id"))
        await after_the_end.owe_kept(connection, ticket, {"kind": "text", "text": in_front.strip(), **nothing_else}, at)
    found = message_kinds.found_in(message)
    await after_the_end.owe_kept(
        connection, ticket, data, at, reply_row=replied.id if replied else None, delay=delay, quote=quote,
        is_sure=found is None or found.is_sure,
    )  # fmt: skip


async def _replied(connection: AsyncConnection, family_id: int, message: Message) -> TicketMessage | None:
    """Finds the message of a ticket that a family's message answers."""
    reply = message.reply_to_message
    return await tickets.message_at_family(connection, family_id, reply.message_id) if reply else None


def replaced(message: Message, row: TicketMessage) -> dict[str, Any]:
    """Gives the columns to change where an edit replaced the media; empty where they are the same."""
    found = message_kinds.found_in(message)
    kind, file_id = (found.name, found.file_id) if found else ("text", None)
    same = file_id is None or row.file_id is None or file_id == row.file_id
    return {} if same or kind not in content.REPLACEABLE else {"kind": kind, "file_id": file_id}


async def edit_to_desk(connection: AsyncConnection, family_id: int, message: Message, at: float) -> bool:
    """Changes the message at the desk as the family edited it. Gives False where the message is not a ticket's."""
    row = await tickets.message_at_family(connection, family_id, message.message_id)
    if row is None or row.side not in ("family", "kept"):
        return False
    ticket = await tickets.held(connection, row.ticket_id)
    row = await tickets.message(connection, row.id)  # what was kept may be on its way to the desk by now
    if ticket is None or row is None:
        return False
    if ticket.erased_at is not None and row.side != "kept":
        return True  # what was erased stays so
    masked = await masked_in(connection, ticket, message, row.id)
    in_front, _ = quotes.for_desk(message, await _replied(connection, family_id, message))
    data, media = kept(message, masked, in_front), replaced(message, row)
    if not media and await _says_the_same(connection, row, data):
        return True
    if row.side == "family" and await _edits_in_parts(connection, ticket, row, data, at):
        return True
    await tickets.change_message(connection, row.id, text=data["text"], entities=data["entities"], **media)
    if row.side == "family" and content.is_only_copied(row):
        # Nothing can be edited in it: it goes once more as it is now, or in words.
        if data["kind"] != row.kind:
            await tickets.change_message(connection, row.id, kind=data["kind"])
        await owing.owe_desk(connection, row.ticket_id, owed.ToDesk(row.id), at)
        return True
    if row.side == "family":
        # Owed even where the message itself is still on its way: it may have been read before this edit.
        await owing.owe_edit(connection, ticket, owed.EditAtDesk(row.id, replaced=bool(media)), at)
    return True


async def _edits_in_parts(
    connection: AsyncConnection, ticket: Ticket, row: TicketMessage, data: dict[str, Any], at: float
) -> bool:
    """Edits a text that takes several messages at the desk, before or after. Gives False where one message holds it."""
    parts = await tickets.parts_at_family(connection, row.family_id or 0, row.family_message_id or 0)
    pieces = content.in_parts(data["text"] or "")
    if max(len(parts), len(pieces)) < 2 or {data["kind"], *(part.kind for part in parts)} != {"text"}:
        return False
    for at_place, part in enumerate(parts):
        text = pieces[at_place] if at_place < len(pieces) else None
        if text != part.text:
            await tickets.change_message(connection, part.id, text=text, entities=None)
            await owing.owe_edit(connection, ticket, owed.EditAtDesk(part.id), at)
    for piece in pieces[len(parts) :]:
        await after_the_end.owe_kept(connection, ticket, {**data, "text": piece, "entities": None}, at)
    return True


async def _says_the_same(connection: AsyncConnection, row: TicketMessage, data: dict[str, Any]) -> bool:
    """Tells whether an edit changed nothing of the stored message, whether that was sent in one part or in several."""
    if (row.text or None) == data["text"] and (row.entities or None) == (data["entities"] or None):
        return True
    parts = await tickets.parts_at_family(connection, row.family_id or 0, row.family_message_id or 0)
    return len(parts) > 1 and [part.text for part in parts] == content.in_parts(data["text"] or "")
