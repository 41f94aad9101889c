"""Sets up the demo's messengers, families and desks, and carries out what the page asks for."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.administrator import Administrator, TopicView
from sandbox.max.max_api import Max
from sandbox.max.max_errors import out_of_service
from sandbox.messenger import Messenger
from sandbox.person import Person
from sandbox.telegram.bot_api import Telegram
from sandbox.telegram.errors import Json, internal_error, too_many
from sandbox.telegram.faults import Fault
from sandbox.telegram.media import size_of
from sandbox.telegram.parameters import Upload
from sandbox.telegram.records import Chat, Query

WEB = Path(__file__).resolve().parent / "web"
FAULT_SECONDS = 20.0
RETRY_AFTER = 3
TEXT_UNITS = {"telegram": 4096, "max": 4000}
# Seconds that a scene waits for the bot: somebody may order trouble in the middle of it, and what is sent to a group
# where much was said may wait for the group's next minute.
PATIENCE = 75.0
ALBUM = 10
_EPOCH = 1_760_000_000  # an arbitrary moment in the past that keeps numbers made from the clock small


def words() -> Json:
    """Reads the demo's words that are not in its HTML and JavaScript: people, scenes, the lines of the console."""
    found: Json = json.loads((WEB / "words.json").read_text(encoding="utf-8"))
    return found


@dataclass(frozen=True, slots=True)
class DemoDesk:
    """A chat in which a school may answer, in the messenger `name`, with its administrators by their ids."""

    name: str
    messenger: Messenger
    chat: Chat
    people: dict[int, Administrator]

    @property
    def setting(self) -> str:
        """Gives the chat as SUPPORT_CHAT_ID names it."""
        return f"max:{self.chat.id}" if self.name == "max" else str(self.chat.id)

    def topic(self, number: int | None) -> TopicView | None:
        """Finds a topic; None for the common one. Raises KeyError."""
        return TopicView(self.chat, self.chat.topics[number]) if number is not None else None


