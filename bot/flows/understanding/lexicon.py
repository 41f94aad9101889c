"""The lexicon: a word → a symbol for the concepts that it means, slips allowed; phrases of concepts → patterns."""

import re
from collections.abc import Iterable, Mapping, Sequence

from rapidfuzz.distance import OSA
from rapidfuzz.process import extractOne

from bot.flows.guide.instruction import WORDINGS
from bot.flows.understanding.normalise import BREAK
from bot.flows.understanding.vocabulary import CONCEPTS, WITH_SLIPS

_FIRST_SYMBOL = 0xE000  # private use: no message holds these after normalising
NOTHING = chr(_FIRST_SYMBOL)
_PREPOSITIONS = "on of for in by about"
_CACHE_LIMIT = 50_000
_ANYTHING = 60  # words: without an end, each start would search the longest message to its own end


def _slips_allowed(length: int, on_screen: bool) -> int:
    """Edits (a swap of neighbours is one) by which a word of this length may differ and still be meant.

    A word of the screen is copied by eye, so its slips are many; other words have too many right ones near them.
    """
    if on_screen:
        return 0 if length < 5 else 1 if length < 7 else 2 if length < 11 else 3
    return 0 if length < 6 else 1 if length < 10 else 2


class Lexicon:
    """Words by concept. Each set of concepts that some word has is one symbol, so a message is a string of symbols.

    `with_slips` names the concepts whose words are known with slips in them; so are all words of the wordings.
    """

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
        self._symbols: dict[frozenset[str], str] = {frozenset(): NOTHING}
        self._by_word = {word: self._symbol_of(frozenset(found)) for word, found in meanings.items()}
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

    def _symbol_of(self, concepts: frozenset[str]) -> str:
        return self._symbols.setdefault(concepts, chr(_FIRST_SYMBOL + len(self._symbols)))

    def known(self, word: str) -> int:
        """2 where the word is in the vocabulary, 1 where it is near a word of it, 0 where not."""
        if word in self._by_word:
            return 2
        return 1 if self.symbol(word) != NOTHING else 0

    def symbol(self, word: str) -> str:
        """The symbol that stands for the word's concepts."""
        exact = self._by_word.get(word)
        if exact is not None:
            return exact
        guessed = self._guessed.get(word)
        if guessed is None:
            if len(self._guessed) >= _CACHE_LIMIT:
                self._guessed.clear()
            guessed = self._guessed[word] = self._guess(word)
        return guessed

    def symbols(self, words: Sequence[str]) -> str:
        """A message's words (normalise.py) as symbols; BREAK stays what it is."""
        found = [BREAK if word == BREAK else self.symbol(word) for word in words]
        if words and words[-1] != BREAK:
            found[-1] = self._symbol_at_end(words[-1])
        return "".join(found)

    def _symbol_at_end(self, word: str) -> str:
        """The same for a message's last word, which the edge of a screen may have cut off after three letters."""
        symbol = self.symbol(word)
        if symbol != NOTHING or len(word) != 3:
            return symbol
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

    def symbols_of(self, concept: str) -> str:
        """Every symbol that stands for this concept, alone or among others."""
        found = "".join(symbol for concepts, symbol in self._symbols.items() if concept in concepts)
        if not found:
            raise KeyError(concept)
        return found

    def symbols_like(self, word: str) -> str:
        """Every symbol that has all the concepts of this word."""
        own = next(concepts for concepts, symbol in self._symbols.items() if symbol == self.symbol(word))
        return "".join(symbol for concepts, symbol in self._symbols.items() if own <= concepts)

    def compile(self, phrase: str, barrier: str = "") -> re.Pattern[str]:
        """Compiles a phrase of concepts (signs.py) to a pattern of symbols. Raises KeyError for an unknown concept."""
        blocked = "".join(self.symbols_of(concept) for concept in barrier.split())
        return re.compile("".join(self._piece(piece, blocked) for piece in phrase.split()))

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
        return "[" + "".join(self.symbols_of(name) for name in names.split("|")) + "]"


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


LEXICON = Lexicon(CONCEPTS, WITH_SLIPS, (wording.text for wording in WORDINGS))
