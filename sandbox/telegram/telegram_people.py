"""Does the things that people do: write, press, edit, block; open, close, delete topics; upgrade groups; change rights.

Each makes the updates Telegram would.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from sandbox.telegram import rules
from sandbox.telegram.chat_methods import person_member
from sandbox.telegram.errors import Json
from sandbox.telegram.markup import found_in
from sandbox.telegram.records import Chat, Query, Topic
from sandbox.telegram.send_methods import SERVICE, without_reply
from sandbox.telegram.telegram_memory import ANONYMOUS
from sandbox.telegram.update_methods import Updates

FIRST_SUPERGROUP = -1_001_000_000_000


class People(Updates):
    """Does what people do. They are never refused: what they may do is decided by the test or by the page."""

    # -- who and where ----------------------------------------------------------------------------------------

    def user(self, user_id: int, name: str = "Мария", *, started: bool = False, **more: Any) -> Json:
        """Makes a person, with a private chat that the bot may write in once they have started it."""
        if user_id not in self.users:
            self.users[user_id] = {"id": user_id, "is_bot": False, "first_name": name, "language_code": "ru", **more}
            about = {key: value for key, value in more.items() if key in ("last_name", "username")}
            self.chats[user_id] = Chat(user_id, {"id": user_id, "type": "private", "first_name": name, **about})
        chat = self.chats[user_id]
        chat.started = chat.started or started
        return self.users[user_id]

    def private_chat(self, user_id: int) -> int:
        """Gives the number of a person's chat with the bot, which is the person's own."""
        return user_id

    def follow_link(self, user_id: int, payload: str) -> Json:
        """Follows `t.me/BOT?start=payload`. AssertionError for a payload that such a link cannot carry."""
        assert rules.is_payload(payload), f"a link cannot carry {payload!r}"
        return self.post(user_id, {"text": f"/start {payload}"})

    def group(
        self,
        title: str = "Поддержка",
        *,
        kind: str = "supergroup",
        forum: bool = False,
        id: int | None = None,
        bot: str = "administrator",
    ) -> Chat:
        """Makes a group that the bot is in (or not: `bot` is its status); nobody is told.

        `kind` is group, supergroup or channel; a forum is always a supergroup.
        """
        supergroup = kind in ("supergroup", "channel") or forum
        chat_id = id if id is not None else (FIRST_SUPERGROUP if supergroup else -4_000_000) - self.serial()
        info: Json = {"id": chat_id, "type": "supergroup" if forum else kind, "title": title}
        chat = Chat(chat_id, info | ({"is_forum": True} if forum else {}), bot)
        chat.numbers = itertools.count(1) if supergroup else None
        self.chats[chat_id] = chat
        return chat

    # -- messages ---------------------------------------------------------------------------------------------

    def post(
        self,
        user_id: int,
        content: Json,
        *,
        chat_id: int | None = None,
        thread: int | None = None,
        reply_to: int | None = None,
        anonymous: bool = False,
    ) -> Json:
        """Posts a message of a person, in the private chat with the bot or in `chat_id`; returns it as kept."""
        chat = self.chats[chat_id if chat_id is not None else user_id]
        if chat.private:
            chat.started = True
        message = self.put(
            chat,
            ANONYMOUS if anonymous else self.users[user_id],
            self._filled(chat, content, thread, reply_to, anonymous),
        )
        self._deliver(chat, "channel_post" if chat.kind == "channel" else "message", message, user_id)
        return message

    def post_album(self, user_id: int, contents: Sequence[Json], **where: Any) -> list[Json]:
        """Posts an album: separate messages with one media_group_id."""
        group = {"media_group_id": str(self.serial() + 13_000_000_000)}
        return [self.post(user_id, content | group, **where) for content in contents]

    def _filled(self, chat: Chat, content: Json, thread: int | None, reply_to: int | None, anonymous: bool) -> Json:
        filled: Json = {"sender_chat": chat.info, "author_signature": "администратор"} if anonymous else {}
        filled |= self._with_entities(content)
        replied = chat.messages.get(reply_to) if reply_to is not None else None
        if replied and thread is None:
            thread = replied.get("message_thread_id")
        if thread is not None and thread in chat.topics:
            filled |= {"message_thread_id": thread, "is_topic_message": True}
            # In a topic every message answers the one that opened it, unless it answers another.
            replied = replied or chat.messages.get(thread)
        elif replied and chat.kind == "supergroup":
            filled["message_thread_id"] = replied.get("message_thread_id", replied["message_id"])
        return filled | ({"reply_to_message": without_reply(replied)} if replied else {})

    def _with_entities(self, content: Json) -> Json:
        """Marks commands and links, as Telegram does by itself."""
        for text, entities in (("text", "entities"), ("caption", "caption_entities")):
            if content.get(text) and entities not in content and (found := found_in(content[text])):
                content = {**content, entities: found}
        return content

    def edit_post(self, chat_id: int, number: int, content: Json) -> Json:
        """Edits a person's own message."""
        chat = self.chats[chat_id]
        message = chat.messages[number]
        for key in ("entities", "caption_entities"):
            message.pop(key, None)
        message.update(self._with_entities(content), edit_date=int(self.now()))
        self.touch(chat, message)
        self._deliver(chat, "edited_message", message, message["from"]["id"])
        return message

    def edit_of_nothing(self, chat_id: int, number: int) -> Json:
        """Tells of an edit that changed nothing a person wrote: a preview came, the message was pinned."""
        chat = self.chats[chat_id]
        message = chat.messages[number]
        message["edit_date"] = int(self.now())
        self._deliver(chat, "edited_message", message, message["from"]["id"])
        return message

    def delete_post(self, chat_id: int, number: int) -> None:
        """Deletes a message of a person: a bot is never told."""
        self.remove(self.chats[chat_id], number)

    def forwarded(self, source: Json, content: Json) -> Json:
        """Gives the content of a forwarded message."""
        return {**content, "forward_origin": origin_of(source), "forward_date": source["date"]}

    def press(self, user_id: int, chat_id: int, number: int, data: str) -> Query:
        """Presses a button, or sends what a forged client does; a message that is gone is told as inaccessible."""
        chat = self.chats[chat_id]
        message = chat.messages.get(number)
        query = Query(f"{self.serial():d}{user_id % 1000:03d}7", user_id, data, chat_id, number, self.now())
        self.queries[query.id] = query
        shown = dict(message) if message else {"chat": chat.info, "message_id": number, "date": 0}
        body = {
            "id": query.id,
            "from": self.users[user_id],
            "message": shown,
            "chat_instance": str(chat_id),
            "data": data,
        }
        self.queue_update("callback_query", body, ("press", user_id), user_id)
        return query

    def _deliver(self, chat: Chat, kind: str, message: Json, owner: int) -> None:
        if chat.id in self.blocked or (
            not chat.private and (chat.bot in ("kicked", "left") or not self._sees(chat, message))
        ):
            return
        told = dict(message)
        if chat.kind == "channel":
            # A post is the channel's own: nobody's name stands under it.
            told |= {"sender_chat": chat.info}
            del told["from"]
        self.queue_update(kind, told, ("chat", chat.id), owner)

    def _sees(self, chat: Chat, message: Json) -> bool:
        """Tells whether the bot sees a message: by privacy mode only commands, replies to it and service messages."""
        if not self.privacy or chat.bot == "administrator":
            return True
        if any(key.startswith(SERVICE) for key in message):
            return True
        if message.get("reply_to_message", {}).get("from", {}).get("id") == self.bot["id"]:
            return True
        text = message.get("text", "")
        return text.startswith("/") and (
            "@" not in text.split()[0] or text.split()[0].endswith("@" + self.bot["username"])
        )

    def service(self, chat: Chat, user_id: int, content: Json, *, anonymous: bool = False) -> Json:
        """Posts a service message that a person caused."""
        sender = ANONYMOUS if anonymous else self.users[user_id]
        message = self.put(chat, sender, ({"sender_chat": chat.info} if anonymous else {}) | content)
        self.services.add((chat.id, message["message_id"]))
        self._deliver(chat, "message", message, user_id)
        return message

    # -- blocking, rights, topics -----------------------------------------------------------------------------

    def block(self, user_id: int, *, blocked: bool = True) -> None:
        """Blocks the bot for a family, or lets it in again."""
        if (user_id in self.blocked) == blocked:
            return
        (self.blocked.add if blocked else self.blocked.discard)(user_id)
        statuses = ("member", "kicked") if blocked else ("kicked", "member")
        self._membership(self.chats[user_id], user_id, *(person_member(self.sender, status) for status in statuses))
        self.tell("chat", chat=user_id, what="blocked" if blocked else "unblocked")

    def set_bot(self, chat: Chat, by: int, status: str, lacking: set[str] | None = None) -> None:
        """Adds, removes, promotes or restricts the bot in a group, as a person does."""
        before, was_in = self.bot_member(chat), chat.bot not in ("kicked", "left")
        is_in = status not in ("kicked", "left")
        if was_in and not is_in:
            self.put(chat, self.users[by], {"left_chat_member": self.sender})
        chat.bot, chat.lacking = status, lacking or set()
        self._membership(chat, by, before, self.bot_member(chat))
        if is_in and not was_in:
            self.service(chat, by, {"new_chat_members": [self.sender]})
        self.tell("chat", chat=chat.id, what=status)

    def _membership(self, chat: Chat, by: int, old: Json, new: Json) -> None:
        body = {
            "chat": chat.info,
            "from": self.users[by],
            "date": int(self.now()),
            "old_chat_member": old,
            "new_chat_member": new,
        }
        self.queue_update("my_chat_member", body, ("my_chat_member", chat.id), by)

    def person_makes_topic(self, chat: Chat, user_id: int, name: str) -> Topic:
        """Makes a topic by hand."""
        topic = self.new_topic(chat, self.users[user_id], name)
        self._deliver(chat, "message", chat.messages[topic.id], user_id)
        return topic

    def person_switches_topic(
        self, chat: Chat, user_id: int, topic: Topic, *, closed: bool, anonymous: bool = False
    ) -> None:
        """Closes a topic by hand, or opens it again."""
        if topic.closed == closed:
            return
        topic.closed = closed
        what = "forum_topic_closed" if closed else "forum_topic_reopened"
        content: Json = {what: {}, "message_thread_id": topic.id, "is_topic_message": True}
        self.service(chat, user_id, content, anonymous=anonymous)
        self.tell("topic", chat=chat.id, topic=topic, what=what)

    def person_renames_topic(self, chat: Chat, user_id: int, topic: Topic, name: str) -> None:
        """Renames a topic by hand."""
        topic.name = name
        content: Json = {
            "forum_topic_edited": {"name": name}, "message_thread_id": topic.id, "is_topic_message": True
        }  # fmt: skip
        self.service(chat, user_id, content)
        self.tell("topic", chat=chat.id, topic=topic, what="forum_topic_edited")

    def upgrade(self, chat: Chat, by: int, *, forum: bool = False) -> Chat:
        """Makes a basic group a supergroup with a new id, which both groups are told.

        The old one refuses from then on.
        """
        new = self.group(chat.info["title"], forum=forum, bot=chat.bot)
        new.people, new.lacking, new.reactions_off = dict(chat.people), set(chat.lacking), chat.reactions_off
        self.service(chat, by, {"migrate_to_chat_id": new.id})
        chat.migrated_to = new.id
        self.service(new, by, {"migrate_from_chat_id": chat.id})
        self.tell("chat", chat=new.id, what="upgraded", old=chat.id)
        return new


def origin_of(message: Json) -> Json:
    """Gives the MessageOrigin of a message that is forwarded."""
    if "forward_origin" in message:
        kept: Json = message["forward_origin"]
        return kept
    if "sender_chat" in message:
        return {"type": "chat", "date": message["date"], "sender_chat": message["sender_chat"]}
    return {"type": "user", "date": message["date"], "sender_user": message["from"]}
