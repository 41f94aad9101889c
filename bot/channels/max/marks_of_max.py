"""Turns Telegram's formatting into the HTML that MAX knows, and MAX's marks into Telegram's entities.

MAX (schema 0.0.33, `format: html`) knows i, em, b, strong, del, s, ins, u, a, pre, code, mark, blockquote and h1, and
drops any other tag. Its quotes are not shown as such in August 2026, so they go without the mark.
"""

import re
from collections.abc import Sequence
from heapq import heapify, heappop, heappush
from itertools import accumulate
from typing import Any

from aiogram.types import MessageEntity
from aiogram.utils.text_decorations import html_decoration

from bot.flows.utf16 import units

_TAG = re.compile(r"<(/?)([a-zA-Z][\w-]*)(\s[^<>]*)?>")
_KEPT = frozenset({"i", "em", "b", "strong", "del", "s", "ins", "u", "a", "pre", "code"})
_SAME = {"strike": "s"}
_HREF = re.compile(r"""href\s*=\s*("(?:https?|max)://[^"\s]+"|'(?:https?|max)://[^'\s]+')""", re.IGNORECASE)
_ENTITIES = {
    "strong": "bold", "emphasized": "italic", "monospaced": "code", "strikethrough": "strikethrough",
    "underline": "underline", "link": "text_link", "heading": "bold",
}  # fmt: skip


def html_of(text: str) -> str:
    """Gives Telegram's HTML as MAX's: what MAX does not know goes without its tag, a link without an address too."""
    links: list[bool] = []

    def tag(found: re.Match[str]) -> str:
        closing, name = found[1], _SAME.get(found[2].lower(), found[2].lower())
        if name not in _KEPT:
            return ""
        if name != "a":
            return f"<{closing}{name}>"
        if closing:
            return "</a>" if links and links.pop() else ""
        address = _HREF.search(found[3] or "")
        links.append(address is not None)
        return f"<a href={address[1]}>" if address else ""

    return _TAG.sub(tag, text)


def html_with(text: str, entities: Sequence[MessageEntity]) -> str:
    """Gives a plain text with its formatting as MAX's HTML."""
    return html_of(html_decoration.unparse(text, list(entities)))


def entities_of(markup: Any, text: str) -> list[MessageEntity]:
    """Reads MAX's marks of a text (UTF-16 units, as Telegram counts), leaving out what is no formatting of both.

    Telegram's lie in the text, cut no letter, and lie one within another or apart; MAX promises none of this.
    """
    ends = set(accumulate(map(units, text), initial=0))
    found = []
    for mark in markup if isinstance(markup, list) else ():
        kind = _ENTITIES.get(str(mark.get("type"))) if isinstance(mark, dict) else None
        begin, length = (mark.get("from"), mark.get("length")) if kind else (None, None)
        if kind is None or type(begin) is not int or type(length) is not int or begin < 0 or length < 1:
            continue
        length = min(length, units(text) - begin)
        url = mark.get("url") if kind == "text_link" else None
        if length > 0 and {begin, begin + length} <= ends and (kind != "text_link" or isinstance(url, str)):
            found.append(MessageEntity(type=kind, offset=begin, length=length, url=url))
    return _nested(found)


def _nested(marks: list[MessageEntity]) -> list[MessageEntity]:
    """Gives the marks in their order; one that crosses the end of another is split there."""
    waiting = [(mark.offset, -mark.length, number, mark) for number, mark in enumerate(marks)]
    heapify(waiting)
    found: list[MessageEntity] = []
    around: list[int] = []  # where the marks end that the present one begins in, the innermost last
    while waiting:
        begin, length, number, mark = heappop(waiting)
        end = begin - length
        while around and around[-1] <= begin:
            around.pop()
        if around and around[-1] < end:
            heappush(waiting, (around[-1], around[-1] - end, number, mark))
            end = around[-1]
        around.append(end)
        found.append(mark.model_copy(update={"offset": begin, "length": end - begin}))
    return found
