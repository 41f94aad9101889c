"""Reads a school class, such as «7Б», in the ways that people write it."""

import re

_ORDINALS = {
    "первый": "1", "второй": "2", "третий": "3", "четвертый": "4", "пятый": "5", "шестой": "6", "седьмой": "7",
    "восьмой": "8", "девятый": "9", "десятый": "10", "одиннадцатый": "11",
}  # fmt: skip
LAST_CLASS = len(_ORDINALS)
_ORDINAL = re.compile(r"\b(" + "|".join(f"{word[:-2]}(?:ый|ой|ий|ом|ем|ьем)" for word in _ORDINALS) + r")\b")
# It reads a text whose words are one space apart.
_CLASS = re.compile(
    r"^\W*(?:во? )?(?:кл(?:асс\w*)?\.? ?)?(1[01]|[1-9]) ?[-–—/\\]? ?(?:кл(?:асс\w*)?\.?(?!\w))? ?"
    r"[«\"']? ?([А-ЯЁA-Z])? ?[»\"']? ?(?:кл(?:асс\w*)?\.?)?\W*(?:[,.;]\s.*)?$",
    re.IGNORECASE,
)
_ENDING = re.compile(r"(?<=\d)-?й\b|(?<=\bв \d)-?м\b|(?<=\bв \d\d)-?м\b")  # «7-й Б», «в 7-м»
_LATIN_CLASS = str.maketrans("ABVGDEKMNOPCTYXZ", "АБВГДЕКМНОПСТУХЗ")


def read_class(text: str) -> str | None:
    """Gives «7Б» or «11», as the school writes it, from «7 б», «в 7-Б класс», «седьмой Б»; None for anything else."""
    plain = _ORDINAL.sub(_figure, " ".join(text.lower().replace("ё", "е").split()))
    found = _CLASS.match(_ENDING.sub("", plain))
    if not found:
        return None
    letter = (found.group(2) or "").upper().translate(_LATIN_CLASS)
    return found.group(1) + letter


def number_of_class(word: str) -> int | None:
    """Gives the number that a word before «класс» means, in any case and gender: «7», «седьмой», «во втором»."""
    if word.isdecimal():
        return int(word) if 1 <= int(word) <= LAST_CLASS else None
    return next((int(figure) for ordinal, figure in _ORDINALS.items() if word.startswith(ordinal[:-2])), None)


def _figure(found: re.Match[str]) -> str:
    return next(figure for word, figure in _ORDINALS.items() if found[0].startswith(word[:-2]))
