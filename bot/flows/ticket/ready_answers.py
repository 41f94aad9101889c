"""Lists the ready answers of the desk: shown in full on the card, each sent by one tap."""

from bot import texts_ru as texts
from bot.flows.marked import Markup, fill, joined, marked
from bot.flows.screen import Button, Rows


def in_full() -> Markup:
    """Gives the ready answers in full, numbered, as they are shown before one is sent."""
    answers = [marked(texts.READY_ANSWERS[name][1]) for name in texts.READY_ANSWERS]
    lines = [fill(texts.CARD_READY_LINE, number=n, text=text) for n, text in enumerate(answers, 1)]
    return fill(texts.CARD_READY, answers=joined("\n", lines))


def buttons(number: int) -> Rows:
    """Gives the buttons below them: one tap sends an answer; «Назад» shows the card again."""
    answers = tuple(
        (Button(f"{n}. {label}", data=f"ready:{number}:{name}"),)
        for n, (name, (label, _)) in enumerate(texts.READY_ANSWERS.items(), 1)
    )
    return (*answers, (Button(texts.B_BACK, data=f"card:{number}"),))


# The cards of version 1.1.0 name an answer by its place in the list of that version, which never changes any more.
_BY_PLACE = ("fixed", "class_and_name", "parents_consent")


def text_of(choice: str) -> Markup | None:
    """Gives the text of the ready answer that a button names, however old its card is; None where it is gone."""
    if choice in map(str, range(len(_BY_PLACE))):
        choice = _BY_PLACE[int(choice)]
    return marked(texts.READY_ANSWERS[choice][1]) if choice in texts.READY_ANSWERS else None
