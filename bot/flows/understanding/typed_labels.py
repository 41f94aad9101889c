"""Finds the button that a typed text means: by its label, or by other words that people use for it.

The other words stand in `bot/content/talk/buttons.sayings`.
"""

import re
from collections.abc import Iterable

from bot import texts_ru as texts
from bot.flows.content import Reader
from bot.flows.pack_files import PACKS
from bot.flows.plain_letters import plain_letters
from bot.flows.screen import Button

_FILE = PACKS / "talk" / "buttons.sayings"
_LONGEST = 40  # characters
_BEFORE_WORDS = re.compile(r"^[^\w«(]+")
_BETWEEN_WORDS = re.compile(r"[^\w+]+")
_KIND_WORDS = re.compile(
    r"\b(спасиб\w+|спс|благодар\w+|большое|огромное|вам|тебе|пожалуйста|ура|здравствуйте|супер|отлично)\b"
)
_DASHES = ("-", "—")  # what people leave a field of a form empty with


def button_named(buttons_shown: Iterable[Button], text: str) -> Button | None:
    """Gives the button that a text names by its label, or in other usual words; None where it names none of these."""
    said, buttons = plain(text), {plain(button.label): button for button in buttons_shown if not button.url}
    meant = " ".join(_KIND_WORDS.sub(" ", said).split())
    yes_or_no = _meant(said) if says_yes_or_no(text) else []
    labels = [said, *_meant(meant), *yes_or_no, *_only_left(buttons, yes_or_no)]
    if _asks_whether_done(text):
        labels = [label for label in labels if label != plain(texts.B_DONE)]
    return next((buttons[label] for label in labels if label and label in buttons), None)


def _only_left(buttons: dict[str, Button], yes_or_no: list[str]) -> list[str]:
    """Gives what «да» and «нет» mean where no button says so: the only error, or the school after «Помогло?»."""
    if "да" in yes_or_no and plain(texts.B_OTHER) in buttons and "2" not in buttons:
        return ["1"]
    return [plain(texts.B_WRITE)] if "нет" in yes_or_no and plain(texts.B_HELPED) in buttons else []


def agrees(text: str) -> bool:
    """Tells whether a few words take what the bot has just offered: «да, давайте», «хорошо»."""
    return "согласие" in _meant(plain(text))


def says_done(text: str) -> bool:
    """Tells whether the words stand for «Готово» of a step: «сделали», «готово, что дальше»."""
    return _meant(plain(text))[:1] == [plain(texts.B_DONE)] and not _asks_whether_done(text)


def _asks_whether_done(text: str) -> bool:
    """Tells whether a text asks rather than says «Готово»: «данные проверили?», not «готово, что дальше?»."""
    return "?" in text and "дальше" not in text.lower() and "далее" not in text.lower()


def says_yes_or_no(text: str) -> bool:
    """Tells whether a text is a bare «да» or «нет»."""
    return not {"да", "нет"}.isdisjoint(_meant(plain(text)))


def says_not_yet(text: str) -> bool:
    """Tells whether a text says that a step is not done yet: «ещё не сделала», «потом заполню»."""
    return "не сделано" in _meant(plain(text))


def says_role(text: str) -> Reader | None:
    """Gives who writes where a text says nothing else: «я ученик», «ой, я не родитель, а ученик»."""
    meant = _meant(plain(text))
    return Reader.PUPIL if "ученик" in meant else Reader.PARENT if "родитель" in meant else None


def names_form_button(text: str) -> bool:
    """Tells whether a text names a button of any screen of the ticket's form: it is a slip, and no answer."""
    labels = map(plain, (texts.B_CANCEL, texts.B_EDIT, texts.B_SEND, texts.B_TO_PREVIEW))
    return not says_yes_or_no(text) and not {*labels}.isdisjoint(_meant(plain(text)))


def _meant(said: str) -> list[str]:
    found = (labels for labels, saying in _SAYINGS if saying.fullmatch(said)) if len(said) <= _LONGEST else ()
    return [label for labels in found for label in labels]


def plain(text: str) -> str:
    """Gives the words of a label or of a text, in lower case and without signs."""
    if text.strip() in _DASHES:
        return texts.B_SKIP.lower()
    words = _BETWEEN_WORDS.sub(" ", plain_letters(_BEFORE_WORDS.sub("", text)))
    return words.strip()


def _read_sayings() -> tuple[tuple[tuple[str, ...], re.Pattern[str]], ...]:
    lines = [line for line in _FILE.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    split = [line.partition(": ") for line in lines]
    return tuple((tuple(map(plain, labels.split("|"))), re.compile(words)) for labels, _, words in split)


# The labels that a saying may mean, the likeliest first, with its pattern.
_SAYINGS = _read_sayings()
