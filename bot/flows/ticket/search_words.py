"""Normalises words for `/find`: those of a ticket's texts, by which it is found, and those of a query."""

import re
import unicodedata
from dataclasses import dataclass

from bot.flows.understanding import read_class
from bot.flows.whole_numbers import whole_number

LIMIT = 4096  # characters of a text that are looked at: Telegram's longest message
MOST_TERMS = 6  # more words than that narrow nothing
SHORTEST = 2  # letters; a single one begins half of all words
_STEM = 4  # letters that stay at least where an ending is taken off

_WORDS = re.compile(r"[^\W_]+")
_CLASS = re.compile(r"(?<!\w)(1[01]|[1-9])[ \t\-–—/«\"']{0,3}([a-zа-я])(?!\w)")  # «7 б», «7-Б», «7 "Б"»
_CYRILLIC = re.compile(r"[а-я]+")
# Endings of cases and numbers. «ов» and «ин» are none of them: by these surnames differ from first names.
_ENDING = re.compile(
    "(?:иями|ями|ами|ого|его|ому|ему|ыми|ими|иям|иях|ией|ой|ей|ий|ый|ая|яя|ое|ее|ые|ие|ую|юю|ию|ия|ам|ям|ом|ем|ах|ях"
    "|[аеиоуыьюя])$"
)


@dataclass(frozen=True, slots=True)
class Sought:
    """A word that is sought: the beginning of a ticket's word, or the whole of it where it is a number."""

    word: str
    whole: bool = False


def words_of(*texts: str | None) -> set[str]:
    """Gives the words of texts in one spelling: small letters, «е» for «ё». A class is a word («7б») as well."""
    found: set[str] = set()
    for text in texts:
        plain = _plain(text or "")
        found.update(word for word in _WORDS.findall(plain) if _tells(word))
        for match in _CLASS.finditer(plain):
            found.update((_class(match), match[1]))
    return found


def sought_in(query: str) -> list[Sought]:
    """Gives what is sought by a query: each word must be found. Empty where it holds no word that tells anything.

    A word is sought without its ending, so that «Иванова» finds «Иванову»; a number is sought as it is.
    """
    words = _WORDS.findall(_CLASS.sub(lambda match: f" {_class(match)} ", _plain(query)))
    told = dict.fromkeys(_sought(word) for word in words if _tells(word))
    return list(told)[:MOST_TERMS]


def number_in(query: str) -> int | None:
    """Gives the number of the ticket that a query names («17», «№17»); None where it says anything else."""
    return whole_number(query.strip().lstrip("№# "))


def _plain(text: str) -> str:
    # NFKC makes up to eighteen letters of one sign, so the length is limited again.
    text = text[:LIMIT].replace("№", " ")
    return unicodedata.normalize("NFKC", text)[:LIMIT].casefold().replace("ё", "е")


def _tells(word: str) -> bool:
    return len(word) >= SHORTEST or word.isdigit()


def _class(match: re.Match[str]) -> str:
    return (read_class(match[1] + match[2]) or match[0]).casefold()


def _sought(word: str) -> Sought:
    if word.isdigit():
        return Sought(word, whole=True)
    if not _CYRILLIC.fullmatch(word):
        return Sought(word)
    ending = _ENDING.search(word, _STEM)
    return Sought(word[: ending.start()] if ending else word)