class Stage:
    """Holds Telegram with three families and a forum, one of whose administrators is anonymous, and MAX with two
    families and a group. The school answers in one of the two: `desk`. A second school may join, with a forum of its
    own and the operator's chat: `of_second`.

    Message and update numbers begin at the clock, so that a database kept from an earlier demo never meets a number
    twice.
    """

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self.words = words()
        self.telegram, self.max = Telegram(now=now), Max(now=now)
        self.messengers: dict[str, Messenger] = {"telegram": self.telegram, "max": self.max}
        first = int((now() - _EPOCH) * 5)
        for messenger in (self.telegram, self.max):
            messenger.number_from(first)
            messenger.renumber(700_000_001 + first)
        self.people = {
            one["id"]: Person(self.messengers[phone["messenger"]], one["name"], one["id"], PATIENCE)
            for phone in self.words["phones"]
            for one in phone["people"]
        }
        self.desks = [self._desk(one, first) for one in self.words["desks"]]
        self.desk = self.desks[0]
        second = self.words["second"]
        self.of_second = [self._desk(second[name], first) for name in ("desk", "operator")]
        self.second_slug: str | None = None  # the second school's name in links, where there is that school
        self._faults: dict[str, tuple[Fault, asyncio.TimerHandle, float]] = {}

    def _desk(self, about: Json, first: int) -> DemoDesk:
        name, title = about["messenger"], about["title"]
        if name == "max":
            chat = self.max.group(title, id=about["id"])
        else:
            chat = self.telegram.group(title, forum="room" not in about, id=about["id"])
            chat.numbers = itertools.count(first)
        people = {
            one["id"]: Administrator(
                self.messengers[name], one["name"], chat=chat, id=one["id"],
                anonymous=bool(one.get("anonymous")), limit=PATIENCE,
            )
            for one in about["people"]
        }  # fmt: skip
        return DemoDesk(name, self.messengers[name], chat, people)

    def families_have_started(self) -> None:
        """Lets the bot write to the families, which the database knows from an earlier demo."""
        for person in self.people.values():
            self.private_chat(person).started = True

    def private_chat(self, person: Person) -> Chat:
        """Gives a family's chat with the bot."""
        return person.messenger.chats[person.chat_id]

    def messenger_at(self, chat: int) -> Messenger:
        """Finds the messenger that has this chat. Raises KeyError."""
        return next((one for one in self.messengers.values() if chat in one.chats), None) or _no(chat)

    @property
    def has_second(self) -> bool:
        """Tells whether a second school shares the bot."""
        return self.second_slug is not None

    @property
    def groups(self) -> list[DemoDesk]:
        """Gives the chats in which a school may answer, and the operator's."""
        return [*self.desks, *self.of_second]

    @property
    def shown(self) -> list[DemoDesk]:
        """Gives the desk of each school that there is, and the operator's chat where there are two."""
        return [self.desk, *(self.of_second if self.has_second else ())]

    def desk_at(self, chat: int) -> DemoDesk:
        """Finds a desk, or the operator's chat, by its chat. Raises KeyError."""
        return next((one for one in self.groups if one.chat.id == chat), None) or _no(chat)

    def link_to_first(self, payload: str) -> str:
        """Gives the payload of a link for families of the first school; where there are two, it names the school."""
        if not self.has_second:
            return payload
        return "_".join(("s", self.words["desks"][0]["slug"], *filter(None, [payload])))

    # -- what people do: every method raises KeyError or ValueError for what the page should not have asked ----------

    async def say(self, person: int, text: str, reply_to: int | None = None) -> None:
        """Writes as a family; one that has blocked the bot cannot."""
        who = self.people[person]
        if person in who.messenger.blocked:
            raise ValueError("blocked")
        await who.says(_text(text, who.messenger), reply_to=reply_to)

    async def answer(
        self, chat: int, admin: int, text: str, topic: int | None = None, reply_to: int | None = None
    ) -> None:
        """Writes as the school in a topic (None: in the common one), or as a reply where there are none."""
        desk = self.desk_at(chat)
        where = {"topic": desk.topic(topic), "reply_to": _message(desk.chat, reply_to)}
        await desk.people[admin].writes(_text(text, desk.messenger), **where)

    async def change(self, who: int, chat: int, message: int, text: str) -> None:
        """Edits a message of this person's own."""
        own = self._own(who, chat, message)
        await self._anybody(who).edits(own, _text(text, self.messenger_at(chat)))

    async def take_away(self, who: int, chat: int, message: int) -> None:
        """Deletes a message of this person's own; of this a bot is told in MAX alone."""
        await self._anybody(who).deletes(self._own(who, chat, message))

    async def send_files(
        self, who: int, files: list[Upload], caption: str = "", topic: int | None = None, reply_to: int | None = None
    ) -> None:
        """Sends pictures and documents of a family or of an administrator; several pictures make an album."""
        sender = self._anybody(who)
        where: Json = {"reply_to": reply_to}
        if isinstance(sender, Administrator):
            desk = self.desk_at(sender.chat_id)
            where = {"topic": desk.topic(topic), "reply_to": _message(desk.chat, reply_to)}
        pictures = [file for file in files if size_of(file.data)]
        if len(pictures) > 1:
            await sender.sends_album([file.data for file in pictures[:ALBUM]], caption or None, **where)
        elif pictures:
            await sender.sends_photo(pictures[0].data, caption or None, **where)
        for file in files:
            if file not in pictures:
                await sender.sends_document(file.data, file.name, file.mime, caption or None, **where)

    def press(self, who: int, chat: int, message: int, data: str) -> Query:
        """Presses an inline button of a message that is there."""
        messenger = self._anybody(who).messenger
        _message(messenger.chats[chat], message)
        return messenger.press(who, chat, message, data)

    async def open_link(self, person: int, payload: str) -> None:
        """Opens a link to the bot as a family; without a payload begins the chat, as each messenger does."""
        who = self.people[person]
        if payload or who.messenger is self.max:
            await who.opens_link(payload)
        else:
            await who.says("/start")

    async def switch_topic(self, chat: int, admin: int, topic: int, *, closed: bool) -> None:
        """Closes or opens a topic by hand."""
        desk = self.desk_at(chat)
        view = desk.topic(topic)
        assert view is not None
        await (desk.people[admin].closes_topic(view) if closed else desk.people[admin].reopens_topic(view))

    # -- «What if…» ------------------------------------------------------------------------------------------------

    async def delete_topic(self, chat: int, topic: int) -> None:
        """Deletes a topic with everything in it; the bot is not told."""
        desk = self.desk_at(chat)
        self.telegram.drop_topic(desk.chat, desk.chat.topics[topic])

    def block(self, person: int, *, blocked: bool) -> None:
        """Blocks the bot for a family, or lets it in again."""
        self.people[person].messenger.block(person, blocked=blocked)

    def trouble(self, code: str, *, on: bool) -> None:
        """Makes a messenger refuse every call but that for updates for FAULT_SECONDS, or ends that."""
        self._lift(code)
        if not on:
            return
        messenger, what = {
            "500": (self.telegram, internal_error()),
            "429": (self.telegram, too_many(RETRY_AFTER)),
            "max-503": (self.max, out_of_service()),
        }[code]
        fault = messenger.fault(what, times=1_000_000)
        timer = asyncio.get_running_loop().call_later(FAULT_SECONDS, self._lift, code)
        self._faults[code] = (fault, timer, time.monotonic() + FAULT_SECONDS)
        messenger.tell("trouble")

    def _lift(self, code: str) -> None:
        if code not in self._faults:
            return
        fault, timer, _ = self._faults.pop(code)
        timer.cancel()
        for messenger in self.messengers.values():
            if fault in messenger.faults.waiting:
                messenger.faults.waiting.remove(fault)
        self.telegram.tell("trouble")

    @property
    def troubles(self) -> dict[str, int]:
        """Gives the troubles that are on, with the seconds left."""
        return {code: max(0, round(until - time.monotonic())) for code, (_, _, until) in self._faults.items()}

    @property
    def blocked(self) -> list[int]:
        """Lists the families that have blocked the bot."""
        return [number for number, person in self.people.items() if number in person.messenger.blocked]

    @property
    def pending(self) -> int:
        """Counts the updates that the bot has not acknowledged."""
        return sum(len(messenger.pending) for messenger in self.messengers.values())

    # -- parts -----------------------------------------------------------------------------------------------------

    def _anybody(self, who: int) -> Person:
        """Finds a family or an administrator of any desk. Raises KeyError."""
        at_desks = (one.people[who] for one in self.groups if who in one.people)
        return self.people.get(who) or next(at_desks, None) or _no(who)

    def _own(self, who: int, chat: int, message: int) -> Json:
        found: Json = _message(self.messenger_at(chat).chats[chat], message)
        if found["from"]["id"] != who:
            raise ValueError("somebody else wrote it")
        return found


def _message(chat: Chat, number: int | None) -> Any:
    return chat.messages[number] if number is not None else None


def _no(what: int) -> Any:
    raise KeyError(what)


def _text(text: str, messenger: Messenger) -> str:
    """Cuts a text as a client does: no spaces around it, no longer than the messenger takes. ValueError if empty."""
    trimmed = text.strip()
    if not trimmed:
        raise ValueError("an empty message")
    most = TEXT_UNITS["max" if isinstance(messenger, Max) else "telegram"]
    return trimmed.encode("utf-16-le")[: 2 * most].decode("utf-16-le", "ignore")
