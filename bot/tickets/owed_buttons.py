"""Gives the buttons of owed messages as plain data, as the outbox keeps them."""

from typing import Any

from bot import texts_ru as texts
from bot.channels.telegram.keyboards import keyboard
from bot.flows.screen import Button, Rows


def prompt_rows(ticket_id: int, diary_url: str = "") -> Rows:
    """Gives the buttons under the newest message of the school."""
    ask = (
        Button(texts.B_HELPED, data=f"helped:{ticket_id}"),
        Button(texts.B_NOT_HELPED, data=f"nothelped:{ticket_id}"),
    )
    return ((Button(texts.B_OPEN_DIARY, url=diary_url),), ask) if diary_url else (ask,)


def prompt_markup(ticket_id: int, diary_url: str = "") -> dict[str, Any]:
    """Gives the same buttons as plain data."""
    markup = markup_of(prompt_rows(ticket_id, diary_url))
    assert markup is not None
    return markup


def reopen_markup(ticket_id: int) -> dict[str, Any]:
    """Gives «Открыть снова» as plain data."""
    markup = markup_of(((Button(texts.B_REOPEN, data=f"reopen:{ticket_id}"),),))
    assert markup is not None
    return markup


def markup_of(rows: Rows) -> dict[str, Any] | None:
    """Gives any rows of buttons as plain data; None where there is no row."""
    markup = keyboard(rows)
    return markup.model_dump(exclude_none=True) if markup else None
