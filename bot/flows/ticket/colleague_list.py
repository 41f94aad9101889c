"""Draws the list of colleagues to whom a ticket may be handed over, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot import texts_ru as texts
from bot.flows.marked import Markup, fill, marked
from bot.flows.page_buttons import page_buttons
from bot.flows.screen import Button, Rows, Screen

AT_A_PAGE = 8


@dataclass(frozen=True, slots=True)
class Page:
    """Holds a page of colleagues, each with account and name; `number` counts from 0, `goes_on` says that more come."""

    number: int
    people: Sequence[tuple[int, str]]
    goes_on: bool


def question() -> Markup:
    """Gives the question that stands below the card while the list is shown on it."""
    return marked(texts.CARD_HAND)


def on_card(number: int, page: Page) -> Rows:
    """Gives the buttons of a card while the list is shown on it; «Назад» shows the card again."""
    return (*_rows(number, page, None), (Button(texts.B_BACK, data=f"card:{number}"),))


def with_note(number: int, page: Page, note: int) -> Screen:
    """Draws the answer to a command that hands over; `note` is that command's message, which the colleague is shown."""
    return Screen(fill(texts.HAND_TO_WHOM, number=number), _rows(number, page, note))


def _rows(number: int, page: Page, note: int | None) -> Rows:
    tail = "" if note is None else f":{note}"
    people = tuple((Button(name, data=f"handto:{number}:{account}{tail}"),) for account, name in page.people)
    turns = page_buttons(page.number, goes_on=page.goes_on, to=lambda other: f"hand:{number}:{other}{tail}")
    return (*people, *turns)
