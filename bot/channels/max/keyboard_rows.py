"""Turns Telegram's inline keyboards into MAX's: at most 30 rows, 7 buttons a row, 3 where one is a link."""

from typing import Any

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from bot.channels.abilities import MAX

_LABEL = 128


def keyboard_of(markup: InlineKeyboardMarkup | None) -> list[dict[str, Any]]:
    """Gives the attachment that is the keyboard; empty where there is no button."""
    rows = []
    for row in markup.inline_keyboard if markup else []:
        buttons = [button for one in row if (button := _button(one))]
        has_link = any(one["type"] == "link" for one in buttons)
        size = MAX.buttons_beside_link if has_link else MAX.buttons_in_row
        rows += [buttons[at : at + size] for at in range(0, len(buttons), size)]
    if not rows:
        return []
    return [{"type": "inline_keyboard", "payload": {"buttons": rows[: MAX.button_rows]}}]


def _button(button: InlineKeyboardButton) -> dict[str, str] | None:
    text = button.text[:_LABEL]
    if button.url:
        return {"type": "link", "text": text, "url": button.url}
    if button.callback_data:
        return {"type": "callback", "text": text, "payload": button.callback_data}
    return None
