"""Puts the parts together and runs them until the process is told to stop."""

import asyncio
import contextlib
import gc
import logging
import signal
import time
from collections.abc import Callable

from aiogram import Dispatcher
from aiogram.exceptions import TelegramAPIError, TelegramNotFound, TelegramUnauthorizedError
from aiogram.types import BotCommand, BotCommandScopeAllPrivateChats, BotCommandScopeChat

from bot import texts_ru as texts
from bot.client import Session, make_bot
from bot.delivery import desk_state
from bot.delivery.outbox import OutboxWorker
from bot.delivery.reminders import Upkeep
from bot.handlers import (
    desk_commands,
    desk_statistics,
    desk_tickets,
    fallback,
    family_errors,
    family_guide,
    family_privacy,
    family_reminders,
    family_ticket,
)
from bot.handlers.middlewares import Bans, Place
from bot.handlers.readings import Readings
from bot.intake import Intake
from bot.metrics import Metrics
from bot.polling import Poller
from bot.screenshots import ScreenshotReader, find_tesseract
from bot.services import Clock, Services
from bot.settings import Settings, SettingsError
from bot.web import PortInUse, Web
from bot.webhook import DRAIN_S
from storage import jobs, outbox
from storage.away import told
from storage.database import Database, DatabaseAway
from storage.sole_user import FileInUse, sole_user

log = logging.getLogger(__name__)

LATE_S = 3.0  # how long the calls that hang are waited for at the end
_FIRST_CALL_RETRY_S = (1.0, 2.0, 5.0, 10.0, 30.0)


def make_dispatcher() -> Dispatcher:
    """Every handler in its order: the desk, then a family's form and ticket, then the guide, then what is left."""
    dispatcher = Dispatcher(disable_fsm=True)
    for observer in (dispatcher.message, dispatcher.edited_message, dispatcher.callback_query):
        observer.outer_middleware(Bans())
        observer.outer_middleware(Place())
    routers = (
        desk_commands.router, desk_statistics.router, desk_tickets.router, family_guide.router, family_privacy.router,
        family_reminders.router, fallback.commands,
        family_ticket.router, family_errors.router, fallback.router,
    )  # fmt: skip
    for router in routers:
        # Routers are module-level, and a process may build several dispatchers, one after another.
        router._parent_router = None
        dispatcher.include_router(router)
    return dispatcher


def _database_of(settings: Settings) -> Database:
    try:
        return Database(settings.database_url)
    except Exception as error:
        raise SettingsError(texts.SETTING_DATABASE_BROKEN.format(error=told(error))) from error


def run(settings: Settings) -> None:
    """Runs the bot to its end on the faster loop where there is one. Raises SettingsError."""
    # The libraries stay for ever. While the collector counts them, what dies in cycles piles up for tens of megabytes
    # before it looks at it.
    gc.collect()
    gc.freeze()
    # Hundreds of updates in hand are many young objects, and hardly any die in cycles: looking at them every 700
    # (Python's default) took a seventh of the processor time.
    gc.set_threshold(10_000, 10, 50)
    with asyncio.Runner(loop_factory=_fast_loop()) as runner:
        runner.run(App(settings).run())


def _fast_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # there is none for Windows
        return None
    return uvloop.new_event_loop


