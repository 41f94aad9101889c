"""Holds the parts that handlers and deliveries share: settings, database, bot, clock, school."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine, Hashable
from dataclasses import dataclass, field
from dataclasses import replace as replaced
from datetime import datetime
from typing import Any

from aiogram import Bot
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flood import Replies
from bot.flows.screen import School
from bot.metrics import Metrics
from bot.screenshots.reader import ScreenshotReader
from bot.settings import Settings
from bot.watchdog import InHand
from storage import bans, facts, held_updates
from storage.database import Database

Clock = Callable[[], float]
PATIENCE_S = 2.0  # how long an update waits for a call to Telegram: then the call goes on without it
SAID_COUNTED = 20  # of Telegram's 30 messages a second: a rush of families may slow the outbox, never stop it


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


class Waits:
    """Remembers which calls made at once Telegram asked to wait for: each kind of call waits for itself."""

    def __init__(self, most: int = 1_000) -> None:
        self._until: dict[str, float] = {}
        self._most = most

    def note(self, call: str, until: float, now: float) -> None:
        """Notes that such a call is not to be made before that moment."""
        if len(self._until) >= self._most:
            self._until = {name: at for name, at in self._until.items() if at > now}
        self._until[call] = until

    def left(self, call: str, now: float) -> float:
        """Gives the seconds that such a call still has to wait; 0 where it may be made."""
        return max(0.0, self._until.get(call, 0.0) - now)


class Troubles:
    """Keeps the reasons, in Russian, why a family that writes now may not be answered: with any, /healthz is red.

    A part notes its own reason under its own name, or is asked for it at every look at the health.
    """

    def __init__(self) -> None:
        self._noted: dict[str, str] = {}
        self._looks: list[Callable[[], str]] = []

    def note(self, part: str, reason: str) -> None:
        """Keeps the reason of a part in place of its last one; an empty reason means that the part is well."""
        if reason:
            self._noted[part] = reason
        else:
            self._noted.pop(part, None)

    def ask(self, look: Callable[[], str]) -> None:
        """Adds a part that is asked each time; it gives its reason, or nothing where it is well."""
        self._looks.append(look)

    def reasons(self) -> list[str]:
        """Gives every reason there is at this moment."""
        asked = [look() for look in self._looks]
        return [*self._noted.values(), *(reason for reason in asked if reason)]


@dataclass(slots=True)
class Services:
    """One of each. `clock` gives seconds since the epoch, UTC; tests move it."""

    settings: Settings
    database: Database
    bot: Bot
    metrics: Metrics
    clock: Clock = time.time
    reader: ScreenshotReader | None = None
    notice: str = ""
    support_chat_id: int | None = None
    desk_known: bool = False  # whether Telegram has told what the support chat is: a forum, and with which rights
    desk_is_forum: bool = False
    desk_away: str | None = None
    updates_away: str = ""  # why Telegram gives this bot no updates, in words for people
    troubles: Troubles = field(default_factory=Troubles)
    waits: Waits = field(default_factory=Waits)
    desk_checked_at: float = 0.0
    last_contact: float = 0.0
    bot_username: str = ""
    owed: asyncio.Event = field(default_factory=asyncio.Event)
    jobs_waiting: asyncio.Event = field(default_factory=asyncio.Event)
    secret: str = ""  # the database's own, by which accounts are keyed that are to be recognised and not named
    banned: frozenset[str] = frozenset()
    in_hand: dict["asyncio.Task[object]", InHand] = field(default_factory=dict)  # what each task handles
    held: frozenset[int] = frozenset()  # updates that held the loop before: they are set aside when they come again
    silenced: dict[str, float] = field(default_factory=dict)  # floods that any replica met: key → until when
    replies: Replies = field(default_factory=Replies)  # to groups that are not the support chat
    counted: Remembered = field(default_factory=Remembered)
    said: deque[float] = field(default_factory=lambda: deque(maxlen=SAID_COUNTED))  # when screens went out at once
    crowded_until: float = 0.0  # till then Telegram takes no more messages at once
    refused: dict[int, float] = field(default_factory=dict)  # chats that Telegram takes no message for: until when
    refused_addresses: dict[str, str] = field(default_factory=dict)  # of buttons: each with its setting's name
    late: set["asyncio.Task[None]"] = field(default_factory=set)  # calls that updates do not wait for any more
    _school: School | None = None

    async def not_longer(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None] | None":
        """Waits for a call, but at most `PATIENCE_S` seconds: then it goes on beside, and its task is given.

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
        """Lets the calls that go on beside end, for so long at the most."""
        if self.late:
            await asyncio.wait(self.late, timeout=seconds)
        for task in self.late:
            task.cancel()

    @property
    def school(self) -> School:
        """Gives the facts about the school that the screens show, with the notice of the day."""
        if self._school is None:
            s = self.settings
            self._school = School(
                name=s.school_name,
                contacts=s.school_contacts,
                diary_url=s.diary_url,
                feedback_url=s.feedback_form_url,
                privacy_url=s.privacy_url,
                retention_days=s.retention_days,
            )
        if (self._school.notice, self._school.bot_username) != (self.notice, self.bot_username):
            self._school = replaced(self._school, notice=self.notice, bot_username=self.bot_username)
        return self._school

    def key_of(self, account: int) -> str:
        """Gives a name for an account that tells nobody who it is; it outlives the bot's token."""
        return bans.keyed(account, self.secret)

    async def refresh_facts(self) -> None:
        """Reads the few facts that every update needs and every replica shares: bans, floods, notice, the desk's id."""

        async def read(
            connection: AsyncConnection,
        ) -> tuple[frozenset[str], dict[str, str], str | None, str | None, frozenset[int]]:
            moved = await facts.get(connection, f"migrated:{self.support_chat_id}") if self.support_chat_id else None
            floods = await facts.beginning_with(connection, facts.FLOOD)
            held = await held_updates.held(connection, self.clock())
            return await bans.banned(connection), floods, await facts.get(connection, "notice"), moved, held

        self.banned, floods, notice, moved, self.held = await self.database.read(read)
        self.notice = notice or ""
        self.silenced = {name.removeprefix(facts.FLOOD): float(until) for name, until in floods.items()}
        if moved is not None:
            # Another replica met the upgrade of the group.
            self.support_chat_id, self.desk_known, self.desk_checked_at = int(moved), False, 0.0

    def touched_telegram(self) -> None:
        """Notes that Telegram answered just now."""
        self.last_contact = self.clock()

    def note_refusal(self, chat_id: int, retry_after: float) -> None:
        """Notes that Telegram takes no message for a chat for so many seconds.

        One chat met its own limit. Several at once met the bot's: the next families queue up behind it.
        """
        now = self.clock()
        self.refused = {chat: until for chat, until in self.refused.items() if until > now}
        self.refused[chat_id] = now + retry_after
        if len(self.refused) > 1:
            self.crowded_until = max(self.crowded_until, *self.refused.values())

    def local(self, at: float) -> datetime:
        """Gives a moment in the school's local time."""
        return datetime.fromtimestamp(at, self.settings.zone)

    def when(self, at: float) -> str:
        """Writes a moment as people read it: «23.11 14:05»."""
        return self.local(at).strftime("%d.%m %H:%M")

    def next_opening(self, at: float) -> float | None:
        """Gives the moment when the school next reads tickets; None if it reads them now or its hours are not set."""
        if not self.settings.working_hours:
            return None
        hours, local = self.settings.hours, self.local(at)
        if hours.is_open(local):
            return None
        opening = hours.next_open(local)
        return opening.timestamp() if opening else None
