"""Remembers what stands at MAX: people with their dialogues, groups, posts by their `mid`, and the updates made."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.max.max_errors import MaxRefused, no_chat, no_message, suspended
from sandbox.max.max_pace import MaxPace
from sandbox.max.max_shown import as_seen
from sandbox.messenger import Messenger
from sandbox.telegram.errors import Json
from sandbox.telegram.records import Chat, File, Update

TOKEN = "f9LHodD0cOJ-sandbox_token_that_opens_nothing_in_max"
BOT_ID = 900_000_043
DIALOGUES = 400_000_000  # a dialogue has a number of its own, which is not the person's
FIRST_GROUP = -70_801_090_403_000
RIGHTS = frozenset({"read_all_messages", "write", "edit", "delete", "pin_message", "add_remove_members"})
KEPT_S = 24 * 3600.0
_SCATTER = 0x9E3779B97F4A7C15F39CC0605CEDC835


@dataclass(slots=True)
class Post:
    """Holds a message as MAX keeps it; `number` is the one by which people of the sandbox know it."""

    mid: str
    number: int
    chat: Chat
    author: int
    at: float
    text: str = ""
    markup: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    link: Json | None = None
    reply_to: int | None = None

    @property
    def body(self) -> Json:
        """Gives the MessageBody. `seq` is larger than what 53 bits hold, as MAX's are."""
        return {
            "mid": self.mid,
            "seq": 117_000_000_000_000_000 + self.number,
            "text": self.text,
            **({"attachments": self.attachments} if self.attachments else {}),
            **({"markup": self.markup} if self.markup else {}),
        }


