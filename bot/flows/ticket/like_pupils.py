"""Compares two names: they may be one pupil's in spite of order, initials, «ё», a typo or another grammatical case."""

import re
from collections.abc import Sequence

from rapidfuzz import fuzz

from bot.flows.plain_letters import plain_letters

_NEARLY = 85  # of 100: «Иванов» and «Иванова», «Пётр» and «Петр»; not «Саша» and «Паша»
_MOST_WORDS = 5
_WORDS = re.compile(r"[^\W\d_]+")


def is_same_pupil(one: str | None, other: str | None) -> bool:
    """Tells whether two names are nearly the same; a first name alone is no sign, since a class has several of it."""
    words, others = _words(one), _words(other)
    if len(words) > len(others):
        words, others = others, words
    return len(words) > 1 and any(len(word) > 1 for word in words) and _each_has_its_own(words, others)


def _words(name: str | None) -> list[str]:
    return _WORDS.findall(plain_letters(name or ""))[:_MOST_WORDS]


def _each_has_its_own(words: Sequence[str], others: Sequence[str]) -> bool:
    """Tells whether each word of the shorter name fits another word of the longer one, the longest words first."""
    left = list(others)
    for word in sorted(words, key=len, reverse=True):
        best = max(left, key=lambda have: _likeness(word, have))
        if _likeness(word, best) < _NEARLY:
            return False
        left.remove(best)
    return True


def _likeness(word: str, other: str) -> float:
    if min(len(word), len(other)) == 1:
        return 99.0 if word[0] == other[0] else 0.0
    return fuzz.ratio(word, other)
