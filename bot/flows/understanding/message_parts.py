"""Cuts a long message into parts, so that an error in the middle of a story is recognised by itself."""

from collections.abc import Sequence

from bot.flows.understanding.spelling import BREAK, QUESTION

_LONG = 24  # words: a shorter message is its own only part
_PART = 12  # words that a part has at least, as long as there are more
_LONGEST = 28
_MOST = 14  # parts that are looked at, so that the longest message takes a bounded time


def parts(words: Sequence[str]) -> list[list[str]]:
    """Gives the parts of a long message, a few sentences each, overlapping by a sentence; none of a short one."""
    if len(words) < _LONG:
        return []
    cut = _cut(words)
    found = []
    for first in range(len(cut)):
        part: list[str] = []
        for sentence in cut[first:]:
            part += sentence
            if len(part) >= _PART:
                break
        found.append(part[:_LONGEST])
    return found[:_MOST]


def sentences(words: Sequence[str]) -> list[list[str]]:
    """Gives the sentences of a message one by one, as many as are looked at; none where it has no second one."""
    cut = _cut(words)
    return cut[:_MOST] if len(cut) > 1 else []


def _cut(words: Sequence[str]) -> list[list[str]]:
    """Cuts at the ends of sentences; where nobody wrote any, every so many words."""
    found: list[list[str]] = [[]]
    for word in words:
        found[-1].append(word)
        if (word in (BREAK, QUESTION) and len(found[-1]) > 1) or len(found[-1]) >= _LONGEST:
            found.append([])
    return [sentence for sentence in found if sentence]
