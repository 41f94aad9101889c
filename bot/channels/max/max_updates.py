"""Turns MAX's updates into aiogram's: a message of several pictures becomes an album; deletions are updates, too.

Source: schema 0.0.33, Update, and dev.max.ru. MAX numbers no updates: each gets a number made of what it tells, so that
one that comes again, also to another replica, has the same.
"""

import hashlib
import logging
import mimetypes
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from aiogram.enums import ChatMemberStatus
from aiogram.types import (
    BusinessMessagesDeleted,
    CallbackQuery,
    Chat,
    ChatMemberBanned,
    ChatMemberLeft,
    ChatMemberMember,
    ChatMemberUpdated,
    Message,
    Update,
    User,
)

from bot.channels import chat_ids
from bot.channels.incoming_json import cleaned
from bot.channels.max.file_ids import FileOfMax
from bot.channels.max.marks_of_max import entities_of
from bot.channels.max.max_bot import MaxBot
from bot.channels.max.method_calls import QUERY_PREFIX, member_with

log = logging.getLogger(__name__)

Raw = dict[str, Any]
MOST_PARTS = 12
_REMEMBERED = 20_000
_UNREADABLE = (AttributeError, LookupError, OverflowError, RecursionError, TypeError, ValueError)
_FIRST = 2**61  # numbers of updates: above Telegram's, below what a database holds
_PHONE = re.compile(r"TEL[^:\r\n]{0,80}:([+\d() -]{3,40})")


def number_of(*told: object) -> int:
    """Makes the number of an update of what tells it from every other."""
    digest = hashlib.blake2b("|".join(map(str, told)).encode(), digest_size=8).digest()
    return _FIRST + int.from_bytes(digest, "big") % _FIRST


