"""The bot's own HTTP port: /healthz and /metrics in both modes."""

import logging
from typing import Any

from aiohttp import web

from bot import texts_ru as texts
from bot.intake import Intake
from bot.metrics import CONTENT_TYPE
from bot.services import Services
from storage import outbox, tickets
from storage.database import DatabaseAway

log = logging.getLogger(__name__)

OLDEST_HEALTHY_S = 600.0
BODY_LIMIT = 1024 * 1024


class PortInUse(Exception):
    """The port of the settings is taken."""


class Web:
    """One aiohttp server on HTTP_HOST:HTTP_PORT."""

    def __init__(self, services: Services, intake: Intake) -> None:
        self._services = services
        self._intake = intake
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listens. Raises PortInUse."""
        app = web.Application(client_max_size=BODY_LIMIT)
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/metrics", self._metrics)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=5)
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

    async def stop(self) -> None:
        """Closes the port after the answers in hand."""
        if self._runner:
            await self._runner.cleanup()

    async def close_webhook(self) -> None:
        """Polling and a webhook exclude each other: takes a webhook of an earlier run away, keeping its updates."""
        await self._services.bot.delete_webhook(drop_pending_updates=False)

    async def _healthz(self, request: web.Request) -> web.Response:
        health = await self.health()
        return web.json_response(health, status=200 if health["ok"] else 503)

    async def health(self) -> dict[str, Any]:
        """What a watcher asks: whether all is well, and what is not."""
        services, problems = self._services, []
        now = services.clock()
        report: dict[str, Any] = {"database": "ok"}
        try:
            length, oldest = await services.database.read(outbox.length_and_oldest)
            age = max(0.0, now - oldest) if oldest else 0.0
            report |= {"outbox_length": length, "outbox_oldest_seconds": round(age, 1)}
            if age > OLDEST_HEALTHY_S:
                problems.append(f"the oldest message waits for {age:.0f} s")
        except DatabaseAway as error:
            report["database"] = str(error)
            problems.append("the database does not answer")
        if services.support_chat_id is not None and services.desk_away:
            problems.append(f"the support chat: {services.desk_away}")
        if services.last_contact:
            report["telegram_seconds"] = round(now - services.last_contact, 1)
        return {"ok": not problems, "reason": "; ".join(problems), **report}

    async def _metrics(self, request: web.Request) -> web.Response:
        services = self._services
        try:
            length, oldest = await services.database.read(outbox.length_and_oldest)
            services.metrics.outbox(length, max(0.0, services.clock() - oldest) if oldest else 0.0)
            services.metrics.tickets(await services.database.read(tickets.count_by_status))
        except DatabaseAway:
            log.warning("metrics are given without the database")
        if services.last_contact:
            services.metrics.telegram_answered(services.last_contact)
        return web.Response(body=services.metrics.render(), headers={"Content-Type": CONTENT_TYPE})
