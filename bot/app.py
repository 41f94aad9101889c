"""Puts the parts together and runs them until the process is told to stop."""

import asyncio
import contextlib
import gc
import logging
import signal
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError, TelegramNetworkError, TelegramNotFound, TelegramUnauthorizedError

from bot import texts_ru as texts
from bot.background_tasks import BackgroundTasks, TaskEnded
from bot.channels.max.max_bot import make_max_bot
from bot.channels.max.max_channel import MaxChannel
from bot.channels.polling_tasks import has_failed, insist
from bot.channels.posted_updates import DRAIN_S
from bot.channels.routed_bot import RoutedBot
from bot.channels.telegram.command_menu import Menu
from bot.channels.telegram.own_name import Identity
from bot.channels.telegram.polling import Poller
from bot.channels.telegram.session import Session, make_bot
from bot.delivery import desk_rights
from bot.delivery.worker import OutboxWorker
from bot.flows.understanding import vocabulary_of
from bot.handlers.dispatcher import make_dispatcher
from bot.handlers.family.picture_jobs import PictureJobs, shows_error
from bot.intake import Intake
from bot.metrics import Metrics
from bot.open_database import database_of, why_not_opened
from bot.schools import registering
from bot.screenshots.reader import ScreenshotReader
from bot.screenshots.tesseract import find_tesseract
from bot.services import Clock, Services
from bot.settings import Settings, SettingsError
from bot.tickets.due_by_clock import Upkeep
from bot.watchdog import LIMIT_S, InHand, Watchdog
from bot.web import PortInUse, Web
from storage import bans, blocking_updates, handled_updates, jobs, outbox
from storage.database import Database, DatabaseAway
from storage.sole_user import FileInUse, sole_user

log = logging.getLogger(__name__)

LATE_S = 3.0  # how long the calls that hang are waited for at the end
FIRST_LOOK_S = 1.0  # how long the first updates wait for a look at the support chat and for the menus
DESKS_AT_ONCE = 50  # of many desks the others are looked at soon after, by the clock
CLOSING_S = 3.0  # how long polling waits for an earlier run's webhook to be taken away


async def _together(channels: list[Coroutine[Any, Any, None]]) -> None:
    """Runs the channels side by side until all have ended; one that fails ends the others. Raises what it raised."""
    tasks = [asyncio.create_task(channel) for channel in channels]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()


def run(settings: Settings) -> None:
    """Runs the bot to its end, on uvloop where that is installed. Raises SettingsError."""
    # The libraries' objects live as long as the process. While the garbage collector counts them, dead cycles pile up
    # to tens of megabytes before it runs.
    gc.collect()
    gc.freeze()
    # Hundreds of updates in hand are many young objects, and few die in cycles: collecting after every 700 allocations
    # (Python's default) took a seventh of the processor time.
    gc.set_threshold(10_000, 10, 50)
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(App(settings).run())


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Gives what makes a loop of uvloop; None, Python's own, where that is not installed."""
    try:
        import uvloop
    except ImportError:  # there is none for Windows
        return None
    return uvloop.new_event_loop


