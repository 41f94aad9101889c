"""Shows the ready answers on a ticket's card, the best fit first: one tap opens an answer, another sends it."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot import texts_ru as texts
from bot.flows.marked import Markup, fill, joined, marked
from bot.flows.page_buttons import page_buttons
from bot.flows.screen import Button, Rows
from bot.flows.ticket.answer_pages import ON_PAGE, counts, page_of, part_of
from bot.flows.whole_numbers import whole_number


@dataclass(frozen=True, slots=True)
class Ready:
    """Holds a ready answer: the `choice` that its button carries, its name, and the text that the family gets.

    `fits` says how well it fits the ticket, 0 not at all. `sent` and `helped` count all its tickets.
    """

    choice: str
    name: str
    text: Markup
    fits: float = 0.0
    sent: int = 0
    helped: int = 0


def in_order(answers: Sequence[Ready]) -> list[Ready]:
    """Puts those first that fit best, then those that helped most."""
    return sorted(answers, key=lambda one: (-one.fits, -one.helped, -one.sent))


def listed(answers: Sequence[Ready], page: int) -> Markup:
    """Gives a page of the ready answers by their names, numbered."""
    part, page, pages = part_of(answers, page)
    lines = [
        fill(texts.CARD_READY_LINE, number=number, name=one.name, counts=_counts(one))
        for number, one in enumerate(part, page * ON_PAGE + 1)
    ]
    return fill(texts.CARD_READY, page=page_of(page, pages), answers=joined("\n", lines))


def _counts(one: Ready) -> str:
    return texts.CARD_READY_COUNTS.format(counts=counts(one.sent, one.helped)) if one.sent else ""


def buttons(number: int, answers: Sequence[Ready], page: int) -> Rows:
    """Gives the buttons below them: one tap shows an answer; «Назад» shows the card again."""
    part, page, pages = part_of(answers, page)
    shown = tuple(
        (Button(f"{n}. {one.name}", data=f"ready:{number}:{one.choice}"),)
        for n, one in enumerate(part, page * ON_PAGE + 1)
    )
    turn = page_buttons(page, goes_on=page + 1 < pages, to=lambda other: f"clarify:{number}:{other}")
    return (*shown, *turn, (Button(texts.B_BACK, data=f"card:{number}"),))


def look(answer: Ready) -> Markup:
    """Gives an answer as the family gets it."""
    return fill(texts.CARD_READY_LOOK, text=answer.text)


def look_buttons(number: int, answer: Ready) -> Rows:
    """Gives the buttons below it: «Отправить», and «Назад» to the list."""
    send = Button(texts.B_SEND_READY, data=f"sendready:{number}:{answer.choice}")
    return ((send,), (Button(texts.B_BACK, data=f"clarify:{number}"),))


# The cards of version 1.1.0 name an answer by its place in the list of that version, which never changes any more.
_BY_PLACE = ("fixed", "class_and_name", "parents_consent")


def built_in(choice: str) -> Markup | None:
    """Gives the text of a built-in answer that a button names; None where it names none."""
    return marked(texts.READY_ANSWERS[choice][1]) if choice in texts.READY_ANSWERS else None


def choice_of(named: str) -> str:
    """Gives the choice that a button names, however old its card is.

    A saved answer's choice is its id behind «s», so that no place of an old card is taken for one.
    """
    return _BY_PLACE[int(named)] if named in map(str, range(len(_BY_PLACE))) else named


def saved_id(choice: str) -> int | None:
    """Gives the id of the saved answer that a choice names; None where it names none."""
    number = choice.removeprefix("s")
    return whole_number(number) if choice != number else None


def choice_of_saved(answer_id: int) -> str:
    """Gives the choice of a saved answer."""
    return f"s{answer_id}"
