"""Makes texts that slow a pattern down, from its parse tree: its pieces repeated, before an end on which it fails."""

from __future__ import annotations

import re
import re._constants as sre
import re._parser as sre_parse
from collections.abc import Iterable, Iterator
from typing import Any

_TAILS = ("", "\x01", "x", "я", "1", " ")
_MANY = 12  # samples of one part of a pattern
_MOST_PIECES = 30
_OF_CATEGORY = {
    sre.CATEGORY_DIGIT: "1", sre.CATEGORY_NOT_DIGIT: "я ", sre.CATEGORY_SPACE: " \n", sre.CATEGORY_NOT_SPACE: "я1-",
    sre.CATEGORY_WORD: "я1_", sre.CATEGORY_NOT_WORD: " -!",
}  # fmt: skip
_ALPHABET = "я1x -.\n!_аА@:,(7\ue000"
_REPEATS = (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT)


def pumped(pattern: re.Pattern[str], length: int) -> Iterator[tuple[str, str]]:
    """Texts of about so many characters, each with a word on how it was made.

    Each piece that some part of the pattern takes is repeated, by itself and after what stands before it, and before
    each of a few tails on which the match fails in the end.
    """
    tree = sre_parse.parse(pattern.pattern, pattern.flags)
    for prefix, piece in _chosen([pair for pair in _pieces(tree, "") if pair[1]]):
        body = (piece * (length // len(piece) + 1))[: max(0, length - len(prefix))]
        for tail in _TAILS:
            yield prefix + body + tail, f"{prefix[:20]!r} + {piece[:20]!r} × {len(body) // len(piece)} + {tail!r}"


def _chosen(pieces: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The shortest pieces, which are repeated most often, and of the others some from every part of the pattern."""
    once = list(dict.fromkeys(pieces))
    short = sorted(once, key=lambda pair: len(pair[1]))[:_MOST_PIECES]
    rest = [pair for pair in once if pair not in set(short)]
    return short + rest[:: len(rest) // _MOST_PIECES + 1]


def _pieces(tree: Iterable[tuple[Any, Any]], before: str) -> Iterator[tuple[str, str]]:
    """Lists what may be repeated, each with what stands before it in a text that the pattern likes."""
    items = list(tree)
    prefix = before
    whole = "".join(_some([item])[0] if _some([item]) else "" for item in items)
    if whole:
        yield "", whole
        yield "", whole + " "
    for item in items:
        op, argument = item
        for part in _parts(op, argument):
            yield from _pieces(part, prefix)
        if op in _REPEATS:
            for piece in _some(argument[2])[:_MANY]:
                yield prefix, piece
            yield from _mixed(argument[2], prefix)
        elif op in (sre.IN, sre.ANY, sre.NOT_LITERAL):
            for piece in _some([item])[:4]:
                yield "", piece
        made = _some([item])
        prefix += made[0] if made else ""


def _mixed(part: Any, prefix: str) -> Iterator[tuple[str, str]]:
    """Pieces of a repeated part in turn: what one of them begins another may go on with."""
    some = _some(part)[:6]
    for first in some:
        for second in some:
            if first != second:
                yield prefix, first + second


def _parts(op: Any, argument: Any) -> list[Any]:
    if op in _REPEATS:
        return [argument[2]]
    if op is sre.SUBPATTERN:
        return [argument[3]]
    if op is sre.ATOMIC_GROUP:
        return [argument]
    if op is sre.BRANCH:
        return list(argument[1])
    if op in (sre.ASSERT, sre.ASSERT_NOT):
        return [argument[1]]
    if op is sre.GROUPREF_EXISTS:
        return [part for part in argument[1:] if part]
    return []


def _some(items: Iterable[tuple[Any, Any]]) -> list[str]:
    """A few texts that a row of a pattern's parts takes, the plainest first; a condition is taken for nothing."""
    made = [""]
    for op, argument in items:
        one = _samples(op, argument)
        if not one:
            continue
        made = [text + more for text in made for more in one][: _MANY * 2]
    return list(dict.fromkeys(made))[:_MANY]


def _samples(op: Any, argument: Any) -> list[str]:
    if op is sre.LITERAL:
        return [chr(argument)]
    if op is sre.NOT_LITERAL:
        return [sign for sign in _ALPHABET if ord(sign) != argument][:4]
    if op is sre.ANY:
        return list(_ALPHABET[:4])
    if op is sre.IN:
        return _members(argument)
    if op in _REPEATS:
        least, most, part = argument
        some = _some(part)
        longer = [text * max(1, least) for text in some if text]
        return ([""] if least == 0 else []) + longer if most else [""]
    if op is sre.BRANCH:
        return [text for branch in argument[1] for text in _some(branch)[:2]]
    if op is sre.SUBPATTERN:
        return _some(argument[3])
    if op is sre.ATOMIC_GROUP:
        return _some(argument)
    return []


def _members(members: list[tuple[Any, Any]]) -> list[str]:
    denied = members[0][0] is sre.NEGATE
    found: list[str] = []
    for op, argument in members:
        if op is sre.LITERAL:
            found.append(chr(argument))
        elif op is sre.RANGE:
            found += [chr(argument[0]), chr(argument[1])]
        elif op is sre.CATEGORY:
            found += _OF_CATEGORY.get(argument, "")
    return [sign for sign in _ALPHABET if sign not in found][:4] if denied else list(dict.fromkeys(found))[:8]
