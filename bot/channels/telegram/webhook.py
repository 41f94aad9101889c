"""Takes updates by webhook: it checks the secret first, and answers only after the update is handled."""

import asyncio
import contextlib
import logging
from typing import Any

import orjson
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramNotFound,
    TelegramUnauthorizedError,
)
from aiogram.methods import AnswerCallbackQuery, TelegramMethod
from aiohttp import web

from bot import texts_ru as texts
from bot.channels.incoming_json import Unreadable, read_update
from bot.channels.polling_tasks import insist
from bot.channels.posted_updates import PostedUpdates
from bot.intake import Intake
from bot.services import Services
from bot.settings import SettingsError
from bot.update_parts import ALLOWED_UPDATES
from storage.database import DatabaseAway

log = logging.getLogger(__name__)

MAX_CONNECTIONS = 100  # Bot API, setWebhook: 1-100
RETRY_AFTER_S = 2
PASSING = (TelegramAPIError, OSError, TimeoutError)  # but for the refusals among them
REFUSALS = (
    TelegramBadRequest,
    TelegramUnauthorizedError,
    TelegramNotFound,
    TelegramForbiddenError,
    TelegramEntityTooLarge,
)
_NOTHING = b"{}"


class Webhook(PostedUpdates):
    """Serves the one address that Telegram posts to."""

    secret_header = "X-Telegram-Bot-Api-Secret-Token"  # Bot API, setWebhook

    def __init__(self, services: Services, intake: Intake) -> None:
        super().__init__(services.settings.webhook_secret_or_derived)
        self._services = services
        self._intake = intake
        self.reached_at = 0.0  # when Telegram last came through, seconds since the epoch

    async def open(self, stopping: asyncio.Event) -> None:
        """Takes updates from now on and tells Telegram the address, again and again where it does not answer.

        Returns at once where `stopping` is set first. Raises SettingsError where Telegram refuses the address.
        """
        self._open = True
        self.reached_at = self._services.clock()
        try:
            await insist(self._set, "the webhook could not be set", stopping, PASSING, REFUSALS, self._note_away)
        except REFUSALS as error:
            raise SettingsError(texts.SETTING_WEBHOOK_REFUSED.format(error=error.message)) from None

    def _note_away(self, why: str) -> None:
        self._services.health.updates_away = texts.HEALTH_NO_UPDATES.format(error=why) if why else ""

    async def _set(self) -> None:
        settings = self._services.settings
        await self._services.telegram.set_webhook(
            settings.webhook_url,
            secret_token=self._secret.decode(),
            allowed_updates=ALLOWED_UPDATES,
            max_connections=MAX_CONNECTIONS,
            drop_pending_updates=False,
        )
        log.info("updates come to %s", settings.webhook_url)

    async def _answer(self, body: bytes) -> web.Response:
        self._services.health.touched(self._services.clock())
        self.reached_at = self._services.clock()
        try:
            update = read_update(body, self._services.telegram)
        except Unreadable as error:
            return await self._without_update(error)
        try:
            returned = await self._intake.handle(update, may_return_call=True)
        except DatabaseAway as error:
            log.warning("update %s is refused, the database is away: %s", update.update_id, error)
            return self._later()
        return web.Response(body=self._body_of(returned), content_type="application/json")

    async def _without_update(self, error: Unreadable) -> web.Response:
        """Refuses a body without an update; an update that no version of ours reads must not come again."""
        if error.update_id is None:
            return web.Response(status=400)
        with contextlib.suppress(DatabaseAway):
            await self._intake.set_aside.unreadable(error.update_id, error.query_id)
            return web.Response(body=_NOTHING, content_type="application/json")
        return self._later()

    def _body_of(self, call: TelegramMethod[Any] | None) -> bytes:
        """Gives a call back in the webhook's answer. Its result is never told, so nothing promised may go that way."""
        if call is None:
            return _NOTHING
        if isinstance(call, AnswerCallbackQuery):
            fields = {"callback_query_id": call.callback_query_id, "text": call.text or ""}
        else:
            bot = self._services.telegram
            fields = bot.session.prepare_value(call.model_dump(warnings=False), bot, {}, _dumps_json=False)
        return orjson.dumps({"method": call.__api_method__, **fields})

    def _later(self) -> web.Response:
        return web.Response(status=503, headers={"Retry-After": str(RETRY_AFTER_S)})
