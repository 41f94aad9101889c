"""Carries out the methods about chats: forum topics, members of a group, the rights of the bot there."""

from __future__ import annotations

from sandbox.telegram import rules
from sandbox.telegram.edit_methods import Editing
from sandbox.telegram.errors import Json, bad
from sandbox.telegram.records import Chat, Topic
from sandbox.telegram.telegram_memory import MEMBER_RIGHTS, RIGHTS

TOPIC_COLOUR = 7322096


class Groups(Editing):
    """Carries out the methods about groups.

    Topics answer as Telegram's do: gone is «message thread not found», no change is TOPIC_NOT_MODIFIED.
    """

    def create_forum_topic(self, p: Json) -> Json:
        rules.topic_name(p["name"])
        chat = self._forum(p, "create a topic")
        self.pace.topic(chat.id)
        self.pace.group_call(chat.id)
        topic = self.new_topic(chat, self.sender, p["name"])
        topic.by_bot = True
        self.tell_own(chat, chat.messages[topic.id])
        return topic_json(topic)

    def edit_forum_topic(self, p: Json) -> bool:
        if p.get("name"):
            rules.topic_name(p["name"])
        chat, topic = self._forum_topic(p, "edit a topic")
        name = p.get("name") or topic.name
        if name == topic.name:
            raise bad("TOPIC_NOT_MODIFIED")
        self.pace.group_call(chat.id)
        topic.name = name
        self._service(chat, topic, {"forum_topic_edited": {"name": name}})
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

    def new_topic(self, chat: Chat, by: Json, name: str) -> Topic:
        """Makes a topic; its number is that of the service message which opens it."""
        made = {"name": name, "icon_color": TOPIC_COLOUR}
        message = self.put(chat, by, {"forum_topic_created": made, "is_topic_message": True})
        topic = Topic(message["message_id"], name)
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


def topic_json(topic: Topic) -> Json:
    """Gives the ForumTopic that createForumTopic returns."""
    return {"message_thread_id": topic.id, "name": topic.name, "icon_color": TOPIC_COLOUR}


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
