"""Plays the school's side: an administrator in the support chat, its topics and the messages in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.messenger import Messenger
from sandbox.person import Person
from sandbox.telegram.bot_api import Telegram
from sandbox.telegram.errors import Json
from sandbox.telegram.records import Chat, Topic
from sandbox.visible import labels_of, same_label, text_of
from sandbox.waiting import LIMIT, until


@dataclass(frozen=True, slots=True)
class TopicView:
    """Shows a topic as the desk sees it now."""

    chat: Chat
    topic: Topic

    @property
    def id(self) -> int:
        return self.topic.id

    @property
    def name(self) -> str:
        return self.topic.name

    @property
    def closed(self) -> bool:
        return self.topic.closed

    @property
    def messages(self) -> list[Json]:
        """Gives the visible messages in it, without the service message that opened it."""
        inside = (one for one in self.chat.messages.values() if one.get("message_thread_id") == self.id)
        return [one for one in inside if "forum_topic_created" not in one]

    @property
    def texts(self) -> list[str]:
        return [text_of(message) for message in self.messages]

    @property
    def card(self) -> Json:
        """Gives the newest message with buttons. AssertionError where there is none."""
        cards = [message for message in self.messages if labels_of(message)]
        assert cards, f"no card in the topic {self.name}: {self.texts}"
        return cards[-1]

    @property
    def labels(self) -> list[str]:
        return labels_of(self.card)

    @property
    def pinned(self) -> list[Json]:
        return [message for message in self.messages if message["message_id"] in self.chat.pinned]


class Administrator(Person):
    """Plays a teacher in the support chat; `anonymous` writes as the group itself.

    Private messages go through a Person of the same id.
    """

    def __init__(
        self,
        messenger: Messenger,
        name: str = "Ольга",
        *,
        chat: Chat | int,
        id: int | None = None,
        anonymous: bool = False,
        status: str = "administrator",
        limit: float = LIMIT,
    ) -> None:
        super().__init__(messenger, name, id, limit)
        self.chat_id = chat if isinstance(chat, int) else chat.id
        self.anonymous = anonymous
        self.chat.people[self.id] = status

    @property
    def chat(self) -> Chat:
        """Gives the support chat, under its new id where it was upgraded."""
        return self.messenger.chats[self.chat_id]

    async def writes(self, text: str, *, topic: TopicView | str | None = None, reply_to: Json | None = None) -> Json:
        """Writes a message in a topic (a view, or a part of its name), or as a reply."""
        return self._post({"text": text}, topic=topic, reply_to=reply_to)

    # -- topics and the group ---------------------------------------------------------------------------------

    @property
    def topics(self) -> list[TopicView]:
        return [TopicView(self.chat, topic) for topic in self.chat.topics.values()]

    def topic(self, name: str) -> TopicView:
        """Finds the topic whose name has this part as whole words («№1» is not «№17»).

        AssertionError lists the topics there are.
        """
        found = [view for view in self.topics if _names(view.name, name)]
        assert found, f"no topic «{name}»; there are {[view.name for view in self.topics]}"
        return found[-1]

    async def finds_topic(self, name: str, limit: float | None = None) -> TopicView:
        """Waits for such a topic to appear, and gives it."""
        await until(self.messenger, lambda: any(_names(view.name, name) for view in self.topics), limit or self.limit)
        return self.topic(name)

    async def makes_topic(self, name: str) -> TopicView:
        return TopicView(self.chat, self._telegram.person_makes_topic(self.chat, self.id, name))

    async def deletes_topic(self, topic: TopicView | str) -> None:
        self._telegram.drop_topic(self.chat, self._view(topic).topic)

    async def closes_topic(self, topic: TopicView | str) -> None:
        self._switch(topic, closed=True)

    async def reopens_topic(self, topic: TopicView | str) -> None:
        self._switch(topic, closed=False)

    async def renames_topic(self, topic: TopicView | str, name: str) -> None:
        self._telegram.person_renames_topic(self.chat, self.id, self._view(topic).topic, name)

    async def upgrades_group(self) -> Chat:
        """Makes the basic group a supergroup; returns the new chat, in which this administrator then is."""
        new = self._telegram.upgrade(self.chat, self.id)
        self.chat_id = new.id
        return new

    async def removes_bot(self) -> None:
        self.messenger.set_bot(self.chat, self.id, "kicked")

    async def adds_bot(self, *, status: str = "administrator", lacking: set[str] | None = None) -> None:
        """Adds the bot, or gives it another status; `lacking` names rights that are withheld (`can_pin_messages`)."""
        self.messenger.set_bot(self.chat, self.id, status, lacking)

    # -- what the desk sees -----------------------------------------------------------------------------------

    async def sees(
        self, text: str, *, topic: TopicView | str | None = None, anywhere: bool = True, limit: float | None = None
    ) -> Json:
        """Waits until the bot shows this text in the chat (or in one topic).

        Unlike a phone, the desk looks at everything visible.
        """
        wait = self.limit if limit is None else limit
        await until(self.messenger, lambda: self._found(text, topic, anywhere) is not None, wait)
        found = self._found(text, topic, anywhere)
        assert found is not None, f"the desk does not see «{text}» within {wait} s; it sees:\n{self._drawn()}"
        return found

    async def press(
        self, label: str, *, topic: TopicView | str | None = None, message: Json | None = None, wait: bool = True
    ) -> str:
        """Presses a button of the newest message that has it, in one topic where `topic` is given."""
        if topic is not None and message is None:
            view = topic
            await until(self.messenger, lambda: self._with_label(view, label) is not None, self.limit)
            message = self._with_label(topic, label)
            assert message is not None, f"no button «{label}» in the topic; there are {self._all_labels()}"
        return await super().press(label, message=message, wait=wait)

    # -- parts ------------------------------------------------------------------------------------------------

    @property
    def _telegram(self) -> Telegram:
        """Gives the messenger as Telegram, which alone has topics."""
        assert isinstance(self.messenger, Telegram), "only Telegram has topics, and groups that become supergroups"
        return self.messenger

    def _place(self, *, topic: TopicView | str | None = None, reply_to: Any = None, **_where: Any) -> dict[str, Any]:
        thread = self._view(topic).id if topic is not None else None
        number = reply_to["message_id"] if isinstance(reply_to, dict) else reply_to
        return {"chat_id": self.chat_id, "thread": thread, "reply_to": number, "anonymous": self.anonymous}

    def _view(self, topic: TopicView | str) -> TopicView:
        return self.topic(topic) if isinstance(topic, str) else topic

    def _switch(self, topic: TopicView | str, *, closed: bool) -> None:
        view = self._view(topic)
        self._telegram.person_switches_topic(self.chat, self.id, view.topic, closed=closed, anonymous=self.anonymous)

    def _found(self, text: str, topic: TopicView | str | None, anywhere: bool) -> Json | None:
        thread = None
        if topic is not None:
            views = (
                [topic] if isinstance(topic, TopicView) else [view for view in self.topics if _names(view.name, topic)]
            )
            if not views:
                return None
            thread = views[-1].id
        looked_at = self._visible() if anywhere else self._new()
        inside = (one for one in reversed(looked_at) if thread is None or one.get("message_thread_id") == thread)
        return next((one for one in inside if text in text_of(one) or text in labels_of(one)), None)

    def _with_label(self, topic: TopicView | str, label: str) -> Json | None:
        thread = self._view(topic).id
        inside = (one for one in reversed(self._visible()) if one.get("message_thread_id") == thread)
        return next((one for one in inside if any(same_label(have, label) for have in labels_of(one))), None)


def _names(name: str, part: str) -> bool:
    at = name.find(part)
    return at >= 0 and not (part[-1:].isdigit() and name[at + len(part) : at + len(part) + 1].isdigit())
