"""Tells the kind of a message's content: a known kind, a service message, or a kind newer than this version.

Source: Bot API 10.1 to 10.3, Message. A test holds every field of Message against the three sets below.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from aiogram.types import Message
from pydantic import BaseModel

from bot.channels.telegram.partial_updates import LEFT_OUT

# The contents that people send. Where a message carries several for the sake of old programs, the first one counts.
CONTENT = (
    "text", "animation", "live_photo", "paid_media", "photo", "document", "voice", "video", "audio", "sticker",
    "video_note", "rich_message", "checklist", "story", "poll", "dice", "game", "contact", "venue", "location",
    "invoice", "giveaway", "giveaway_winners",
)  # fmt: skip
# Service messages, which Telegram writes by itself: nobody waits for an answer to them.
SERVICE = frozenset(
    {
        "new_chat_members", "left_chat_member", "chat_owner_left", "chat_owner_changed", "new_chat_title",
        "new_chat_photo", "delete_chat_photo", "group_chat_created", "supergroup_chat_created", "channel_chat_created",
        "message_auto_delete_timer_changed", "migrate_to_chat_id", "migrate_from_chat_id", "pinned_message",
        "successful_payment", "refunded_payment", "users_shared", "user_shared", "chat_shared", "gift", "unique_gift",
        "gift_upgrade_sent", "connected_website", "write_access_allowed", "passport_data",
        "proximity_alert_triggered", "boost_added", "chat_background_set", "checklist_tasks_done",
        "checklist_tasks_added", "direct_message_price_changed", "forum_topic_created", "forum_topic_edited",
        "forum_topic_closed", "forum_topic_reopened", "general_forum_topic_hidden", "general_forum_topic_unhidden",
        "giveaway_created", "giveaway_completed", "managed_bot_created", "paid_message_price_changed",
        "poll_option_added", "poll_option_deleted", "suggested_post_approved", "suggested_post_approval_failed",
        "suggested_post_declined", "suggested_post_paid", "suggested_post_refunded", "video_chat_scheduled",
        "video_chat_started", "video_chat_ended", "video_chat_participants_invited", "web_app_data",
        "community_chat_added", "community_chat_removed", "community_chat_joined",
    }
)  # fmt: skip
# Fields that describe a message and are not its content.
ABOUT = frozenset(
    {
        "message_id", "message_thread_id", "direct_messages_topic", "from", "from_user", "sender_chat",
        "sender_boost_count", "sender_business_bot", "sender_tag", "date", "guest_query_id", "business_connection_id",
        "chat", "forward_origin", "is_topic_message", "is_automatic_forward", "reply_to_message", "external_reply",
        "quote", "reply_to_story", "reply_to_checklist_task_id", "reply_to_poll_option_id", "via_bot",
        "guest_bot_caller_user", "guest_bot_caller_chat", "edit_date", "has_protected_content", "is_from_offline",
        "is_paid_post", "media_group_id", "author_signature", "paid_star_count", "entities", "link_preview_options",
        "suggested_post_info", "effect_id", "caption", "caption_entities", "show_caption_above_media",
        "has_media_spoiler", "reply_markup", "forward_from", "forward_from_chat", "forward_from_message_id",
        "forward_signature", "forward_sender_name", "forward_date", "ephemeral_message_id", "receiver_user", LEFT_OUT,
    }
)  # fmt: skip
UNKNOWN, UNKNOWN_MEDIA = "unknown", "unknown_media"  # the second has a caption

_CONTENT_SIGNS = frozenset({"file_id", "text", "caption", "title", "question"})
# Telegram names a service message by what happened: `boost_added`, `chat_background_set`, `chat_owner_left`.
_HAPPENED = re.compile(
    r"(?:^|_)(?:set|sent|left|done|made|paid|won|lost|sung|begun|given|taken|shown|hidden|unhidden|seen"
    r"|chosen|frozen|unfrozen|broken|withdrawn|gone|put|read|met|kept|told|held|bought|sold|bound|cut)$|^[^\W_]*_\w*[^e\W_](?<!emb)ed$"
)
_AT_START = ("new_chat_", "left_chat_", "delete_chat_", "migrate_", "general_forum_topic_")
# Strings that no person reads: they may look like anybody's number.
_TECHNICAL = re.compile(r"(?:^|_)(?:id|type|mime_type|date|language|emoji|unique_id|name_color|hash|thumbnail)$")
_DEEPEST, _MOST_WORDS = 64, 20_000


@dataclass(frozen=True, slots=True)
class FoundKind:
    """Holds the content of a message.

    `name` is Telegram's, or `UNKNOWN`, or `UNKNOWN_MEDIA`; `file_id` what it can be sent anew by; `file_mark`
    recognises the same file.
    `is_sure` is False where it may as well be a service message of a later Telegram: copying it is the proof.
    """

    name: str
    file_id: str | None = None
    file_mark: str = ""
    value: Any = None
    is_sure: bool = True


def found_in(message: Message) -> FoundKind | None:
    """Finds the content of a message; None for a service message, and for one that carries nothing at all."""
    if message.text:
        return FoundKind("text")
    fields = message.model_fields_set
    for name in CONTENT:
        value = getattr(message, name, None) if name in fields else None
        if value:
            return _known(message, name, value)
    if fields & SERVICE:
        return None
    return _unknown(message)


def media_of(message: Message) -> tuple[str, str | None]:
    """Gives the name of a message's content, and the id by which its file can be sent anew."""
    found = found_in(message)
    return (found.name, found.file_id) if found else ("text", None)


