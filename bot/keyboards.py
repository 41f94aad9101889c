"""Buttons and what they carry: screens of the flows as Telegram's inline keyboards."""

from functools import lru_cache

import orjson
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.flows.dialogue import Button, Rows


@lru_cache(maxsize=4096)
def keyboard(rows: Rows) -> InlineKeyboardMarkup | None:
    """The inline keyboard of these rows; None where there is nothing to press."""
    if not rows:
        return None
    return InlineKeyboardMarkup(inline_keyboard=[[_button(button) for button in row] for row in rows if row])


@lru_cache(maxsize=4096)
def keyboard_json(rows: Rows) -> bytes | None:
    """The same keyboard as JSON, for calls whose body is made by hand."""
    markup = keyboard(rows)
    return orjson.dumps(markup.model_dump(exclude_none=True, warnings=False)) if markup else None


def _button(button: Button) -> InlineKeyboardButton:
    if button.url:
        return InlineKeyboardButton(text=button.label, url=button.url)
    return InlineKeyboardButton(text=button.label, callback_data=carried(button))


def carried(button: Button) -> str:
    """The callback data of a button: an action, or the screen that it leads to."""
    if button.data:
        return button.data
    assert button.to is not None, "a button leads somewhere"
    return button.to.code
