"""Texts with Telegram's HTML marks, and the only way by which a value gets into one: escaped.

`Markup` is a text that Telegram may read as HTML. Its `format`, `+` and `join` escape whatever is not Markup itself,
so that a name, a class or an answer is shown as it was typed. Source of the marks and entities: Bot API, HTML style.
"""

import html
import re
from collections.abc import Iterable

from markupsafe import Markup, escape

# The tags that Telegram knows; anything else between angle brackets was typed by somebody, and stays.
_TAG = re.compile(
    r"</?(?:b|strong|i|em|u|ins|s|strike|del|span|tg-spoiler|a|code|pre|blockquote|tg-emoji|tg-time)(?:\s[^<>]*)?>",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});")

__all__ = ["Markup", "escape", "fill", "joined", "kept", "marked", "plain"]


def marked(template: str) -> Markup:
    """A text of `texts_ru` as it stands there, marks and places for values included. Never for what people typed."""
    return Markup(template)


def fill(template: str, **values: object) -> Markup:
    """A text of `texts_ru` with its values in it: those that are no Markup are escaped."""
    return Markup(template).format(**values)


def joined(separator: str, parts: Iterable[str]) -> Markup:
    """Parts with a separator of our own between them: those that are no Markup are escaped."""
    return Markup(separator).join(parts)


def kept(html_text: str) -> Markup:
    """A text with marks that was stored as plain data, as the outbox does. Never for what people typed."""
    return Markup(html_text)


def plain(text: str) -> str:
    """The words of an HTML text, also of one that is not well formed: tags left out, entities as their signs."""
    return _ENTITY.sub(lambda entity: html.unescape(entity[0]), _TAG.sub("", str(text)))
