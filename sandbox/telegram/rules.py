"""Holds the bot to Telegram's limits: each pure function checks one thing that the bot sent.

It raises Violation in Telegram's words where that is wrong.

Source: core.telegram.org/bots/api (methods and types) and the words of Telegram's own server.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

from sandbox.telegram.errors import Json, Violation, broken
from sandbox.telegram.markup import check_entities, found_in, is_url, parse_html, trimmed, units

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
ANSWER_LIMIT = 200
CALLBACK_DATA_LIMIT = 64
BUTTONS_LIMIT = 100
TOPIC_NAME_LIMIT = 128
PHOTO_BYTES = 10 * 2**20
UPLOAD_BYTES = 50 * 2**20
DOWNLOAD_BYTES = 20 * 2**20
DELETABLE_SECONDS = 48 * 3600
QUERY_SECONDS = 150
UPDATE_SECONDS = 24 * 3600

BUTTON_ACTIONS = {
    *("url", "callback_data", "web_app", "login_url", "copy_text", "callback_game", "pay"),
    *("switch_inline_query", "switch_inline_query_current_chat", "switch_inline_query_chosen_chat"),
}
BUTTON_FIELDS = {"text", "icon_custom_emoji_id", "style", *BUTTON_ACTIONS}
BUTTON_STYLES = {"danger", "success", "primary"}
REPLY_FIELDS = {
    *("message_id", "chat_id", "allow_sending_without_reply", "quote", "quote_parse_mode"),
    *("quote_entities", "quote_position", "checklist_task_id", "poll_option_id"),
}
CHAT_ACTIONS = {
    *("typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document"),
    *("choose_sticker", "find_location", "record_video_note", "upload_video_note"),
}
_REACTIONS = """
    👍 👎 ❤ 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓
    🍾 💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡
"""
REACTIONS = set(_REACTIONS.split())
SCOPES: dict[str, tuple[str, ...]] = {
    "default": (),
    "all_private_chats": (),
    "all_group_chats": (),
    "all_chat_administrators": (),
    "chat": ("chat_id",),
    "chat_administrators": ("chat_id",),
    "chat_member": ("chat_id", "user_id"),
}
WEBHOOK_PORTS = {None, 443, 80, 88, 8443}

Formatted = tuple[str, list[Json]]


def formatted(source: str, parse_mode: str | None, entities: Any = None) -> Formatted:
    """Gives the text as people see it, with its entities: parsed, cut of the spaces around, links found.

    `parse_mode` may be HTML (in any case) or empty: the sandbox speaks no Markdown. Raises Violation.
    """
    if parse_mode:
        if parse_mode.lower() != "html":
            raise broken("unsupported parse_mode")
        plain, marked = parse_html(source)
    else:
        plain, marked = source, check_entities(source, entities) if entities else []
    plain, marked = trimmed(plain, marked)
    found = found_in(plain)
    if not found:
        return plain, marked
    links = [
        (one["offset"], one["offset"] + one["length"]) for one in marked if one["type"] in ("text_link", "code", "pre")
    ]
    free = [one for one in found if not any(begin <= one["offset"] < end for begin, end in links)]
    return plain, sorted(marked + free, key=lambda one: (one["offset"], -one["length"]))


def message_text(source: Any, parse_mode: str | None = None, entities: Any = None) -> Formatted:
    """Checks a message's text, 1–4096 UTF-16 units after parsing. Raises Violation."""
    if not isinstance(source, str) or not source:
        raise broken("message text is empty")
    plain, marked = formatted(source, parse_mode, entities)
    if not plain:
        raise broken("message text is empty")
    if units(plain) > TEXT_LIMIT:
        raise broken("message is too long")
    return plain, marked


def caption_text(source: str, parse_mode: str | None = None, entities: Any = None) -> Formatted:
    """Checks a caption, 0–1024 UTF-16 units after parsing. Raises Violation."""
    plain, marked = formatted(source, parse_mode, entities)
    if units(plain) > CAPTION_LIMIT:
        raise broken("message caption is too long")
    return plain, marked


def answer_text(text: str) -> None:
    """Checks the notice that answers a callback query, 0–200 characters. Raises Violation."""
    if len(text) > ANSWER_LIMIT:
        raise broken("MESSAGE_TOO_LONG")


def reply_markup(markup: Any, *, inline_only: bool = False) -> None:
    """Checks a keyboard of any kind; with `inline_only` (edits) nothing but an inline one. Raises Violation."""
    if not isinstance(markup, dict):
        raise broken("object expected as reply markup")
    if "inline_keyboard" in markup:
        _inline_keyboard(markup["inline_keyboard"])
    elif inline_only:
        raise broken("inline keyboard expected")
    elif "keyboard" in markup:
        _rows(markup["keyboard"])
    elif not markup.get("remove_keyboard") and not markup.get("force_reply"):
        raise broken("can't parse reply keyboard markup JSON object")


def _rows(rows: Any) -> list[Any]:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise broken("can't parse reply keyboard: expected an Array of Arrays")
    return [button for row in rows for button in row]


def _inline_keyboard(rows: Any) -> None:
    buttons = _rows(rows)
    if len(buttons) > BUTTONS_LIMIT:
        raise broken("reply markup is too long")
    for button in buttons:
        inline_button(button)


