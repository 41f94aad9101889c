"""Reads messages as a person sees them: texts, labels of buttons, links; finds a button by its label."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from sandbox.telegram.errors import Json
from sandbox.telegram.records import Chat

_BEFORE_WORDS = re.compile(r"^[^\w«(]+")


def text_of(message: Json) -> str:
    """Gives the words of a message: its text or its caption."""
    return str(message.get("text") or message.get("caption") or "")


def buttons_of(message: Json) -> list[Json]:
    """Gives the inline buttons of a message, row by row."""
    return [button for row in message.get("reply_markup", {}).get("inline_keyboard", []) for button in row]


def labels_of(message: Json) -> list[str]:
    """Gives the labels of the inline buttons."""
    return [button["text"] for button in buttons_of(message)]


def urls_of(message: Json) -> dict[str, str]:
    """Gives the links of a message: those of its buttons by label, those in its text by their words."""
    found = {button["text"]: button["url"] for button in buttons_of(message) if "url" in button}
    raw = text_of(message).encode("utf-16-le")
    for entity in (*message.get("entities", ()), *message.get("caption_entities", ())):
        words = raw[2 * entity["offset"] : 2 * (entity["offset"] + entity["length"])].decode("utf-16-le")
        if entity["type"] in ("text_link", "url"):
            found[words] = entity.get("url", words)
    return found


def same_label(label: str, wanted: str) -> bool:
    """Tells whether a label is the wanted one: an emoji may stand before the words."""
    return label == wanted or _bare(label) == _bare(wanted)


def _bare(label: str) -> str:
    return _BEFORE_WORDS.sub("", label).strip() or label


def buttons_called(label: str, messages: Iterable[Json]) -> Iterator[tuple[Json, Json]]:
    """Gives (message, button) for each button of that label, newest message first."""
    for message in sorted(messages, key=lambda one: -one["message_id"]):
        for button in buttons_of(message):
            if same_label(button["text"], label):
                yield message, button


def drawn(message: Json) -> str:
    """Draws a message as a few lines of text, for the words of a failed assertion."""
    what = next(
        (
            key
            for key in ("photo", "document", "video", "voice", "sticker", "audio", "location", "contact")
            if key in message
        ),
        "",
    )
    labels = " ".join(f"[{label}]" for label in labels_of(message))
    return "\n".join(part for part in (f"<{what}>" if what else "", text_of(message), labels) if part)


def newest(chat: Chat, sender: int) -> Json | None:
    """Gives the message of this sender that was sent or edited last."""
    own = [number for number, message in chat.messages.items() if message["from"]["id"] == sender]
    return chat.messages[max(own, key=lambda number: chat.touched[number])] if own else None
