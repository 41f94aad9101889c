"""Turns the buttons of a screen into Telegram's inline keyboards with their callback data."""

from functools import lru_cache

import orjson
from aiogram.types import InlineKeyboardMarkup

from bot.flows.screen import Button, Rows

# The guide has some two hundred keyboards; those with a family's own link in them must not crowd these out for long.
_KEPT = 512


@lru_cache(maxsize=_KEPT)
def keyboard(rows: Rows) -> InlineKeyboardMarkup | None:
    """Makes the inline keyboard of these rows; None where there is no button."""
    if not rows:
        return None
    return InlineKeyboardMarkup.model_validate(_plain(rows))


@lru_cache(maxsize=_KEPT)
def keyboard_json(rows: Rows) -> bytes | None:
    """Makes the same keyboard as JSON, for calls whose body is made by hand."""
    return orjson.dumps(_plain(rows)) if rows else None


def _plain(rows: Rows) -> dict[str, list[list[dict[str, str]]]]:
    return {"inline_keyboard": [[_button(button) for button in row] for row in rows if row]}


def _button(button: Button) -> dict[str, str]:
    if button.url:
        return {"text": button.label, "url": button.url}
    return {"text": button.label, "callback_data": carried(button)}


def carried(button: Button) -> str:
    """Gives the callback data of a button: an action, or the screen that it leads to."""
    if button.data:
        return button.data
    assert button.to is not None, "a button leads somewhere"
    return button.to.code
