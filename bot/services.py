"""Holds the parts that handlers, use-cases and senders share: settings, database, bot, clock, schools."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Hashable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from aiogram import Bot
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.channels.abilities import TELEGRAM, Abilities, abilities_at
from bot.channels.routed_bot import RoutedBot
from bot.desk import Desk
from bot.flood import Replies
from bot.flows.content import Pack
from bot.flows.screen import School
from bot.flows.understanding import Question
from bot.flows.working_hours import WorkingHours
from bot.health import Health
from bot.known_schools import Schools, stored_schools
from bot.metrics import Metrics
from bot.pace import Pace
from bot.screenshots.reader import ScreenshotReader
from bot.settings import Settings
from bot.watchdog import InHand
from storage import bans, blocking_updates, named_values, saved_answers
from storage.database import Database
from storage.models import Dialogue
from storage.schools import RegisteredSchool

Clock = Callable[[], float]
PATIENCE_S = 2.0  # how long an update waits for a call to Telegram: then the call goes on without it


class Remembered:
    """Remembers the newest keys that were seen, at most `most` of them: enough not to count a thing twice in a row."""

    def __init__(self, most: int = 20_000) -> None:
        self._seen: dict[Hashable, None] = {}
        self._most = most

    def is_new(self, key: Hashable) -> bool:
        """Tells whether this key was not seen lately, and remembers it."""
        if key in self._seen:
            return False
        self._seen[key] = None
        if len(self._seen) > self._most:
            del self._seen[next(iter(self._seen))]
        return True


@dataclass(slots=True)
class Services:
    """One of each. `clock` gives seconds since the epoch, UTC; tests move it."""

    settings: Settings
    database: Database
    bot: Bot
    metrics: Metrics
    clock: Clock = time.time
    reader: ScreenshotReader | None = None
    schools: Schools = field(init=False)
    pace: Pace = field(default_factory=Pace)
    health: Health = field(default_factory=Health)
    usernames: dict[str, str] = field(default_factory=dict)  # the bot's own, by the channel's name
    owed: asyncio.Event = field(default_factory=asyncio.Event)
    jobs_waiting: asyncio.Event = field(default_factory=asyncio.Event)
    secret: str = ""  # the database's own, by which accounts are keyed that are to be recognised and not named
    banned: dict[int, frozenset[str]] = field(default_factory=dict)  # the keys of accounts, by the school that bans
    in_hand: dict["asyncio.Task[object]", InHand] = field(default_factory=dict)  # what each task handles
    blocking: frozenset[int] = frozenset()  # updates that blocked the loop: they are set aside when they come again
    silenced: dict[str, float] = field(default_factory=dict)  # floods that any replica met: key → until when
    answered: dict[int, dict[int, Question]] = field(default_factory=dict)  # for families: by desk, by the answer's id
    replies: Replies = field(default_factory=Replies)  # to groups that are not the support chat
    counted: Remembered = field(default_factory=Remembered)
    refused_addresses: dict[str, str] = field(default_factory=dict)  # of buttons: each with its setting's name
    late: set["asyncio.Task[None]"] = field(default_factory=set)  # calls that updates do not wait for any more

    def __post_init__(self) -> None:
        """Makes the school of the settings; the database tells of the others."""
        self.schools = Schools(self.settings)

    @property
    def desks(self) -> dict[int, Desk]:
        """Gives the desks of the schools, by their ids."""
        return self.schools.desks

    def desk_of(self, desk_id: int) -> Desk:
        """Gives the desk of that number; of a school that left, one without a chat."""
        return self.schools.desk_numbered(desk_id) or Desk.at(desk_id, None)

    def desk_at(self, chat_id: int) -> Desk | None:
        """Gives the desk whose chat this is at present; None for any other chat."""
        return self.schools.desk_at(chat_id)

    def abilities_of(self, chat_id: int) -> Abilities:
        """Gives what can be done in a chat, named as in the outbox: in a family's, or in a desk's."""
        desk = self.schools.desk_numbered(-chat_id) if chat_id < 0 else None
        return desk.channel if desk else abilities_at(chat_id)

    @property
    def telegram(self) -> Bot:
        """Gives the bot in Telegram. Raises AssertionError where the bot runs without it."""
        bot = self.bot.telegram if isinstance(self.bot, RoutedBot) else self.bot
        assert bot is not None, "nothing of Telegram is started without its token"
        return bot

    def bot_at(self, chat_id: int) -> Bot:
        """Gives the bot as people know it in a chat."""
        return self.bot.at(chat_id) if isinstance(self.bot, RoutedBot) else self.bot

    def username_at(self, chat_id: int) -> str:
        """Gives the bot's own name in the channel of a chat; empty while it is not known."""
        return self.usernames.get(abilities_at(chat_id).name, "")

    @property
    def bot_username(self) -> str:
        """Gives the bot's name in Telegram; empty while it is not known."""
        return self.usernames.get(TELEGRAM.name, "")

    @bot_username.setter
    def bot_username(self, name: str) -> None:
        self.usernames[TELEGRAM.name] = name

    @property
    def channels(self) -> tuple[str, ...]:
        """Gives the names of the channels that the bot runs in."""
        named = {"Telegram": self.settings.bot_token, "MAX": self.settings.max_token}
        return tuple(name for name, token in named.items() if token)

    @property
    def family_commands(self) -> dict[str, str]:
        """Gives the commands that families are shown, with what each does."""
        return texts.COMMANDS_FAMILY | (texts.COMMANDS_SEVERAL_SCHOOLS if self.schools.are_several else {})

    async def not_longer(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None] | None":
        """Waits for a call, at most `PATIENCE_S` seconds: then it goes on in the background, and its task is given.

        A chat that hangs must hold up nobody else. Raises what the call raises within that time.
        """
        task = asyncio.create_task(work)
        self.late.add(task)
        task.add_done_callback(self.late.discard)
        done, _ = await asyncio.wait({task}, timeout=PATIENCE_S)
        if not done:
            return task
        task.result()
        return None

    async def end_late(self, seconds: float) -> None:
        """Waits for the calls that go on in the background, at most so many seconds."""
        if self.late:
            await asyncio.wait(self.late, timeout=seconds)
        for task in self.late:
            task.cancel()

    def school_of(self, school_id: int | None) -> School:
        """Gives the facts about a school that the screens show; None: of no school in particular."""
        return self.schools.shown(school_id, self.bot_username)

    def school_of_family(self, dialogue: Dialogue) -> School:
        """Gives the facts about the school that a family chose, or about the only one."""
        return self.school_of(self.schools.of_family(dialogue.school_id))

    def pack_of(self, school_id: int | None) -> Pack:
        """Gives what a school says."""
        return self.schools.pack_of(school_id)

    def key_of(self, account: int) -> str:
        """Gives a name for an account that tells nobody who it is; it outlives the bot's token."""
        return bans.keyed(account, self.secret)

    def is_banned(self, school_id: int | None, account: int) -> bool:
        """Tells whether a school has banned an account, as far as this replica knows."""
        keys = self.banned.get(school_id or 0)
        return bool(keys) and self.key_of(account) in (keys or ())

    async def refresh_facts(self) -> None:
        """Reads the little that every update needs and every replica shares: schools, bans, notices, questions."""

        async def read(connection: AsyncConnection) -> "_Facts":
            return _Facts(
                schools=await stored_schools(connection),
                banned=await bans.banned(connection),
                floods=await named_values.beginning_with(connection, named_values.FLOOD),
                blocking=await blocking_updates.known(connection, self.clock()),
                answered=await saved_answers.for_families(connection),
            )

        found = await self.database.read(read)
        self.schools.take(*found.schools)
        self.banned, self.blocking = found.banned, found.blocking
        self.answered = {
            desk_id: {answer_id: Question.of(code) for answer_id, code in questions.items()}
            for desk_id, questions in found.answered.items()
        }
        self.silenced = {name.removeprefix(named_values.FLOOD): float(until) for name, until in found.floods.items()}

    def local(self, at: float) -> datetime:
        """Gives a moment in the school's local time."""
        return datetime.fromtimestamp(at, self.settings.zone)

    def when(self, at: float) -> str:
        """Writes a moment as people read it: «23.11 14:05»."""
        return self.local(at).strftime("%d.%m %H:%M")

    def hours_of(self, school_id: int | None) -> WorkingHours:
        """Gives the hours when a school's desk may be called up."""
        return self.schools.hours_of(school_id)

    def next_opening(self, school_id: int | None, at: float) -> float | None:
        """Gives the moment when a school next reads tickets; None if it reads them now or its hours are not set."""
        if not self.schools.has_hours(school_id):
            return None
        hours, local = self.hours_of(school_id), self.local(at)
        if hours.is_open(local):
            return None
        opening = hours.next_open(local)
        return opening.timestamp() if opening else None


class _Facts(NamedTuple):
    schools: tuple[list[RegisteredSchool], dict[int, int], dict[int | None, str]]
    banned: dict[int, frozenset[str]]
    floods: dict[str, str]
    blocking: frozenset[int]
    answered: dict[int, dict[int, str]]
