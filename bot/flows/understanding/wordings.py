"""A pasted text → a known error, with its confidence: pieces of the wordings first, then families' own words."""

import re
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.flows.guide import instruction
from bot.flows.guide.instruction import Error, Path, Topic
from bot.flows.understanding.hints import hints
from bot.flows.understanding.lexicon import Lexicon
from bot.flows.understanding.named_topics import plain_topic
from bot.flows.understanding.normalise import BREAK, words_of
from bot.flows.understanding.torn_words import glued
from bot.flows.understanding.vocabulary import COMMON

_SURE = 0.75
_SURE_SIGN = 0.85
_ASKED_SIGN = 0.8
_DOUBTFUL_SIGN = 0.5
_HINT = 0.4
_SURE_PIECE = 2.3  # weight of a piece of a wording that nobody writes by chance: «дневник не найден» has 2.45
_DOUBTFUL_PIECE = 1.8
_DOUBTFUL_WITHOUT_KEY = 2.6
_WHOLE_PIECE = 5.0  # from here on the piece is as good as the whole
_GAP_IN_MESSAGE = 0.12
_GAP_IN_WORDING = 0.12
_LONGEST_GAP = 6


class Verdict(StrEnum):
    """What the bot does with the answer: gives the remedy, asks which text it is, or says that it does not know."""

    SURE = "sure"
    DOUBTFUL = "doubtful"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Recognition:
    """What a message names.

    `verdict` and `confidence` (0…1) speak of `error` alone. `path` None must be asked. `topic` is set only where
    `error` is None. `also`: another error named for sure in the same message. `candidates`: for a doubtful one, best
    first.
    """

    error: Error | None
    path: Path | None
    confidence: float
    verdict: Verdict
    topic: Topic | None = None
    also: tuple[Error, ...] = ()
    candidates: tuple[Error, ...] = ()


@dataclass(frozen=True, slots=True)
class _Wording:
    error: Error
    weights: tuple[float, ...]
    places: dict[str, tuple[int, ...]]  # sign → where it stands in the wording
    keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Rules:
    sure: tuple[re.Pattern[str], ...]
    where: tuple[re.Pattern[str], ...]
    asked: tuple[re.Pattern[str], ...]
    doubtful: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...]
    unless_weak: tuple[re.Pattern[str], ...]


@dataclass(frozen=True, slots=True)
class _Finding:
    error: Error
    confidence: float
    start: int
    end: int


_lexicon = Lexicon({**COMMON, **instruction.CONCEPTS}, instruction.WITH_SLIPS, (w.text for w in instruction.WORDINGS))


def recognise(text: str, path: Path | None = None) -> Recognition:
    """Which error a message names and on whose path. Never raises, whatever the text.

    The path (school's instruction): the child's wording decides for the child's path; the adults' wording while `path`
    is the child's means another account, so the path must be asked; else `path` stands.
    """
    words = words_of(text, _lexicon.known)
    row = _row(words)
    findings = sorted(_findings(row), key=lambda found: (-found.confidence, found.start))
    if not findings or findings[0].confidence < _SURE:
        # A screen's own words for a neighbouring problem say more than a doubtful likeness to an error.
        topic = plain_topic(text) or (None if findings else _topic(row))
        if topic:
            return Recognition(None, path, 0.0, Verdict.NONE, topic=topic)
    if not findings:
        findings = _hinted(words, row)
    if not findings:
        return Recognition(None, path, 0.0, Verdict.NONE)
    best = findings[0]
    where = _path(row, path)
    if best.confidence >= _SURE:
        also = tuple(found.error for found in findings[1:] if found.confidence >= _SURE)
        return Recognition(best.error, where, best.confidence, Verdict.SURE, also=also)
    candidates = tuple(found.error for found in findings)
    return Recognition(best.error, where, best.confidence, Verdict.DOUBTFUL, candidates=candidates)


def _row(words: list[str]) -> str:
    signs = [BREAK if word == BREAK else _lexicon.sign(word) for word in words]
    if words and words[-1] != BREAK:
        signs[-1] = _lexicon.sign_at_end(words[-1])
    return "".join(signs)


def _signs(error: Error) -> instruction.Signs:
    """How families speak of the error; one that is known only by its wording has none of its own."""
    return instruction.SIGNS.get(error, instruction.Signs())


def _findings(row: str) -> Iterable[_Finding]:
    solved = -1 if _matches(_NOT_SOLVED, row) else _last(_SOLVED, row)
    wondering = _matches(_WONDERING, row)
    for error in Error:
        found = _by_wording(error, row)
        if found is None or found.confidence < _SURE:
            found = _by_signs(error, row) or found
        if found is None or _is_over(row, found, solved):
            continue
        yield replace(found, confidence=min(found.confidence, _DOUBTFUL_SIGN)) if wondering else found


def _is_over(row: str, found: _Finding, solved: int) -> bool:
    if _matches(_NO_LONGER, row[: found.end]):
        return not _matches(_CONTRAST, row[found.end :])
    return solved >= found.end and not _matches(_CONTRAST, row[solved:])


# --- pieces of the wordings ------------------------------------------------------------------------------------------


def _by_wording(error: Error, row: str) -> _Finding | None:
    weight, start, end, has_key = max(_longest_piece(row, wording) for wording in _WORDINGS[error])
    if weight < (_DOUBTFUL_PIECE if has_key else _DOUBTFUL_WITHOUT_KEY):
        return None
    if weight < _signs(error).strong and (_matches(_RULES[error].unless, row) or _matches(_STEP_QUESTIONS, row)):
        return None
    confidence = min(0.99, 0.8 + 0.19 * weight / _WHOLE_PIECE) if weight >= _SURE_PIECE and has_key else 0.6
    return _Finding(error, confidence, start, end)