class App:
    """Holds the whole bot. `clock` gives seconds since the epoch; the loop may stand still for `blocked_s` seconds."""

    def __init__(self, settings: Settings, clock: Clock = time.time, blocked_s: float = LIMIT_S) -> None:
        self.settings = settings
        database = database_of(settings)
        self.services = Services(settings, database, self._make_bot(settings, database, clock), Metrics(), clock)
        self._intake = Intake(self.services, make_dispatcher())
        self._outbox = OutboxWorker(self.services)
        self._upkeep = Upkeep(self.services)
        self._web = Web(self.services, self._intake)
        self._watchdog = Watchdog(
            self.services.in_hand, lambda: database.works_for, self._keep_blocking, self._withdraw_blocking, blocked_s
        )
        self._stop = asyncio.Event()
        self._tasks = BackgroundTasks(self.services.health, self.stop)
        if settings.bot_token:
            self._poller = Poller(self.services, self._intake)
            self._identity = Identity(self.services)
            session = self.services.telegram.session
            if isinstance(session, Session):
                self.services.health.ask(session.answers.reason)
        self._max: MaxChannel | None = None
        bot = self.services.bot
        if isinstance(bot, RoutedBot):
            self._max = MaxChannel(self.services, self._intake, bot.max, self._tasks, self._stop)
            if settings.max_webhook_url:
                self._web.serve(settings.max_webhook_path, self._max.webhook.handle)

    def _make_bot(self, settings: Settings, database: Database, clock: Clock) -> Bot:
        """Makes the bot that reaches every chat of the channels whose tokens are set."""

        def answered(channel: str) -> Callable[[], None]:
            return lambda: self.services.health.touched(self.services.clock(), channel)

        telegram = make_bot(settings, answered("Telegram")) if settings.bot_token else None
        if settings.max_token:
            return RoutedBot(telegram, make_max_bot(settings, database, clock, answered("MAX")))
        assert telegram is not None, "settings without a token are refused when they are loaded"
        return telegram

    async def run(self) -> None:
        """Runs until SIGTERM or SIGINT (or `stop`).

        Raises SettingsError where a setting turns out wrong, TaskEnded where a background task does not stay up.
        """
        self._listen_to_signals()
        with contextlib.ExitStack() as stack:
            try:
                await self._open(stack)
                stack.enter_context(self._watchdog.watching())
                await self._serve()
            finally:
                self._tasks.may_end()
                await self._web.stop()
                await self.services.late_calls.end(LATE_S)
                bot = self.services.bot
                await (bot.close_all() if isinstance(bot, RoutedBot) else bot.session.close())
                await self.services.database.close()
        if self._tasks.ended:
            raise TaskEnded(self._tasks.ended)

    async def look_at_clock(self) -> None:
        """Does at once all that is due by the clock; without this call it is done within seconds."""
        await self._upkeep.look()

    def stop(self) -> None:
        """Makes `run` end once the updates in hand are done."""
        self._stop.set()

    def _keep_blocking(self, update: InHand) -> None:
        blocking_updates.keep(self.services.database.url, update.number, self.services.clock())

    def _withdraw_blocking(self, update: InHand) -> None:
        blocking_updates.withdraw(self.services.database.url, update.number)

    def _listen_to_signals(self) -> None:
        """Has `stop` called where the process is told to end; only the main thread can see to it."""
        loop = asyncio.get_running_loop()
        # Windows knows SIGBREAK: Ctrl-Break, or a console whose window is closed.
        for number in (signal.SIGTERM, signal.SIGINT, getattr(signal, "SIGBREAK", signal.SIGTERM)):
            with contextlib.suppress(ValueError, RuntimeError):
                try:
                    loop.add_signal_handler(number, self.stop)
                except NotImplementedError:  # the loops of Windows have none
                    signal.signal(number, lambda *_: loop.call_soon_threadsafe(self.stop))

    async def _open(self, stack: contextlib.ExitStack) -> None:
        try:
            await self._web.start()
        except PortInUse as error:
            raise SettingsError(str(error)) from None
        file = self.settings.sqlite_file
        try:
            if file:
                stack.enter_context(sole_user(file))
        except FileInUse:
            raise SettingsError(texts.SETTING_DATABASE_IN_USE.format(file=file)) from None
        await self._open_database()
        tesseract, _ = await asyncio.gather(asyncio.to_thread(find_tesseract), asyncio.to_thread(self._count_words))
        if tesseract:
            schools = self.services.schools
            self.services.reader = ScreenshotReader(
                tesseract, is_enough=lambda text: any(shows_error(text, pack) for pack in schools.packs)
            )
            log.info("screenshots are read with Tesseract %s", tesseract.version)
        else:
            log.warning("Tesseract with Russian is not installed: screenshots are not read (see README)")

    def _count_words(self) -> None:
        """Counts each pack's vocabulary, which takes a second: the first words that nobody knows would hold all up."""
        for pack in self.services.schools.packs:
            with contextlib.suppress(OSError, UnicodeDecodeError):
                vocabulary_of(pack)

    async def _open_database(self) -> None:
        database = self.services.database
        try:
            await database.open()
            for task in database.tasks:
                self._tasks.watch(task)
            if database.is_sqlite:
                await database.write(outbox.drop_leases)
                await database.write(jobs.drop_leases)
                await database.write(lambda c: blocking_updates.take_in(c, database.url))
                blocking_updates.clear_file(database.url)
            now, token = self.services.clock(), self.settings.token
            # Before an update is taken: it may have the number of an old one.
            while await database.write(lambda c: handled_updates.forget_old(c, now)):
                log.info("the marks of old updates are dropped")
            self.services.facts.secret = await database.write(lambda c: bans.secret_of(c, token))
            await self.services.refresh_facts()
            schools = self.services.schools
            if schools.are_several:
                await database.write(lambda c: registering.name_first(c, schools.first_name))
                await self.services.refresh_facts()
        except Exception as error:
            raise why_not_opened(error) from error

    async def _serve(self) -> None:
        picture_jobs = PictureJobs(self.services, at_once=6)
        self._tasks.start("web", self._web.keep_listening)
        runs = {"outbox": self._outbox.run, "upkeep": self._upkeep.run, "readings": picture_jobs.run}
        workers = [self._tasks.start(name, run) for name, run in runs.items()]
        channels = [self._run_telegram()] if self.settings.bot_token else []
        channels += [self._run_max(self._max)] if self._max else []
        try:
            await _together(channels)
        finally:
            self._tasks.may_end()
            picture_jobs.stop()
            self._upkeep.stop()
            await asyncio.gather(self._outbox.stop(), *(worker.wait(5) for worker in workers))
            await self._tasks.cancel()

    async def _run_telegram(self) -> None:
        if await self._meet_telegram():
            menu = Menu(self.services)
            self._tasks.start("identity", self._identity.run)
            self._tasks.start("menu", menu.run)
            # Usually a few hundredths of a second; what takes longer holds up no update.
            await self._look_at_desks(menu.tried.wait())
            await self._take_updates()

    async def _run_max(self, channel: MaxChannel) -> None:
        if not self.settings.bot_token:
            await self._look_at_desks()
        await channel.run()

    async def _look_at_desks(self, *beside: Awaitable[object]) -> None:
        """Asks about the desks' chats, and waits a moment for what comes of it."""
        looks = (
            desk_rights.look_at_desk(self.services, desk) for desk in self.services.schools.addressed[:DESKS_AT_ONCE]
        )
        with contextlib.suppress(TimeoutError, DatabaseAway):
            await asyncio.wait_for(asyncio.gather(*beside, *looks), FIRST_LOOK_S)

    async def _take_updates(self) -> None:
        if self.settings.webhook_url:
            await self._web.open_webhook(self._stop)
            self._tasks.start("webhook-watch", self._web.watch_webhook)
            await self._stop.wait()
            await self._web.drain()
            return
        await self._poll()

    async def _poll(self) -> None:
        """Polls until `stop`. Raises SettingsError where Telegram refuses to remove the webhook of an earlier run."""
        closing = asyncio.create_task(self._web.close_webhook(self._stop))
        closing.add_done_callback(lambda task: self.stop() if has_failed(task) else None)
        # A limit on this call alone holds up no update: hardly ever is there a webhook to take away.
        await asyncio.wait({closing}, timeout=CLOSING_S)
        polling = self._tasks.start("polling", self._poller.run)
        await self._stop.wait()
        polling.may_end()
        self._poller.stop()
        if not await polling.wait(DRAIN_S):
            log.warning("updates were still in hand; Telegram will repeat them")
            await polling.cancel()
        if has_failed(closing):
            closing.result()
        closing.cancel()

    async def _meet_telegram(self) -> bool:
        """Asks Telegram for the bot's name, so that a refused token ends the run at once. Returns False once stopped.

        A Telegram that cannot be reached is tried again. Whatever else it answers (a limit on this one call, a fault of
        its own) holds up no update: the name is asked for again beside them. Raises SettingsError.
        """
        unreachable = (TelegramNetworkError, OSError, TimeoutError)
        try:
            return await insist(self._identity.learn, "Telegram cannot be reached", self._stop, unreachable)
        except (TelegramUnauthorizedError, TelegramNotFound):
            raise SettingsError(texts.SETTING_TOKEN_REFUSED) from None
        except TelegramAPIError as error:
            log.warning("Telegram does not tell the bot's name (%s): it is asked again", type(error).__name__)
            return True
