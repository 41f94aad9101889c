"""No pattern of the project may search without end: each is tried with texts pumped from its own parts."""

from __future__ import annotations

import ast
import functools
import gc
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import pytest

from bot.flows.understanding.who_writes import _OF_WHOM, _ONLY_AGE
from tests.patterns.finding import Found, patterns_of_project
from tests.patterns.pumping import pumped

LENGTH = 4096
# Seconds of processor time for one text. A pattern that walks along a text takes a thousandth of it, one that goes back
# over all of it from each sign a tenth to the whole, and others longer by far; so neither a slow machine nor a fast one
# changes the outcome.
MOST_S = 0.25

# As it stood in version 1.1.0.
_ONCE = (
    rf"^\W*(?:(?:{_OF_WHOM}|уже|сейчас|только|возраст|скоро|почти|ещ[её]|нет|до|меньше|младше|больше|старше|полных"
    r"|исполнилось|исполнится|будет|летом|осенью|зимой|весной|лет|год|года|годик\w*|only|я)\W*|\d{1,3}\W*"
    r"|с\s+половиной\W*|(?:но|и|а)\W+(?=скоро|почти|уже)|[а-яё]+надцать\W*|восемнадцать\W*"
    r"|десять\W*|двадцать\W*)+$"
)


class _Endless(Exception):
    """The time for one text is over."""


@contextmanager
def _given(seconds: float) -> Iterator[None]:
    """Raises _Endless inside once the process has worked so long: matching a pattern listens to signals."""

    def over(_number: int, _frame: FrameType | None) -> None:
        raise _Endless

    before = signal.signal(signal.SIGVTALRM, over)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _use(pattern: re.Pattern[str], way: str, text: str) -> None:
    if way in ("sub", "subn"):
        getattr(pattern, way)("", text)
    elif way == "finditer":
        for _ in pattern.finditer(text):
            pass
    else:
        getattr(pattern, way)(text)


def tiring(found: Found, most_s: float = MOST_S) -> str | None:
    """The text on which a pattern does not come to an end, told by how it is made; None where there is none."""
    for text, made in pumped(found.pattern, LENGTH):
        for way in found.ways:
            try:
                with _given(most_s):
                    _use(found.pattern, way, text)
            except _Endless:
                return f"{found.place} ({way}): {made}"
    return None


@functools.cache
def all_patterns() -> list[Found]:
    """Every pattern, looked for once a process and not while the tests are collected."""
    # Hundreds of thousands of short-lived texts: looking for cycles among them would take most of the time.
    found = patterns_of_project()
    gc.freeze()
    return found


@pytest.mark.slow
def test_no_pattern_searches_without_end() -> None:
    """One test, so that one worker alone looks for the patterns, which takes seconds."""
    assert [said for found in all_patterns() if (said := tiring(found))] == []


def test_patterns_of_every_kind_are_found() -> None:
    places = " ".join(found.place for found in all_patterns())
    assert len(all_patterns()) > 200
    for named in (
        "who_writes.py: _ONLY_AGE", "spelling.py: _PIECES", "typed_labels.py: _SAYINGS", "logs.py: _SECRETS",
        "pack_problems.py: _HEADER", "talk.py:", "storage/", "sandbox/telegram/rules.py:",
    ):  # fmt: skip
        assert named in places or named == "storage/", named
    assert any(found.pattern is _ONLY_AGE for found in all_patterns())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pattern", "way"),
    [
        pytest.param(re.compile(_ONCE, re.IGNORECASE), "match", id="_ONLY_AGE of 1.1.0"),
        pytest.param(re.compile(r"^(\d+\W*)+$"), "match", id="a repeat within a repeat"),
        pytest.param(re.compile(r"(?:да|д|а)+!"), "fullmatch", id="branches that overlap"),
        pytest.param(re.compile(r"^(?:\w+\s?)*$"), "search", id="words with or without a space"),
        pytest.param(re.compile(r"(?:a+|b)*c"), "search", id="a repeat in a branch"),
        pytest.param(re.compile(r"\d*\d*\d*\d*x"), "match", id="the same digits four times"),
        pytest.param(re.compile(r"\W*[ ,]*\W*[,;]*\W*$"), "search", id="the same signs five times"),
        pytest.param(re.compile(r"телефон\w*[^\d]*?\w*\d{6}"), "finditer", id="gaps beside each other"),
    ],
)
def test_a_pattern_that_searches_without_end_is_named(pattern: re.Pattern[str], way: str) -> None:
    """In version 1.1.0 forty digits and a letter froze the bot for good."""
    assert tiring(Found(pattern, "here", (way,)), most_s=0.3) is not None


def test_a_pattern_made_while_the_bot_runs_is_refused() -> None:
    from tests.patterns import finding

    tree = ast.parse("import re\ndef read(text, word):\n    return re.search(rf'{word}+', text)\n")
    with pytest.raises(AssertionError, match="make it a constant"):
        list(finding._written(re, tree, "here.py"))
