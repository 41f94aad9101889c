"""Sends a stored message anew as the bot's own: every kind, albums, merged texts, edits."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from aiogram.exceptions import TelegramBadRequest
from aiogram.types import (
    InputMediaAnimation,
    InputMediaAudio,
    InputMediaDocument,
    InputMediaPhoto,
    InputMediaVideo,
    Message,
    MessageEntity,
)
from aiogram.utils.text_decorations import html_decoration
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.abilities import SHORTEST_TEXT, Abilities
from bot.channels.routed_bot import sent_as
from bot.delivery.sending import REQUEST_TIMEOUT_S, CaptionTooLong, NoAlbum
from bot.flows.marked import Markup, kept
from bot.flows.ticket.ticket_card import shortened
from bot.flows.utf16 import first_units, units
from bot.services import Services
from storage import max_messages
from storage.tickets import TicketMessage

_PLAIN_MARKS = frozenset(
    {"bold", "italic", "underline", "strikethrough", "spoiler", "code", "pre", "text_link", "blockquote"}
)
UNCAPTIONED = ("sticker", "video_note")
CAPTIONED = frozenset(
    {"photo", "document", "video", "audio", "animation", "voice", "live_photo", "paid_media", "unknown_media"}
)
_MEDIA = {
    "photo": InputMediaPhoto, "video": InputMediaVideo, "document": InputMediaDocument, "audio": InputMediaAudio
}  # fmt: skip
REPLACEABLE: dict[str, Any] = {**_MEDIA, "animation": InputMediaAnimation}


def takes_words(kind: str) -> bool:
    """Tells whether a message of this kind says its words itself, as a text or a caption."""
    return kind == "text" or kind in CAPTIONED


def is_only_copied(message: TicketMessage) -> bool:
    """Tells whether a kept message can neither be sent anew nor edited: Telegram alone can copy it."""
    return not takes_words(message.kind) and message.kind not in UNCAPTIONED


def _are_album(abilities: Abilities, messages: list[TicketMessage]) -> bool:
    kinds = {message.kind for message in messages}
    if len(messages) > abilities.album_size:
        return False
    if abilities.album_is_one and units("\n".join(m.text or "" for m in messages)) > abilities.caption_length:
        return False  # each goes alone, with its own words
    return any(kinds <= together for together in abilities.albums) and all(message.file_id for message in messages)


def shifted(entities: list[dict[str, Any]] | None, in_front: str) -> list[dict[str, Any]] | None:
    """Gives formatting moved by the length of words that were put in front."""
    return [{**entity, "offset": entity["offset"] + units(in_front)} for entity in entities or []] or None


def with_front(abilities: Abilities, message: TicketMessage, in_front: str) -> TicketMessage:
    """Gives a kept message with words in front of its own, as many of them as a text has room for."""
    if message.kind == "text":
        room = abilities.text_length - units(message.text or "")
        in_front = shortened(in_front, room) if room > 0 else ""
    text = in_front + (message.text or "")
    return replace(message, text=text, entities=shifted(message.entities, in_front))


def has_room(abilities: Abilities, message: TicketMessage, in_front: str) -> bool:
    """Tells whether a kept message can carry words in front of its own: a caption has little room, a sticker none."""
    if message.kind == "text":
        return True
    return takes_words(message.kind) and units(in_front + (message.text or "")) <= abilities.caption_length


def in_parts(text: str, limit: int = SHORTEST_TEXT) -> list[str]:
    """Gives a text in pieces, none of them cut within a letter.

    They are kept, and their desk may move: so every channel takes them.
    """
    parts = []
    while units(text) > limit:
        head = first_units(text, limit)
        parts.append(head)
        text = text[len(head) :]
    return [*parts, text]


def joined(abilities: Abilities, messages: list[TicketMessage]) -> tuple[str, list[MessageEntity]]:
    """Joins several texts into one, a line each, and moves their formatting along."""
    texts, entities, offset = [], [], 0
    for message in messages:
        text = message.text or ""
        for entity in message.entities or []:
            entities.append(MessageEntity(**{**entity, "offset": entity["offset"] + offset}))
        texts.append(text)
        offset += units(text) + 1
    return fitted("\n".join(texts), entities, abilities.text_length)


def fitted(text: str, entities: list[MessageEntity], limit: int) -> tuple[str, list[MessageEntity]]:
    """Gives the text within the limit, and the formatting that fits it: an edit may make a merged text too long."""
    if units(text) <= limit:
        return text, entities
    return shortened(text, limit), [entity for entity in entities if entity.offset + entity.length < limit]


def formatting(message: TicketMessage) -> list[MessageEntity] | None:
    """Gives the kept formatting of a message."""
    return [MessageEntity(**entity) for entity in message.entities or []] or None


def as_html(text: str, entities: list[dict[str, Any]] | None) -> Markup:
    """Gives a text with the marks that any message may carry, as HTML: what was typed is escaped in it."""
    plain = [MessageEntity(**entity) for entity in entities or [] if entity.get("type") in _PLAIN_MARKS]
    return kept(html_decoration.unparse(text, plain))


def can_be_sent(message: TicketMessage) -> bool:
    """Tells whether enough of a message was kept to send it without its source (of a poll or a location it was not)."""
    return message.kind == "text" or message.file_id is not None


async def send_anew(services: Services, abilities: Abilities, target: dict[str, Any], message: TicketMessage) -> int:
    """Sends a kept message of any kind as the bot's own; returns its id. Raises CaptionTooLong before it is sent."""
    bot, common = services.bot, {**target, "request_timeout": REQUEST_TIMEOUT_S}
    if message.kind == "text":
        sent = await bot.send_message(**common, text=message.text or "—", entities=formatting(message), parse_mode=None)
        return sent.message_id
    caption: dict[str, Any] = {}
    if message.text and message.kind not in UNCAPTIONED:
        _must_fit(abilities, message)
        caption = {"caption": message.text, "caption_entities": formatting(message), "parse_mode": None}
    # Of a live photo its still picture was kept: it goes where the whole cannot be copied.
    kind = "photo" if message.kind == "live_photo" else message.kind
    method = getattr(bot, f"send_{kind}")
    try:
        with sent_as(message.file_name):
            sent = await method(**common, **{kind: message.file_id}, **caption)
    except TelegramBadRequest as error:
        raise as_too_long(error) from None
    return int(sent.message_id)


