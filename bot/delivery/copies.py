"""Copies a family's message to its desk by Telegram's copyMessage, and sends a reply's quote to either side.

What the school writes is copied in family_senders.py, which asks here what a refused copy means.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from aiogram.exceptions import TelegramAPIError, TelegramBadRequest, TelegramForbiddenError, TelegramMigrateToChat
from aiogram.types import MessageEntity, ReplyParameters

from bot import texts_ru as texts
from bot.channels.abilities import Abilities
from bot.delivery import message_content, owed
from bot.delivery.sending import REQUEST_TIMEOUT_S, SourceAway
from bot.flows.utf16 import units
from bot.services import Services
from storage import outbox
from storage.outbox import Owed
from storage.tickets import TicketMessage

T = TypeVar("T")
UNCOPIABLE = "can't be copied"
_UNCOPIED = (
    "to copy not found", UNCOPIABLE, "caption is too long", "CAPTION_TOO_LONG", "MESSAGE_ID_INVALID",
    "chat not found",
)  # fmt: skip
_AWAY_FROM_SOURCE = ("kicked", "not a member")
# Telegram says so of either chat of a copy, and not of which.
_EITHER_CHAT = ("chat not found", "user not found", "PEER_ID_INVALID", "deactivated", "blocked by the user")
_ASKED_FOR_S = 5
_QUOTE_REFUSED = ("QUOTE_TEXT_INVALID", "quote not found", "quote text")


def is_uncopied(error: TelegramAPIError) -> bool:
    """Tells whether the trouble is with the source of a copy rather than with the chat that it goes to."""
    if isinstance(error, TelegramMigrateToChat):
        return True
    signs = _AWAY_FROM_SOURCE if isinstance(error, TelegramForbiddenError) else _UNCOPIED
    return isinstance(error, (TelegramForbiddenError, TelegramBadRequest)) and any(s in error.message for s in signs)


def is_of_either_chat(error: TelegramAPIError) -> bool:
    """Tells whether one of the two chats of a copy is not there, and the refusal does not tell which."""
    return isinstance(error, (TelegramForbiddenError, TelegramBadRequest)) and any(
        sign in error.message for sign in _EITHER_CHAT
    )


async def see_target(services: Services, chat_id: int) -> None:
    """Asks for the chat that a copy goes to. Raises aiogram's errors where the trouble is with it."""
    await services.bot.send_chat_action(chat_id, "typing", request_timeout=_ASKED_FOR_S)


# --- a family's message that the desk gets as a copy -----------------------------------------------------------------


def goes_as_copy(message: TicketMessage) -> bool:
    """Tells whether a family's message is copied rather than sent anew."""
    return (
        message_content.is_only_copied(message)
        or message.kind == "live_photo"
        or not message_content.can_be_sent(message)
    )


async def to_desk(
    services: Services, abilities: Abilities, target: dict[str, Any], message: TicketMessage, row: Owed
) -> int | None:
    """Copies a family's message with its masked caption; returns its id, or None where nothing was there to copy.

    What cannot be copied is named in words. Raises CaptionTooLong, or SourceAway where the family's chat is not found:
    taken for a trouble with the support chat, that would stop the whole desk.
    """
    # An empty caption takes away one that was written after ours was masked (Bot API, copyMessage).
    has_caption = message.kind in message_content.CAPTIONED or message.kind == "unknown"
    caption: dict[str, Any] = {}
    if has_caption:
        words = message.text if message.kind in message_content.CAPTIONED else None
        caption = {"caption": words or "", "caption_entities": message_content.formatting(message) if words else None}
    try:
        copied = await services.bot.copy_message(
            **target, from_chat_id=message.family_id or 0, message_id=message.family_message_id or 0, parse_mode=None,
            request_timeout=REQUEST_TIMEOUT_S, **caption,
        )  # fmt: skip
        return copied.message_id
    except (TelegramBadRequest, TelegramForbiddenError) as error:
        if is_of_either_chat(error):
            await see_target(services, target["chat_id"])
            if message.file_id is None:
                raise SourceAway(error.message) from None
        elif isinstance(error, TelegramForbiddenError):
            raise
        elif not any(sign in error.message for sign in ("to copy not found", UNCOPIABLE, "MESSAGE_ID_INVALID")):
            raise message_content.as_too_long(error) from None
    if owed.relayed(row).trial:
        return None
    if message.file_id is not None:
        return await message_content.send_anew(services, abilities, target, message)
    kind = texts.KINDS.get(message.kind, texts.KINDS["unknown"])
    said = texts.SHOWN_IN_WORDS.format(kind=kind, words=message.text) if message.text else ""
    sent = await services.bot.send_message(
        **target, text=said or texts.NOT_COPIED_AT_DESK.format(kind=kind), parse_mode=None,
        request_timeout=REQUEST_TIMEOUT_S,
    )  # fmt: skip
    return sent.message_id


# --- quotes ----------------------------------------------------------------------------------------------------------


def quoting(reply: ReplyParameters | None, quote: dict[str, Any] | None) -> ReplyParameters | None:
    """Gives the reply with the words that it quotes."""
    if reply is None or not quote or quote.get("in_front"):
        return reply
    entities = [MessageEntity(**entity) for entity in quote.get("quote_entities") or []]
    return reply.model_copy(
        update={"quote": quote["quote"], "quote_entities": entities or None, "quote_parse_mode": None}
    )


async def say_quote(services: Services, row: Owed, words: str, **place: Any) -> None:
    """Sends the words that a reply quotes as a message before it, and takes the quote out of the reply's row.

    So the words are sent once, also where the reply fails and is tried again. Raises aiogram's errors.
    """
    await services.bot.send_message(**place, text=words.strip(), parse_mode=None, request_timeout=REQUEST_TIMEOUT_S)
    row.payload.pop("quote", None)  # a new try is made from this very row
    await services.database.write(lambda c: outbox.change_payload(c, row.id, row.payload))


async def with_quote(
    abilities: Abilities,
    reply: ReplyParameters | None,
    quote: dict[str, Any] | None,
    send: Callable[[ReplyParameters | None, str | None], Awaitable[T]],
) -> T:
    """Calls `send` with a reply that has the quote; where that cannot be, with the quoted words beside the reply."""
    words: str | None = quote["quote"] if quote else None
    if words is None or reply is None or (quote and quote.get("in_front")) or units(words) > abilities.quote_length:
        return await send(reply, words)
    try:
        return await send(quoting(reply, quote), None)
    except TelegramBadRequest as error:
        if not any(sign in error.message for sign in _QUOTE_REFUSED):
            raise
    return await send(reply, words)
