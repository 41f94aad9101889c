"""Carries out the calls about messages and chats: sending, editing, deleting, presses, the bot's membership."""

from __future__ import annotations

from typing import Any

from sandbox.max import max_rules
from sandbox.max.attached_files import AttachedFiles
from sandbox.max.max_errors import MaxRefused, broken_payload
from sandbox.max.max_html import read_html
from sandbox.max.max_memory import BOT_ID, RIGHTS, Post
from sandbox.telegram.errors import Json

EDITED_FOR_S = 7 * 24 * 3600.0
ACTIONS = ("typing_on", "sending_photo", "sending_video", "sending_audio", "sending_file", "mark_seen")
DONE: Json = {"success": True}


class MessageMethods(AttachedFiles):
    """Carries out the calls that change or show chats. Each raises MaxRefused as MAX does."""

    def send_message(self, p: Json) -> Json:
        if ("user_id" in p) == ("chat_id" in p):
            raise broken_payload("exactly one of user_id and chat_id is expected")
        chat = self.chat_of(self.private_chat(p["user_id"]) if "user_id" in p else p["chat_id"])
        self.pace.change(self.reachable(chat).id)
        content = self._content(p)
        link, reply_to = self._link(p.get("link"), content)
        if not content["text"] and not content["attachments"] and not (link and link["type"] == "forward"):
            raise broken_payload("message is empty")
        post = self.put_post(chat, BOT_ID, link=link, reply_to=reply_to, **content)
        if self.echoes:
            self.queue_update("message_created", {"message": self.message_json(post)}, chat.id, BOT_ID)
        return {"message": self.message_json(post)}

    def edit_message(self, p: Json) -> Json:
        post = self.post_of(p.get("message_id"))
        self.pace.change(self.reachable(post.chat).id)
        self._replace(post, p)
        return DONE

    def delete_message(self, p: Json) -> Json:
        post = self.post_of(p.get("message_id"))
        self.pace.change(self.reachable(post.chat).id)
        if post.author != BOT_ID and not post.chat.may("delete"):
            raise MaxRefused(403, "access.denied", "No rights to delete the message")
        self.forget_post(post)
        return DONE

    def get_message(self, p: Json) -> Json:
        return self.message_json(self.post_of(p["message_id"]))

    def answer(self, p: Json) -> Json:
        """Answers a press: with a notice, with what the pressed message shall show, or with both."""
        if p.get("message") is None and not p.get("notification"):
            raise broken_payload("`message` or `notification` required")
        query = self.queries.get(p.get("callback_id", ""))
        if query is None:
            raise broken_payload("callback_id: Callback identifier is invalid")
        self.pace.change(query.chat)
        if p.get("message") is not None:
            post = self.seen_as(query.chat, query.message)
            if post is None:
                raise MaxRefused(404, "not.found", "Message not found")
            self.reachable(post.chat)
            self._replace(post, p["message"])
        query.answers.append({"text": p.get("notification") or "", "message": p.get("message")})
        self.tell("answered", query=query)
        return DONE

    # -- chats ------------------------------------------------------------------------------------------------

    def get_chat(self, p: Json) -> Json:
        chat = self.chat_of(p["chat_id"])
        gone = chat.bot in ("kicked", "left")
        suspended = chat.private and self.person_in(chat) in self.blocked
        shown: Json = {
            "chat_id": chat.id,
            "type": "dialog" if chat.private else "chat",
            "status": "suspended" if suspended else "removed" if gone else "active",
            "title": chat.info.get("title"),
            "last_event_time": self.milliseconds(),
            "participants_count": 2 if chat.private else len(chat.people) + (not gone),
            "is_public": False,
        }
        return shown | ({"dialog_with_user": self.account(self.person_in(chat))} if chat.private else {})

    def send_action(self, p: Json) -> Json:
        if p.get("action") not in ACTIONS:
            raise broken_payload("action: unknown")
        chat = self.reachable(self.chat_of(p["chat_id"]))
        self.tell("action", chat=chat.id, action=p["action"])
        return DONE

    def get_own_membership(self, p: Json) -> Json:
        chat = self.chat_of(p["chat_id"])
        if chat.private or chat.bot in ("kicked", "left"):
            raise MaxRefused(403, "chat.denied", f"Key: error.chat.denied, args: [{chat.id},]")
        administers = chat.bot == "administrator"
        return {
            **self.account(BOT_ID),
            "last_access_time": self.milliseconds(),
            "join_time": self.milliseconds(),
            "is_owner": False,
            "is_admin": administers,
            "permissions": sorted(RIGHTS - chat.lacking) if administers else None,
        }

    # -- parts ------------------------------------------------------------------------------------------------

    def _content(self, p: Json) -> Json:
        words = max_rules.text(p.get("text"))
        markup: list[Json] = []
        if p.get("format") == "html":
            words, markup = read_html(words)
        elif p.get("format") is not None:
            raise broken_payload("format: this stand-in reads html alone")
        return {"text": words, "markup": markup, "attachments": self.attached(p.get("attachments") or [])}

    def _link(self, link: Any, content: Json) -> tuple[Json | None, int | None]:
        if link is None:
            return None, None
        if not isinstance(link, dict) or link.get("type") not in ("reply", "forward"):
            raise broken_payload("link: reply or forward is expected")
        post = self.post_of(link.get("mid"))
        linked = {"type": link["type"], "message": post.body, "sender": self.account(post.author)}
        if link["type"] == "reply":
            return linked, post.number
        if content["text"]:
            raise MaxRefused(400, "proto.payload", "errors.forward.text.not-empty")
        return linked | {"chat_id": post.chat.id}, None

    def _replace(self, post: Post, p: Json) -> None:
        """Changes a message: no text keeps the text, no attachments keep them, an empty list takes all away."""
        if post.author != BOT_ID:
            raise MaxRefused(403, "access.denied", "No rights to edit the message")
        keyboard = any(one["type"] == "inline_keyboard" for one in post.attachments)
        if post.chat.private and not keyboard and self.now() - post.at > EDITED_FOR_S:
            raise MaxRefused(200, "edit.too.late", "The message is too old to be edited")
        content = self._content(p)
        text, markup = (content["text"], content["markup"]) if p.get("text") is not None else (post.text, post.markup)
        attachments = content["attachments"] if p.get("attachments") is not None else post.attachments
        if not text and not attachments:
            raise broken_payload("message is empty")
        post.text, post.markup, post.attachments = text, markup, attachments
        self.refresh(post)
