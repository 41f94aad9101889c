"""A word that is typed instead of pressed: which button of the screen it means."""

import re

from bot import texts_ru as texts
from bot.flows.dialogue import Button, Screen

_BEFORE_WORDS = re.compile(r"^[^\w«(]+")
_LONGEST = 40

# How else people say what stands on a button; the first button of the row that the screen has is meant.
_SAYINGS: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (re.compile(r"(номер |цифра |это )?(1|один|перв(ый|ая|ое|ую))( номер)?"), ("1",)),
    (re.compile(r"(номер |цифра |это )?(2|два|втор(ой|ая|ое|ую))( номер)?"), ("2",)),
    (re.compile(r"(номер |цифра |это )?(3|три|трет(ий|ья|ье|ью))( номер)?"), ("3",)),
    (re.compile(r"(номер |цифра |это )?(4|четыре|четверт(ый|ая|ое|ую))( номер)?"), ("4",)),
    (re.compile(r"друг(ое|ая|ой)|ни (одно|одна|то)( из них| ни другое)?"), (texts.B_OTHER,)),
    (
        re.compile(
            r"((да|ура|все) )*(готов[оа]?|сделано|сделал[аи]?|получилось|помогло|заработало|вош(ел|ла|ли)|дальше|далее)"
        ),
        (texts.B_SUCCEEDED, texts.B_HELPED, texts.B_DONE),
    ),
    (
        re.compile(r"(нет )?(все равно )?не (получилось|получается|помогло|помогает|заработало|вош(ел|ла|ли))"),
        (texts.B_FAILED, texts.B_NOT_HELPED, texts.B_ERROR),
    ),
    (re.compile(r"ошибка|(появилась |вышла |у меня )ошибка"), (texts.B_ERROR,)),
    (re.compile(r"назад|обратно|вернуться"), (texts.B_BACK, texts.B_TO_STEPS)),
)


def button_called(screen: Screen, text: str) -> Button | None:
    """The button of the screen that a text names by its label, or in other usual words; None where it names none."""
    said = _plain(text)
    if not said or len(text) > _LONGEST:
        return None
    buttons = {button.label: button for row in screen.rows for button in row if not button.url}
    for label, button in buttons.items():
        if _plain(label) == said:
            return button
    named = (label for saying, labels in _SAYINGS if saying.fullmatch(said) for label in labels)
    return next((buttons[label] for label in named if label in buttons), None)


def says_skip(text: str) -> bool:
    """Whether «Пропустить» is typed instead of pressed."""
    return _plain(text) in ("пропустить", "пропуск", "пропустим", "skip") or text.strip() in ("-", "—")


def _plain(text: str) -> str:
    words = re.sub(r"[^\w+]+", " ", _BEFORE_WORDS.sub("", text).lower().replace("ё", "е"))
    return words.strip()
