"""Reads a school class, such as «7Б», in the ways that people write it."""

import re

from bot.flows.plain_letters import plain_letters

_ORDINALS = {
    "первый": "1", "второй": "2", "третий": "3", "четвертый": "4", "пятый": "5", "шестой": "6", "седьмой": "7",
    "восьмой": "8", "девятый": "9", "десятый": "10", "одиннадцатый": "11",
}  # fmt: skip
LAST_CLASS = len(_ORDINALS)
_ORDINAL = re.compile(r"\b(" + "|".join(f"{word[:-2]}(?:ый|ой|ий|ом|ем|ьем)" for word in _ORDINALS) + r")\b")
# It reads a text whose words are one space apart.
_CLASS = re.compile(
    r"^\W*(?:во? )?(?:кл(?:асс\w*)?\.? ?)?(1[01]|[1-9]) ?[-–—/\\.]? ?(?:кл(?:асс\w*)?\.?(?!\w))? ?"
    r"[«\"']? ?([А-ЯЁA-Z])? ?[»\"']? ?(?:кл(?:асс\w*)?\.?)?\W*(?:[,.;]\s.*)?$",
    re.IGNORECASE,
)
# A class among a few other words: «сын в 5а», «Иванов Петя 7Б», «ученик 6 "Б" класса».
_WITHIN = re.compile(r"(?<![\w.,:№/-])(1[01]|[1-9])(?:[-–—]? ?[«\"']|[-–—])?([абвгдежзиклмнопрстabgdekmopt])(?![\w-])")
# A letter with a space before it may be a word of its own: «в 9 б учится», «ученик 9 а класса», not «в 9 а сейчас».
_APART = re.compile(
    r"\b(?:1[01]|[1-9]) [абвгдежзиклмнпрст](?= класс)"
    r"|(?<=\b(?:в|с) )(?:1[01]|[1-9]) (?:[бгдежзлмнпрт]|[ав](?=\W*$))(?![\w-])"
)
_WORDS_AROUND = 6
_ENDING = re.compile(
    r"(?<=\d)-?й\b|(?:(?<=\bв \d)|(?<=\bв \d\d))(?:-м\b|м\b(?= \w))"
)  # «7-й Б», «в 7-м», «в 7м Б»; «в 7М» is a class
_LISTED = re.compile(r"\W*\d{1,2}\. ?(?:не|нет|пиш\w+|вход\w*|войти|при|после|ошибк\w*|у(?= \w))\b")  # «1. Не заходит»
_MORE = re.compile(r"[,.;]\s+((?:\S+\s+){2,}\S.*)$", re.DOTALL)  # three words or more: a name has two
_LATIN_CLASS = str.maketrans("ABVGDEKMNOPCTYXZ", "АБВГДЕКМНОПСТУХЗ")


def read_class(text: str) -> str | None:
    """Gives «7Б» or «11», as the school writes it, from «7 б», «в 7-Б класс», «седьмой Б»; None for anything else."""
    plain = _ORDINAL.sub(_figure, " ".join(plain_letters(text).split()))
    found = _CLASS.match(_ENDING.sub("", plain))
    if not found or _LISTED.match(plain):
        return None
    letter = (found.group(2) or "").upper().translate(_LATIN_CLASS)
    return found.group(1) + letter


def class_and_more(text: str) -> tuple[str | None, str]:
    """Gives the class, and a sentence behind it: «7Б, не могу войти, пишет ошибка» tells both.

    Where nothing but the class is asked for, it may stand among a few other words: «она учится в 8г».
    """
    named = read_class(text)
    more = _MORE.search(text) if named else None
    return named or _class_within(text), more[1].strip() if more else ""


def _class_within(text: str) -> str | None:
    plain = " ".join(plain_letters(text).split())
    found = list(_WITHIN.finditer(_APART.sub(_together, _ENDING.sub("", plain))))
    if len(plain.split()) > _WORDS_AROUND or len(found) != 1:
        return None
    return found[0][1] + found[0][2].upper().translate(_LATIN_CLASS)


def number_of_class(word: str) -> int | None:
    """Gives the number that a word before «класс» means, in any case and gender: «7», «седьмой», «во втором»."""
    if word.isdecimal():
        return int(word) if 1 <= int(word) <= LAST_CLASS else None
    return next((int(figure) for ordinal, figure in _ORDINALS.items() if word.startswith(ordinal[:-2])), None)


def _together(found: re.Match[str]) -> str:
    return found[0].replace(" ", "")


def _figure(found: re.Match[str]) -> str:
    return next(figure for word, figure in _ORDINALS.items() if found[0].startswith(word[:-2]))
