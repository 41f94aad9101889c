"""Turns a message of MAX into the form in which people of the sandbox read messages of every messenger."""

from __future__ import annotations

from typing import Any

from sandbox.telegram.errors import Json

ENTITIES = {
    "strong": "bold",
    "emphasized": "italic",
    "monospaced": "code",
    "strikethrough": "strikethrough",
    "underline": "underline",
    "link": "text_link",
    "quote": "blockquote",
    "user_mention": "text_mention",
}
MEDIA = {"image": "photo", "file": "document", "video": "video", "audio": "voice", "sticker": "sticker"}


def as_seen(text: str, markup: list[Json], attachments: list[Json], link: Json | None, answered: Json | None) -> Json:
    """Gives text or caption, entities, media, buttons, and what is answered or forwarded."""
    seen: Json = {"attachments": attachments}
    for attachment in attachments:
        _show(attachment, seen)
    origin = link if link and link["type"] == "forward" else None
    if origin:
        text, markup = origin["message"].get("text", ""), origin["message"].get("markup", [])
        seen["forward_origin"] = {"type": "user", "sender_user": origin.get("sender", {})}
    words, entities = (
        ("caption", "caption_entities")
        if any(kind in seen for kind in MEDIA.values())
        else (
            "text",
            "entities",
        )
    )
    if text:
        seen[words] = text
    found = [_entity(one) for one in markup if one["type"] in ENTITIES]
    if found:
        seen[entities] = found
    if answered:
        seen["reply_to_message"] = {key: value for key, value in answered.items() if key != "reply_to_message"}
    return seen


def _entity(markup: Json) -> Json:
    entity = {"type": ENTITIES[markup["type"]], "offset": markup["from"], "length": markup["length"]}
    if "user_id" in markup:
        return entity | {"user": {"id": markup["user_id"]}}
    return entity | ({"url": markup["url"]} if "url" in markup else {})


def _show(attachment: Json, seen: Json) -> None:
    kind, payload = attachment["type"], attachment.get("payload", {})
    if kind == "inline_keyboard":
        seen["reply_markup"] = {"inline_keyboard": [[_button(one) for one in row] for row in payload["buttons"]]}
    elif kind in MEDIA:
        file: Json = {"file_id": payload.get("token") or payload.get("code"), "file_size": attachment.get("size", 0)}
        if "filename" in attachment:
            file["file_name"] = attachment["filename"]
        if kind == "image":
            seen.setdefault("photo", []).append(file)
        else:
            seen[MEDIA[kind]] = file
    elif kind == "location":
        seen["location"] = {key: attachment[key] for key in ("latitude", "longitude")}
    elif kind == "contact":
        seen["contact"] = payload


def _button(button: Json) -> Json:
    leads: dict[str, Any] = (
        {"url": button["url"]} if button["type"] == "link" else {"callback_data": button.get("payload", "")}
    )
    return {"text": button["text"], **leads}
