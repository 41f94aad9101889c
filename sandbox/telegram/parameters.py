"""Lists the methods that the sandbox knows, with their parameters, and reads these out of strings.

Source: core.telegram.org/bots/api. A parameter marked with `!` is required.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.telegram.errors import Json, Violation, broken

_TARGET = "business_connection_id chat_id! message_thread_id direct_messages_topic_id"
_OPTIONS = (
    "disable_notification protect_content allow_paid_broadcast message_effect_id suggested_post_parameters"
    " reply_parameters reply_markup"
)
_CAPTION = "caption parse_mode caption_entities"
_EDIT = "business_connection_id chat_id message_id inline_message_id reply_markup"
_TOPIC = "chat_id! message_thread_id!"
_TABLE: dict[str, str] = {
    "getMe": "",
    "getUpdates": "offset limit timeout allowed_updates",
    "setWebhook": "url! certificate ip_address max_connections allowed_updates drop_pending_updates secret_token",
    "deleteWebhook": "drop_pending_updates",
    "getWebhookInfo": "",
    "sendMessage": f"{_TARGET} text! parse_mode entities link_preview_options {_OPTIONS}",
    "sendPhoto": f"{_TARGET} photo! {_CAPTION} show_caption_above_media has_spoiler {_OPTIONS}",
    "sendDocument": f"{_TARGET} document! thumbnail {_CAPTION} disable_content_type_detection {_OPTIONS}",
    "sendVideo": f"{_TARGET} video! duration width height thumbnail cover start_timestamp {_CAPTION}"
    f" show_caption_above_media has_spoiler supports_streaming {_OPTIONS}",
    "sendAnimation": f"{_TARGET} animation! duration width height thumbnail {_CAPTION} show_caption_above_media"
    f" has_spoiler {_OPTIONS}",
    "sendAudio": f"{_TARGET} audio! {_CAPTION} duration performer title thumbnail {_OPTIONS}",
    "sendVoice": f"{_TARGET} voice! {_CAPTION} duration {_OPTIONS}",
    "sendVideoNote": f"{_TARGET} video_note! duration length thumbnail {_OPTIONS}",
    "sendSticker": f"{_TARGET} sticker! emoji {_OPTIONS}",
    "sendMediaGroup": f"{_TARGET} media! disable_notification protect_content allow_paid_broadcast"
    " message_effect_id reply_parameters",
    "sendChatAction": "business_connection_id chat_id! message_thread_id action!",
    "copyMessage": "chat_id! message_thread_id direct_messages_topic_id from_chat_id! message_id! video_start_timestamp"
    f" {_CAPTION} show_caption_above_media {_OPTIONS}",
    "copyMessages": "chat_id! message_thread_id direct_messages_topic_id from_chat_id! message_ids!"
    " disable_notification protect_content remove_caption",
    "editMessageText": f"{_EDIT} text! parse_mode entities link_preview_options",
    "editMessageCaption": f"{_EDIT} {_CAPTION} show_caption_above_media",
    "editMessageReplyMarkup": _EDIT,
    "editMessageMedia": f"{_EDIT} media!",
    "deleteMessage": "chat_id! message_id!",
    "deleteMessages": "chat_id! message_ids!",
    "answerCallbackQuery": "callback_query_id! text show_alert url cache_time",
    "setMessageReaction": "chat_id! message_id! reaction is_big",
    "pinChatMessage": "business_connection_id chat_id! message_id! disable_notification",
    "createForumTopic": "chat_id! name!",
    "editForumTopic": f"{_TOPIC} name",
    "closeForumTopic": _TOPIC,
    "reopenForumTopic": _TOPIC,
    "deleteForumTopic": _TOPIC,
    "getChat": "chat_id!",
    "getChatMember": "chat_id! user_id!",
    "getFile": "file_id!",
    "setMyCommands": "commands! scope language_code",
}

_INTEGERS = """
    message_thread_id direct_messages_topic_id message_id user_id offset limit timeout max_connections duration
    width height length start_timestamp video_start_timestamp cache_time
"""
INTEGERS = set(_INTEGERS.split())
CHAT_IDS = {"chat_id", "from_chat_id"}
_BOOLEANS = """
    disable_notification protect_content allow_paid_broadcast show_caption_above_media has_spoiler
    supports_streaming show_alert is_big drop_pending_updates remove_caption disable_content_type_detection
"""
BOOLEANS = set(_BOOLEANS.split())
_OBJECTS = """
    entities caption_entities reply_markup reply_parameters link_preview_options allowed_updates media message_ids
    reaction commands scope suggested_post_parameters
"""
OBJECTS = set(_OBJECTS.split())


class Method:
    """Describes a method: its own spelling, the parameters it takes and those it cannot do without."""

    def __init__(self, name: str, parameters: str) -> None:
        words = parameters.split()
        self.name = name
        self.known = frozenset(word.rstrip("!") for word in words)
        self.required = tuple(word[:-1] for word in words if word.endswith("!"))


METHODS = {name.lower(): Method(name, parameters) for name, parameters in _TABLE.items()}


def method(name: str) -> Method:
    """Finds the method of that name, in any case of letters. Raises Violation (404) for one that is not there."""
    try:
        return METHODS[name.lower()]
    except KeyError:
        raise Violation("Not Found", code=404) from None


@dataclass(slots=True)
class Upload:
    """Holds a file that came with the request."""

    name: str
    data: bytes = field(repr=False)
    mime: str = "application/octet-stream"


def read(wanted: Method, given: Mapping[str, Any], uploads: Mapping[str, Upload]) -> Json:
    """Reads the parameters as typed values, whether they came as JSON or as strings of a form.

    `attach://name` is replaced by the file of that name. Raises Violation for a parameter that the method does not
    have, that is missing, or that cannot be read.
    """
    values = _values(wanted, given)
    if uploads or "media" in values:
        _attach(values, wanted, uploads)
    for name in wanted.required:
        if name not in values:
            raise broken(f"parameter {name} of {wanted.name} is required")
    return values


def _attach(values: Json, wanted: Method, uploads: Mapping[str, Upload]) -> None:
    """Puts the files in place of their names: a part may be called like the parameter or be named by `attach://`."""
    for name, upload in uploads.items():
        if name in wanted.known:
            values.setdefault(name, upload)
    holders = [values, *(item for item in _media_items(values) if isinstance(item, dict))]
    for holder in holders:
        for key, value in holder.items():
            if isinstance(value, str) and value.startswith("attach://") and key not in ("text", "caption"):
                if value[9:] not in uploads:
                    raise broken(f"file {value} is not in the request")
                holder[key] = uploads[value[9:]]


def _media_items(values: Json) -> list[Any]:
    media = values.get("media")
    return media if isinstance(media, list) else [media]


def _values(wanted: Method, given: Mapping[str, Any]) -> Json:
    values: Json = {}
    for name, value in given.items():
        if name not in wanted.known:
            raise broken(f"unknown parameter {name} of {wanted.name}")
        if value is not None:
            values[name] = _typed(name, value)
    return values


def _typed(name: str, value: Any) -> Any:
    try:
        if name in INTEGERS:
            return int(value)
        if name in CHAT_IDS:
            return _chat_id(value)
        if name in OBJECTS:
            return json.loads(value) if isinstance(value, str) else value
        if name in BOOLEANS:
            return value if isinstance(value, bool) else str(value).lower() in ("true", "1", "yes")
        return value if isinstance(value, str) else str(value)
    except (TypeError, ValueError):
        raise broken(f"can't parse {name}") from None


def _chat_id(value: Any) -> int | str:
    text = str(value)
    return int(text) if text.lstrip("-").isdigit() else text
