"""Pieces of an error's wording in a message: whole, cut, misspelt, or with other words between."""

from collections import deque
from dataclasses import dataclass

from bot.flows.guide import instruction
from bot.flows.guide.instruction import Error
from bot.flows.understanding import signs
from bot.flows.understanding.lexicon import LEXICON
from bot.flows.understanding.normalise import BREAK, words_of
from bot.flows.understanding.vocabulary import WEIGHTS

_GAP_IN_MESSAGE = 0.12  # weight that a word left out costs
_GAP_IN_WORDING = 0.12
_LONGEST_GAP = 6
_WORD, _SHORT_WORD = 1.0, 0.25  # weights of words that WEIGHTS does not name
_SHORT_LETTERS = 3


@dataclass(frozen=True, slots=True)
class Piece:
    """Words of a wording that a message has in their order: their weight, and the positions of first and past last.

    `has_key` says that one of them is a word that the error needs (signs.py, `key`).
    """

    weight: float = 0.0
    start: int = 0
    end: int = 0
    has_key: bool = False


@dataclass(frozen=True, slots=True)
class _Wording:
    weights: tuple[float, ...]
    positions: dict[str, tuple[int, ...]]  # symbol → the positions in the wording of words that it stands for
    keys: frozenset[str]


def heaviest_piece(error: Error, symbols: str) -> Piece:
    """The heaviest piece of any of the error's wordings in a message."""
    pieces = (_heaviest(symbols, wording) for wording in _WORDINGS[error])
    return max(pieces, key=lambda piece: (piece.weight, piece.start, piece.end, piece.has_key))


def _heaviest(symbols: str, wording: _Wording) -> Piece:
    # Weight, position in the message, position in the wording, start, key; only those that a later word may lengthen.
    chains: deque[tuple[float, int, int, int, bool]] = deque()
    best = Piece()
    for at, symbol in enumerate(symbols):
        while chains and at - chains[0][1] > _LONGEST_GAP:
            chains.popleft()
        for position in wording.positions.get(symbol, ()):
            weight, start, key = wording.weights[position], at, symbol in wording.keys
            longest = max(
                (
                    (before - _GAP_IN_MESSAGE * (at - i - 1) - _GAP_IN_WORDING * (position - j - 1), begun, had)
                    for before, i, j, begun, had in chains
                    if j < position and i < at
                ),
                default=(0.0, at, False),
            )
            if longest[0] > 0:
                weight, start, key = weight + longest[0], longest[1], key or longest[2]
            chains.append((weight, at, position, start, key))
            if weight > best.weight:
                best = Piece(weight, start, at + 1, key)
    return best


def _prepared(wording: instruction.Wording) -> _Wording:
    words = [word for word in words_of(wording.text, LEXICON.known) if word != BREAK]
    positions: dict[str, list[int]] = {}
    for position, word in enumerate(words):
        for symbol in LEXICON.symbols_like(word):
            positions.setdefault(symbol, []).append(position)
    weights = tuple(WEIGHTS.get(word, _SHORT_WORD if len(word) <= _SHORT_LETTERS else _WORD) for word in words)
    key = signs.of(wording.error).key
    keys = frozenset("".join(LEXICON.symbols_of(concept) for concept in key.split()) if key else positions)
    return _Wording(weights, {symbol: tuple(at) for symbol, at in positions.items()}, keys)


_WORDINGS = {error: tuple(_prepared(w) for w in instruction.WORDINGS if w.error is error) for error in Error}
