"""Turns the texts of aiogram's methods into texts for MAX: plain or in its HTML, never longer than a message."""

from dataclasses import dataclass
from typing import Any

from aiogram import Bot
from aiogram.client.default import Default
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import MessageEntity

from bot.channels.abilities import MAX
from bot.channels.max import marks_of_max
from bot.flows.utf16 import first_units, units


@dataclass(frozen=True, slots=True)
class Words:
    """A text as MAX takes it. `format` is `html` where it carries marks, None where it is shown as it stands."""

    text: str
    format: str | None = None

    @property
    def fields(self) -> dict[str, Any]:
        """Gives the fields of a message's body."""
        return {"text": self.text} | ({"format": self.format} if self.format else {})


def words_of(bot: Bot, method: Any, text: str | None, entities: list[MessageEntity] | None) -> Words:
    """Gives a method's text as MAX takes it; formatting that would make it too long is left out.

    Raises TelegramBadRequest where a text of the bot's own is too long; the caller then tries a shorter one.
    """
    text = str(text or "")
    if entities:
        marked = marks_of_max.html_with(text, entities)
        return Words(marked, "html") if units(marked) <= MAX.text_length else Words(text)
    mode = getattr(method, "parse_mode", None)
    if isinstance(mode, Default):
        mode = bot.default[mode.name]
    if mode is None or entities is not None:
        return Words(text)
    marked = marks_of_max.html_of(text)
    if units(marked) > MAX.text_length:
        raise TelegramBadRequest(method=method, message="Bad Request: message is too long")
    return Words(marked, "html")


def pieces(words: Words) -> list[Words]:
    """Splits a text into pieces that fit into a message of MAX; one that comes from Telegram may be longer."""
    found, text = [], words.text
    while units(text) > MAX.text_length:
        head = first_units(text, MAX.text_length)
        found.append(Words(head, words.format))
        text = text[len(head) :]
    return [*found, Words(text, words.format)]
