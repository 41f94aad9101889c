"""Reads HTML as MAX does: a marked-up text gives the plain text and its markup; unknown tags are dropped.

Source: dev.max.ru, text formatting, and the schema's MarkupElement; `from` and `length` are UTF-16 units.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

from sandbox.telegram.errors import Json
from sandbox.telegram.markup import units

_PERSON = re.compile(r"max://user/(\d+)")
KINDS = {
    **dict.fromkeys(("b", "strong"), "strong"),
    **dict.fromkeys(("i", "em"), "emphasized"),
    **dict.fromkeys(("s", "del"), "strikethrough"),
    **dict.fromkeys(("u", "ins"), "underline"),
    **dict.fromkeys(("code", "pre"), "monospaced"),
    "a": "link",
    "mark": "highlighted",
    "h1": "heading",
    "blockquote": "quote",
}


def read_html(source: str) -> tuple[str, list[Json]]:
    """Gives the plain text and the markup. A tag that is never closed reaches to the end of the text."""
    reader = _Reader()
    reader.feed(source)
    reader.close()
    return reader.finished()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.length = 0
        self.open: list[tuple[str, int, str]] = []
        self.markup: list[Json] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in KINDS:
            self.open.append((tag, self.length, dict(attrs).get("href") or ""))

    def handle_endtag(self, tag: str) -> None:
        at = next((at for at in reversed(range(len(self.open))) if self.open[at][0] == tag), None)
        if at is not None:
            self._mark(*self.open.pop(at))

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)
        self.length += units(data)

    def finished(self) -> tuple[str, list[Json]]:
        while self.open:
            self._mark(*self.open.pop())
        self.markup.sort(key=lambda one: (one["from"], -one["length"]))
        return "".join(self.pieces), self.markup

    def _mark(self, tag: str, begin: int, address: str) -> None:
        if self.length > begin and (tag != "a" or address):
            link: Json = {"type": KINDS[tag], **({"url": address} if tag == "a" else {})}
            if person := _PERSON.fullmatch(address):
                link = {"type": "user_mention", "user_id": int(person[1])}
            self.markup.append({"from": begin, "length": self.length - begin, **link})
