"""Holds the parts that handlers, use-cases and senders share: settings, database, bot, clock, schools."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiogram import Bot
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import shared_facts
from bot.background_calls import LateCalls
from bot.channels.abilities import TELEGRAM, Abilities, abilities_at
from bot.channels.routed_bot import RoutedBot
from bot.flows.screen import School
from bot.group_replies import GroupReplies
from bot.health import Health
from bot.known_schools import Schools, StoredSchools, stored_schools
from bot.metrics import Metrics
from bot.pace import Pace
from bot.recent_keys import RecentKeys
from bot.screenshots.reader import ScreenshotReader
from bot.settings import Settings
from bot.shared_facts import SharedFacts
from bot.watchdog import InHand
from storage.database import Database
from storage.models import Dialogue

Clock = Callable[[], float]
PATIENCE_S = 2.0  # how long an update waits for a call to Telegram: then the call goes on without it


@dataclass(slots=True)
class Services:
    """One of each. `clock` gives seconds since the epoch, UTC; tests move it.

    `owed` is set when the outbox has something new, `jobs_waiting` when a screenshot waits to be read.
    """

    settings: Settings
    database: Database
    bot: Bot
    metrics: Metrics
    clock: Clock = time.time
    reader: ScreenshotReader | None = None
    schools: Schools = field(init=False)
    facts: SharedFacts = field(default_factory=SharedFacts)
    pace: Pace = field(default_factory=Pace)
    health: Health = field(default_factory=Health)
    owed: asyncio.Event = field(default_factory=asyncio.Event)
    jobs_waiting: asyncio.Event = field(default_factory=asyncio.Event)
    late_calls: LateCalls = field(default_factory=LateCalls)
    in_hand: dict["asyncio.Task[object]", InHand] = field(default_factory=dict)  # what each task handles
    group_replies: GroupReplies = field(default_factory=GroupReplies)
    counted: RecentKeys = field(default_factory=RecentKeys)  # so that a statistic counts a thing once
    usernames: dict[str, str] = field(default_factory=dict)  # the bot's own, by the channel's name
    refused_addresses: dict[str, str] = field(default_factory=dict)  # of buttons: each with its setting's name

    def __post_init__(self) -> None:
        """Makes the school of the settings; the database tells of the others."""
        self.schools = Schools(self.settings)

    async def refresh_facts(self) -> None:
        """Reads the little that every update needs and every replica shares: schools, bans, notices, questions."""

        async def read(connection: AsyncConnection) -> tuple[StoredSchools, SharedFacts]:
            found = await stored_schools(connection)
            return found, await shared_facts.read(connection, self.facts.secret, self.clock())

        found, self.facts = await self.database.read(read)
        self.schools.take(*found)

    # --- the bot in its channels -----------------------------------------------------------------------------------

    @property
    def telegram(self) -> Bot:
        """Gives the bot in Telegram. Raises AssertionError where the bot runs without it."""
        bot = self.bot.telegram if isinstance(self.bot, RoutedBot) else self.bot
        assert bot is not None, "nothing of Telegram is started without its token"
        return bot

    def bot_at(self, chat_id: int) -> Bot:
        """Gives the bot as people know it in a chat."""
        return self.bot.at(chat_id) if isinstance(self.bot, RoutedBot) else self.bot

    def abilities_of(self, chat_id: int) -> Abilities:
        """Gives what can be done in a chat, named as in the outbox: in a family's, or in a desk's."""
        desk = self.schools.desk_numbered(-chat_id) if chat_id < 0 else None
        return desk.channel if desk else abilities_at(chat_id)

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

    async def not_longer(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None] | None":
        """Waits for a call, at most `PATIENCE_S` seconds: then it goes on in the background, and its task is given.

        A chat that hangs must hold up nobody else. Raises what the call raises within that time.
        """
        task = self.late_calls.start(work)
        done, _ = await asyncio.wait({task}, timeout=PATIENCE_S)
        if not done:
            return task
        task.result()
        return None

    # --- a school as its families see it ---------------------------------------------------------------------------

    def school_of(self, school_id: int | None) -> School:
        """Gives the facts about a school that the screens show; None: of no school in particular."""
        return self.schools.shown(school_id, self.bot_username)

    def school_of_family(self, dialogue: Dialogue) -> School:
        """Gives the facts about the school that a family chose, or about the only one."""
        return self.school_of(self.schools.of_family(dialogue.school_id))

    # --- moments in local time ---------------------------------------------------------------------------------------

    def local(self, at: float) -> datetime:
        """Gives a moment in the school's local time."""
        return datetime.fromtimestamp(at, self.settings.zone)

    def when(self, at: float) -> str:
        """Writes a moment as people read it: «23.11 14:05»."""
        return self.local(at).strftime("%d.%m %H:%M")