def inline_button(button: Any) -> None:
    """Checks one button of an inline keyboard: a label and exactly one thing to do. Raises Violation."""
    if not isinstance(button, dict):
        raise broken("can't parse inline keyboard button: expected an Object")
    if not str(button.get("text", "")).strip():
        raise broken('can\'t parse inline keyboard button: Field "text" must be of type String and non-empty')
    unknown = button.keys() - BUTTON_FIELDS
    if unknown:
        raise broken(f"can't parse inline keyboard button: unknown field {min(unknown)}")
    actions = button.keys() & BUTTON_ACTIONS
    if not actions:
        raise broken("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise broken(f"can't parse inline keyboard button: more than one action: {', '.join(sorted(actions))}")
    if "style" in button and button["style"] not in BUTTON_STYLES:
        raise broken("can't parse inline keyboard button: unknown style")
    if "callback_data" in button and not 1 <= len(str(button["callback_data"]).encode()) <= CALLBACK_DATA_LIMIT:
        raise broken("BUTTON_DATA_INVALID")
    if "url" in button and not is_url(str(button["url"])):
        raise broken("BUTTON_URL_INVALID")


def reply_parameters(value: Any) -> Json:
    """Checks the shape of `reply_parameters`. Raises Violation."""
    if not isinstance(value, dict) or not isinstance(value.get("message_id"), int):
        raise broken("can't parse reply parameters: message_id is required")
    unknown = value.keys() - REPLY_FIELDS
    if unknown:
        raise broken(f"can't parse reply parameters: unknown field {min(unknown)}")
    return value


def topic_name(name: str) -> None:
    """Checks the name of a topic: 1–128 characters that are not all spaces. Raises Violation."""
    if not name.strip():
        raise broken("TOPIC_TITLE_EMPTY")
    if len(name) > TOPIC_NAME_LIMIT:
        raise broken("topic name is too long")


def is_payload(payload: str) -> bool:
    """Tells whether `t.me/BOT?start=payload` can carry it: up to 64 of `A-Za-z0-9_-`."""
    return re.fullmatch(r"[A-Za-z0-9_-]{1,64}", payload) is not None


def secret_token(secret: str) -> None:
    """Checks a webhook's secret, 1–256 of `A-Za-z0-9_-`. Raises Violation."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
        raise broken("secret token contains unallowed characters" if len(secret) <= 256 else "secret token is too long")


def webhook_url(url: str, *, local: bool) -> None:
    """Checks a webhook's address: https on 443, 80, 88 or 8443; `local` allows http and any port. Raises Violation."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise broken("bad webhook: invalid webhook URL specified")
    if local:
        return
    if parts.scheme != "https":
        raise broken("bad webhook: An HTTPS URL must be provided for webhook")
    if parts.port not in WEBHOOK_PORTS:
        raise broken("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")


def bot_commands(commands: Any) -> list[Json]:
    """Checks up to 100 commands of 1–32 `a-z0-9_` with a description of 1–256 characters. Raises Violation."""
    if not isinstance(commands, list):
        raise broken("can't parse commands: expected an Array of BotCommand")
    if len(commands) > 100:
        raise broken("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not re.fullmatch(r"/?[a-z0-9_]{1,32}", str(command.get("command", ""))):
            raise broken("BOT_COMMAND_INVALID")
        if not 1 <= len(str(command.get("description", "")).strip()) <= 256:
            raise broken("BOT_COMMAND_DESCRIPTION_INVALID")
    return [{"command": one["command"].lstrip("/"), "description": one["description"]} for one in commands]


def command_scope(scope: Any) -> tuple[Any, ...]:
    """Reads a scope as a key of a dictionary, `("chat", -100…)`. Raises Violation."""
    if scope is None:
        return ("default",)
    kind = scope.get("type") if isinstance(scope, dict) else None
    if kind not in SCOPES:
        raise broken("can't parse BotCommandScope: unsupported type specified")
    missing = [field for field in SCOPES[kind] if field not in scope]
    if missing:
        raise broken(f"can't parse BotCommandScope: {missing[0]} is required")
    return (kind, *(scope[field] for field in SCOPES[kind]))


def chat_action(action: str) -> None:
    """Checks that it is one of the actions that Telegram shows. Raises Violation."""
    if action not in CHAT_ACTIONS:
        raise broken("wrong parameter action in request")


def reaction(value: Any) -> list[Json]:
    """Checks the reaction of a bot: none, or one emoji of Telegram's list. Raises Violation."""
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise broken("can't parse reaction types: expected an Array of ReactionType")
    if len(value) > 1:
        raise broken("REACTIONS_TOO_MANY")
    for one in value:
        if one.get("type") not in ("emoji", "custom_emoji"):
            raise broken("can't parse reaction types: unsupported type")
        if one["type"] == "emoji" and str(one.get("emoji", "")).replace("\ufe0f", "") not in REACTIONS:
            raise broken("REACTION_INVALID")
    return value


def upload(size: int, *, photo: bool) -> None:
    """Checks the size of an upload: 10 MB as a photo, 50 MB as anything else, and never empty. Raises Violation."""
    if size == 0:
        raise broken("file must be non-empty")
    if size > (PHOTO_BYTES if photo else UPLOAD_BYTES):
        raise Violation("Request Entity Too Large", code=413)


def album(kinds: Sequence[str]) -> None:
    """Checks an album of 2–10 items; documents only with documents, audio only with audio. Raises Violation."""
    if not 2 <= len(kinds) <= 10:
        raise broken("wrong number of media in the album: 2-10 are expected")
    if not set(kinds) <= {"photo", "video"} and set(kinds) not in ({"document"}, {"audio"}):
        raise broken("documents and audio files can't be mixed with other types of media in an album")


def message_ids(ids: Any, *, increasing: bool = False) -> list[int]:
    """Checks 1–100 message numbers, strictly increasing where they are to be copied or forwarded. Raises Violation."""
    if not isinstance(ids, list) or not 1 <= len(ids) <= 100 or not all(isinstance(one, int) for one in ids):
        raise broken("can't parse message identifiers: 1-100 integers are expected")
    if increasing and any(later <= earlier for earlier, later in pairwise(ids)):
        raise broken("message identifiers must be in a strictly increasing order")
    return ids