def file_name_of(message: Message) -> str | None:
    """Gives the name of a message's file, where people gave it one."""
    return message.document.file_name if message.document else None


def is_service(message: Message) -> bool:
    """Tells whether this is a service message: Telegram itself wrote of something that happened in the chat."""
    return found_in(message) is None


def is_from_bot(message: Message) -> bool:
    """Tells whether another bot wrote it, or a linked channel's post came by itself: neither is a person's word.

    An anonymous administrator and whoever writes as a channel are people, in whose place Telegram names a bot of its
    own beside `sender_chat` (Bot API, Message).
    """
    if message.is_automatic_forward:
        return True
    return message.sender_chat is None and message.from_user is not None and message.from_user.is_bot


def _known(message: Message, name: str, value: Any) -> FoundKind:
    if name == "live_photo":
        # Its still picture stands beside it, and can be sent where the whole cannot be copied.
        still = message.photo[-1].file_id if message.photo else None
        return FoundKind(name, still, value.file_unique_id, value)
    largest = value[-1] if name == "photo" else value
    return FoundKind(name, getattr(largest, "file_id", None), getattr(largest, "file_unique_id", ""), value)


def _unknown(message: Message) -> FoundKind | None:
    """Finds content that this version has no name for: a field of a later Telegram, or one that could not be read."""
    left_out: dict[str, Any] = (message.model_extra or {}).get(LEFT_OUT) or {}
    if any(name in SERVICE for name in left_out):
        return None
    for name in CONTENT:
        if left_out.get(name):
            return FoundKind(name, value=left_out[name])
    fields = message.model_fields_set - ABOUT - set(CONTENT)
    values = {name: _plain(getattr(message, name)) for name in fields} | {
        name: value for name, value in left_out.items() if name not in ABOUT
    }
    # A content is an object; a lone flag or number only tells of a message.
    objects = {name: value for name, value in values.items() if value and isinstance(value, (dict, list))}
    if message.caption:
        return FoundKind(UNKNOWN_MEDIA, value=objects)
    if not objects or any(_HAPPENED.search(name) or name.startswith(_AT_START) for name in objects):
        return None
    return FoundKind(UNKNOWN, value=objects, is_sure=any(key in _CONTENT_SIGNS for key in _keys(objects)))


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(exclude_none=True)
    return [_plain(one) for one in value] if isinstance(value, list) else value


def _keys(value: Any, depth: int = 0) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        yield from value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _keys(one, depth + 1)


# --- words in what has no text of its own ----------------------------------------------------------------------------


def words_of(message: Message) -> str:
    """Gives the words of a message: its text or caption, else the words in its content (a rich message, a poll)."""
    said = message.text or message.caption
    if said:
        return said
    found = found_in(message)
    if found is None or found.value is None or found.file_id is not None:
        return ""
    left_out: dict[str, Any] = (message.model_extra or {}).get(LEFT_OUT) or {}
    return words_in(left_out.get(found.name) or _plain(found.value))


def words_in(value: Any) -> str:
    """Gives the words in any value of Telegram's, a line for each block; marked pieces of one line stay together."""
    return "\n".join(line for line in _lines(value, 0) if line.strip())[:_MOST_WORDS].strip()


def _lines(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif depth > _DEEPEST:
        return
    elif isinstance(value, list):
        if any(isinstance(one, str) for one in value):
            # Pieces of one line (Bot API, RichText): plain words and marked ones side by side.
            yield "".join("".join(_lines(one, depth + 1)) for one in value)
        else:
            for one in value:
                yield from _lines(one, depth + 1)
    elif isinstance(value, dict):
        for key, one in value.items():
            if not _TECHNICAL.search(str(key)):
                yield from _lines(one, depth + 1)
