"""Sends texts of the bot's own; a part that Telegram refuses (marks, a button) is left out, and the rest is sent.

A person who waits for a screen is never left with silence because of how it was written. Each refusal is counted and
logged without the text. Source of the wordings: Telegram's own server (td, `get_message_text`, `get_inline_keyboard`).
"""

import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import orjson
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup, Message, ReplyParameters

from bot.channels.abilities import CHANNELS, Abilities
from bot.delivery import refusals
from bot.flows.marked import Markup, escape, plain
from bot.flows.screen import Rows
from bot.flows.ticket.ticket_card import shortened
from bot.services import Services
from bot.setting_values import BUTTON_ADDRESSES

log = logging.getLogger(__name__)

T = TypeVar("T")
ADDRESSES_REMEMBERED = 20
REQUEST_TIMEOUT_S = 20
_MARKS = re.compile(r"can't parse entities|can't parse messageentity|entit(?:y|ies)|\butf-8\b", re.IGNORECASE)
_LENGTH = re.compile(
    r"(?:message|text|caption) is too long|(?:message|caption)_too_long|text is empty|text must be non-empty",
    re.IGNORECASE,
)
_BUTTON = re.compile(
    r"\bbutton_|keyboard|\burl_invalid|wrong http url|url host|reply_markup_|reply markup is too long",
    re.IGNORECASE,
)
_OF_DATA = re.compile(r"button_data|callback.?data", re.IGNORECASE)
_OWN_LINKS = tuple(channel.share_link.partition("{")[0] for channel in CHANNELS)


@dataclass(frozen=True, slots=True)
class Told:
    """A text with its buttons as a call carries them: HTML, or plain where `parse_mode` is None."""

    text: str
    keys: InlineKeyboardMarkup | None = None
    parse_mode: str | None = "HTML"

    @property
    def keys_json(self) -> bytes | None:
        """Gives the buttons as JSON, for a call whose body is made by hand."""
        return orjson.dumps(self.keys.model_dump(exclude_none=True)) if self.keys else None


Send = Callable[[Told], Awaitable[T]]


async def tell(services: Services, abilities: Abilities, told: Told, send: Send[T], limit: int | None = None) -> T:
    """Sends a text as a whole where the chat takes it, else without what it refuses; `limit` is that of a caption.

    Raises aiogram's errors, also a refusal that is about neither the text nor a button.
    """
    if services.refused_addresses:
        told = replace(told, keys=_without(told.keys, lambda button: button.url not in services.refused_addresses))
    return await _send(services, abilities, told, send, limit or abilities.text_length)


async def tell_less(
    services: Services, abilities: Abilities, told: Told, send: Send[T], error: TelegramBadRequest
) -> T:
    """Sends a text that the chat has just refused with this error, without what it refused. Raises as `tell` does."""
    lesser, address = _lesser(services, abilities, told, error.message, abilities.text_length)
    if lesser is None:
        raise error
    return await _send(services, abilities, lesser, send, abilities.text_length, address)


async def tell_barest(services: Services, abilities: Abilities, told: Told, send: Send[T]) -> T:
    """Sends the words alone, of a text that Telegram refused for a reason unknown here. Raises aiogram's errors."""
    services.metrics.refused("unknown")
    return await send(Told(shortened(plain(told.text), abilities.text_length) or "—", None, None))


async def say_in(services: Services, chat_id: int, text: Markup, answered: Message | None = None) -> Message:
    """Says something in a group at once, as a reply to `answered` where it is given. Raises aiogram's errors."""
    place: dict[str, Any] = {}
    if answered:
        thread = answered.message_thread_id if answered.is_topic_message else None
        reply = ReplyParameters(message_id=answered.message_id, allow_sending_without_reply=True)
        place = {"message_thread_id": thread, "reply_parameters": reply}
    return await tell(
        services,
        services.abilities_of(chat_id),
        Told(str(escape(text))),
        lambda told: services.bot.send_message(
            chat_id, told.text, parse_mode=told.parse_mode, request_timeout=REQUEST_TIMEOUT_S, **place
        ),
    )


