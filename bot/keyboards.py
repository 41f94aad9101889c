"""Buttons and what they carry: screens of the flows as Telegram's inline keyboards."""

from functools import lru_cache

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.flows.dialogue import Button, Rows


@lru_cache(maxsize=4096)
def keyboard(rows: Rows) -> InlineKeyboardMarkup | None:
    """The inline keyboard of these rows; None where there is nothing to press."""
    if not rows:
        return None
    return InlineKeyboardMarkup(inline_keyboard=[[_button(button) for button in row] for row in rows if row])


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
