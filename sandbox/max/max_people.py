"""Does the things that people do in MAX: begin, write, press, edit, delete, stop the bot; add it to a group.

Each makes the updates that MAX would.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox.max import max_rules
from sandbox.max.max_memory import FIRST_GROUP, Post
from sandbox.max.update_queue import UpdateQueue
from sandbox.telegram.errors import Json
from sandbox.telegram.records import Chat, Query

_LOCALE = {"user_locale": "ru"}
_UNKNOWN = ("poll", "dice", "game", "venue", "story")


class MaxPeople(UpdateQueue):
    """Does what people do. They are never refused: what they may do is decided by the test or by the page."""

    # -- who and where ----------------------------------------------------------------------------------------

    def user(self, user_id: int, name: str = "Мария", *, started: bool = False, **more: Any) -> Json:
        """Makes a person, with a dialogue that the bot may write in once they have begun it."""
        if user_id not in self.users:
            self.users[user_id] = {"id": user_id, "is_bot": False, "first_name": name, **more}
            dialogue = self.private_chat(user_id)
            self.chats[dialogue] = Chat(dialogue, {"id": dialogue, "type": "private", "first_name": name})
        chat = self.chats[self.private_chat(user_id)]
        chat.started = chat.started or started
        return self.users[user_id]

    def group(self, title: str = "Поддержка", *, id: int | None = None, bot: str = "administrator") -> Chat:
        """Makes a group that the bot is in (or not: `bot` is its status); nobody is told."""
        chat_id = id if id is not None else FIRST_GROUP - self.serial()
        chat = Chat(chat_id, {"id": chat_id, "type": "group", "title": title}, bot)
        self.chats[chat_id] = chat
        return chat

    def follow_link(self, user_id: int, payload: str) -> Json:
        """Follows `https://max.ru/BOT?start=payload`, or presses «Начать» where the payload is empty.

        Nothing is shown in the dialogue, so the message returned is an empty one. AssertionError for a payload that
        such a link cannot carry.
        """
        assert max_rules.is_start_payload(payload), f"a link cannot carry {payload!r}"
        chat = self.chats[self.private_chat(user_id)]
        chat.started = True
        self.blocked.discard(user_id)
        self._of_dialogue("bot_started", user_id, {"payload": payload} if payload else {})
        return {}

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
        """Posts a message of a person, in the dialogue with the bot or in `chat_id`; returns it as people see it.

        ValueError for what MAX does not have: a topic, an anonymous author, a poll.
        """
        absent = [name for name in _UNKNOWN if name in content]
        if thread is not None or anonymous or absent:
            raise ValueError(f"MAX has no {absent[0] if absent else 'topics and no anonymous administrators'}")
        chat = self.chats[chat_id if chat_id is not None else self.private_chat(user_id)]
        if chat.private:
            chat.started = True
        link = content.get("link") or self._reply(chat, reply_to)
        post = self.put_post(
            chat,
            user_id,
            text=content.get("text") or content.get("caption") or "",
            markup=content.get("markup", []),
            attachments=_attachments(content),
            link=link,
            reply_to=reply_to,
        )
        self._of_message("message_created", post)
        return chat.messages[post.number]

    def post_album(self, user_id: int, contents: Sequence[Json], **where: Any) -> list[Json]:
        """Posts several pictures: they are one message."""
        attachments = [one for content in contents for one in content["attachments"]]
        return [self.post(user_id, {**contents[0], "attachments": attachments}, **where)]

    def edit_post(self, chat_id: int, number: int, content: Json) -> Json:
        """Edits a person's own message; its pictures stay."""
        post = self._post(chat_id, number)
        post.text = content.get("text") or content.get("caption") or ""
        post.markup = content.get("markup", [])
        self.refresh(post)
        self._of_message("message_edited", post)
        return post.chat.messages[number]

    def edit_of_nothing(self, chat_id: int, number: int) -> Json:
        """Tells of an edit that changed nothing a person wrote."""
        post = self._post(chat_id, number)
        self._of_message("message_edited", post)
        return post.chat.messages[number]

    def delete_post(self, chat_id: int, number: int) -> None:
        """Deletes a message; unlike in Telegram the bot is told."""
        post = self._post(chat_id, number)
        told = {"message_id": post.mid, "chat_id": chat_id, "user_id": post.author}
        self.forget_post(post)
        if self._hears(post.chat):
            self.queue_update("message_removed", told, chat_id, post.author)

    def forwarded(self, source: Json, content: Json) -> Json:
        """Gives the content of a forwarded message: its own text is empty."""
        author = {"user_id": source["from"]["id"], "first_name": source["from"]["first_name"], "is_bot": False}
        body = {"mid": f"mid.{self.serial():032x}", "seq": 1, "text": content.get("text", "")}
        attachments = content.get("attachments")
        body |= {"attachments": attachments} if attachments else {}
        return {"link": {"type": "forward", "sender": author, "message": body}}

    def press(self, user_id: int, chat_id: int, number: int, data: str) -> Query:
        """Presses a button, or sends what a forged client does; a message that is gone is told as none."""
        post = self.seen_as(chat_id, number)
        query = Query(f"f9LHodD0cOI{self.serial():09d}{'x' * 100}", user_id, data, chat_id, number, self.now())
        self.queries[query.id] = query
        callback = {
            "timestamp": self.milliseconds(),
            "callback_id": query.id,
            "user": self.account(user_id),
            "payload": data,
        }
        body = {"callback": callback, "message": self.message_json(post) if post else None, **_LOCALE}
        self.queue_update("message_callback", body, chat_id, user_id)
        return query

    # -- stopping, groups, rights -----------------------------------------------------------------------------

    def block(self, user_id: int, *, blocked: bool = True) -> None:
        """Stops the bot for a family, or begins anew."""
        if (user_id in self.blocked) == blocked:
            return
        (self.blocked.add if blocked else self.blocked.discard)(user_id)
        self._of_dialogue("bot_stopped" if blocked else "bot_started", user_id, {})
        self.tell("chat", chat=self.private_chat(user_id), what="blocked" if blocked else "unblocked")

    def clear_dialogue(self, user_id: int, *, remove: bool = False) -> None:
        """Clears the dialogue on the person's side, or removes it, which stops the bot as well."""
        if remove:
            self.block(user_id)
        self._of_dialogue("dialog_removed" if remove else "dialog_cleared", user_id, {})

    def set_bot(self, chat: Chat, by: int, status: str, lacking: set[str] | None = None) -> None:
        """Adds, removes, promotes or restricts the bot in a group, as a person does."""
        was_in, is_in = chat.bot not in ("kicked", "left"), status not in ("kicked", "left")
        chat.bot, chat.lacking = status, lacking or set()
        body: Json = {"chat_id": chat.id, "user": self.account(by), "is_channel": False}
        if was_in != is_in:
            self.queue_update("bot_added" if is_in else "bot_removed", body, chat.id, by)
        elif self.subscriptions:
            # MAX tells of rights by webhook alone.
            told = {"chat_id": chat.id, "user_id": by, "bot_id": self.bot["id"], "is_channel": False}
            member = self.get_own_membership({"chat_id": chat.id})
            rights = {"is_admin": member["is_admin"], "permissions": member["permissions"]}
            self.queue_update("bot_admin_permissions_changed", told | rights, chat.id, by)
        self.tell("chat", chat=chat.id, what=status)

    # -- parts ------------------------------------------------------------------------------------------------

    def _post(self, chat_id: int, number: int) -> Post:
        post = self.seen_as(chat_id, number)
        assert post is not None, f"no message {number} in the chat {chat_id}"
        return post

    def _reply(self, chat: Chat, reply_to: int | None) -> Json | None:
        answered = self.seen_as(chat.id, reply_to) if reply_to is not None else None
        if answered is None:
            return None
        return {"type": "reply", "sender": self.account(answered.author), "message": answered.body}

    def _hears(self, chat: Chat) -> bool:
        """Tells whether the bot is told of messages: in a group as an administrator who may read all of them."""
        if chat.private:
            return self.person_in(chat) not in self.blocked
        return chat.may("read_all_messages")

    def _of_message(self, kind: str, post: Post) -> None:
        if self._hears(post.chat):
            body = {"message": self.message_json(post)} | (_LOCALE if post.chat.private else {})
            self.queue_update(kind, body, post.chat.id, post.author)

    def _of_dialogue(self, kind: str, user_id: int, more: Json) -> None:
        chat_id = self.private_chat(user_id)
        body = {"chat_id": chat_id, "user": self.account(user_id), **more, **_LOCALE}
        self.queue_update(kind, body, chat_id, user_id)


def _attachments(content: Json) -> list[Json]:
    found = list(content.get("attachments", []))
    if "location" in content:
        found.append({"type": "location", **content["location"]})
    if "contact" in content:
        contact = content["contact"]
        card = f"BEGIN:VCARD\nVERSION:3.0\nFN:{contact['first_name']}\nTEL:{contact['phone_number']}\nEND:VCARD"
        found.append({"type": "contact", "payload": {"vcf_info": card}})
    return found
