"""Makes texts in Telegram's HTML. Values get into such a text through this module alone, which escapes them.

`Markup` is a text that Telegram may read as HTML. Its `format`, `+` and `join` escape whatever is not Markup itself,
so that a name, a class or an answer is shown as it was typed. A `Sentence` is a text of `texts_ru` in its two forms of
address, and gives Markup. Source of the marks and entities: Bot API, HTML style.
"""

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, Self

from markupsafe import Markup, escape

# The tags that Telegram knows; anything else between angle brackets was typed by somebody, and stays as text.
_TAG = re.compile(
    r"</?(?:b|strong|i|em|u|ins|s|strike|del|span|tg-spoiler|a|code|pre|blockquote|tg-emoji|tg-time)(?:\s[^<>]*)?>",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});")

__all__ = ["Markup", "Sentence", "escape", "fill", "is_known_tag", "joined", "kept", "marked", "plain"]


class Addressee(Protocol):
    """Names what a sentence needs to know of its reader. A `Route` fits: it knows who reads its screen."""

    @property
    def is_child(self) -> bool:
        """Tells whether the reader is a pupil under 18."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """Holds one text of `texts_ru` in two forms: a child is addressed with «ты», everybody else with «вы»."""

    child: str
    adult: str

    @classmethod
    def alike(cls, text: str) -> Self:
        """Makes a sentence that addresses nobody, for a place where sentences of two forms stand as well."""
        return cls(child=text, adult=text)

    def for_reader(self, reader: Addressee, /, **values: object) -> Markup:
        """Gives the form for this reader, with its values in it: those that are no Markup are escaped."""
        return fill(self.child if reader.is_child else self.adult, **values)


def marked(template: str) -> Markup:
    """Gives a text of `texts_ru` as it stands there, marks and places for values included.

    It is never called for what people typed.
    """
    return Markup(template)


def fill(template: str, **values: object) -> Markup:
    """Gives a text of `texts_ru` with its values in it: those that are no Markup are escaped."""
    return Markup(template).format(**values)


def joined(separator: str, parts: Iterable[str]) -> Markup:
    """Joins parts with a separator of our own between them: those that are no Markup are escaped."""
    return Markup(separator).join(parts)


def kept(html_text: str) -> Markup:
    """Takes a text with marks that was stored as plain data, as the outbox does. It is never for what people typed."""
    return Markup(html_text)


def is_known_tag(tag: str) -> bool:
    """Tells whether Telegram knows a tag, such as `<b>`."""
    return bool(_TAG.fullmatch(tag))


def plain(text: str) -> str:
    """Gives the words of an HTML text, also of one that is not well formed: no tags, and signs in place of entities."""
    return _ENTITY.sub(lambda entity: html.unescape(entity[0]), _TAG.sub("", str(text)))
