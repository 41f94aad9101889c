"""Carries out the methods that make new messages: send…, copy…."""

from __future__ import annotations

from sandbox.telegram import rules
from sandbox.telegram.errors import Json, bad
from sandbox.telegram.media import CAPTIONED, Media
from sandbox.telegram.records import Chat

# What stays with a message and does not go with a copy of it.
_ABOUT = {
    *("message_id", "from", "chat", "date", "edit_date", "sender_chat", "author_signature", "message_thread_id"),
    *("is_topic_message", "reply_to_message", "external_reply", "quote", "reply_markup", "media_group_id"),
    *("forward_origin", "forward_date", "via_bot", "is_automatic_forward"),
}
# Bot API, copyMessage: paid media, giveaways, their winners and invoices cannot be copied; service messages neither.
_UNCOPIABLE = {"paid_media", "giveaway", "giveaway_winners", "invoice"}
SERVICE = ("forum_topic_", "new_chat_", "left_chat_", "migrate_", "group_chat_", "supergroup_chat_", "pinned_message")
_HAS_CAPTION = {*CAPTIONED, "live_photo"}


class Sending(Media):
    """Carries out the methods that send: each finds the chat, the message that is answered, and the content."""

    def send_message(self, p: Json) -> Json:
        text, entities = rules.message_text(p["text"], p.get("parse_mode"), p.get("entities"))
        content: Json = {"text": text}
        if entities:
            content["entities"] = entities
        if "link_preview_options" in p:
            content["link_preview_options"] = p["link_preview_options"]
        return self._send(p, content)

    def send_photo(self, p: Json) -> Json:
        return self._send_media("photo", p)

    def send_document(self, p: Json) -> Json:
        return self._send_media("document", p)

    def send_video(self, p: Json) -> Json:
        return self._send_media("video", p)

    def send_animation(self, p: Json) -> Json:
        return self._send_media("animation", p)

    def send_audio(self, p: Json) -> Json:
        return self._send_media("audio", p)

    def send_voice(self, p: Json) -> Json:
        return self._send_media("voice", p)

    def send_video_note(self, p: Json) -> Json:
        return self._send_media("video_note", p)

    def send_sticker(self, p: Json) -> Json:
        return self._send_media("sticker", p)

    def send_media_group(self, p: Json) -> list[Json]:
        items = p["media"] if isinstance(p["media"], list) else []
        rules.album([str(item.get("type")) for item in items])
        contents = [{**self.media(item["type"], item.get("media"), item), **_caption(item)} for item in items]
        chat, where = self._target(p)
        self.pace.message(chat.id, len(items))
        group = {"media_group_id": str(self.serial() + 13_000_000_000)}
        return [self.put(chat, self.sender, {**where, **group, **content}) for content in contents]

    def send_chat_action(self, p: Json) -> bool:
        rules.chat_action(p["action"])
        chat = self.reachable(p["chat_id"])
        self._thread(chat, p)
        self.tell("action", chat=chat.id, action=p["action"], thread=p.get("message_thread_id"))
        return True

    def copy_message(self, p: Json) -> Json:
        source = self.chat(p["from_chat_id"]).messages.get(p["message_id"])
        if source is None:
            raise bad("message to copy not found")
        content = self._copied(source)
        if content is None:
            raise bad("the message can't be copied")
        if "caption" in p and ("caption" in source or not content.keys().isdisjoint(_HAS_CAPTION)):
            content.pop("caption", None)
            content.pop("caption_entities", None)
            content |= _caption(p)
        return {"message_id": self._send(p, content)["message_id"]}

    def copy_messages(self, p: Json) -> list[Json]:
        """Copies what it can and says nothing of the rest, as Telegram does."""
        contents = self._several(p, keep_caption=not p.get("remove_caption"))
        chat, where = self._target(p)
        if contents:
            self.pace.message(chat.id, len(contents))
        return [{"message_id": self.put(chat, self.sender, {**where, **content})["message_id"]} for content in contents]

    # -- parts ------------------------------------------------------------------------------------------------

    def _send_media(self, kind: str, p: Json) -> Json:
        caption = _caption(p) if kind in CAPTIONED else {}
        chat, where = self._target(p)
        content = self.media(kind, p[kind], p)
        self.pace.message(chat.id)
        return self.put(chat, self.sender, {**where, **content, **caption})

    def _send(self, p: Json, content: Json) -> Json:
        chat, where = self._target(p)
        self.pace.message(chat.id)
        return self.put(chat, self.sender, {**where, **content} if where else content)

    def _target(self, p: Json) -> tuple[Chat, Json]:
        """Finds the chat, and the part of the message that says where in it: topic, reply, keyboard. Raises Refused."""
        where: Json = {}
        if "reply_markup" in p:
            rules.reply_markup(p["reply_markup"])
            if p["reply_markup"].get("inline_keyboard"):
                where["reply_markup"] = p["reply_markup"]
        if p.get("protect_content"):
            where["has_protected_content"] = True
        chat = self.reachable(p["chat_id"])
        replied = self._replied(chat, p)
        if replied:
            where["reply_to_message"] = without_reply(replied)
            where |= _quoted(p["reply_parameters"], replied)
            if "message_thread_id" not in p and replied.get("is_topic_message"):
                p = {**p, "message_thread_id": replied["message_thread_id"]}
        return chat, self._thread(chat, p) | where

    def _thread(self, chat: Chat, p: Json) -> Json:
        thread = p.get("message_thread_id")
        if not thread:
            return {}
        if chat.kind == "supergroup" and not chat.info.get("is_forum") and thread in chat.messages:
            return {"message_thread_id": thread}
        topic = self.topic(chat, thread)
        if topic.closed and (self.closed_topics_refuse or chat.bot != "administrator"):
            raise bad("TOPIC_CLOSED")
        return {"message_thread_id": thread, "is_topic_message": True}

    def _replied(self, chat: Chat, p: Json) -> Json | None:
        if "reply_parameters" not in p:
            return None
        wanted = rules.reply_parameters(p["reply_parameters"])
        where = self.chats.get(wanted.get("chat_id", chat.id))
        found = where.messages.get(wanted["message_id"]) if where else None
        if found is None and not wanted.get("allow_sending_without_reply"):
            raise bad("message to be replied not found")
        return found

    def _found(self, p: Json) -> list[Json]:
        chat = self.chat(p["from_chat_id"])
        ids = rules.message_ids(p["message_ids"], increasing=True)
        return [chat.messages[number] for number in ids if number in chat.messages]

    def _copied(self, message: Json) -> Json | None:
        """Gives the content of a message for a copy of it, of whatever kind; None for one that cannot be copied."""
        if (message["chat"]["id"], message["message_id"]) in self.services or message.get("has_protected_content"):
            return None
        content = {key: value for key, value in message.items() if key not in _ABOUT}
        if any(key.startswith(SERVICE) for key in content):
            return None
        if not content or not content.keys().isdisjoint(_UNCOPIABLE) or content.get("poll", {}).get("type") == "quiz":
            return None
        return content

    def _several(self, p: Json, *, keep_caption: bool) -> list[Json]:
        """Gives the contents to copy; albums stay albums under a new number."""
        groups: dict[str, str] = {}
        contents = []
        for source in self._found(p):
            content = self._copied(source)
            if content is None:
                continue
            if not keep_caption:
                content.pop("caption", None)
                content.pop("caption_entities", None)
            if "media_group_id" in source:
                number = groups.setdefault(source["media_group_id"], str(self.serial() + 13_000_000_000))
                content["media_group_id"] = number
            contents.append(content)
        return contents


def _quoted(wanted: Json, replied: Json) -> Json:
    """Checks the quote of a reply: an exact part of the message that is replied to (Bot API, ReplyParameters)."""
    if "quote" not in wanted:
        return {}
    said, _ = rules.formatted(wanted["quote"], wanted.get("quote_parse_mode"))
    if said not in (replied.get("text") or replied.get("caption") or ""):
        raise bad("QUOTE_TEXT_INVALID")
    return {"quote": {"text": said, "position": wanted.get("quote_position", 0), "is_manual": True}}


def _caption(p: Json) -> Json:
    if not p.get("caption"):
        return {}
    caption, entities = rules.caption_text(p["caption"], p.get("parse_mode"), p.get("caption_entities"))
    return ({"caption": caption} if caption else {}) | ({"caption_entities": entities} if entities else {})


def without_reply(message: Json) -> Json:
    """Gives a message as it stands inside another: a reply in it is cut off, so that they do not nest."""
    return {key: value for key, value in message.items() if key not in ("reply_to_message", "external_reply", "quote")}
