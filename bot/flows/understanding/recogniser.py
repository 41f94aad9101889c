"""The recogniser: a text → the errors that it names, how sure that is, and on whose path; or a topic."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.flows.guide.instruction import Error, Path, Topic
from bot.flows.understanding import signs, wordings
from bot.flows.understanding.hints import hints
from bot.flows.understanding.lexicon import LEXICON
from bot.flows.understanding.named_topics import named_topic
from bot.flows.understanding.normalise import words_of
from bot.flows.understanding.torn_words import torn_pieces

_SURE = 0.75
_SURE_SIGN = 0.85
_ASKED_SIGN = 0.8
_DOUBTFUL_SIGN = 0.5
_HINT = 0.4
_DOUBTFUL_WORDING = 0.6
_SURE_PIECE = 2.3  # weight of a piece of a wording that nobody writes by chance: «дневник не найден» has 2.45
_DOUBTFUL_PIECE = 1.8
_DOUBTFUL_WITHOUT_KEY = 2.6
_WHOLE_PIECE = 5.0  # from here on the piece is as good as the whole


class Verdict(StrEnum):
    """The certainty: the bot gives the remedy, asks which text it is, or says that it does not know."""

    SURE = "sure"
    DOUBTFUL = "doubtful"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Recognition:
    """The error or the topic that a message names, or neither.

    `verdict` and `confidence` (0…1) speak of `error` alone. `path` None must be asked. `topic` is set only where
    `error` is None. `also`: another error named for sure in the same message. `candidates`: for a doubtful one, best
    first.
    """

    error: Error | None = None
    path: Path | None = None
    confidence: float = 0.0
    verdict: Verdict = Verdict.NONE
    topic: Topic | None = None
    also: tuple[Error, ...] = ()
    candidates: tuple[Error, ...] = ()


NOTHING_NAMED = Recognition()


@dataclass(frozen=True, slots=True)
class _Patterns:
    """The phrases of an error's signs, compiled (signs.py, Signs)."""

    sure: tuple[re.Pattern[str], ...]
    where: tuple[re.Pattern[str], ...]
    asked: tuple[re.Pattern[str], ...]
    doubtful: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...]
    unless_weak: tuple[re.Pattern[str], ...]


@dataclass(frozen=True, slots=True)
class _Finding:
    """An error found between two positions of the message's symbols."""

    error: Error
    confidence: float
    start: int
    end: int


def recognise(text: str, path: Path | None = None) -> Recognition:
    """The error that a message names and on whose path. Never raises, whatever the text.

    The path (school's instruction): the child's wording decides for the child's path; the adults' wording while `path`
    is the child's means another account, so the path must be asked; else `path` stands.
    """
    words = words_of(text, LEXICON.known)
    symbols = LEXICON.symbols(words)
    findings = sorted(_findings(symbols), key=lambda found: (-found.confidence, found.start))
    if not findings or findings[0].confidence < _SURE:
        # A screen's own words for a neighbouring problem say more than a doubtful likeness to an error.
        topic = named_topic(text) or (None if findings else _topic(symbols))
        if topic:
            return Recognition(path=path, topic=topic)
    if not findings:
        findings = _hinted(words, symbols)
    if not findings:
        return Recognition(path=path)
    best = findings[0]
    of_path = _path(symbols, path)
    if best.confidence >= _SURE:
        also = tuple(found.error for found in findings[1:] if found.confidence >= _SURE)
        return Recognition(best.error, of_path, best.confidence, Verdict.SURE, also=also)
    candidates = tuple(found.error for found in findings)
    return Recognition(best.error, of_path, best.confidence, Verdict.DOUBTFUL, candidates=candidates)


def _findings(symbols: str) -> Iterable[_Finding]:
    solved_at = _solved_at(symbols)
    wondering = _matches(_WONDERING, symbols)
    for error in Error:
        found = _by_wording(error, symbols)
        if found is None or found.confidence < _SURE:
            found = _by_signs(error, symbols) or found
        if found is None or _is_over(symbols, found, solved_at):
            continue
        yield replace(found, confidence=min(found.confidence, _DOUBTFUL_SIGN)) if wondering else found


def _solved_at(symbols: str) -> int:
    """The position of the last words that tell of a trouble that is over; -1 where there are none."""
    if _matches(_NOT_SOLVED, symbols):
        return -1
    return max((found.start() for pattern in _SOLVED for found in pattern.finditer(symbols)), default=-1)