def _longest_piece(row: str, wording: _Wording) -> tuple[float, int, int, bool]:
    """The heaviest row of the wording's words that the message has in their order: weight, start, end, has a key."""
    # Weight, place in row, place in wording, start, key; only those that a word at hand may still lengthen.
    chains: deque[tuple[float, int, int, int, bool]] = deque()
    best = (0.0, 0, 0, False)
    for at, sign in enumerate(row):
        while chains and at - chains[0][1] > _LONGEST_GAP:
            chains.popleft()
        for place in wording.places.get(sign, ()):
            weight, start, key = wording.weights[place], at, sign in wording.keys
            longest = max(
                (
                    (before - _GAP_IN_MESSAGE * (at - i - 1) - _GAP_IN_WORDING * (place - j - 1), begun, had)
                    for before, i, j, begun, had in chains
                    if j < place and i < at
                ),
                default=(0.0, at, False),
            )
            if longest[0] > 0:
                weight, start, key = weight + longest[0], longest[1], key or longest[2]
            chains.append((weight, at, place, start, key))
            if weight > best[0]:
                best = (weight, start, at + 1, key)
    return best


def _prepared(wording: instruction.Wording) -> _Wording:
    words = [word for word in words_of(wording.text, _lexicon.known) if word != BREAK]
    places: dict[str, list[int]] = {}
    for place, word in enumerate(words):
        for sign in _lexicon.like(word):
            places.setdefault(sign, []).append(place)
    weights = tuple(instruction.WEIGHTS.get(word, 0.25 if len(word) <= 3 else 1.0) for word in words)
    key = _signs(wording.error).key
    keys = frozenset("".join(_lexicon.signs_of(concept) for concept in key.split()) if key else places)
    return _Wording(wording.error, weights, {sign: tuple(at) for sign, at in places.items()}, keys)


# --- their own words -------------------------------------------------------------------------------------------------


def _by_signs(error: Error, row: str) -> _Finding | None:
    rules = _RULES[error]
    found, confidence = _first(rules.sure, row), _SURE_SIGN
    if found is None:
        found = _first(rules.asked, row)
        confidence = _ASKED_SIGN if found and _matches(rules.where, row) else _DOUBTFUL_SIGN
    if found is None:
        found = _first(rules.doubtful, row)
    if found is None or _matches(rules.unless, row):
        return None
    if _matches(_STEP_QUESTIONS, row) or (confidence < _SURE_SIGN and _matches(_QUESTIONS + rules.unless_weak, row)):
        return None
    return _Finding(error, confidence, found.start(), found.end())


def _topic(row: str) -> Topic | None:
    return next((topic for topic, signs in _TOPICS.items() if _matches(signs, row)), None)


def _path(row: str, path: Path | None) -> Path | None:
    if _matches(_CHILD_WORDS, row):
        return Path.CHILD
    if path is Path.CHILD and _matches(_ADULT_WORDS, row):
        return None
    return path


# --- hints, where neither speaks ---------------------------------------------------------------------------------


def _hinted(words: list[str], row: str) -> list[_Finding]:
    solved = -1 if _matches(_NOT_SOLVED, row) else _last(_SOLVED, row)
    if _matches(_STEP_QUESTIONS, row):
        return []
    found = [_Finding(hint.error, _HINT, hint.start, hint.end) for hint in hints(words, _lexicon.nearest)]
    met = {finding.error for finding in found}
    torn = glued(words)
    found += [_Finding(error, 0.5 * likeness, 0, len(row)) for error, likeness in torn if error not in met]
    return [finding for finding in found if not _is_over(row, finding, solved)]


# --- patterns --------------------------------------------------------------------------------------------------------


def _compiled(signs: Iterable[str], barrier: str = "") -> tuple[re.Pattern[str], ...]:
    return tuple(_lexicon.compile(sign, barrier) for sign in signs)


def _rules(signs: instruction.Signs) -> _Rules:
    return _Rules(
        sure=_compiled(signs.sure, signs.barrier),
        where=_compiled(signs.where),
        asked=_compiled(signs.asked, signs.barrier),
        doubtful=_compiled(signs.doubtful, signs.barrier),
        unless=_compiled(signs.unless, signs.unless_barrier),
        unless_weak=_compiled(signs.unless_weak),
    )


def _matches(patterns: Iterable[re.Pattern[str]], row: str) -> bool:
    return any(pattern.search(row) for pattern in patterns)


def _first(patterns: Iterable[re.Pattern[str]], row: str) -> re.Match[str] | None:
    return next((found for pattern in patterns if (found := pattern.search(row))), None)


def _last(patterns: Iterable[re.Pattern[str]], row: str) -> int:
    """Where the last match of any of the patterns starts; -1 where none does."""
    return max((found.start() for pattern in patterns for found in pattern.finditer(row)), default=-1)


_WORDINGS = {error: tuple(_prepared(w) for w in instruction.WORDINGS if w.error is error) for error in Error}
_RULES = {error: _rules(_signs(error)) for error in Error}
_QUESTIONS = _compiled(instruction.QUESTIONS)
_STEP_QUESTIONS = _compiled(instruction.STEP_QUESTIONS)
_SOLVED = _compiled(instruction.SOLVED)
_NO_LONGER = _compiled(instruction.NO_LONGER)
_NOT_SOLVED = _compiled(instruction.NOT_SOLVED)
_WONDERING = _compiled(instruction.WONDERING)
_CONTRAST = _compiled(instruction.CONTRAST)
_CHILD_WORDS = _compiled(instruction.CHILD_WORDS)
_ADULT_WORDS = _compiled(instruction.ADULT_WORDS)
_TOPICS = {topic: _compiled(signs) for topic, signs in instruction.TOPIC_SIGNS.items()}
