"""Holds the stage of the demo: Telegram, the families and the school's desk on it, and what the page may do there."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from pathlib import Path
from typing import Any

from sandbox.administrator import Administrator, TopicView
from sandbox.person import Person
from sandbox.telegram.bot_api import Telegram
from sandbox.telegram.errors import Json, internal_error, too_many
from sandbox.telegram.faults import Fault
from sandbox.telegram.media import size_of
from sandbox.telegram.parameters import Upload
from sandbox.telegram.records import Query

WEB = Path(__file__).resolve().parent / "web"
SUPPORT = -1_001_000_000_043
FAULT_SECONDS = 20.0
RETRY_AFTER = 3
TEXT_UNITS = 4096
PATIENCE = 45.0  # seconds for the bot to come back where somebody orders trouble in the middle of the example
ALBUM = 10
_EPOCH = 1_760_000_000  # an arbitrary moment in the past that keeps numbers made from the clock small


def words() -> Json:
    """Reads the demo's words that are not in its HTML and JavaScript: names, the example, the lines of the console."""
    found: Json = json.loads((WEB / "words.json").read_text(encoding="utf-8"))
    return found


class Stage:
    """Holds Telegram with three families and a forum of administrators, one of them anonymous.

    Message and update numbers begin at the clock, so that a database kept from an earlier demo never meets a number
    twice.
    """

    def __init__(self) -> None:
        self.words = words()
        self.telegram = Telegram()
        self._number_from_the_clock()
        cast = self.words["people"]
        self.people = {one["id"]: Person(self.telegram, one["name"], one["id"], PATIENCE) for one in cast}
        self.support = self.telegram.group(self.words["desk"]["title"], forum=True, id=SUPPORT)
        self.support.numbers = itertools.count(self._first)
        self.desk = {one["id"]: self._administrator(one) for one in self.words["desk"]["people"]}
        self._faults: dict[str, tuple[Fault, asyncio.TimerHandle, float]] = {}

    def _number_from_the_clock(self) -> None:
        self._first = int((time.time() - _EPOCH) * 5)
        self.telegram._numbers = itertools.count(self._first)
        self.telegram.renumber(700_000_001 + self._first)
        self.telegram._serials = itertools.count(self._first)

    def _administrator(self, one: Json) -> Administrator:
        anonymous = bool(one.get("anonymous"))
        return Administrator(
            self.telegram, one["name"], chat=SUPPORT, id=one["id"], anonymous=anonymous, limit=PATIENCE
        )

    def families_have_started(self) -> None:
        """Lets the bot write to the families, which the database knows from an earlier demo."""
        for person in self.people.values():
            self.telegram.chats[person.id].started = True

    # -- what people do: every method raises KeyError or ValueError for what the page should not have asked ----------

    async def say(self, person: int, text: str, reply_to: int | None = None) -> None:
        """Writes as a family; one that has blocked the bot cannot."""
        if person in self.telegram.blocked:
            raise ValueError("blocked")
        await self.people[person].says(_text(text), reply_to=reply_to)

    async def answer(self, admin: int, topic: int | None, text: str, reply_to: int | None = None) -> None:
        """Writes as the school in a topic (None: in the common one)."""
        await self.desk[admin].writes(_text(text), topic=self.topic(topic), reply_to=self._message(SUPPORT, reply_to))

    async def send_files(
        self, who: int, files: list[Upload], caption: str = "", topic: int | None = None, reply_to: int | None = None
    ) -> None:
        """Sends pictures and documents of a family or of an administrator; several pictures make an album."""
        sender = self.people.get(who) or self.desk[who]
        where: Json = {"reply_to": reply_to}
        if who in self.desk:
            where = {"topic": self.topic(topic), "reply_to": self._message(SUPPORT, reply_to)}
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
        if who not in self.people and who not in self.desk:
            raise KeyError(who)
        self._message(chat, message)
        return self.telegram.press(who, chat, message, data)

    async def open_link(self, person: int, payload: str) -> None:
        """Opens a link to the bot as a family."""
        await (self.people[person].opens_link(payload) if payload else self.people[person].says("/start"))

    async def switch_topic(self, admin: int, topic: int, *, closed: bool) -> None:
        """Closes or opens a topic by hand."""
        view = self.topic(topic)
        assert view is not None
        await (self.desk[admin].closes_topic(view) if closed else self.desk[admin].reopens_topic(view))

    # -- «What if…» ------------------------------------------------------------------------------------------------

    async def delete_topic(self, topic: int) -> None:
        """Deletes a topic with everything in it; the bot is not told."""
        self.telegram.drop_topic(self.support, self.support.topics[topic])

    def block(self, person: int, *, blocked: bool) -> None:
        """Blocks the bot for a family, or lets it in again."""
        self.telegram.block(self.people[person].id, blocked=blocked)

    def trouble(self, code: str, *, on: bool) -> None:
        """Makes Telegram answer every call but getUpdates with 500 or 429 for FAULT_SECONDS, or ends that."""
        self._lift(code)
        if not on:
            return
        what = {"500": internal_error(), "429": too_many(RETRY_AFTER)}[code]
        fault = self.telegram.fault(what, times=1_000_000)
        timer = asyncio.get_running_loop().call_later(FAULT_SECONDS, self._lift, code)
        self._faults[code] = (fault, timer, time.monotonic() + FAULT_SECONDS)
        self.telegram.tell("trouble")

    def _lift(self, code: str) -> None:
        if code not in self._faults:
            return
        fault, timer, _ = self._faults.pop(code)
        timer.cancel()
        if fault in self.telegram.faults.waiting:
            self.telegram.faults.waiting.remove(fault)
        self.telegram.tell("trouble")

    @property
    def troubles(self) -> dict[str, int]:
        """Gives the troubles that are on, with the seconds left."""
        return {code: max(0, round(until - time.monotonic())) for code, (_, _, until) in self._faults.items()}

    # -- parts -----------------------------------------------------------------------------------------------------

    def topic(self, number: int | None) -> TopicView | None:
        """Finds a topic of the desk; None for the common one. Raises KeyError."""
        return TopicView(self.support, self.support.topics[number]) if number is not None else None

    def _message(self, chat: int, number: int | None) -> Any:
        return self.telegram.chats[chat].messages[number] if number is not None else None


def _text(text: str) -> str:
    """Cuts a text as a client does: no spaces around it, 4096 UTF-16 units at most. Raises ValueError if empty."""
    trimmed = text.strip()
    if not trimmed:
        raise ValueError("an empty message")
    return trimmed.encode("utf-16-le")[: 2 * TEXT_UNITS].decode("utf-16-le", "ignore")