def taken(services: Services, rows: Rows) -> Rows:
    """Gives the rows of a screen without the buttons whose addresses Telegram refused before."""
    if not services.refused_addresses:
        return rows
    kept = (tuple(button for button in row if button.url not in services.refused_addresses) for row in rows)
    return tuple(row for row in kept if row)


async def _send(
    services: Services, abilities: Abilities, told: Told, send: Send[T], limit: int, address: str | None = None
) -> T:
    while True:
        try:
            result = await send(told)
        except TelegramBadRequest as error:
            lesser, left_out = _lesser(services, abilities, told, error.message, limit)
            if lesser is None:
                raise
            address = left_out if lesser.keys != told.keys else address
            told = lesser
        else:
            _remember(services, address)
            return result


def _lesser(
    services: Services, abilities: Abilities, told: Told, said: str, limit: int
) -> tuple[Told | None, str | None]:
    """Gives the text without what these words refuse, and the address of the button that was left out, if one was.

    None where the refusal is about something else, or there is nothing more to leave out.
    """
    why, address, lesser = "", None, None
    if refusals.is_unchanged(said):
        return None, None  # it speaks of «reply markup», and refuses nothing
    if _MARKS.search(said) or _LENGTH.search(said):
        why = "marks" if _MARKS.search(said) else "length"
        lesser = _plainer(told, limit)
    elif _BUTTON.search(said) and told.keys:
        why = "button"
        keys, address = _fewer(services, abilities, told.keys, said)
        lesser = replace(told, keys=keys)
    if lesser is None or lesser == told:
        return None, None
    # The words of a refusal may quote the text, so they are not logged.
    log.error("Telegram refuses a part of what the bot says (%s): the rest is sent without it", why)
    services.metrics.refused(why)
    return lesser, address


def _plainer(told: Told, limit: int) -> Told:
    words = plain(told.text) if told.parse_mode else told.text
    words = words.encode("utf-8", "ignore").decode()
    return replace(told, text=shortened(words, limit) if words.strip() else "—", parse_mode=None)


def _fewer(
    services: Services, abilities: Abilities, keys: InlineKeyboardMarkup, said: str
) -> tuple[InlineKeyboardMarkup | None, str | None]:
    """Gives the keyboard without the button that these words refuse: named, else guessed, a setting's first."""
    buttons = [button for row in keys.inline_keyboard for button in row]
    if _OF_DATA.search(said):
        bad = [b for b in buttons if b.callback_data and len(b.callback_data.encode()) > abilities.callback_bytes]
        return _without(keys, lambda button: button not in bad) if bad else None, None
    addresses = [button.url for button in buttons if button.url]
    named = [address for address in addresses if address.rstrip("/") in said]
    own = [address for address in addresses if _setting_of(services, address)]
    if not addresses:
        return None, None
    address = [*named, *own, *addresses][0]
    return _without(keys, lambda button: button.url != address), address


def _without(
    keys: InlineKeyboardMarkup | None, stays: Callable[[InlineKeyboardButton], bool]
) -> InlineKeyboardMarkup | None:
    """Gives the keyboard with the buttons that stay; None where none does."""
    if keys is None:
        return None
    kept = [[button for button in row if stays(button)] for row in keys.inline_keyboard]
    rows = [row for row in kept if row]
    return InlineKeyboardMarkup(inline_keyboard=rows) if rows else None


def _setting_of(services: Services, address: str) -> str | None:
    """Gives the name of the setting that holds this address."""
    names = (name for name in BUTTON_ADDRESSES if getattr(services.settings, name) == address)
    return next((name.upper() for name in names), None)


def _remember(services: Services, address: str | None) -> None:
    """Keeps in mind an address that was refused, so that it is not tried with every screen again.

    A link of one family's own (its hand-over) is not kept: nobody else has it, and it is a secret.
    """
    if address is None or address.startswith(_OWN_LINKS):
        return
    services.refused_addresses[address] = _setting_of(services, address) or address
    while len(services.refused_addresses) > ADDRESSES_REMEMBERED:
        del services.refused_addresses[next(iter(services.refused_addresses))]
