"""The bot's own HTTP port: /healthz and /metrics in both modes, and the webhook's address where it is set."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from aiogram.exceptions import TelegramAPIError, TelegramNotFound, TelegramUnauthorizedError
from aiogram.types import WebhookInfo
from aiohttp import web
from sqlalchemy.exc import DBAPIError

from bot import texts_ru as texts
from bot.channels.polling_tasks import insist
from bot.channels.telegram.webhook import PASSING, REFUSALS, Webhook
from bot.delivery import owed
from bot.intake import Intake
from bot.logs import without_secrets
from bot.metrics import CONTENT_TYPE
from bot.services import Services
from bot.settings import SettingsError
from storage import outbox, outbox_counts, school_counts, tickets
from storage.database import DatabaseAway

log = logging.getLogger(__name__)

CONTACT_HEALTHY_S = 180.0
LOOK_EVERY_S = 60.0
PORT_LOOK_EVERY_S = 5.0
LOOKS = 3  # at each of which more updates wait than before: then the bot falls behind
Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class PortInUse(Exception):
    """The port of the settings is taken."""


class Web:
    """One HTTP server on HTTP_HOST:HTTP_PORT, without a router: three addresses need none, and it costs."""

    def __init__(self, services: Services, intake: Intake) -> None:
        self._services = services
        self._webhook = Webhook(services, intake)
        self._runner: web.ServerRunner | None = None
        self._started_at = services.clock()
        self._stopping = False
        self._waited: deque[int] = deque(maxlen=LOOKS)  # how many updates waited at Telegram at the last looks
        self._looked_at = 0.0
        self._handlers: dict[str, Handler] = {"/healthz": self._healthz, "/metrics": self._metrics}
        if services.settings.webhook_url and services.settings.bot_token:
            self.serve(services.settings.webhook_path, self._webhook.handle)

    def serve(self, path: str, handler: Handler) -> None:
        """Answers requests to another address by this handler."""
        self._handlers[path] = handler

    async def start(self) -> None:
        """Listens. Raises PortInUse."""
        runner = web.ServerRunner(web.Server(self._handle, access_log=None), shutdown_timeout=5)
        await runner.setup()
        settings = self._services.settings
        try:
            await web.TCPSite(runner, settings.http_host, settings.http_port).start()
        except OSError as error:
            await runner.cleanup()
            raise PortInUse(
                texts.SETTING_PORT_IN_USE.format(
                    host=settings.http_host, port=settings.http_port, error=error.strerror or texts.SETTING_PORT_BUSY
                )
            ) from None
        self._runner = runner

    async def keep_listening(self) -> None:
        """Looks whether the port is still open; started again after an end, it opens the port anew.

        Raises PortInUse, and OSError where the port was closed.
        """
        if self._runner is None or not self._runner.addresses:
            await self.stop()
            await self.start()
        while True:
            if not (self._runner and self._runner.addresses):
                raise OSError("the port was closed")
            await asyncio.sleep(PORT_LOOK_EVERY_S)

    async def stop(self) -> None:
        """Closes the port after the answers in hand."""
        if self._runner:
            await self._runner.cleanup()

    async def open_webhook(self, stopping: asyncio.Event) -> None:
        """Takes updates and tells Telegram where. Raises SettingsError where Telegram refuses the address."""
        await self._webhook.open(stopping)

    async def drain(self) -> None:
        """Refuses new updates, so that Telegram (or another replica) keeps them, and finishes those in hand."""
        self._stopping = True
        await self._webhook.drain()

    async def close_webhook(self, stopping: asyncio.Event) -> None:
        """Takes away a webhook of an earlier run, keeping its updates: polling and a webhook exclude each other.

        Raises SettingsError where Telegram refuses to.
        """

        async def close() -> None:
            await self._services.telegram.delete_webhook(drop_pending_updates=False)

        try:
            await insist(close, "the webhook of an earlier run could not be taken away", stopping, PASSING, REFUSALS)
        except REFUSALS as error:
            raise SettingsError(texts.SETTING_WEBHOOK_STAYS.format(error=error.message)) from None

    async def watch_webhook(self) -> None:
        """Asks Telegram every minute for the webhook's state: else a quiet night and a lost connection look alike."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                info = await self._services.telegram.get_webhook_info()
                self._services.health.updates_away = self._why_away(info) or self._why_waiting(info)
            except (TelegramUnauthorizedError, TelegramNotFound):
                self._services.health.updates_away = texts.HEALTH_TOKEN_REFUSED
            except (TelegramAPIError, OSError, TimeoutError):
                continue  # how long Telegram is silent is counted by itself
            if self._services.health.updates_away:
                log.warning("no updates come to the webhook: %s", self._services.health.updates_away)

    def _why_away(self, info: WebhookInfo) -> str:
        """Says why no updates come. Telegram keeps the last error for ever: it counts only while updates wait."""
        if info.url is not None and info.url != self._services.settings.webhook_url:
            return texts.HEALTH_WEBHOOK_ELSEWHERE
        failed_at = info.last_error_date
        if failed_at and info.pending_update_count and failed_at.timestamp() > self._webhook.reached_at:
            return texts.HEALTH_WEBHOOK_FAILS.format(error=info.last_error_message)
        return ""

    def _why_waiting(self, info: WebhookInfo) -> str:
        """Names updates that wait from look to look, though no call failed."""
        self._waited.append(info.pending_update_count or 0)
        since, self._looked_at = self._looked_at, self._services.clock()
        if len(self._waited) < 2 or not min(self._waited):
            return ""
        count = self._waited[-1]
        if self._webhook.reached_at < since:
            return texts.HEALTH_WEBHOOK_WAITS.format(count=count)
        grows = len(self._waited) == LOOKS and list(self._waited) == sorted(set(self._waited))
        return texts.HEALTH_WEBHOOK_GROWS.format(count=count) if grows else ""

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        handler = self._handlers.get(request.raw_path.partition("?")[0])
        if handler is None:
            response = web.Response(status=404)
            response.force_close()
            return response
        return await handler(request)

    async def _healthz(self, request: web.BaseRequest) -> web.Response:
        health = await self.health()
        return web.Response(
            body=orjson.dumps(health), status=200 if health["ok"] else 503, content_type="application/json"
        )

    async def health(self) -> dict[str, Any]:
        """Gives the answer to /healthz: the state of each part, and the problems in Russian."""
        services = self._services
        now = services.clock()
        report, problems = await self._look_at_database(now)
        away = [desk.away for desk in services.schools.desks.values() if desk.chat_id is not None and desk.away]
        problems += [texts.HEALTH_DESK.format(error=error) for error in away]
        for channel in services.settings.channels:
            silent = now - max(services.health.contacts.get(channel, 0.0), self._started_at)
            if silent > CONTACT_HEALTHY_S:
                problems.append(texts.HEALTH_SILENT.format(channel=channel, seconds=silent))
        if services.health.updates_away:
            problems.append(services.health.updates_away)
        problems += services.health.reasons()
        if self._stopping:
            problems.append(texts.HEALTH_STOPPING)
        for channel, at in services.health.contacts.items():
            report[f"{channel.lower()}_seconds"] = round(now - at, 1)
        if services.refused_addresses:
            # The screens come without these buttons: nothing stands still, but somebody should know.
            names = sorted(set(services.refused_addresses.values()))
            report["notes"] = "; ".join(texts.HEALTH_BUTTON_REFUSED.format(name=name) for name in names)
        return {"ok": not problems, "reason": without_secrets("; ".join(problems)), **report}

    async def _look_at_database(self, now: float) -> tuple[dict[str, Any], list[str]]:
        try:
            # A call that only shows a state may wait for hours as Telegram told it: families are answered all the same.
            length, oldest = await self._services.database.read(
                lambda c: outbox_counts.length_and_oldest(c, but_for=owed.SILENT)
            )
        except DatabaseAway as error:
            return {"database": str(error)}, [texts.HEALTH_DATABASE[error.cause.value]]
        except DBAPIError:
            # It answers, but the tables are not there yet: another replica may still be making them.
            return {"database": "no tables"}, [texts.HEALTH_DATABASE_NO_TABLES]
        age = max(0.0, now - oldest) if oldest else 0.0
        late = [texts.HEALTH_LATE.format(seconds=age)] if age > outbox.LATE_S else []
        # A full disk, or a file that nobody may write to, is read as well as ever.
        trouble = self._services.database.trouble
        if trouble:
            late.append(texts.HEALTH_DATABASE[trouble.cause.value])
        return {"database": str(trouble or "ok"), "outbox_length": length, "outbox_oldest_seconds": round(age, 1)}, late

    async def _metrics(self, request: web.BaseRequest) -> web.Response:
        services = self._services
        try:
            length, oldest = await services.database.read(outbox_counts.length_and_oldest)
            services.metrics.outbox(length, max(0.0, services.clock() - oldest) if oldest else 0.0)
            services.metrics.tickets(await services.database.read(tickets.count_by_status))
            opened = await services.database.read(school_counts.open_tickets)
            waiting = await services.database.read(school_counts.owed)
            slug_of = services.schools.slug_of
            services.metrics.schools(
                {slug_of(school_id): number for school_id, number in opened.items()},
                {slug_of(school_id): number for school_id, number in waiting.items()},
            )
        except (DatabaseAway, DBAPIError):
            services.metrics.database_away()
            log.warning("metrics are given without the database")
        if services.health.last_contact:
            services.metrics.telegram_answered(services.health.last_contact)
        return web.Response(body=services.metrics.render(), headers={"Content-Type": CONTENT_TYPE})