class App:
    """The whole bot. `clock` gives seconds since the epoch."""

    def __init__(self, settings: Settings, clock: Clock = time.time) -> None:
        self.settings = settings
        database = _database_of(settings)
        bot = make_bot(settings, lambda: self.services.touched_telegram())
        self.services = Services(settings, database, bot, Metrics(), clock)
        if isinstance(bot.session, Session):
            self.services.troubles.ask(bot.session.answers.reason)
        self._intake = Intake(self.services, make_dispatcher())
        self._outbox = OutboxWorker(self.services)
        self._upkeep = Upkeep(self.services)
        self._poller = Poller(self.services, self._intake)
        self._web = Web(self.services, self._intake)
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Runs until SIGTERM or SIGINT (or `stop`). Raises SettingsError where a setting turns out wrong."""
        self._listen_to_signals()
        with contextlib.ExitStack() as stack:
            try:
                await self._open(stack)
                await self._serve()
            finally:
                await self._web.stop()
                await self.services.end_late(LATE_S)
                await self.services.bot.session.close()
                await self.services.database.close()

    async def look_at_clock(self) -> None:
        """Does what is due by the clock now, rather than within seconds."""
        await self._upkeep.look()

    def stop(self) -> None:
        """Ends `run` after what is in hand."""
        self._stop.set()

    def _listen_to_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            with contextlib.suppress(NotImplementedError, ValueError, RuntimeError):
                loop.add_signal_handler(number, self.stop)

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
        tesseract = await asyncio.to_thread(find_tesseract)
        if tesseract:
            self.services.reader = ScreenshotReader(tesseract)
            log.info("screenshots are read with Tesseract %s", tesseract.version)
        else:
            log.warning("Tesseract with Russian is not installed: screenshots are not read (see README)")

    async def _open_database(self) -> None:
        database = self.services.database
        try:
            await database.open()
            if database.is_sqlite:
                await database.write(outbox.drop_leases)
                await database.write(jobs.drop_leases)
            await desk_state.find_desk(self.services)
            await self.services.refresh_facts()
        except DatabaseAway as error:
            raise SettingsError(texts.SETTING_DATABASE_AWAY.format(error=error)) from None
        except Exception as error:
            # A file that is no database, one of a newer version, an option that the driver does not know.
            raise SettingsError(texts.SETTING_DATABASE_BROKEN.format(error=told(error))) from error

    async def _serve(self) -> None:
        workers = [asyncio.create_task(part) for part in (self._outbox.run(), self._upkeep.run())]
        readings = Readings(self.services, at_once=2)
        workers.append(asyncio.create_task(readings.run()))
        try:
            if await self._meet_telegram():
                await self._take_updates()
        finally:
            readings.stop()
            self._upkeep.stop()
            (_, late), _ = await asyncio.gather(asyncio.wait(workers, timeout=5), self._outbox.stop())
            for task in late:
                task.cancel()

    async def _take_updates(self) -> None:
        if self.settings.webhook_url:
            await self._web.open_webhook(self._stop.wait)
            await self._stop.wait()
            await self._web.drain()
            return
        await self._web.close_webhook(self._stop.wait)
        polling = asyncio.create_task(self._poller.run())
        stopped = asyncio.create_task(self._stop.wait())
        await asyncio.wait({polling, stopped}, return_when=asyncio.FIRST_COMPLETED)
        self._poller.stop()
        await asyncio.wait({polling}, timeout=DRAIN_S)
        if polling.done():
            polling.result()
        else:
            log.warning("updates were still in hand; Telegram will repeat them")
            polling.cancel()

    async def _meet_telegram(self) -> bool:
        """Learns the bot's name and sets its menu; an API that cannot be reached is retried. False once stopped."""
        failures = 0
        while not self._stop.is_set():
            try:
                me = await self.services.bot.me()
                self.services.bot_username = me.username or ""
                log.info("the bot is @%s", me.username)
                await self._prepare_chats()
                return True
            except (TelegramUnauthorizedError, TelegramNotFound):
                raise SettingsError(texts.SETTING_TOKEN_REFUSED) from None
            except (TelegramAPIError, DatabaseAway, OSError, TimeoutError) as error:
                delay = _FIRST_CALL_RETRY_S[min(failures, len(_FIRST_CALL_RETRY_S) - 1)]
                failures += 1
                away = "the database" if isinstance(error, DatabaseAway) else "Telegram"
                log.warning("%s cannot be reached (%s): again in %s s", away, type(error).__name__, delay)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stop.wait(), delay)
        return False

    async def _prepare_chats(self) -> None:
        bot, support = self.services.bot, self.services.support_chat_id
        family = [BotCommand(command=name, description=about) for name, about in texts.COMMANDS_FAMILY.items()]
        await bot.set_my_commands(family, scope=BotCommandScopeAllPrivateChats())
        if support is None:
            log.warning("SUPPORT_CHAT_ID is not set: tickets wait in the outbox. Write /id in the school's group")
            return
        lacking = await desk_state.look_at_desk(self.services)
        if lacking:
            log.warning("the bot lacks rights in the support chat: %s", "; ".join(lacking))
        desk = [BotCommand(command=name, description=about) for name, about in texts.COMMANDS_DESK.items()]
        try:
            await bot.set_my_commands(desk, scope=BotCommandScopeChat(chat_id=self.services.support_chat_id or support))
        except TelegramAPIError as error:
            log.warning("the support chat's menu could not be set: %s", error.message)
