"""Draws the pages of a desk's saved answers: the preview before one is saved, the list, one of them opened."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from bot import texts_ru as texts
from bot.flows.marked import Markup, fill, joined, marked
from bot.flows.page_buttons import page_buttons
from bot.flows.plural import plural
from bot.flows.screen import Button, Screen

T = TypeVar("T")
ON_PAGE = 8  # answers of a page: so many buttons fit a phone's screen
ASKS_TEXT, ASKS_NAME = "text", "name"  # what the next reply to an opened answer changes
_ASKED = {ASKS_TEXT: marked(texts.ANSWERS_ASK_TEXT), ASKS_NAME: marked(texts.ANSWERS_ASK_NAME)}


@dataclass(frozen=True, slots=True)
class Shown:
    """Holds an answer of the desk as its pages show it.

    `sent` and `helped` count tickets, `told` and `told_helped` the families that the bot gave it to by itself.
    `has_question` tells whether it is known which question it answers.
    """

    id: int
    name: str
    text: Markup
    for_families: bool = False
    has_question: bool = False
    sent: int = 0
    helped: int = 0
    told: int = 0
    told_helped: int = 0


def data(action: str, answer_id: int = 0, page: int = 0) -> str:
    """Gives the callback data of a button of these pages."""
    return f"answers:{action}:{answer_id}:{page}"


def look(answer: Shown, *, replaces: bool) -> Screen:
    """Draws an answer before it is saved; `replaces` says that another one has its name."""
    drop = (Button(texts.B_DROP, data=data("drop", answer.id)),)
    if replaces:
        text = fill(texts.SAVE_LOOK_REPLACES, name=answer.name, text=answer.text)
        return Screen(text, ((Button(texts.B_REPLACE, data=data("replace", answer.id)),), drop))
    told = texts.SAVE_LOOK_FAMILIES if answer.has_question else texts.SAVE_LOOK_DESK_ONLY
    text = fill(texts.SAVE_LOOK, name=answer.name, text=answer.text, families=told)
    families = (Button(texts.B_SAVE_FOR_FAMILIES, data=data("keep_for_families", answer.id)),)
    keep = (Button(texts.B_SAVE, data=data("keep", answer.id)),)
    return Screen(text, (keep, families, drop) if answer.has_question else (keep, drop))


def listed(answers: Sequence[Shown], page: int) -> Screen:
    """Draws a page of the list, the nearest one that there is."""
    if not answers:
        return Screen(marked(texts.ANSWERS_NONE))
    part, page, pages = part_of(answers, page)
    first = page * ON_PAGE + 1
    lines = [_line(number, answer) for number, answer in enumerate(part, first)]
    text = fill(texts.ANSWERS_LIST, count=len(answers), page=page_of(page, pages), answers=joined("\n", lines))
    open_it = [
        (Button(f"{number}. {answer.name}", data=data("open", answer.id, page)),)
        for number, answer in enumerate(part, first)
    ]
    return Screen(
        text, (*open_it, *page_buttons(page, goes_on=page + 1 < pages, to=lambda other: data("list", 0, other)))
    )


def opened(answer: Shown, page: int, *, asks: str | None = None) -> Screen:
    """Draws one answer; `page` is that of the list, `asks` what the next reply changes."""
    text = _opened(answer, _ASKED.get(asks or "", Markup()))
    if asks:
        return Screen(text, ((Button(texts.B_BACK, data=data("open", answer.id, page)),),))
    change = (
        Button(texts.B_EDIT_ANSWER, data=data("edit", answer.id, page)),
        Button(texts.B_RENAME_ANSWER, data=data("rename", answer.id, page)),
    )
    switch = Button(texts.B_FAMILIES_ON, data=data("families_on", answer.id, page))
    if answer.for_families:
        switch = Button(texts.B_FAMILIES_OFF, data=data("families_off", answer.id, page))
    families = ((switch,),) if answer.has_question or answer.for_families else ()
    remove = (Button(texts.B_DELETE_ANSWER, data=data("delete", answer.id, page)),)
    return Screen(text, (change, *families, remove, (Button(texts.B_TO_ANSWERS, data=data("list", 0, page)),)))


def removal(answer: Shown, page: int) -> Screen:
    """Draws one answer with the question whether it is to be removed."""
    sure = Button(texts.B_DELETE_SURE, data=data("delete_now", answer.id, page))
    back = Button(texts.B_BACK, data=data("open", answer.id, page))
    return Screen(_opened(answer, marked(texts.ANSWERS_ASK_DELETE)), ((sure,), (back,)))


def part_of(everything: Sequence[T], page: int) -> tuple[Sequence[T], int, int]:
    """Gives what stands on a page, the page that it is (0-based), and how many there are."""
    pages = max(1, -(-len(everything) // ON_PAGE))
    page = min(max(page, 0), pages - 1)
    return everything[page * ON_PAGE : (page + 1) * ON_PAGE], page, pages


def page_of(page: int, pages: int) -> str:
    """Gives the words that say which page this is; none where it is the only one."""
    return texts.PAGE_OF.format(page=page + 1, pages=pages) if pages > 1 else ""


def counts(sent: int, helped: int) -> str:
    """Gives the words that say how often an answer was sent, and how often it helped."""
    if not sent:
        return texts.ANSWER_NOT_SENT
    return texts.ANSWER_SENT.format(times=plural(texts.TIMES, sent), helped=helped)


def _line(number: int, answer: Shown) -> Markup:
    families = ""
    if answer.for_families:
        families = texts.ANSWERS_LINE_FAMILIES.format(told=answer.told, helped=answer.told_helped)
    said = counts(answer.sent, answer.helped)
    return fill(texts.ANSWERS_LINE, number=number, name=answer.name, counts=said, families=families)


def _opened(answer: Shown, asked: Markup) -> Markup:
    if answer.for_families:
        families = fill(texts.ANSWERS_FOR_FAMILIES, told=answer.told, helped=answer.told_helped)
    else:
        families = marked(texts.ANSWERS_DESK_ONLY if answer.has_question else texts.ANSWERS_NO_QUESTION)
    return fill(
        texts.ANSWERS_OPENED,
        name=answer.name,
        text=answer.text,
        counts=counts(answer.sent, answer.helped).capitalize(),
        families=families,
        asked=asked,
    )
