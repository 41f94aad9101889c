"""Reads Telegram's HTML subset: a marked-up text gives the plain text and its entities, or Telegram's own refusal.

Source: core.telegram.org/bots/api#html-style and the behaviour of Telegram's own parser. Offsets are UTF-16 code
units in entities and bytes of UTF-8 in error messages, as Telegram counts them.
"""

from __future__ import annotations

import re
from typing import Any

from sandbox.telegram.errors import Json, broken

SIMPLE_TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "code": "code",
}
TAGS = {*SIMPLE_TAGS, "span", "a", "pre", "blockquote", "tg-emoji", "tg-time"}
ENTITY_TYPES = {
    *SIMPLE_TAGS.values(),
    *("pre", "text_link", "text_mention", "custom_emoji", "blockquote", "expandable_blockquote", "date_time"),
    *("mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number"),
}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_ESCAPE = re.compile(r"&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|(lt|gt|amp|quot)(?![A-Za-z]));?")
_TOKEN = re.compile(r"<[^>]*>?|[^<]+")
_ATTRIBUTE = re.compile(r"""\s+([^\s=>/]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([A-Za-z0-9.-]+)))?""")
_AUTOMATIC = re.compile(
    r"(?P<url>https?://[^\s<>«»\"]+[^\s<>«»\".,;:!?)\]])"
    r"|(?<![\w/@.])(?P<bot_command>/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?)(?![\w/])"
    r"|(?<![\w@.])(?P<mention>@[A-Za-z][A-Za-z0-9_]{3,31})(?!\w)"
    r"|(?<![\w@.+-])(?P<email>[\w.+-]+@[\w-]+\.[\w.-]*\w)"
)


