"""Checks the texts, links and labels of a pack: marks that parse, full https addresses, labels that fit."""

import re
import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from bot import texts_ru as texts
from bot.flows.marked import is_known_tag, plain
from bot.flows.pack_problems import Problem, line_of
from bot.flows.utf16 import units

_MARKED_FIELDS = frozenset({"note", "for_parents", "child", "adult"})
_MARKED_TABLES = frozenset({"text", "own_account"})  # their fields are the readers
_LABELS = frozenset({"label", "pupil_button", "parent_button"})
_LABEL_UNITS = 60  # of the 64 that fit on a phone: a link's label gets a sign before it
_HREF = re.compile(r"<a\s[^<>]{0,20}?href=[\"']([^\"'<>]{0,2000})[\"']", re.IGNORECASE)

Place = tuple[str | int, ...]


def problems_of(file: str, source: str) -> Iterator[Problem]:
    """Finds what is wrong in the texts of one file, which is known to be TOML."""
    for number, line in enumerate(source.splitlines(), 1):
        if not line.lstrip().startswith("#") and "http://" in line:
            yield Problem(file, number, texts.PACK_HTTP)
    for where, value in _strings(tomllib.loads(source)):
        for said in _said_of(where, value):
            yield Problem(file, line_of(source, where, value), said)


def _strings(value: Any, where: Place = ()) -> Iterator[tuple[Place, str]]:
    """Gives every text of a file with its place there."""
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _strings(inner, (*where, key))


def _said_of(where: Place, value: str) -> Iterator[str]:
    if where[-1] in _LABELS and units(value) > _LABEL_UNITS:
        yield texts.PACK_LABEL.format(label=value, length=units(value), most=_LABEL_UNITS)
    if where[-1] == "url":
        yield from _said_of_link(value)
    is_marked = where[-1] in _MARKED_FIELDS or "remedy" in where or not _MARKED_TABLES.isdisjoint(where[:-1])
    if is_marked:
        yield from _said_of_marks(value)
        yield from (said for url in _HREF.findall(value) for said in _said_of_link(url))


def _said_of_link(url: str) -> Iterator[str]:
    """Yields a word on an address that is no whole link; an http address is reported by another check."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        yield texts.PACK_BAD_LINK.format(url=url)
        return
    is_whole = parts.scheme == "https" and "." in host and not any(sign.isspace() for sign in url)
    if parts.scheme != "http" and not is_whole:
        yield texts.PACK_BAD_LINK.format(url=url)


class _Marks(HTMLParser):
    """Follows the marks of a text: `wrong` is the first that Telegram would refuse."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.open: list[str] = []
        self.wrong = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Opens a mark."""
        self.wrong = self.wrong or ("" if is_known_tag(f"<{tag}>") else f"<{tag}>")
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Closes the mark that was opened last."""
        if not self.open or self.open.pop() != tag:
            self.wrong = self.wrong or f"</{tag}>"


def _said_of_marks(text: str) -> Iterator[str]:
    marks = _Marks()
    marks.feed(text)
    marks.close()
    wrong = marks.wrong or (f"<{marks.open[-1]}>" if marks.open else "")
    if wrong:
        yield texts.PACK_BAD_MARKUP.format(tag=wrong)
    elif "<" in plain(text.replace("&lt;", "")):
        yield texts.PACK_BARE_SIGN
    if "{" in text or "}" in text:
        yield texts.PACK_BRACES
