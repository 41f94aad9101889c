"""Remembers all that the sandbox holds: chats, users, messages, topics, files, pending updates, the calls made."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from sandbox.messenger import Messenger
from sandbox.telegram.errors import Json, bad, forbidden
from sandbox.telegram.records import Chat, Topic, Update
from sandbox.telegram.rules import QUERY_SECONDS, UPDATE_SECONDS
from sandbox.telegram.telegram_pace import Pace

TOKEN = "4200000000:AAF-sandbox_token_that_opens_nothing"
ANONYMOUS = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
MEMBER_RIGHTS = (  # of somebody who is restricted (Bot API, ChatMemberRestricted)
    *("can_send_messages", "can_send_audios", "can_send_documents", "can_send_photos", "can_send_videos"),
    *("can_send_video_notes", "can_send_voice_notes", "can_send_polls", "can_send_other_messages"),
    *("can_add_web_page_previews", "can_react_to_messages", "can_edit_tag", "can_change_info", "can_invite_users"),
    *("can_pin_messages", "can_manage_topics"),
)
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


class Memory(Messenger):
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
        super().__init__(now=now, log=log, keep_messages=keep_messages)
        self.token = token
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
        self.deactivated: set[int] = set()
        self.commands: dict[tuple[Any, ...], list[Json]] = {}
        self.allowed_updates: set[str] = set()
        self.on_update: Callable[[Update], None] | None = None
        self.arrived = asyncio.Event()
        self.newest_update = 700_000_000

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
        elif chat.bot == "restricted" and "can_send_messages" in chat.lacking:
            raise bad("not enough rights to send text messages to the chat")
        return chat

    def topic(self, chat: Chat, thread: int) -> Topic:
        """Finds a topic of that chat. Raises Refused («message thread not found»)."""
        topic = chat.topics.get(thread)
        if topic is None:
            raise bad("message thread not found")
        return topic

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