class MaxMemory(Messenger):
    """Holds the state of MAX's stand-in.

    `no_marker` says what GET /updates without a marker gives: "latest" passes over all that waited but the last (the
    Russian page), "committed" gives all since the last commitment (the schema). `not_ready` holds, by kind of upload,
    how many sends of a new file meet `attachment.not.ready`.
    """

    def __init__(
        self,
        *,
        token: str = TOKEN,
        username: str = "dnevnik_max_bot",
        name: str = "Дневник",
        now: Callable[[], float] = time.time,
        log: int = 20_000,
        strict_pace: bool = False,
        no_marker: str = "latest",
    ) -> None:
        super().__init__(now=now, log=log, keep_messages=None)
        self.token = token
        self.sender = self.bot = {"id": BOT_ID, "is_bot": True, "first_name": name, "username": username}
        self.pace: MaxPace = MaxPace(lambda: self.now(), enforced=strict_pace)
        self.no_marker = no_marker
        self.not_ready: dict[str, int] = {}
        self.media_field = "data"
        self.echoes = False  # whether the bot is told of its own messages
        self.local_webhooks = True
        self.bad_uploads: list[int | Json] = []  # what the next uploads meet: a status, or the body of a 200
        self.posts: dict[str, Post] = {}
        self.commands: list[Json] = []
        self.kept: list[Update] = []
        self.newest_update = 25_493_000
        self.arrived = asyncio.Event()
        self.polls = 0
        self.files_url = ""
        self.on_update: Callable[[Update], None] | None = None

    # -- people and chats -------------------------------------------------------------------------------------

    def account(self, user_id: int) -> Json:
        """Gives MAX's User."""
        user = self.bot if user_id == BOT_ID else self.users[user_id]
        last = {"last_name": user["last_name"]} if user.get("last_name") else {}
        return {
            "user_id": user_id,
            "first_name": user["first_name"],
            **last,
            "name": " ".join((user["first_name"], *last.values())),
            **({"username": user["username"]} if user.get("username") else {}),
            "is_bot": user["is_bot"],
            "last_activity_time": self.milliseconds(),
        }

    def private_chat(self, user_id: int) -> int:
        """Gives the number of a person's dialogue with the bot."""
        return DIALOGUES + user_id

    def person_in(self, chat: Chat) -> int:
        """Gives the number of the person whose dialogue it is."""
        return chat.id - DIALOGUES

    def chat_of(self, chat_id: int) -> Chat:
        """Finds a chat. Raises MaxRefused (404)."""
        if chat_id not in self.chats:
            raise no_chat(chat_id)
        return self.chats[chat_id]

    def reachable(self, chat: Chat) -> Chat:
        """Gives the chat. Raises MaxRefused (403) where the bot may not write in it."""
        if chat.private:
            if not chat.started or self.person_in(chat) in self.blocked:
                raise suspended(chat.id)
        elif chat.bot in ("kicked", "left"):
            raise MaxRefused(403, "chat.denied", f"Key: error.chat.denied, args: [{chat.id},]")
        elif chat.bot == "administrator" and "write" in chat.lacking:
            raise MaxRefused(403, "chat.denied", "No rights to write in the chat")
        return chat

    def milliseconds(self, moment: float | None = None) -> int:
        """Gives a moment as MAX writes it."""
        return round((self.now() if moment is None else moment) * 1000)

    # -- messages ---------------------------------------------------------------------------------------------

    def put_post(self, chat: Chat, author: int, *, reply_to: int | None = None, **content: Any) -> Post:
        """Keeps a new message and tells of it."""
        sender = self.bot if author == BOT_ID else self.users[author]
        post = Post("", 0, chat, author, self.now(), reply_to=reply_to, **content)
        message = self.put(chat, sender, self._seen(post))
        post.number = message["message_id"]
        post.mid = message["mid"] = f"mid.{post.number * _SCATTER % 2**128:032x}"
        self.posts[post.mid] = post
        return post

    def refresh(self, post: Post) -> None:
        """Shows people what a changed message now holds."""
        message = post.chat.messages[post.number]
        kept = {key: message[key] for key in ("message_id", "from", "chat", "date", "mid")}
        message.clear()
        message.update(kept | self._seen(post), edit_date=int(self.now()))
        self.touch(post.chat, message)

    def forget_post(self, post: Post) -> None:
        """Takes a message away."""
        del self.posts[post.mid]
        self.remove(post.chat, post.number)

    def post_of(self, mid: Any) -> Post:
        """Finds a message. Raises MaxRefused (404)."""
        if mid not in self.posts:
            raise no_message(str(mid))
        return self.posts[mid]

    def seen_as(self, chat_id: int, number: int) -> Post | None:
        """Gives the message that people know by this number."""
        message = self.chats[chat_id].messages.get(number)
        return self.posts.get(message["mid"]) if message else None

    def message_json(self, post: Post) -> Json:
        """Gives the Message. In a person's message in a dialogue the recipient is the bot."""
        chat = post.chat
        recipient: Json = {"chat_id": chat.id, "chat_type": "dialog" if chat.private else "chat"}
        if chat.private:
            recipient["user_id"] = self.person_in(chat) if post.author == BOT_ID else BOT_ID
        return {
            "recipient": recipient,
            "timestamp": self.milliseconds(post.at),
            "body": post.body,
            "sender": self.account(post.author),
            **({"link": post.link} if post.link else {}),
        }

    def _seen(self, post: Post) -> Json:
        answered = post.chat.messages.get(post.reply_to) if post.reply_to is not None else None
        return as_seen(post.text, post.markup, post.attachments, post.link, answered)

    # -- updates ----------------------------------------------------------------------------------------------

    def queue_update(self, kind: str, body: Json, chat_id: int, owner: int) -> None:
        """Makes an update of any kind, which is kept for a day."""
        self.newest_update += 1
        told = {"update_type": kind, "timestamp": self.milliseconds(), **body}
        update = Update(self.newest_update, told, ("chat", chat_id), owner, self.now() + KEPT_S)
        self.kept.append(update)
        self.pending[update.id] = update
        self.owed[owner] += 1
        self.tell("update", update=told)
        if self.on_update:
            self.on_update(update)
        else:
            self.arrived.set()

    def file_url(self, file: File) -> str:
        """Gives the address from which anybody fetches a file."""
        return f"{self.files_url}/file/{file.path}"
