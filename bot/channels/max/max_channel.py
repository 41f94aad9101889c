"""Runs the bot in MAX: asks MAX for its name, takes updates until told to stop, and keeps the list of commands."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from aiogram.exceptions import (
    TelegramAPIError,
    TelegramNetworkError,
    TelegramUnauthorizedError,
)
from aiogram.types import BotCommand

from bot import texts_ru as texts
from bot.background_tasks import BackgroundTasks
from bot.channels.abilities import MAX
from bot.channels.max.http_client import NoAnswer, Refused
from bot.channels.max.max_bot import MaxBot
from bot.channels.max.max_polling import MaxPoller
from bot.channels.max.max_updates import UpdateReader
from bot.channels.max.max_webhook import HEALTH_PART, MaxWebhook
from bot.channels.polling_tasks import has_failed, insist
from bot.channels.posted_updates import DRAIN_S
from bot.intake import Intake
from bot.services import Services
from bot.settings import SettingsError

log = logging.getLogger(__name__)

ASK_EVERY_S = 60.0
_ASK_AGAIN_S = 5.0  # while nobody knows the name
_DROPPING_S = 3.0


class MaxChannel:
    """Holds the parts of the bot in MAX. `webhook` serves the address of MAX_WEBHOOK_URL."""

    def __init__(
        self, services: Services, intake: Intake, bot: MaxBot, tasks: BackgroundTasks, stop: asyncio.Event
    ) -> None:
        self._services = services
        self._bot = bot
        self._tasks = tasks
        self._stop = stop
        reader = UpdateReader(bot)
        self.webhook = MaxWebhook(services, intake, bot.calls.client, reader)
        self._poller = MaxPoller(services, intake, bot, reader)

    async def run(self) -> None:
        """Takes updates until the process is told to stop. Raises SettingsError where MAX refuses a setting."""
        try:
            await self._insist(self.learn_name)
        except TelegramUnauthorizedError:
            raise SettingsError(texts.SETTING_MAX_TOKEN_REFUSED) from None
        except TelegramAPIError as error:
            # A limit on this one call, or a fault of MAX's own, holds up no update: the name is asked for beside them.
            log.warning("MAX does not tell the bot's name: %s", error.message)
        if self._stop.is_set():
            return
        self._tasks.start("max-identity", self._keep_name)
        if self._services.settings.max_webhook_url:
            await self._take_posted()
        else:
            await self._poll()

    async def learn_name(self) -> None:
        """Asks MAX for the bot's name once. Raises aiogram's errors."""
        me = await self._bot.get_me()
        if me.username != self._services.usernames.get(MAX.name):
            log.info("the bot in MAX is @%s", me.username)
        self._services.usernames[MAX.name] = me.username or ""

    async def _keep_name(self) -> None:
        """Sets the commands, and asks for the name every minute (sooner until it is known), until it is cancelled."""
        shown = None
        while True:
            with suppress(TelegramAPIError):
                if shown != (named := self._services.schools.family_commands):
                    commands = [BotCommand(command=name, description=about) for name, about in named.items()]
                    await self._bot.set_my_commands(commands)
                    shown = named
            await asyncio.sleep(ASK_EVERY_S if MAX.name in self._services.usernames else _ASK_AGAIN_S)
            try:
                await self.learn_name()
            except TelegramAPIError as error:
                log.info("MAX does not tell the bot's name: %s", type(error).__name__)

    async def _take_posted(self) -> None:
        await self._insist(lambda: self._refusable(self.webhook.subscribe, texts.SETTING_MAX_WEBHOOK_REFUSED))
        self._tasks.start("max-webhook-watch", self.webhook.watch)
        await self._stop.wait()
        await self.webhook.drain()

    async def _poll(self) -> None:
        """Polls until `stop`, also while MAX does not tell or drop its subscriptions: mostly there is none.

        Raises SettingsError where MAX refuses to drop one.
        """
        dropping = asyncio.create_task(
            self._insist(lambda: self._refusable(self.webhook.drop_all, texts.SETTING_MAX_WEBHOOK_STAYS), needed=False)
        )
        dropping.add_done_callback(lambda task: self._stop.set() if has_failed(task) else None)
        await asyncio.wait({dropping}, timeout=_DROPPING_S)
        if not self._stop.is_set():
            await self._poll_until_stopped()
        if has_failed(dropping):
            dropping.result()
        dropping.cancel()

    async def _poll_until_stopped(self) -> None:
        polling = self._tasks.start("max-polling", self._poller.run)
        await self._stop.wait()
        polling.may_end()
        self._poller.stop()
        if not await polling.wait(DRAIN_S):
            log.warning("updates of MAX were still in hand; MAX will repeat them")
            await polling.cancel()

    async def _refusable(self, call: Callable[[], Awaitable[None]], words: str) -> None:
        """Makes a call. Raises SettingsError with these words where MAX says that it will never do it."""
        try:
            await call()
        except Refused as error:
            if error.refusal.status == 401:
                raise SettingsError(texts.SETTING_MAX_TOKEN_REFUSED) from None
            if error.refusal.status in (200, 400, 403):
                raise SettingsError(words.format(error=error.refusal.message)) from None
            raise

    async def _insist(self, call: Callable[[], Awaitable[None]], *, needed: bool = True) -> None:
        """Makes a call until MAX carries it out, or the process is told to stop. Raises aiogram's refusals.

        Where it is `needed`, no updates come before it is carried out: /healthz says so after a few failures.
        """
        note = self._note_away if needed else lambda why: None
        passing = (TelegramNetworkError, Refused, NoAnswer)
        await insist(call, "MAX does not do what the start needs", self._stop, passing, note=note)

    def _note_away(self, why: str) -> None:
        self._services.health.note(HEALTH_PART, texts.HEALTH_MAX_NO_UPDATES.format(error=why) if why else "")
