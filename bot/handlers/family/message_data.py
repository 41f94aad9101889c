"""Turns a family's message into the plain data that its ticket keeps: masked, with the formatting moved to fit."""

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote

from aiogram.types import Message, MessageEntity
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.flows import masking
from bot.flows.masking import Masked
from bot.handlers import message_kinds, quotes
from bot.tickets import family_messages
from bot.tickets.family_messages import FamilyMessage
from storage.tickets import Ticket

_LINE_ENDS = re.compile(r"(?<!\s)\s*\n\s*+")  # with what space there is around them


def for_ticket(message: Message, masked: Masked) -> FamilyMessage:
    """Gives a message of a family as its ticket takes it. It carries something: `message_kinds.found_in` finds it."""
    found, reply = message_kinds.found_in(message), message.reply_to_message
    assert found is not None
    return FamilyMessage(
        kept(message, masked), message_kinds.media_of(message), quotes.of(message),
        replied_id=reply.message_id if reply else None, is_sure=found.is_sure,
    )  # fmt: skip


async def masked_in(connection: AsyncConnection, ticket: Ticket, message: Message, before_row: int = 0) -> Masked:
    """Masks a message's text; a number alone is a code if the talk was of one just before.

    `before_row`: the message's own row, where it is an edit of one that is kept already.
    """
    text = message_kinds.words_of(message)
    expected = masking.is_number_alone(text) and await family_messages.code_is_expected(connection, ticket, before_row)
    return masking.mask(text, code_expected=expected)


def kept(message: Message, masked: Masked) -> dict[str, Any]:
    """Gives the part of a message that is stored, masked, by the names of its columns."""
    found = message_kinds.found_in(message)
    assert found is not None
    kind, text = found.name, masked.text
    if _only_in_words(message, found.name, masked):
        # It cannot be copied without showing what is masked.
        kind, text = "text", _in_words(found.name, masked)
    return {
        "kind": kind,
        "file_id": found.file_id if kind == found.name else None,
        "file_name": message_kinds.file_name_of(message) if kind == found.name else None,
        "text": text or None,
        "entities": moved(message.entities or message.caption_entities, masked),
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
    """Gives the masked words also with their lines joined, in case a number is spread over several."""
    if "\n" not in words:
        return
    yield _LINE_ENDS.sub(" ", words)
    yield _LINE_ENDS.sub("", words)


def _in_words(name: str, masked: Masked) -> str:
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
        if not url.startswith(_OF_PERSONS) and not masking.mask(unquote(url)).found:
            safe.add(url)
    return frozenset(safe)


_OF_PERSONS = ("tg://user", "max://user")
_MOST_OF_LINKS = 6000
_COST_OF_LINK = 40  # the shortest link costs about as much as so many characters


# Telegram finds these by itself in what is shown; a mention by id would name a person.
_PERSONAL = frozenset({"text_mention", "phone_number", "email", "bot_command", "url", "hashtag", "cashtag", "mention"})
