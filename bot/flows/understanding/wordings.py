"""Finds the pack's wordings in a message, and how much of each stands there: cut, misspelt or run together.

Everything here is derived from the pack's wordings; nothing is to be tuned for a new one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from bot.flows.content import Pack, Wording
from bot.flows.understanding.spelling import BREAK, QUESTION, plain_words

_PIECE_LETTERS = 14  # the shortest piece of a wording that nobody writes by chance
_SURE_LIKENESS = 88.0  # of 100, for the whole wording or for more than half of it
_PIECE_LIKENESS = 90.0
_LONG_WORD = 4  # letters; shorter words stand everywhere
_WORD_LIKENESS = 70.0  # of 100: optical recognition takes two letters of a word for others
_ABSENT = 0.1  # of the share: a word that is not there at all tells more than letters that are misread
_SPARE = 6  # letters around the place of a head in which its words are still looked for


@dataclass(frozen=True, slots=True)
class Found:
    """A wording in a message: `share` (0…1) of its letters stands there; `likeness` (0…1) of what stands to it."""

    wording: Wording
    share: float
    likeness: float


class Wordings:
    """The wordings of a pack, ready to be looked for."""

    def __init__(self, pack: Pack) -> None:
        split = [
            (wording, plain_words(wording.text, frozenset()))
            for error in pack.errors.values()
            for wording in error.wordings
        ]
        self._prepared = [(wording, _letters(words)) for wording, words in split]
        self._heads = [_head(words) for _, words in split]

    def found(self, words: Sequence[str]) -> list[Found]:
        """Gives the wordings of which enough stands in a message to be meant, the likest first."""
        text = _letters(words)
        found = (one for wording, letters in self._prepared if (one := _found(wording, letters, text)))
        return sorted(found, key=lambda one: (-one.share * one.likeness, one.wording.error))

    def shown(self, words: Sequence[str]) -> list[Found]:
        """Gives how much of each wording's first sentence stands on a screen, the likest first.

        `share` is that of its longer words' letters which stand together in their place. Other messages end like the
        school's, so the first sentence alone tells them apart. `likeness` is that of the whole wording.
        """
        text = _letters(words)
        found = [
            Found(wording, _share_shown(head, text), fuzz.partial_ratio(letters, text) / 100)
            for (wording, letters), head in zip(self._prepared, self._heads, strict=True)
        ]
        return sorted(found, key=lambda one: (-one.share, -one.likeness))


def _head(words: Sequence[str]) -> list[str]:
    return list(words[: words.index(BREAK)] if BREAK in words else words)


def _share_shown(head: Sequence[str], text: str) -> float:
    place = fuzz.partial_ratio_alignment("".join(head), text)
    if place is None:
        return 0.0
    there = text[max(0, place.dest_start - _SPARE) : place.dest_end + _SPARE]
    long_words = [word for word in head if len(word) >= _LONG_WORD]
    likeness = _likeness_apart(long_words, there)
    seen = sum(len(word) * like for word, like in zip(long_words, likeness, strict=True))
    share = seen / max(1, sum(map(len, long_words)))
    return share if all(likeness) else max(0.0, share - _ABSENT)


def _likeness_apart(words: Sequence[str], there: str) -> list[float]:
    """Gives how like to each word its place is (0…1). No letter counts for two: «не в найдена» is no «дневник»."""
    likeness = dict.fromkeys(range(len(words)), 0.0)
    for _ in words:
        left = [(at, words[at]) for at in likeness if not likeness[at]]
        found = [(at, fuzz.partial_ratio_alignment(word, there, score_cutoff=_WORD_LIKENESS)) for at, word in left]
        at, place = max(found, key=lambda one: one[1].score if one[1] else 0.0)
        if place is None:
            break
        likeness[at] = place.score / 100
        first, last = place.dest_start + 1, place.dest_end - 1  # a misread word may be found a letter beside its place
        there = there[:first] + "|" * (last - first) + there[last:]
    return [*likeness.values()]


def _found(wording: Wording, letters: str, text: str) -> Found | None:
    if len(text) < _PIECE_LETTERS:
        return None
    if len(text) >= len(letters):
        likeness = fuzz.partial_ratio(letters, text, score_cutoff=_SURE_LIKENESS)
        return Found(wording, 1.0, likeness / 100) if likeness else None
    piece = fuzz.partial_ratio_alignment(text, letters, score_cutoff=_PIECE_LIKENESS)
    if piece is None:
        return None
    return Found(wording, len(text) / len(letters), piece.score / 100)


def _letters(words: Sequence[str]) -> str:
    return "".join(word for word in words if word not in (BREAK, QUESTION))
