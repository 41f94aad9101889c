"""Turns messages, topics and events of the sandbox into the JSON that the demo page draws."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sandbox.messenger import Messenger
from sandbox.telegram.chat_methods import TOPIC_COLOUR
from sandbox.telegram.errors import Json
from sandbox.telegram.media import size_of
from sandbox.telegram.records import Call, Chat, Query

_LABELLED = ("document", "voice", "audio", "video", "animation", "video_note", "sticker", "location", "contact", "poll")
_SERVICE = (
    *("forum_topic_created", "forum_topic_closed", "forum_topic_reopened", "forum_topic_edited", "pinned_message"),
    *("new_chat_members", "left_chat_member", "migrate_to_chat_id", "migrate_from_chat_id"),
)
_REPLY_LETTERS = 90
_SIGNATURES = (
    (b"\x89PNG\r\n", "image/png"),
    (b"\xff\xd8", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"RIFF", "image/webp"),
)


def message_json(messenger: Messenger, chat: Chat, message: Json) -> Json:
    """Gives a message as the page draws it; each `url` in `media` is an address of the page's own server."""
    sender = message.get("sender_chat") or message["from"]
    shown: Json = {
        "id": message["message_id"],
        "at": message["date"],
        "edited": "edit_date" in message,
        "from": message["from"]["id"],
        "name": sender.get("title") or sender.get("first_name", ""),
        "bot": message["from"]["id"] == messenger.bot["id"],
        "text": message.get("text") or message.get("caption") or "",
        "entities": message.get("entities") or message.get("caption_entities") or [],
        "thread": message.get("message_thread_id") if message.get("is_topic_message") else None,
        "group": message.get("media_group_id"),
        "rows": message.get("reply_markup", {}).get("inline_keyboard", []),
        "media": _media(messenger, message),
        "service": _service(message),
        "reaction": _emoji(chat.reactions.get(message["message_id"], [])),
        "reply": _reply(message.get("reply_to_message")),
        "forward": "forward_origin" in message,
    }
    return {key: value for key, value in shown.items() if value not in (None, "", [], False)} | {"id": shown["id"]}


def chat_json(messenger: Messenger, chat: Chat) -> Json:
    """Gives everything in a chat, oldest first."""
    messages = [message_json(messenger, chat, message) for message in chat.messages.values()]
    return {"id": chat.id, "title": chat.info.get("title", ""), "messages": messages, "topics": topics_json(chat)}


def topics_json(chat: Chat) -> list[Json]:
    """Gives the topics of a forum, newest first."""
    return [
        {"id": topic.id, "name": topic.name, "colour": f"#{TOPIC_COLOUR:06x}", "closed": topic.closed}
        for topic in reversed(chat.topics.values())
    ]  # fmt: skip


def event_json(messenger: Messenger, event: Json) -> Json | None:
    """Gives an event of `Messenger.subscribe` as the page takes it; None for one that it has no use for."""
    name = event["event"]
    if name in ("message", "edited"):
        chat = messenger.chats[event["chat"]]
        return {"t": "message", "chat": chat.id, "message": message_json(messenger, chat, event["message"])}
    if name == "deleted":
        return {"t": "deleted", "chat": event["chat"], "id": event["id"]}
    if name == "reaction":
        return {"t": "reaction", "chat": event["chat"], "id": event["id"], "reaction": _emoji(event["reaction"])}
    if name == "topic":
        return {"t": "topics", "chat": event["chat"], "topics": topics_json(messenger.chats[event["chat"]])}
    if name == "action":
        return {"t": "action", "chat": event["chat"], "thread": event.get("thread")}
    if name == "answered":
        return _answered(event["query"])
    if name in ("call", "update"):
        return {"t": "trace", "trace": trace_json(event, messenger.now())}
    return None


def trace_json(event: Json, at: float) -> Json:
    """Writes a line of the engineers' panel: a call and its outcome, or an update. Times are in Unix seconds."""
    if event["event"] == "update":
        of_max = event["update"].get("update_type")
        kind = of_max or next(key for key in event["update"] if key != "update_id")
        return {"at": at, "kind": "update", "name": kind, "body": event["update"]}
    body = {"parameters": event["parameters"], "result": event["result"]}
    return {"at": at, "kind": "call", "name": event["method"], "error": event["error"], "body": body}


def call_json(call: Call) -> Json:
    """Writes the same line for a call that is already in the log."""
    event = {"event": "call", "method": call.method, "parameters": call.parameters, "result": call.result}
    return trace_json({**event, "error": call.error}, call.at)


def _answered(query: Query) -> Json:
    answer = query.answers[-1]
    shown = {"chat": query.chat, "id": query.message, "data": query.data, "by": query.user}
    return {"t": "answered", **shown, "text": answer.get("text", ""), "alert": bool(answer.get("show_alert"))}


def _emoji(reaction: list[Json]) -> str:
    return "".join(one.get("emoji", "") for one in reaction)


def _reply(replied: Json | None) -> Json | None:
    """Finds the reply to show. In a topic every message answers the one that opened it: that is no reply."""
    if not replied or "forum_topic_created" in replied:
        return None
    sender = replied.get("sender_chat") or replied["from"]
    text = replied.get("text") or replied.get("caption") or ""
    return {
        "id": replied["message_id"],
        "name": sender.get("title") or sender["first_name"],
        "text": text[:_REPLY_LETTERS],
    }


def _service(message: Json) -> Json | None:
    for kind in _SERVICE:
        if kind in message:
            about = message[kind]
            return {"kind": kind, "name": about.get("name", "") if isinstance(about, dict) else ""}
    return None


def _media(messenger: Messenger, message: Json) -> list[Json]:
    """Lists what a message carries. Telegram's photos are sizes of one picture, those of MAX are pictures."""
    photos = message.get("photo", [])
    if photos:
        return [_photo(messenger, one) for one in (photos if "attachments" in message else photos[-1:])]
    kind = next((kind for kind in _LABELLED if kind in message), None)
    if kind is None:
        return []
    about: Any = message[kind]
    shown = {"kind": kind, "name": about.get("file_name", ""), "size": about.get("file_size", 0)}
    if "file_id" in about:
        shown["url"] = f"/file/{about['file_id']}"
    return [shown | {key: about[key] for key in ("duration", "emoji", "question", "phone_number") if key in about}]


def _photo(messenger: Messenger, photo: Json) -> Json:
    file = messenger.files.get(photo["file_id"])
    width, height = (file and size_of(file.data)) or (300, 200)
    return {"kind": "photo", "url": f"/file/{photo['file_id']}", "width": width, "height": height}


def file_type(messengers: Iterable[Messenger], file_id: str) -> tuple[bytes, str, str] | None:
    """Gives the bytes of a file, the type that a browser may be told, and the name; None for one that is not there.

    Only what begins as a picture does gets a type of its own: anything else is saved and never opened in the page.
    """
    file = next((one.files[file_id] for one in messengers if file_id in one.files), None)
    if file is None:
        return None
    mime = next((mime for begins, mime in _SIGNATURES if file.data.startswith(begins)), "application/octet-stream")
    return file.data, mime, str(file.about.get("file_name", ""))
