"""Defines the things that the sandbox remembers, one class each: chat, topic, button press, file, update, call."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

from sandbox.telegram.errors import Json


@dataclass(slots=True)
class Topic:
    """Holds a topic of a forum; `id` is the number of the service message that made it."""

    id: int
    name: str
    closed: bool = False
    by_bot: bool = False


@dataclass(slots=True)
class Chat:
    """Holds one chat: its JSON as updates carry it, its messages by number, and how the bot stands in it.

    `touched` orders messages by the last change (sent or edited); `lacking` holds rights that an administrator bot
    was not given, or that were taken from one that is restricted.
    """

    id: int
    info: Json
    bot: str = "member"
    started: bool = False
    messages: dict[int, Json] = field(default_factory=dict)
    touched: dict[int, int] = field(default_factory=dict)
    topics: dict[int, Topic] = field(default_factory=dict)
    pinned: list[int] = field(default_factory=list)
    people: dict[int, str] = field(default_factory=dict)
    lacking: set[str] = field(default_factory=set)
    reactions: dict[int, list[Json]] = field(default_factory=dict)
    reactions_off: bool = False
    migrated_to: int | None = None
    numbers: itertools.count[int] | None = None

    @property
    def private(self) -> bool:
        return self.id > 0

    @property
    def kind(self) -> str:
        return str(self.info["type"])

    def may(self, right: str) -> bool:
        """Tells whether the bot has a right of an administrator here."""
        return self.bot == "administrator" and right not in self.lacking


@dataclass(slots=True)
class Query:
    """Holds a press on a button, until it is answered; `answers` holds the parameters of every answerCallbackQuery."""

    id: str
    user: int
    data: str
    chat: int
    message: int
    born: float
    answers: list[Json] = field(default_factory=list)


@dataclass(slots=True)
class File:
    """Holds a file at Telegram: bytes, the kind it may be sent as, and the fields that describe it."""

    id: str
    unique: str
    kind: str
    data: bytes = field(repr=False)
    path: str = ""
    about: Json = field(default_factory=dict)


@dataclass(slots=True)
class Update:
    """Holds an update that the bot has not acknowledged.

    `owner` is the person who caused it, `queue` the queue it is delivered in.
    """

    id: int
    body: Json
    queue: tuple[str, int]
    owner: int
    expires: float


@dataclass(slots=True)
class Call:
    """Holds a call of the bot: parameters as read, and either a result or an error."""

    method: str
    parameters: Json
    at: float
    result: Any = None
    error: str | None = None
