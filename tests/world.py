"""The world of a test: the sandboxed messengers, the support chat, the bot, and the people who use it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Any

from bot.app import App
from bot.channels import chat_ids
from bot.settings import Settings
from sandbox.administrator import Administrator, TopicView
from sandbox.max.max_api import Max
from sandbox.max.max_server import max_running
from sandbox.messenger import Messenger
from sandbox.person import Person
from sandbox.ports import free_port
from sandbox.telegram.bot_api import Telegram
from sandbox.telegram.records import Chat
from sandbox.telegram.server import running
from sandbox.waiting import until
from storage import outbox, outbox_counts, schools
from tests import polled_waiting, stored_forms
from tests.bot_process import BotProcess, Streams
from tests.clock import Clock, calls_pass, lives_by, seconds_pass

ROOT = Path(__file__).resolve().parent.parent
ROLES = {
    "parent": ["Я родитель", "Вхожу сам(а)"],
    "child": ["Я ученик", "Мне ещё нет 18"],
    "adult_pupil": ["Я ученик", "Мне уже 18"],
    "parent>child": ["Я родитель", "Помогаю ребёнку до 18"],
    "parent>adult_pupil": ["Я родитель", "Помогаю ученику 18+"],
}
LINKS = {"parent>child": "p_child", "parent>adult_pupil": "p_adult"}  # other paths are links by their own name
ERRORS = {
    ("child", "diary_not_found"): (
        "Ваш дневник не найден. Чтобы решить проблему, попросите родителей сообщить о ней через форму обратной связи"
    ),
    ("child", "consent_required"): "Для входа в дневник нужно согласие одного из родителей",
    ("adult", "diary_not_found"): (
        "Ваш дневник не найден. Чтобы решить проблему, сообщите о ней через форму обратной связи"
    ),
    ("adult", "consent_required"): (
        "Для входа в дневник необходимо согласие. Перейдите по ссылке из уведомления, направленного в ваш личный"
        " кабинет на Госуслугах."
    ),
}

MINUTE_AFTER_S = 0.5  # of real waiting for what waits for the group's minute
UP_S = 100  # a bot that starts beside seven busy tests takes its time


class World:
    """The sandbox and, once `start` was called, the bot on it: in this process, or as a process of its own.

    `channels` are the messengers that the bot is in; families are in the first of them where nothing else is said, and
    the desk is in `desk`.
    """

    def __init__(
        self,
        database_url: str,
        *,
        forum: bool = True,
        channels: tuple[str, ...] = ("telegram",),
        desk: str = "telegram",
        **environment: str,
    ) -> None:
        self.clock = Clock()
        self.channels = channels
        self.telegram = Telegram(now=self.clock)
        self.max = Max(now=self.clock)
        self.messengers: dict[str, Messenger] = {"telegram": self.telegram, "max": self.max}
        # Whoever waits for something at Telegram looks again when something happens in MAX.
        self.max.subscribe(lambda event: self.telegram.tell("max", of=event["event"]))
        self.support = self.telegram.group("Поддержка", forum=forum) if desk == "telegram" else self.max.group()
        self._desk_channel = desk
        self.environment = {
            **({"BOT_TOKEN": self.telegram.token} if "telegram" in channels else {}),
            **({"MAX_TOKEN": self.max.token} if "max" in channels else {}),
            "SUPPORT_CHAT_ID": _desk_in_settings(desk, self.support),
            "DATABASE_URL": database_url,
            "HTTP_PORT": str(free_port()),
            "SCHOOL_NAME": "Школа №43",
            **environment,
        }
        self.desk = Administrator(self.messengers[desk], "Ольга", chat=self.support)
        self.app: App | None = None
        self._task: asyncio.Task[None] | None = None
        self.process: asyncio.subprocess.Process | BotProcess | None = None
        self._stack = contextlib.AsyncExitStack()
        self._clock_file: Path | None = None  # where the clock is kept for a bot that is a process

    async def __aenter__(self) -> World:
        self.environment["TELEGRAM_API_URL"] = await self._stack.enter_async_context(running(self.telegram))
        if "max" in self.channels:
            self.environment["MAX_API_URL"] = await self._stack.enter_async_context(max_running(self.max))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
        if self.process and self.process.returncode is None:
            await self.kill()
        await self._stack.aclose()

    # --- the bot in this process ---------------------------------------------------------------------------------

    def settings(self) -> Settings:
        """The settings that the bot of this world gets."""
        named: dict[str, Any] = {name.lower(): value for name, value in self.environment.items()}
        named["_env_file"] = None
        return Settings(**named)

    def in_a_basic_group(self) -> World:
        """The same, before its start, with a group at the school that has not been upgraded yet."""
        self.support = self.telegram.group("Школа", kind="group")
        self.environment["SUPPORT_CHAT_ID"] = str(self.support.id)
        self.desk = Administrator(self.telegram, "Ольга", chat=self.support)
        return self

    async def start(self) -> World:
        """Starts the bot here and waits until it asks for updates (or has set its webhook)."""
        before = self._asked()
        self.app = App(self.settings(), clock=self.clock)
        seconds_pass(self.clock, self.app)
        if "max" in self.channels:
            calls_pass(self.clock, self.app)
        self._task = asyncio.create_task(self.app.run())
        await self._until_up(before, lambda: self._task is not None and self._task.done())
        return self

    async def stop(self) -> None:
        """Stops the bot as SIGTERM does, and hands on what it raised."""
        if self.app and self._task:
            self.app.stop()
            await asyncio.wait_for(self._task, 30)
        self.app = self._task = None

    async def restart(self) -> None:
        """Stops the bot and starts it anew."""
        await self.stop()
        await self.start()

    def _asked(self) -> dict[str, int]:
        """Counts, by messenger, how often the bot has asked for updates or has set its webhook."""
        counts = [
            self.telegram.counts["getUpdates"] + self.telegram.counts["setWebhook"],
            self.max.counts["get_updates"] + self.max.counts["subscribe_webhook"],
        ]
        return {name: count for name, count in zip(self.messengers, counts, strict=True) if name in self.channels}

    async def _until_up(self, before: dict[str, int], ended: Callable[[], bool]) -> None:
        def up() -> bool:
            return all(count > before[name] for name, count in self._asked().items())

        await until(self.telegram, lambda: up() or ended(), limit=UP_S)
        if self._task and self._task.done():
            self._task.result()
        assert up(), f"the bot did not come up within {UP_S} s"

    async def looks(self) -> None:
        """Lets the bot look at the clock now rather than within seconds."""
        assert self.app is not None
        await self.app.look_at_clock()

    async def owed(self) -> int:
        """Counts the rows that wait in the outbox or are on their way."""
        assert self.app is not None
        return (await self.app.services.database.read(outbox_counts.length_and_oldest))[0]

    async def all_sent(self, limit: float = 60.0) -> None:
        """Waits until the outbox is empty."""
        now = asyncio.get_running_loop().time
        minute_at = now() + MINUTE_AFTER_S

        async def nothing_owed() -> bool:
            nonlocal minute_at
            if not await self.owed():
                return True
            if now() > minute_at:
                self._let_minute_pass()
                minute_at = now() + MINUTE_AFTER_S
            return False

        await polled_waiting.until(nothing_owed, limit, "an empty outbox")

    def _let_minute_pass(self) -> None:
        assert self.app is not None
        self.clock.move(seconds=61)
        self.app.services.owed.set()

    @contextlib.asynccontextmanager
    async def at_once(self) -> AsyncIterator[None]:
        """All that is sent within it reaches the bot at one moment of its clock, however long that takes."""
        self.clock.stop()
        yield
        await self.eventually(lambda: not self.telegram.pending and not self.max.pending, what="every update taken")
        self.clock.go()

    async def brings_nothing_to(self, person: Person) -> None:
        """Lets the bot look at the clock and send all that it owes; AssertionError where this person gets something."""
        assert self.app is not None
        before = [message["message_id"] for message in person.from_bot]
        await self.looks()
        await self.all_sent()
        assert [message["message_id"] for message in person.from_bot] == before, person.text

    async def adds_school(self, slug: str, name: str = "", *, channel: str = "", **more: Any) -> Administrator:
        """Adds a school with a desk in a group of its own, in the messenger of the first desk where none is named.

        Gives an administrator there.
        """
        assert self.app is not None
        services, channel = self.app.services, channel or self._desk_channel
        more = {"forum": True, **more} if "kind" not in more else more
        group = self.telegram.group(f"Школа {slug}", **more) if channel == "telegram" else self.max.group()
        chat_id = chat_of_bot(channel, group)
        values: dict[str, Any] = {
            "slug": slug,
            "name": name or f"Школа {slug}",
            "chat_id": chat_id,
            "created_at": self.clock(),
        }
        await services.database.write(lambda c: schools.add(c, **values))
        await self.looks()
        return Administrator(self.messengers[channel], f"Администратор {slug}", chat=group)

    # --- the bot as a process of its own -------------------------------------------------------------------------

    async def launch(self, *, prepare: Callable[[], None] | None = None, errors: Path | None = None) -> BotProcess:
        """Starts a bot as a process, by the world's clock, and waits until it asks for updates.

        `prepare` is called in that process before, `errors` gets what it says.
        """
        streams = Streams(err=errors) if errors else Streams()
        if self._clock_file is None:
            folder = self._stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
            self._clock_file = Path(folder) / "clock"
            self.clock.keep_in(self._clock_file)
        process = BotProcess(
            self.process_environment(), streams=streams, prepare=partial(_prepare, self._clock_file, prepare)
        )
        await self.until_up(process)
        return process

    async def until_up(self, process: asyncio.subprocess.Process | BotProcess) -> None:
        """Takes a bot that was started as a process for this world's, and waits until it asks for updates."""
        self.process = process
        await self._until_up(self._asked(), lambda: process.returncode is not None)

    def process_environment(self) -> dict[str, str]:
        """Gives what a process of this world's bot has in its environment."""
        clean = {k: v for k, v in os.environ.items() if k.upper() not in _SETTINGS}
        return {**clean, **self.environment}

    async def kill(self, number: int = signal.SIGKILL) -> None:
        """Kills the process and waits until it is gone, and until the leases of what it had in hand have run out."""
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)
        await self.process.wait()
        self.clock.move(seconds=outbox.LEASE_S)

    # --- people --------------------------------------------------------------------------------------------------

    def person(self, name: str = "Мария", *, channel: str = "", **more: Any) -> Person:
        """Somebody with a private chat, in the first of the bot's channels where none is named."""
        return Person(self.messengers[channel or self.channels[0]], name, **more)

    async def begins(self, person: Person, path: str) -> None:
        """Walks from /start to the first step of a path."""
        await person.says("/start")
        for label in ROLES[path]:
            await person.press(label)
        await person.sees("Шаг 1 из")

    async def sends_ticket(
        self, person: Person, path: str = "parent", words: str = "второй день не пускает", class_name: str = "7Б",
        school: str = "", *, walked: bool = False,
    ) -> int:  # fmt: skip
        """Sends a ticket by the form, of a school if one is named; returns its number. `walked` as in `fills_form`."""
        await self.fills_form(person, path, words, class_name, school, walked=walked)
        await person.press("Отправить")
        shown = await person.sees("отправлено в школу")
        return int(shown["text"].partition("№")[2].split()[0])

    async def fills_form(
        self, person: Person, path: str, words: str, class_name: str = "7Б", school: str = "", *, walked: bool = False
    ) -> None:
        """Brings a person to the form's preview, who writes its last answer, the words, in any case.

        What comes before is walked through from a link to the path's first step. Where it has been walked before, a
        newcomer of the only school is put before that question instead, unless the walk itself matters (`walked`).
        """
        walk = (type(person.messenger), path, class_name, self.environment.get("CONTENT"))
        app = None if self.app is None or walked or school or self.app.services.schools.are_several else self.app
        if app is not None and not await stored_forms.is_newcomer(app, person):
            app = None
        if app is None or not await stored_forms.put(app, person, walk):
            await self._walks_to_words(person, path, class_name, school)
            if app is not None:
                await stored_forms.keep(app, person, walk)
        await person.says(words)
        await person.sees("Вот что получит школа")

    async def _walks_to_words(self, person: Person, path: str, class_name: str, school: str) -> None:
        await person.opens_link((f"s_{school}_" if school else "") + LINKS.get(path, path))
        await person.sees("Шаг 1 из")
        await person.says(ERRORS["child" if path.endswith("child") else "adult", "diary_not_found"])
        await person.sees("Что делать")
        await person.press("Написать в школу")
        await person.press("Родителя" if path == "parent" else "Ученика")
        await person.sees("класс")
        await person.says(class_name)
        await person.sees("зовут")
        await person.says("Иванов Пётр")
        await person.sees("Что случилось")

    async def topic_of(self, number: int) -> TopicView:
        """The ticket's topic, once its card is pinned there."""
        topic = await self.desk.finds_topic(f"№{number}")
        await self.eventually(lambda: bool(self.desk.topic(f"№{number}").pinned), what=f"the card of №{number}")
        return topic

    async def eventually(self, holds: Callable[[], bool], limit: float = 60.0, what: str = "it") -> None:
        """Waits, woken by what happens in a messenger, until something holds. AssertionError where it does not in time.

        What only decorates waits for the group's minute: where that is what is waited for, the minute passes.
        """
        if await until(self.telegram, holds, min(limit, MINUTE_AFTER_S)):
            return
        if self.app is not None and await self.owed():
            self._let_minute_pass()
        assert await until(self.telegram, holds, limit), f"{what} did not come about within {limit} s"

    @property
    def violations(self) -> list[str]:
        """The rules of any messenger that the bot broke, one line for each time."""
        return [*self.telegram.violations, *self.max.violations]

    def calls(self, method: str) -> list[dict[str, Any]]:
        """The parameters of the calls of a method that the bot made, oldest first."""
        made = (call for messenger in self.messengers.values() for call in messenger.calls)
        return [call.parameters for call in made if call.method == method]


def _prepare(clock: Path, prepare: Callable[[], None] | None) -> None:
    lives_by(clock)
    if prepare:
        prepare()


_SETTINGS = {name.upper() for name in Settings.model_fields}


def chat_of_bot(channel: str, chat: Chat) -> int:
    """The number by which the bot knows a group of a messenger."""
    return chat_ids.of_max(chat.id) if channel == "max" else chat.id


def _desk_in_settings(channel: str, chat: Chat) -> str:
    return f"max:{chat.id}" if channel == "max" else str(chat.id)
