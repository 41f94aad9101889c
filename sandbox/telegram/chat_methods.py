"""Carries out the methods about chats: forum topics, members of a group, the rights of the bot there."""

from __future__ import annotations

from sandbox.telegram import rules
from sandbox.telegram.edit_methods import Editing
from sandbox.telegram.errors import Json, bad
from sandbox.telegram.records import Chat, Topic
from sandbox.telegram.telegram_memory import MEMBER_RIGHTS, RIGHTS

ICONS = {
    "5312536423851630001": "💡",
    "5379748062124056162": "❗",
    "5312016608254762256": "⚡",
    "5377316857231450742": "❓",
}
ICONS |= {
    "5237699328843200968": "✅",
    "5357315181649076022": "📁",
    "5348436127038579546": "📝",
    "5417915203100613993": "💬",
}
ICONS |= {
    "5310262535021142850": "🔎",
    "5377544228505134960": "🚨",
    "5418085807791545980": "🔝",
    "5434144690511290129": "📰",
}
_DEFAULT_COLOUR = 7322096


class Groups(Editing):
    """Carries out the methods about groups.

    Topics answer as Telegram's do: gone is «message thread not found», no change is TOPIC_NOT_MODIFIED.
    """

    def create_forum_topic(self, p: Json) -> Json:
        rules.topic_name(p["name"])
        rules.topic_colour(p.get("icon_color", _DEFAULT_COLOUR))
        chat = self._forum(p, "create a topic")
        self._icon(p)
        self.pace.topic(chat.id)
        self.pace.group_call(chat.id)
        topic = self.new_topic(
            chat, self.sender, p["name"], p.get("icon_color", _DEFAULT_COLOUR), p.get("icon_custom_emoji_id", "")
        )
        topic.by_bot = True
        self.tell_own(chat, chat.messages[topic.id])
        return topic_json(topic)

    def edit_forum_topic(self, p: Json) -> bool:
        if p.get("name"):
            rules.topic_name(p["name"])
        chat, topic = self._forum_topic(p, "edit a topic")
        self._icon(p)
        name, icon = p.get("name") or topic.name, p.get("icon_custom_emoji_id", topic.icon)
        if (name, icon) == (topic.name, topic.icon):
            raise bad("TOPIC_NOT_MODIFIED")
        told = ({"name": name} if name != topic.name else {}) | (
            {"icon_custom_emoji_id": icon} if icon != topic.icon else {}
        )
        self.pace.group_call(chat.id)
        topic.name, topic.icon = name, icon
        self._service(chat, topic, {"forum_topic_edited": told})
        return True

    def close_forum_topic(self, p: Json) -> bool:
        chat, topic = self._forum_topic(p, "close a topic")
        if topic.closed:
            raise bad("TOPIC_NOT_MODIFIED")
        self.pace.group_call(chat.id)
        topic.closed = True
        self._service(chat, topic, {"forum_topic_closed": {}})
        return True

    def reopen_forum_topic(self, p: Json) -> bool:
        chat, topic = self._forum_topic(p, "reopen a topic")
        if not topic.closed:
            raise bad("TOPIC_NOT_MODIFIED")
        self.pace.group_call(chat.id)
        topic.closed = False
        self._service(chat, topic, {"forum_topic_reopened": {}})
        return True

    def delete_forum_topic(self, p: Json) -> bool:
        chat, topic = self._forum_topic(p, "delete a topic")
        if not chat.may("can_delete_messages"):
            raise bad("not enough rights to delete a topic")
        self.drop_topic(chat, topic)
        return True

    def unpin_all_forum_topic_messages(self, p: Json) -> bool:
        chat, topic = self._forum_topic(p, "unpin messages")
        chat.pinned = [number for number in chat.pinned if chat.messages[number].get("message_thread_id") != topic.id]
        self.tell("pinned", chat=chat.id, pinned=list(chat.pinned))
        return True

    def get_forum_topic_icon_stickers(self, _p: Json) -> list[Json]:
        return [
            {
                "file_id": f"icon-{number}",
                "file_unique_id": f"icon-{number}",
                "type": "custom_emoji",
                "width": 512,
                "height": 512,
                "is_animated": True,
                "is_video": False,
                "emoji": emoji,
                "custom_emoji_id": number,
            }
            for number, emoji in ICONS.items()
        ]

    def get_chat(self, p: Json) -> Json:
        chat = self.chat(p["chat_id"])
        if not chat.private and chat.bot in ("kicked", "left"):
            self.reachable(chat.id)
        gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
        info = {
            **chat.info,
            "accent_color_id": 0,
            "max_reaction_count": 11,
            "accepted_gift_types": dict.fromkeys(gifts, False),
        }
        if chat.reactions_off:
            info["available_reactions"] = []
        if chat.pinned:
            info["pinned_message"] = chat.messages[chat.pinned[-1]]
        return info

    def get_chat_member(self, p: Json) -> Json:
        chat = self.chat(p["chat_id"])
        if p["user_id"] == self.bot["id"]:
            return self.bot_member(chat)
        if p["user_id"] not in self.users:
            raise bad("user not found")
        return person_member(
            self.users[p["user_id"]], chat.people.get(p["user_id"], "member" if chat.private else "left")
        )

    def get_chat_member_count(self, p: Json) -> int:
        chat = self.reachable(p["chat_id"])
        return len([status for status in chat.people.values() if status not in ("left", "kicked")]) + 1

    def get_chat_administrators(self, p: Json) -> list[Json]:
        chat = self.reachable(p["chat_id"])
        if chat.private:
            raise bad("there are no administrators in the private chat")
        people = [
            (self.users[user], status) for user, status in chat.people.items() if status in ("creator", "administrator")
        ]
        members = [person_member(user, status) for user, status in people]
        return (
            [*members, self.bot_member(chat)] if chat.bot == "administrator" and p.get("return_bots", True) else members
        )

    def leave_chat(self, p: Json) -> bool:
        chat = self.reachable(p["chat_id"])
        if chat.private:
            raise bad("chat is private")
        chat.bot = "left"
        self.tell("chat", chat=chat.id, what="left")
        return True

    # -- parts ------------------------------------------------------------------------------------------------

    def bot_member(self, chat: Chat) -> Json:
        """Gives the ChatMember of the bot itself, with the rights it has."""
        if chat.bot == "administrator":
            rights = {right: right not in chat.lacking for right in RIGHTS}
            return {
                "status": "administrator",
                "user": self.sender,
                "can_be_edited": False,
                "is_anonymous": False,
                **rights,
            }
        member: Json = {"status": chat.bot, "user": self.sender}
        if chat.bot == "restricted":
            rights = {right: right not in chat.lacking for right in MEMBER_RIGHTS}
            return {**member, "is_member": True, "until_date": 0, **rights}
        return member | ({"until_date": 0} if chat.bot == "kicked" else {})

    def new_topic(self, chat: Chat, by: Json, name: str, colour: int = _DEFAULT_COLOUR, icon: str = "") -> Topic:
        """Makes a topic; its number is that of the service message which opens it."""
        made = {"name": name, "icon_color": colour} | ({"icon_custom_emoji_id": icon} if icon else {})
        message = self.put(chat, by, {"forum_topic_created": made, "is_topic_message": True})
        topic = Topic(message["message_id"], name, colour, icon)
        message["message_thread_id"] = topic.id
        chat.topics[topic.id] = topic
        self.tell("topic", chat=chat.id, topic=topic, what="forum_topic_created")
        return topic

    def drop_topic(self, chat: Chat, topic: Topic) -> None:
        """Deletes a topic with all that was written in it. Telegram tells nobody of that."""
        del chat.topics[topic.id]
        for number in [
            number for number, message in chat.messages.items() if message.get("message_thread_id") == topic.id
        ]:
            self.remove(chat, number)
        self.tell("topic", chat=chat.id, topic=topic, what="deleted")

    def _service(self, chat: Chat, topic: Topic, content: Json) -> None:
        self.tell_own(
            chat,
            self.put(chat, self.sender, {**content, "message_thread_id": topic.id, "is_topic_message": True}),
        )
        self.tell("topic", chat=chat.id, topic=topic, what=next(iter(content)))

    def _forum(self, p: Json, what: str) -> Chat:
        chat = self.reachable(p["chat_id"])
        if not chat.info.get("is_forum"):
            raise bad("the chat is not a forum")
        if not chat.may("can_manage_topics"):
            raise bad(f"not enough rights to {what}")
        return chat

    def _forum_topic(self, p: Json, what: str) -> tuple[Chat, Topic]:
        chat = self.reachable(p["chat_id"])
        if not chat.info.get("is_forum"):
            raise bad("the chat is not a forum")
        topic = self.topic(chat, p["message_thread_id"])
        if not topic.by_bot and not chat.may("can_manage_topics"):
            raise bad(f"not enough rights to {what}")
        return chat, topic

    def _icon(self, p: Json) -> None:
        if p.get("icon_custom_emoji_id") and p["icon_custom_emoji_id"] not in ICONS:
            raise bad("DOCUMENT_INVALID")


def topic_json(topic: Topic) -> Json:
    """Gives the ForumTopic that createForumTopic returns."""
    body = {"message_thread_id": topic.id, "name": topic.name, "icon_color": topic.colour}
    return body | ({"icon_custom_emoji_id": topic.icon} if topic.icon else {})


def person_member(user: Json, status: str) -> Json:
    """Gives the ChatMember of a person."""
    if status == "creator":
        return {"status": status, "user": user, "is_anonymous": False}
    if status == "administrator":
        return {
            "status": status,
            "user": user,
            "can_be_edited": False,
            "is_anonymous": False,
            **dict.fromkeys(RIGHTS, True),
        }
    return {"status": status, "user": user} | ({"until_date": 0} if status == "kicked" else {})
