"""The features by which the learned model tells a message's meaning: stems and their neighbours, letters, and signs."""

import math
import zlib
from collections.abc import Iterator, Sequence
from itertools import pairwise

from bot.flows.understanding.signs import runs_of_signs
from bot.flows.understanding.spelling import BREAK, QUESTION

BITS = 16
SIZE = 1 << BITS  # features share so many places; a few of them fall together, which costs no measurable likeness
_STEM = 6  # letters: as good here as a dictionary's lemmas, which cost 30 MB and half a millisecond a word
_GRAMS = (3, 4, 5)
_MOST_GRAMS = 2500
_OF_SIGNS = 1.2  # length of the signs' features; of the other two kinds it is 1


def features(words: Sequence[str]) -> dict[int, float]:
    """Gives the places of a message's features with their values; each of the three kinds has a given length in all.

    `words` are those of `spelling.plain_words`. A feature counts once, however often it stands in the message.
    """
    found: dict[int, float] = {}
    for length, kind in ((1.0, _of_words(words)), (1.0, _of_letters(words)), (_OF_SIGNS, runs_of_signs(words))):
        told = set(kind)
        value = length / math.sqrt(len(told)) if told else 0.0
        for feature in told:
            place = zlib.crc32(feature.encode()) % SIZE
            found[place] = found.get(place, 0.0) + value
    return found


def _of_words(words: Sequence[str]) -> Iterator[str]:
    stems = ["^", *(_stem(word) for word in words), "$"]
    yield from (f"1{stem}" for stem in stems[1:-1])
    yield from (f"2{one} {two}" for one, two in pairwise(stems))


def _stem(word: str) -> str:
    return "#" if word.isdigit() else word[:_STEM]


def _of_letters(words: Sequence[str]) -> Iterator[str]:
    left = _MOST_GRAMS
    for word in words:
        if word in (BREAK, QUESTION):
            continue
        padded = f" {word} "
        for length in _GRAMS:
            for at in range(len(padded) - length + 1):
                yield padded[at : at + length]
        left -= 3 * len(word)
        if left < 0:
            return
