"""Carries out the methods that change what is there: edit…, delete…, answerCallbackQuery, reactions, pins."""

from __future__ import annotations

from sandbox.telegram import rules
from sandbox.telegram.errors import Json, bad
from sandbox.telegram.media import CAPTIONED, KINDS
from sandbox.telegram.records import Chat
from sandbox.telegram.send_methods import Sending, without_reply

_SERVICE = (
    "pinned_message",
    "new_chat_members",
    "left_chat_member",
    "forum_topic_created",
    "forum_topic_closed",
    "forum_topic_reopened",
)
_UNTOUCHABLE = ("migrate_to_chat_id", "migrate_from_chat_id", "group_chat_created", "supergroup_chat_created")
_COMPARED = ("text", "entities", "caption", "caption_entities", "reply_markup", *KINDS)


class Editing(Sending):
    """Carries out the methods that edit.

    An edit is compared with what stands there: nothing new is «message is not modified».
    """

    def edit_message_text(self, p: Json) -> Json:
        text, entities = rules.message_text(p["text"], p.get("parse_mode"), p.get("entities"))
        chat, message = self._mine(p)
        if "text" not in message:
            raise bad("there is no text in the message to edit")
        return self._change(chat, message, p, ("text", "entities"), {"text": text, "entities": entities})

    def edit_message_caption(self, p: Json) -> Json:
        caption, entities = rules.caption_text(p.get("caption", ""), p.get("parse_mode"), p.get("caption_entities"))
        chat, message = self._mine(p)
        if message.keys().isdisjoint({*CAPTIONED, "live_photo", "caption"}):
            raise bad("there is no caption in the message to edit")
        content = {"caption": caption, "caption_entities": entities}
        return self._change(chat, message, p, ("caption", "caption_entities"), content)

    def edit_message_reply_markup(self, p: Json) -> Json:
        chat, message = self._mine(p)
        return self._change(chat, message, p, (), {})

    def edit_message_media(self, p: Json) -> Json:
        item = p["media"]
        caption, entities = rules.caption_text(
            item.get("caption", ""), item.get("parse_mode"), item.get("caption_entities")
        )
        chat, message = self._mine(p)
        if item.get("type") not in CAPTIONED:
            raise bad("can't parse InputMedia: unsupported type")
        content = self.media(item["type"], item.get("media"), item) | {"caption": caption, "caption_entities": entities}
        return self._change(chat, message, p, ("text", "entities", "caption", "caption_entities", *KINDS), content)

    def delete_message(self, p: Json) -> bool:
        chat = self.reachable(p["chat_id"])
        message = chat.messages.get(p["message_id"])
        if message is None:
            raise bad("message to delete not found")
        if not self._deletable(chat, message):
            raise bad("message can't be deleted for everyone" if chat.private else "message can't be deleted")
        self.remove(chat, p["message_id"])
        return True

    def delete_messages(self, p: Json) -> bool:
        """Deletes messages. Those that do not exist are skipped; one that may not be deleted keeps all of them."""
        chat = self.reachable(p["chat_id"])
        found = [n for n in rules.message_ids(p["message_ids"]) if n in chat.messages]
        if not all(self._deletable(chat, chat.messages[number]) for number in found):
            raise bad("message can't be deleted")
        for number in found:
            self.remove(chat, number)
        return True

    def answer_callback_query(self, p: Json) -> bool:
        rules.answer_text(p.get("text", ""))
        query = self.queries.get(p["callback_query_id"])
        if query is None or self.now() - query.born > rules.QUERY_SECONDS:
            raise bad("query is too old and response timeout expired or query ID is invalid")
        query.answers.append(p)
        self.tell("answered", query=query)
        return True

    def unanswered(self) -> list[str]:
        """Gives the data of every button press that the bot has not answered: on a phone these keep their spinner."""
        return [query.data for query in self.queries.values() if not query.answers]

    def set_message_reaction(self, p: Json) -> bool:
        wanted = rules.reaction(p.get("reaction", []))
        chat = self.reachable(p["chat_id"])
        if p["message_id"] not in chat.messages:
            raise bad("message to react not found")
        if chat.reactions_off and wanted:
            raise bad("REACTION_INVALID")
        chat.reactions[p["message_id"]] = wanted
        self.tell("reaction", chat=chat.id, id=p["message_id"], reaction=wanted)
        return True

    def pin_chat_message(self, p: Json) -> bool:
        chat = self._pinnable(p)
        message = chat.messages.get(p["message_id"])
        if message is None:
            raise bad("message to pin not found")
        if p["message_id"] not in chat.pinned:
            self.pace.group_call(chat.id)
            chat.pinned.append(p["message_id"])
            thread: Json = {key: message[key] for key in ("message_thread_id", "is_topic_message") if key in message}
            self.tell_own(chat, self.put(chat, self.sender, {"pinned_message": without_reply(message), **thread}))
        self.tell("pinned", chat=chat.id, pinned=list(chat.pinned))
        return True

    # -- parts ------------------------------------------------------------------------------------------------

    def tell_own(self, chat: Chat, message: Json) -> None:
        """Tells the bot of a service message that it caused itself: of these, unlike of its words, Telegram tells it.

        Source: telegram-bot-api, `Client::need_skip_update_message`.
        """
        self.services.add((chat.id, message["message_id"]))
        self.queue_update("message", dict(message), ("chat", chat.id), self.bot["id"])

    def _mine(self, p: Json) -> tuple[Chat, Json]:
        """Finds a message that the bot may edit: its own, still there. Raises Refused."""
        if "reply_markup" in p:
            rules.reply_markup(p["reply_markup"], inline_only=True)
        if "chat_id" not in p or "message_id" not in p:
            raise bad("message identifier is not specified")
        chat = self.reachable(p["chat_id"])
        message = chat.messages.get(p["message_id"])
        if message is None:
            raise bad("message to edit not found")
        if message["from"]["id"] != self.bot["id"] or not message.keys().isdisjoint(_SERVICE):
            raise bad("message can't be edited")
        return chat, message

    def _change(self, chat: Chat, message: Json, p: Json, cleared: tuple[str, ...], content: Json) -> Json:
        """Puts new content in place of the `cleared` fields.

        A keyboard that is not sent again is gone, as at Telegram.
        """
        content = {key: value for key, value in content.items() if value or key == "text"}
        markup = p.get("reply_markup")
        if markup and markup.get("inline_keyboard"):
            content["reply_markup"] = markup
        gone = [key for key in (*cleared, "reply_markup") if key in message and key not in content]
        if not gone and all(message.get(key) == value for key, value in content.items() if key in _COMPARED):
            raise bad(
                "message is not modified: specified new message content and reply markup are exactly the same"
                " as a current content and reply markup of the message"
            )
        self.pace.group_call(chat.id)
        for key in gone:
            del message[key]
        message.update(content, edit_date=int(self.now()))
        self.touch(chat, message)
        return message

    def _deletable(self, chat: Chat, message: Json) -> bool:
        """Tells whether a message may be deleted: within 48 hours; others' only with the right; some never."""
        if self.now() - message["date"] > rules.DELETABLE_SECONDS and not chat.may("can_delete_messages"):
            return False
        if not message.keys().isdisjoint(_UNTOUCHABLE):
            return False
        return chat.private or message["from"]["id"] == self.bot["id"] or chat.may("can_delete_messages")

    def _pinnable(self, p: Json) -> Chat:
        chat = self.reachable(p["chat_id"])
        if not chat.private and not chat.may("can_pin_messages"):
            raise bad("not enough rights to manage pinned messages in the chat")
        return chat