def units(text: str) -> int:
    """Gives the length in UTF-16 code units, as Telegram measures."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def unescape(text: str) -> str:
    """Replaces the four named references and the numeric ones; anything else stays as typed, as at Telegram."""
    return _ESCAPE.sub(_unescape_one, text) if "&" in text else text


def _unescape_one(match: re.Match[str]) -> str:
    decimal, hexadecimal, name = match.groups()
    if name:
        return _NAMED[name]
    code = int(decimal) if decimal else int(hexadecimal, 16)
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else match.group(0)


def parse_html(source: str) -> tuple[str, list[Json]]:
    """Gives the plain text and the entities of a text in Telegram's HTML.

    Raises Violation («can't parse entities: …») for an unknown tag, a tag left open, tags that cross, a malformed
    attribute.
    """
    if "<" not in source:
        return unescape(source), []
    return _Parser(source).run()


class _Parser:
    def __init__(self, source: str) -> None:
        self.source = source
        self.pieces: list[str] = []
        self.length = 0
        self.open: list[tuple[str, int, Json]] = []
        self.entities: list[Json] = []

    def run(self) -> tuple[str, list[Json]]:
        for token in _TOKEN.finditer(self.source):
            piece = token.group(0)
            if not piece.startswith("<"):
                self._text(piece)
            elif piece.startswith("</"):
                self._close(piece, token.start())
            else:
                self._open(piece, token.start())
        if self.open:
            raise _cannot(f'Can\'t find end tag corresponding to start tag "{self.open[-1][0]}"')
        self.entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
        return "".join(self.pieces), self.entities

    def _text(self, piece: str) -> None:
        plain = unescape(piece)
        self.pieces.append(plain)
        self.length += units(plain)

    def _open(self, piece: str, at: int) -> None:
        if not piece.endswith(">"):
            raise _cannot(f"Unclosed start tag at byte offset {self._byte(at)}")
        name = (re.match(r"[^\s>]*", piece[1:-1]) or piece)[0].lower()
        if name not in TAGS:
            raise _cannot(f'Unsupported start tag "{name}" at byte offset {self._byte(at)}')
        attributes = self._attributes(name, piece[1 + len(name) : -1], at)
        self.open.append((name, self.length, attributes))

    def _attributes(self, name: str, rest: str, at: int) -> Json:
        attributes: Json = {}
        while rest.strip():
            match = _ATTRIBUTE.match(rest)
            if not match:
                where = f'the tag "{name}" at byte offset {self._byte(at)}'
                raise _cannot(f"Expected equal sign in declaration of an attribute of {where}")
            attributes[match[1].lower()] = unescape(next((part for part in match.groups()[1:] if part is not None), ""))
            rest = rest[match.end() :]
        if name == "span" and attributes.get("class") != "tg-spoiler":
            raise _cannot(f'Tag "span" must have class "tg-spoiler" at byte offset {self._byte(at)}')
        return attributes

    def _close(self, piece: str, at: int) -> None:
        if not piece.endswith(">"):
            raise _cannot(f"Unclosed end tag at byte offset {self._byte(at)}")
        if not self.open:
            raise _cannot(f"Unexpected end tag at byte offset {self._byte(at)}")
        name, offset, attributes = self.open.pop()
        found = piece[2:-1].strip().lower()
        if found and found != name:
            raise _cannot(
                f'Unmatched end tag at byte offset {self._byte(at)}, expected "</{name}>", found "</{found}>"'
            )
        entity = self._entity(name, attributes, offset)
        if entity and self.length > offset:
            self.entities.append({"offset": offset, "length": self.length - offset, **entity})

    def _entity(self, name: str, attributes: Json, offset: int) -> Json | None:
        if name in SIMPLE_TAGS:
            return self._code_in_pre(attributes, offset) if name == "code" else {"type": SIMPLE_TAGS[name]}
        if name == "a":
            return _link(attributes.get("href") or self._inside(offset))
        if name == "blockquote":
            return {"type": "expandable_blockquote" if "expandable" in attributes else "blockquote"}
        if name == "tg-emoji":
            return {"type": "custom_emoji", "custom_emoji_id": attributes.get("emoji-id", "")}
        if name == "tg-time":
            return {"type": "date_time", **{key.replace("-", "_"): value for key, value in attributes.items()}}
        return {"type": "spoiler" if name == "span" else "pre", **_language(attributes)}

    def _code_in_pre(self, attributes: Json, offset: int) -> Json | None:
        """Makes `<pre><code class="language-x">` one `pre` entity with a language, not two entities."""
        outer = self.open[-1] if self.open else None
        if outer and outer[0] == "pre" and outer[1] == offset and attributes.get("class", "").startswith("language-"):
            outer[2].update(attributes)
            return None
        return {"type": "code"}

    def _inside(self, offset: int) -> str:
        return "".join(self.pieces).encode("utf-16-le")[2 * offset :].decode("utf-16-le")

    def _byte(self, at: int) -> int:
        return len(self.source[:at].encode())


def _language(attributes: Json) -> Json:
    language = str(attributes.get("class", "")).removeprefix("language-")
    return {"language": language} if attributes.get("class", "").startswith("language-") else {}


def _link(href: str) -> Json | None:
    """Makes the entity of a link; Telegram drops a link it cannot understand and keeps the words."""
    person = re.fullmatch(r"tg://user\?id=(\d+)", href)
    if person:
        return {"type": "text_mention", "user": {"id": int(person[1]), "is_bot": False, "first_name": ""}}
    return {"type": "text_link", "url": href} if is_url(href) else None


def is_url(url: str) -> bool:
    """Tells whether Telegram takes it as a link: http, https, tg or ton, and something that can be a host."""
    match = re.fullmatch(r"(https?|tg|ton|tonsite)://([^\s/?#]++)(\S*+)", url, re.IGNORECASE)
    if not match:
        return False
    return match[1].lower() in ("tg", "ton", "tonsite") or "." in match[2]


def found_in(text: str) -> list[Json]:
    """Finds the entities that Telegram finds by itself: links, commands, mentions, e-mail addresses."""
    if "/" not in text and "@" not in text:
        return []
    return [
        {"type": str(match.lastgroup), "offset": units(text[: match.start()]), "length": units(match.group(0))}
        for match in _AUTOMATIC.finditer(text)
    ]


def check_entities(text: str, entities: Any) -> list[Json]:
    """Gives the entities as they came. Raises Violation where one points outside the text, which Telegram drops."""
    if not isinstance(entities, list):
        raise _cannot("expected an Array of MessageEntity")
    size = units(text)
    for entity in entities:
        if not isinstance(entity, dict) or entity.get("type") not in ENTITY_TYPES:
            raise _cannot("can't parse MessageEntity: unsupported type specified")
        offset, length = entity.get("offset"), entity.get("length")
        if (
            not isinstance(offset, int)
            or not isinstance(length, int)
            or offset < 0
            or length <= 0
            or offset + length > size
        ):
            raise _cannot(f"entity {entity['type']} beginning at UTF-16 offset {offset} ends after the end of the text")
        if entity["type"] == "text_link" and not is_url(str(entity.get("url", ""))):
            raise _cannot("can't parse MessageEntity: text_link without a URL")
    return [dict(entity) for entity in entities]


def trimmed(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """Cuts off the spaces around, as Telegram does; entities are moved and shortened to fit."""
    plain = text.strip()
    if plain == text or not entities:
        return plain, entities
    lead, size = units(text[: len(text) - len(text.lstrip())]), units(plain)
    kept = []
    for entity in entities:
        begin = max(entity["offset"] - lead, 0)
        end = min(entity["offset"] + entity["length"] - lead, size)
        if end > begin:
            kept.append({**entity, "offset": begin, "length": end - begin})
    return plain, kept


def _cannot(why: str) -> Exception:
    return broken(f"can't parse entities: {why}")