def _must_fit(abilities: Abilities, message: TicketMessage) -> None:
    if units(message.text or "") > abilities.caption_length:
        raise CaptionTooLong


def as_too_long(error: TelegramBadRequest) -> Exception:
    """Gives CaptionTooLong where Telegram says so («message caption is too long»), else the error itself."""
    said = error.message
    return CaptionTooLong() if "caption is too long" in said or "CAPTION_TOO_LONG" in said else error


async def send_album(
    services: Services, abilities: Abilities, target: dict[str, Any], messages: list[TicketMessage]
) -> list[int]:
    """Sends kept messages as one album; returns their ids. Raises CaptionTooLong or NoAlbum before anything is sent."""
    if not _are_album(abilities, messages):
        raise NoAlbum
    for message in messages:
        _must_fit(abilities, message)
    media: list[Any] = [
        _MEDIA[message.kind](
            media=message.file_id, caption=message.text, caption_entities=formatting(message), parse_mode=None
        )
        for message in messages
    ]
    try:
        sent: list[Message] = await services.bot.send_media_group(
            **target, media=media, request_timeout=REQUEST_TIMEOUT_S
        )
    except TelegramBadRequest as error:
        raise as_too_long(error) from None
    return [part.message_id for part in sent]


async def album_of(
    services: Services,
    abilities: Abilities,
    message_id: int,
    parts_at: Callable[[AsyncConnection, int], Awaitable[list[TicketMessage]]],
) -> list[TicketMessage] | None:
    """Gives all parts of the album that a message is a part of, where an album is one message; None elsewhere.

    `parts_at` reads what stands in the chat under one number.
    """

    async def read(connection: AsyncConnection) -> list[TicketMessage]:
        numbers = await max_messages.numbers_beside(connection, message_id)
        return [part for one in numbers for part in await parts_at(connection, one)]

    return await services.database.read(read) if abilities.album_is_one else None


async def edit_content(
    services: Services,
    abilities: Abilities,
    chat_id: int,
    message_id: int,
    messages: list[TicketMessage],
    markup: Any = None,
    *,
    replaced: bool = False,
    album: list[TicketMessage] | None = None,
) -> None:
    """Edits what stands in a message: a text (of one part or of several merged), or the caption of anything else.

    With `replaced` the media itself is another one now. `album` holds all the parts whose captions stand in it.
    """
    common: dict[str, Any] = {
        "chat_id": chat_id, "message_id": message_id, "parse_mode": None, "reply_markup": markup,
        "request_timeout": REQUEST_TIMEOUT_S,
    }  # fmt: skip
    text, entities = joined(abilities, [part for part in album or () if part.text] or messages)
    if messages[0].kind == "text":
        await services.bot.edit_message_text(text=text or "—", entities=entities, **common)
        return
    if messages[0].kind not in CAPTIONED:
        return
    caption, entities = fitted(text, entities, abilities.caption_length)
    if replaced and messages[0].kind in REPLACEABLE:
        media = REPLACEABLE[messages[0].kind](
            media=messages[0].file_id or "", caption=caption or None, caption_entities=entities, parse_mode=None
        )
        del common["parse_mode"]
        await services.bot.edit_message_media(media=media, **common)
        return
    await services.bot.edit_message_caption(caption=caption, caption_entities=entities, **common)
