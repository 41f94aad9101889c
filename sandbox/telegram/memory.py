"""Remembers all that the sandbox holds: chats, users, messages, topics, files, pending updates, the calls made.

Those who listen are told of every change.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter, deque
from collections.abc import Callable
from typing import Any

from sandbox.telegram.errors import Json, bad, forbidden
from sandbox.telegram.rate_limits import Pace
from sandbox.telegram.records import Call, Chat, File, Query, Topic, Update
from sandbox.telegram.rules import QUERY_SECONDS, UPDATE_SECONDS

TOKEN = "4200000000:AAF-sandbox_token_that_opens_nothing"
ANONYMOUS = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
RIGHTS = (
    *(
        "can_manage_chat",
        "can_delete_messages",
        "can_manage_video_chats",
        "can_restrict_members",
        "can_promote_members",
    ),
    *("can_change_info", "can_invite_users", "can_post_stories", "can_edit_stories", "can_delete_stories"),
    *("can_pin_messages", "can_manage_topics", "can_send_welcome_messages"),
)
NOT_BY_DEFAULT = {"chat_member", "message_reaction", "message_reaction_count"}
Listener = Callable[[Json], None]


class Memory:
    """Holds the state of the sandbox, without behaviour.

    `now` gives seconds since 1970 and may be replaced to move time; `log` bounds the list of calls (0: none).
    """

    def __init__(
        self,
        *,
        token: str = TOKEN,
        username: str = "dnevnik_sandbox_bot",
        name: str = "Дневник",
        now: Callable[[], float] = time.time,
        log: int = 20_000,
        keep_messages: int | None = None,
        strict_pace: bool = False,
        privacy: bool = False,
    ) -> None:
        self.token = token
        self.now = now
        self.bot: Json = {
            "id": int(token.partition(":")[0]),
            "is_bot": True,
            "first_name": name,
            "username": username,
            "can_join_groups": True,
            "can_read_all_group_messages": not privacy,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }
        self.sender: Json = {key: self.bot[key] for key in ("id", "is_bot", "first_name", "username")}
        self.privacy = privacy
        self.closed_topics_refuse = False
        self.pace = Pace(lambda: self.now(), enforced=strict_pace)
        self.keep_messages = keep_messages
        self.chats: dict[int, Chat] = {}
        self.users: dict[int, Json] = {}
        self.blocked: set[int] = set()
        self.deactivated: set[int] = set()
        self.files: dict[str, File] = {}
        self.services: set[tuple[int, int]] = set()  # chat and number of the messages that Telegram itself wrote
        self.queries: dict[str, Query] = {}
        self.commands: dict[tuple[Any, ...], list[Json]] = {}
        self.about: dict[tuple[str, str], str] = {}
        self.calls: deque[Call] = deque(maxlen=log)
        self.counts: Counter[str] = Counter()
        self.violations: list[str] = []
        self.pending: dict[int, Update] = {}
        self.owed: Counter[int] = Counter()
        self.allowed_updates: set[str] = set()
        self.acknowledged = 0
        self.expired = 0
        self.on_update: Callable[[Update], None] | None = None
        self.arrived = asyncio.Event()
        self._listeners: list[Listener] = []
        self._numbers = itertools.count(1)
        self.newest_update = 700_000_000
        self._serials = itertools.count(1)
        self._ticks = itertools.count(1)

    # -- who listens ------------------------------------------------------------------------------------------

    def subscribe(self, callback: Listener) -> Callable[[], None]:
        """Calls back at every change with a dict that has `event`; the function returned ends it.

        The callback must be quick and raise nothing.

        Events: message, edited, deleted (chat, message or id), reaction, pinned, topic (chat, topic, what), chat
        (chat, what), action (chat,
        action), poll, update (update), acknowledged (id), answered (query), call (method, parameters, result or error).
        """
        self._listeners.append(callback)
        return lambda: self._listeners.remove(callback)

    def tell(self, event: str, **details: Any) -> None:
        """Passes a change on to the listeners."""
        if self._listeners:
            told = {"event": event, **details}
            for callback in tuple(self._listeners):
                callback(told)

    # -- chats ------------------------------------------------------------------------------------------------

    def chat(self, chat_id: int | str) -> Chat:
        """Finds a chat that exists and has not moved. Raises Refused as Telegram does for one unknown or upgraded."""
        chat = self.chats.get(chat_id) if isinstance(chat_id, int) else None
        if chat is None:
            raise bad("chat not found")
        if chat.migrated_to is not None:
            raise bad("group chat was upgraded to a supergroup chat", migrate_to_chat_id=chat.migrated_to)
        return chat

    def reachable(self, chat_id: int | str) -> Chat:
        """Finds a chat that the bot may write to. Raises Refused (403) where it was blocked or never started."""
        chat = self.chat(chat_id)
        if chat.private:
            if chat.id in self.blocked:
                raise forbidden("bot was blocked by the user")
            if chat.id in self.deactivated:
                raise forbidden("user is deactivated")
            if not chat.started:
                raise forbidden("bot can't initiate conversation with a user")
        elif chat.bot == "kicked":
            raise forbidden(f"bot was kicked from the {chat.kind} chat")
        elif chat.bot == "left":
            raise forbidden(f"bot is not a member of the {chat.kind} chat")
        return chat

    def topic(self, chat: Chat, thread: int) -> Topic:
        """Finds a topic of that chat. Raises Refused («message thread not found»)."""
        topic = chat.topics.get(thread)
        if topic is None:
            raise bad("message thread not found")
        return topic

    # -- messages ---------------------------------------------------------------------------------------------

    def number(self, chat: Chat) -> int:
        """Gives the next message number: a supergroup counts by itself, the other chats count together."""
        return next(chat.numbers if chat.numbers is not None else self._numbers)

    def put(self, chat: Chat, sender: Json, content: Json) -> Json:
        """Keeps a new message and tells of it."""
        number = self.number(chat)
        message: Json = {"message_id": number, "from": sender, "chat": chat.info, "date": int(self.now()), **content}
        chat.messages[number] = message
        if self.keep_messages is not None and len(chat.messages) > self.keep_messages:
            oldest = next(iter(chat.messages))
            del chat.messages[oldest]
            chat.touched.pop(oldest, None)
            chat.pinned = [pinned for pinned in chat.pinned if pinned != oldest]
        chat.touched[number] = next(self._ticks)
        self.tell("message", chat=chat.id, message=message)
        return message

    def touch(self, chat: Chat, message: Json) -> None:
        """Notes that a message was changed, and tells of it."""
        chat.touched[message["message_id"]] = next(self._ticks)
        self.tell("edited", chat=chat.id, message=message)

    def remove(self, chat: Chat, number: int) -> None:
        """Forgets a message as if it had never been."""
        chat.messages.pop(number, None)
        chat.touched.pop(number, None)
        chat.reactions.pop(number, None)
        if number in chat.pinned:
            chat.pinned.remove(number)
        self.tell("deleted", chat=chat.id, id=number)

    def tick(self) -> int:
        """Gives a moment on the scale of `Chat.touched`, later than all before it."""
        return next(self._ticks)

    def serial(self) -> int:
        """Gives a number never given before."""
        return next(self._serials)

    # -- updates ----------------------------------------------------------------------------------------------

    def queue_update(self, kind: str, body: Json, queue: tuple[str, int], owner: int) -> None:
        """Puts an update in the bot's queue unless it asked not to hear of this kind."""
        if kind not in self.allowed_updates if self.allowed_updates else kind in NOT_BY_DEFAULT:
            return
        number = self.newest_update = self.newest_update + 1
        life = QUERY_SECONDS if kind == "callback_query" else UPDATE_SECONDS
        update = Update(number, {"update_id": number, kind: body}, queue, owner, self.now() + life)
        self.pending[number] = update
        self.owed[owner] += 1
        self.tell("update", update=update.body)
        if self.on_update:
            self.on_update(update)
        else:
            self.arrived.set()

    def renumber(self, first: int) -> None:
        """Gives the next update this number, as after a week without any (Bot API, Update: `update_id`)."""
        self.newest_update = first - 1

    def acknowledge(self, number: int) -> None:
        """Takes an update off, which the bot has said to be done with."""
        if self._forget(number):
            self.acknowledged += 1
            self.tell("acknowledged", id=number)

    def expire(self, number: int) -> None:
        """Gives an update up as Telegram does: 150 seconds for a button press, 24 hours for the rest."""
        if self._forget(number):
            self.expired += 1
            self.tell("expired", id=number)

    def _forget(self, number: int) -> bool:
        update = self.pending.pop(number, None)
        if update is None:
            return False
        self.owed[update.owner] -= 1
        if not self.owed[update.owner]:
            del self.owed[update.owner]
        return True

    def settled(self, user: int | None = None) -> bool:
        """Tells whether the bot has acknowledged everything that this person (or anybody) sent."""
        return not self.pending if user is None else not self.owed.get(user)
