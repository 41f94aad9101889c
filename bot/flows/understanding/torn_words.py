"""Pieces of the wordings in words run together or torn apart at random: «вашднев ник ненай ден», «нужносог ласие».

The message is compared without its spaces; pieces whose words stand in it whole are left to wordings.py.
"""

from collections.abc import Sequence

from rapidfuzz import fuzz

from bot.flows.guide.instruction import Error
from bot.flows.understanding.normalise import BREAK

_ENOUGH = 84.0  # of 100; «в личный кабинет на Госуслугах», which anybody writes, is 76 like its piece
_GRAM = 3
_GRAMS_ENOUGH = 0.4
_LONG_WORD = 5

# The pieces that nobody writes by chance.
_PIECES: tuple[tuple[Error, str], ...] = (
    (Error.DIARY_NOT_FOUND, "дневник не найден"),
    (Error.DIARY_NOT_FOUND, "решить проблему сообщите о ней"),
    (Error.DIARY_NOT_FOUND, "родителей сообщить о ней"),
    (Error.DIARY_NOT_FOUND, "сообщите о ней через форму"),
    (Error.CONSENT_REQUIRED, "входа в дневник необходимо согласие"),
    (Error.CONSENT_REQUIRED, "необходимо согласие"),
    (Error.CONSENT_REQUIRED, "согласие одного из родителей"),
    (Error.CONSENT_REQUIRED, "перейдите по ссылке из уведомления"),
    (Error.CONSENT_REQUIRED, "направленного в ваш личный кабинет на госуслугах"),
)


def _grams(text: str) -> frozenset[str]:
    return frozenset(text[at : at + _GRAM] for at in range(len(text) - _GRAM + 1))


_PREPARED = tuple(
    (error, piece.replace(" ", ""), frozenset(word[:_LONG_WORD] for word in piece.split() if len(word) >= _LONG_WORD))
    for error, piece in _PIECES
)
_GRAMS = {piece: _grams(piece) for _, piece, _ in _PREPARED}


def torn_pieces(words: Sequence[str]) -> list[tuple[Error, float]]:
    """The errors of which a piece is found so, the likest first, each with its likeness (0…1)."""
    text = "".join(word for word in words if word != BREAK)
    grams = _grams(text)
    beginnings = {word[:_LONG_WORD] for word in words}
    found: dict[Error, float] = {}
    for error, piece, long_words in _PREPARED:
        if len(_GRAMS[piece] & grams) < _GRAMS_ENOUGH * len(_GRAMS[piece]) or long_words <= beginnings:
            continue
        likeness = fuzz.partial_ratio(piece, text, score_cutoff=_ENOUGH) if len(text) >= len(piece) // 2 else 0.0
        if likeness and _may_be_meant(piece, text):
            found[error] = max(likeness / 100, found.get(error, 0.0))
    return sorted(found.items(), key=lambda item: -item[1])


def _may_be_meant(piece: str, text: str) -> bool:
    """«дневник найден» is as like the wording as a misspelt «не найден», and means the contrary."""
    return not piece.startswith("дневник") or any(
        part in text for part in ("ненай", "нинай", "ненаи", "нинаи", "ненае", "нинае")
    )