class UpdateReader:
    """Reads updates for one bot. Raises what the database raises, which may pass."""

    def __init__(self, bot: MaxBot) -> None:
        self._bot = bot
        self._numbers = bot.calls.numbers
        self._kinds: dict[str, Callable[[Raw], Awaitable[list[Update]]]] = {
            "message_created": self._created, "message_edited": self._edited, "message_callback": self._pressed,
            "message_removed": self._removed, "bot_started": self._started, "bot_stopped": self._left,
            "dialog_removed": self._left, "bot_added": self._added, "bot_removed": self._removed_from_group,
            "bot_admin_permissions_changed": self._rights_changed,
        }  # fmt: skip

    async def read(self, raw: Any) -> list[Update]:
        """Gives the updates in one of MAX's; none where it tells nothing that the bot needs, or is of a new kind."""
        kind = raw.get("update_type") if isinstance(raw, dict) else None
        read = self._kinds.get(kind) if isinstance(kind, str) else None
        if read is None:
            log.info("an update of the kind %r is passed over", kind)
            return []
        try:
            # Bound to its bot, an update is handled as it is: aiogram would make any other anew, with every field set.
            return [update.as_(self._bot) for update in await read(cleaned(raw))]
        except _UNREADABLE as error:  # it would be so each time, and hold up those behind
            log.error("an update of the kind %s cannot be read: %s", kind, type(error).__name__)
            return []

    # --- messages --------------------------------------------------------------------------------------------------

    async def _created(self, raw: Raw) -> list[Update]:
        return [
            _update(number_of("created", _mid(raw["message"]), part), message=message)
            for part, message in enumerate(await self._messages(raw["message"]))
        ]

    async def _edited(self, raw: Raw) -> list[Update]:
        mid, at, said = _mid(raw["message"]), raw["timestamp"], raw["message"]["body"].get("text")
        known, updates = len(await self._numbers.known(mid)), []
        for part, one in enumerate(await self._messages(raw["message"])):
            if 0 < known <= part:  # a file that the edit added is a message that nobody has read before
                updates.append(_update(number_of("created", mid, part), message=one))
                continue
            edited, number = one | {"edit_date": int(at) // 1000}, number_of("edited", mid, part, at, said)
            updates.append(_update(number, edited_message=edited))  # the text tells two edits of one time apart
        return updates

    async def _messages(self, message: Raw) -> list[Raw]:
        """Gives a message of a person as so many of Telegram's; none of what the bot itself or a channel wrote."""
        sender = message.get("sender")
        if not sender or sender.get("is_bot") or message["recipient"].get("chat_type") == "channel":
            return []
        return await self._parts(message, _person(sender))

    async def _parts(self, message: Raw, sender: Raw) -> list[Raw]:
        body, link = message["body"], _object(message.get("link"))
        chat = self._chat(message["recipient"], sender["id"])
        forwarded = _object(link.get("message")) if link.get("type") == "forward" else {}
        shown = body if body.get("text") or body.get("attachments") or not forwarded else forwarded
        contents = _contents(shown)
        numbers = await self._numbers.of(_mid(message), chat["id"], len(contents))
        common: Raw = {"date": int(message["timestamp"]) // 1000, "chat": chat, "from": sender}
        if link.get("type") == "reply":
            common["reply_to_message"] = await self._replied(link, chat)
        if forwarded:
            name = str(_object(link.get("sender")).get("first_name") or "MAX")
            common["forward_origin"] = {"type": "hidden_user", "sender_user_name": name, "date": common["date"]}
        if len(contents) > 1:
            common["media_group_id"] = _mid(message)
        return [{**common, "message_id": number, **one} for number, one in zip(numbers, contents, strict=True)]

    def _chat(self, recipient: Raw, sender: int) -> Raw:
        """Gives the chat: a dialogue is named by its person, a group by itself."""
        number = int(recipient.get("chat_id") or 0)
        if recipient.get("chat_type") != "dialog":
            return {"id": chat_ids.of_max(number), "type": "supergroup", "title": ""}
        if number:
            self._remember(sender, number)
        return {"id": sender, "type": "private"}

    def _remember(self, family: int, dialog: int) -> None:
        _note(self._bot.calls.dialogs, family, dialog)

    async def _replied(self, link: Raw, chat: Raw) -> Raw | None:
        mid = _object(link.get("message")).get("mid")
        if not isinstance(mid, str):
            return None
        (number,) = await self._numbers.of(mid, chat["id"])
        return {"message_id": number, "date": 0, "chat": chat, "text": str(link["message"].get("text") or "")}

    async def _removed(self, raw: Raw) -> list[Update]:
        """Reads a deletion. What the bot deleted itself it need not be told."""
        mid, by = str(raw["message_id"]), int(raw.get("user_id") or 0)
        numbers = await self._numbers.known(mid)
        if not numbers or (by and by == self._bot.id):
            return []
        number = int(raw["chat_id"])
        chat = Chat(id=chat_ids.of_max(number if number < 0 else by), type="supergroup" if number < 0 else "private")
        deleted = BusinessMessagesDeleted(business_connection_id="", chat=chat, message_ids=numbers)
        return [_update(number_of("removed", mid), deleted_business_messages=deleted)]

    # --- presses ---------------------------------------------------------------------------------------------------

    async def _pressed(self, raw: Raw) -> list[Update]:
        callback, message = raw["callback"], raw.get("message")
        person = _person(callback["user"])
        query: Raw = {
            "id": QUERY_PREFIX + callback["callback_id"], "from": person, "chat_instance": "",
            "data": callback.get("payload") or "",
        }  # fmt: skip
        if message:
            query["message"] = (await self._parts(message, person))[0]
        # Of a press under a message that is gone MAX does not tell the chat: nearly always it is the person's own.
        _note(self._bot.calls.presses, query["id"], query["message"]["chat"]["id"] if message else person["id"])
        return [_update(number_of("pressed", callback["callback_id"]), callback_query=CallbackQuery(**query))]

    # --- who came and went -----------------------------------------------------------------------------------------

    async def _started(self, raw: Raw) -> list[Update]:
        """Reads the press of «Начать», with what its link carried, as the command that Telegram sends for it."""
        person, at = _person(raw["user"]), int(raw["timestamp"])
        self._remember(person["id"], int(raw["chat_id"]))
        payload = raw.get("payload")
        text = f"/start {payload}" if isinstance(payload, str) and payload else "/start"
        message = {
            "message_id": 0, "date": at // 1000, "chat": {"id": person["id"], "type": "private"}, "from": person,
            "text": text,
        }  # fmt: skip
        return [_update(number_of("started", raw["chat_id"], at, payload), message=message)]

    async def _left(self, raw: Raw) -> list[Update]:
        person = User(**_person(raw["user"]))
        chat = Chat(id=person.id, type="private")
        gone = ChatMemberBanned(status=ChatMemberStatus.KICKED, user=_BOT, until_date=_at(0))
        change = _change(raw, chat, person, ChatMemberMember(status=ChatMemberStatus.MEMBER, user=_BOT), gone)
        return [_update(number_of("left", raw["chat_id"], raw["timestamp"]), my_chat_member=change)]

    async def _added(self, raw: Raw) -> list[Update]:
        new = ChatMemberMember(status=ChatMemberStatus.MEMBER, user=_BOT)
        return self._in_group("added", raw, ChatMemberLeft(status=ChatMemberStatus.LEFT, user=_BOT), new)

    async def _removed_from_group(self, raw: Raw) -> list[Update]:
        old = ChatMemberMember(status=ChatMemberStatus.MEMBER, user=_BOT)
        return self._in_group("removed", raw, old, ChatMemberLeft(status=ChatMemberStatus.LEFT, user=_BOT))

    async def _rights_changed(self, raw: Raw) -> list[Update]:
        new = member_with(raw.get("is_admin") is True, False, raw.get("permissions"))
        return self._in_group("rights", raw, ChatMemberMember(status=ChatMemberStatus.MEMBER, user=_BOT), new)

    def _in_group(self, what: str, raw: Raw, old: Any, new: Any) -> list[Update]:
        if raw.get("is_channel"):
            return []
        # Polling does not tell who added the bot (since November 2026).
        person = User(**_person(raw["user"])) if raw.get("user") else _BOT
        chat = Chat(id=chat_ids.of_max(int(raw["chat_id"])), type="supergroup")
        change = _change(raw, chat, person, old, new)
        return [_update(number_of(what, raw["chat_id"], raw["timestamp"]), my_chat_member=change)]


def _note(kept: dict[Any, int], key: Any, value: int) -> None:
    """Keeps what an update told, as the newest; the oldest goes where there are too many."""
    kept.pop(key, None)
    kept[key] = value
    if len(kept) > _REMEMBERED:
        del kept[next(iter(kept))]


_BOT = User(id=0, is_bot=True, first_name="")


def _update(number: int, **event: Any) -> Update:
    return Update(update_id=number, **{name: _as_message(name, one) for name, one in event.items()})


def _as_message(name: str, event: Any) -> Any:
    return Message(**event) if name in ("message", "edited_message") else event


def _change(raw: Raw, chat: Chat, person: User, old: Any, new: Any) -> ChatMemberUpdated:
    return ChatMemberUpdated.model_construct(
        chat=chat, from_user=person, date=_at(int(raw["timestamp"])), old_chat_member=old, new_chat_member=new
    )


def _at(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _mid(message: Raw) -> str:
    return str(message["body"]["mid"])


def _person(user: Raw) -> Raw:
    name = str(user.get("first_name") or user.get("name") or "")
    return {"id": chat_ids.of_max(int(user["user_id"])), "is_bot": bool(user.get("is_bot")), "first_name": name}


# --- the content of a message ----------------------------------------------------------------------------------------


def _contents(body: Raw) -> list[Raw]:
    """Gives the fields of each message that a body of MAX is: one for every file, the words with the first."""
    entities = entities_of(body.get("markup"), text := str(body.get("text") or "")) or None
    told = body.get("attachments")
    attachments = [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []
    read = [content for one in attachments if (content := _content(one))][:MOST_PARTS]
    if not read:
        words = text or next((_shared(one) for one in attachments if one.get("type") == "share"), "")
        return [{"text": words, "entities": entities if text else None}] if words else [{}]
    if text:
        read[0] |= {"caption": text, "caption_entities": entities}
    return read


def _shared(attachment: Raw) -> str:
    """Gives title and address of a shared link, which stand for the text where the sender wrote none."""
    payload = _object(attachment.get("payload"))
    return "\n".join(str(one) for one in (attachment.get("title"), payload.get("url")) if one)


def _content(attachment: Raw) -> Raw | None:
    """Gives an attachment as the field of Telegram's message that stands for it; None for buttons and shared links.

    An attachment that does not follow the schema becomes one of an unknown kind, or one without a size, so that the
    text beside it is read all the same.
    """
    kind, payload = str(attachment.get("type")), _object(attachment.get("payload"))
    if kind in ("inline_keyboard", "share", "reply_keyboard"):
        return None
    place = {name: attachment.get(name) for name in ("latitude", "longitude")}
    if kind == "location" and all(type(degrees) in (int, float) for degrees in place.values()):
        return {"location": place}
    if kind == "contact":
        phone = _PHONE.search(str(payload.get("vcf_info") or ""))
        owner = _object(payload.get("max_info"))
        name = str(owner.get("first_name") or owner.get("name") or "—")
        return {"contact": {"phone_number": phone[1].strip() if phone else "—", "first_name": name}}
    token = payload.get("code") if kind == "sticker" else payload.get("token")
    if kind not in ("image", "video", "audio", "file", "sticker") or not isinstance(token, str):
        # MAX may add kinds: such an attachment is content as well, which its sender wants to be seen.
        return {"unknown_attachment": {"file_id": ""}}
    name = str(attachment.get("filename") or "")
    file = FileOfMax(kind, token, str(payload.get("url") or ""), name)
    mark = hashlib.blake2b(token.encode(), digest_size=12).hexdigest()
    return _media(kind, {"file_id": file.file_id, "file_unique_id": mark}, attachment, name)


def _media(kind: str, file: Raw, attachment: Raw, name: str) -> Raw:
    width, height, duration, size = (_count(attachment.get(name)) for name in ("width", "height", "duration", "size"))
    if kind == "image":
        return {"photo": [{**file, "width": width, "height": height}]}
    if kind == "video":
        return {"video": {**file, "width": width, "height": height, "duration": duration}}
    if kind == "audio":
        return {"voice": {**file, "duration": 0}}
    if kind == "sticker":
        still = {"type": "regular", "is_animated": False, "is_video": False}
        return {"sticker": {**file, **still, "width": width, "height": height}}
    mime = mimetypes.guess_type(name)[0]
    return {"document": {**file, "file_name": name or None, "mime_type": mime, "file_size": size or None}}


def _object(value: Any) -> Raw:
    """Gives a JSON object; an empty one in place of anything else."""
    return value if isinstance(value, dict) else {}


def _count(value: Any) -> int:
    """Gives a size or a number of seconds; 0 in place of what is none."""
    return value if type(value) is int and 0 <= value < _FIRST else 0