def _is_over(symbols: str, found: _Finding, solved_at: int) -> bool:
    if _matches(_NO_LONGER, symbols[: found.end]):
        return not _matches(_CONTRAST, symbols[found.end :])
    return solved_at >= found.end and not _matches(_CONTRAST, symbols[solved_at:])


def _by_wording(error: Error, symbols: str) -> _Finding | None:
    piece = wordings.heaviest_piece(error, symbols)
    if piece.weight < (_DOUBTFUL_PIECE if piece.has_key else _DOUBTFUL_WITHOUT_KEY):
        return None
    near_misses = _PATTERNS[error].unless + _STEP_QUESTIONS
    if piece.weight < signs.of(error).strong and _matches(near_misses, symbols):
        return None
    is_sure = piece.weight >= _SURE_PIECE and piece.has_key
    confidence = min(0.99, 0.8 + 0.19 * piece.weight / _WHOLE_PIECE) if is_sure else _DOUBTFUL_WORDING
    return _Finding(error, confidence, piece.start, piece.end)


def _by_signs(error: Error, symbols: str) -> _Finding | None:
    patterns = _PATTERNS[error]
    found, confidence = _first(patterns.sure, symbols), _SURE_SIGN
    if found is None:
        found = _first(patterns.asked, symbols)
        confidence = _ASKED_SIGN if found and _matches(patterns.where, symbols) else _DOUBTFUL_SIGN
    if found is None:
        found = _first(patterns.doubtful, symbols)
    if found is None or _matches(patterns.unless + _STEP_QUESTIONS, symbols):
        return None
    if confidence < _SURE_SIGN and _matches(_QUESTIONS + patterns.unless_weak, symbols):
        return None
    return _Finding(error, confidence, found.start(), found.end())


def _hinted(words: list[str], symbols: str) -> list[_Finding]:
    """The errors that are only hinted at, where neither a wording nor a sign speaks of one."""
    if _matches(_STEP_QUESTIONS, symbols):
        return []
    solved_at = _solved_at(symbols)
    found = [_Finding(hint.error, _HINT, hint.start, hint.end) for hint in hints(words, LEXICON.nearest)]
    met = {finding.error for finding in found}
    torn = torn_pieces(words)
    found += [_Finding(error, 0.5 * likeness, 0, len(symbols)) for error, likeness in torn if error not in met]
    return [finding for finding in found if not _is_over(symbols, finding, solved_at)]


def _topic(symbols: str) -> Topic | None:
    return next((topic for topic, patterns in _TOPICS.items() if _matches(patterns, symbols)), None)


def _path(symbols: str, path: Path | None) -> Path | None:
    if _matches(_CHILD_WORDS, symbols):
        return Path.CHILD
    if path is Path.CHILD and _matches(_ADULT_WORDS, symbols):
        return None
    return path


# --- patterns --------------------------------------------------------------------------------------------------------


def _compiled(phrases: Iterable[str], barrier: str = "") -> tuple[re.Pattern[str], ...]:
    return tuple(LEXICON.compile(phrase, barrier) for phrase in phrases)


def _patterns_of(error: Error) -> _Patterns:
    told = signs.of(error)
    return _Patterns(
        sure=_compiled(told.sure, told.barrier),
        where=_compiled(told.where),
        asked=_compiled(told.asked, told.barrier),
        doubtful=_compiled(told.doubtful, told.barrier),
        unless=_compiled(told.unless, told.unless_barrier),
        unless_weak=_compiled(told.unless_weak),
    )


def _matches(patterns: Iterable[re.Pattern[str]], symbols: str) -> bool:
    return any(pattern.search(symbols) for pattern in patterns)


def _first(patterns: Iterable[re.Pattern[str]], symbols: str) -> re.Match[str] | None:
    return next((found for pattern in patterns if (found := pattern.search(symbols))), None)


_PATTERNS = {error: _patterns_of(error) for error in Error}
_QUESTIONS = _compiled(signs.QUESTIONS)
_STEP_QUESTIONS = _compiled(signs.STEP_QUESTIONS)
_SOLVED = _compiled(signs.SOLVED)
_NO_LONGER = _compiled(signs.NO_LONGER)
_NOT_SOLVED = _compiled(signs.NOT_SOLVED)
_WONDERING = _compiled(signs.WONDERING)
_CONTRAST = _compiled(signs.CONTRAST)
_CHILD_WORDS = _compiled(signs.CHILD_WORDS)
_ADULT_WORDS = _compiled(signs.ADULT_WORDS)
_TOPICS = {topic: _compiled(phrases) for topic, phrases in signs.TOPIC_SIGNS.items()}
