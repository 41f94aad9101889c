"""The vocabulary of concepts: a word → what it means, slips allowed, and rows of concepts as compiled patterns."""

import re
from collections.abc import Iterable, Mapping

from rapidfuzz.distance import OSA
from rapidfuzz.process import extractOne

_FIRST_SIGN = 0xE000  # private use: no message holds these after normalising
NOTHING = chr(_FIRST_SIGN)
_PREPOSITIONS = "on of for in by about"
_CACHE_LIMIT = 50_000
_ANYTHING = 60  # words: without an end, each start would search the longest message to its own end


def _slips_allowed(length: int, on_screen: bool) -> int:
    """Edits (a swap of neighbours is one) by which a word of this length may differ and still be meant.

    A word of the screen is copied by eye, so its slips are many; other words are near too many good ones.
    """
    if on_screen:
        return 0 if length < 5 else 1 if length < 7 else 2 if length < 11 else 3
    return 0 if length < 6 else 1 if length < 10 else 2


class Lexicon:
    """Words by concept. Each set of concepts that some word has is one character, so a message is a string of them."""

    def __init__(self, concepts: Mapping[str, str], with_slips: str, wordings: Iterable[str]) -> None:
        meanings: dict[str, set[str]] = {}
        for concept, words in concepts.items():
            for entry in words.split():
                for form in _forms(entry):
                    meanings.setdefault(form, set()).add(concept)
        screen_words = [word for wording in wordings for word in re.findall(r"\w+", wording.lower().replace("ё", "е"))]
        for word in screen_words:
            meanings.setdefault(word, {f"={word}"})
        whole_words = list(meanings)
        _add_cut_words(meanings, screen_words)
        self._signs: dict[frozenset[str], str] = {frozenset(): NOTHING}
        self._by_word = {word: self._sign(frozenset(found)) for word, found in meanings.items()}
        self._slips: dict[str, int] = {}
        self._near: dict[int, list[str]] = {}
        screen_stems = {word[:5] for word in screen_words if len(word) >= 5}
        fuzzy = set(with_slips.split())
        for word in whole_words:
            on_screen = word[:5] in screen_stems
            meant = word in screen_words or meanings[word] & fuzzy
            slips = _slips_allowed(len(word), on_screen) if meant else 0
            if slips:
                self._slips[word] = slips
                for length in range(len(word) - slips, len(word) + slips + 1):
                    self._near.setdefault(length, []).append(word)
        self._guessed: dict[str, str] = {}
        self._screen_words = tuple(dict.fromkeys(screen_words))

    def _sign(self, concepts: frozenset[str]) -> str:
        return self._signs.setdefault(concepts, chr(_FIRST_SIGN + len(self._signs)))

    def known(self, word: str) -> int:
        """2 where the word is in the vocabulary, 1 where it is near a word of it, 0 where not."""
        if word in self._by_word:
            return 2
        return 1 if self.sign(word) != NOTHING else 0

    def sign(self, word: str) -> str:
        """The character that stands for the word's concepts."""
        exact = self._by_word.get(word)
        if exact is not None:
            return exact
        guessed = self._guessed.get(word)
        if guessed is None:
            if len(self._guessed) >= _CACHE_LIMIT:
                self._guessed.clear()
            guessed = self._guessed[word] = self._guess(word)
        return guessed

    def sign_at_end(self, word: str) -> str:
        """The same for a message's last word, which the edge of a screen may have cut off after three letters."""
        sign = self.sign(word)
        if sign != NOTHING or len(word) != 3:
            return sign
        return next((self._by_word[whole] for whole in self._screen_words if whole.startswith(word)), NOTHING)

    def _guess(self, word: str) -> str:
        nearest = self.nearest(word)
        return self._by_word[nearest] if nearest else NOTHING

    def nearest(self, word: str) -> str:
        """The word of the vocabulary that a mistyped one must be; empty where none is near enough."""
        choices = self._near.get(len(word))
        if not choices:
            return ""
        nearest = extractOne(word, choices, scorer=OSA.distance, score_cutoff=min(3, len(word) // 3))
        return nearest[0] if nearest and nearest[1] <= self._slips[nearest[0]] else ""

    def signs_of(self, concept: str) -> str:
        """Every character that stands for this concept, alone or among others."""
        found = "".join(sign for concepts, sign in self._signs.items() if concept in concepts)
        if not found:
            raise KeyError(concept)
        return found

    def like(self, word: str) -> str:
        """Every character that has all the concepts of this word."""
        own = next(concepts for concepts, sign in self._signs.items() if sign == self.sign(word))
        return "".join(sign for concepts, sign in self._signs.items() if own <= concepts)

    def compile(self, row: str, barrier: str = "") -> re.Pattern[str]:
        """Compiles a row of concepts (see instruction.py) into a pattern. Raises KeyError for an unknown concept."""
        blocked = "".join(self.signs_of(concept) for concept in barrier.split())
        return re.compile("".join(self._piece(piece, blocked) for piece in row.split()))

    def _piece(self, piece: str, blocked: str) -> str:
        if piece == "...":
            return f"{f'[^{blocked}]' if blocked else '.'}{{0,{_ANYTHING}}}?"
        if piece.startswith("~"):
            return f"[^|{blocked}]{{0,{piece[1:]}}}?"
        if piece.startswith("!"):
            return f"(?!{self._any(piece[1:])})"
        if piece.startswith("<!"):
            forbidden = self._any(piece[2:])
            return f"(?<!{forbidden})(?<!{forbidden}{self._any('|'.join(_PREPOSITIONS.split()))})"
        names, many, count = piece.partition("~")
        if many:
            return f"{self._any(names)}{{0,{count}}}?"
        return self._any(names.rstrip("?")) + ("?" if names.endswith("?") else "")

    def _any(self, names: str) -> str:
        return "[" + "".join(self.signs_of(name) for name in names.split("|")) + "]"


def _forms(entry: str) -> list[str]:
    stem, *endings = entry.split("|")
    return [stem + ending for ending in endings] if endings else [stem]


def _add_cut_words(meanings: dict[str, set[str]], words: Iterable[str]) -> None:
    """A word of the screen cut off by the edge («найд», «уведом») is known by its first four letters or more."""
    cut: dict[str, set[str]] = {}
    for word in words:
        for end in range(4, len(word)):
            cut.setdefault(word[:end], set()).update(meanings[word])
    for word, found in cut.items():
        meanings.setdefault(word, found)
