"""Takes MAX's updates by webhook: it checks the secret first, and answers 200 only after the update is handled.

MAX waits 30 seconds for the answer, repeats what is not answered 200, and gives a subscription up after 8 hours of it
(dev.max.ru, POST /subscriptions): so the subscription is looked at every minute and made anew where it is gone.
"""

import asyncio
import logging
from typing import Any

from aiohttp import web

from bot import texts_ru as texts
from bot.channels.incoming_json import loads
from bot.channels.max.http_client import UPDATE_TYPES, HttpClient, NoAnswer, Refused
from bot.channels.max.max_updates import UpdateReader
from bot.channels.posted_updates import PostedUpdates
from bot.intake import Intake
from bot.services import Services
from storage.database import DatabaseAway

log = logging.getLogger(__name__)

LOOK_EVERY_S = 60.0
HEALTH_PART = "max updates"  # the name under which health keeps why no updates come


class MaxWebhook(PostedUpdates):
    """Serves the address that MAX posts to, and keeps the subscription to it."""

    secret_header = "X-Max-Bot-Api-Secret"

    def __init__(self, services: Services, intake: Intake, client: HttpClient, reader: UpdateReader) -> None:
        super().__init__(services.settings.max_secret_or_derived)
        self._services = services
        self._intake = intake
        self._client = client
        self._reader = reader

    # --- the subscription ------------------------------------------------------------------------------------------

    async def subscribe(self) -> None:
        """Takes updates from now on, and has MAX post them here and nowhere else. Raises Refused or NoAnswer."""
        self._open = True
        url = self._services.settings.max_webhook_url
        for other in await self._subscribed():
            if other != url:
                await self._unsubscribe(other)
        body = {"url": url, "secret": self._secret.decode(), "update_types": list(UPDATE_TYPES)}
        await self._client.call("POST", "subscriptions", body=body)
        log.info("updates of MAX come to %s", url)

    async def drop_all(self) -> None:
        """Drops every subscription: while there is one, MAX gives nothing to polling. Raises Refused or NoAnswer."""
        for url in await self._subscribed():
            log.warning("the subscription of an earlier run is dropped: %s", url)
            await self._unsubscribe(url)

    async def watch(self) -> None:
        """Looks at the subscription every minute, until it is cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                if await self._subscribed() != [self._services.settings.max_webhook_url]:
                    log.warning("MAX has dropped the subscription: it is made anew")
                    await self.subscribe()
                self._services.health.note(HEALTH_PART, "")
            except Refused as error:
                reason = texts.HEALTH_MAX_WEBHOOK.format(error=error.refusal.message)
                if error.refusal.status == 401:
                    reason = texts.HEALTH_MAX_TOKEN
                self._services.health.note(HEALTH_PART, reason)
                log.warning("the subscription of MAX cannot be made: %s", error)
            except NoAnswer:
                continue  # how long MAX is silent is counted by itself

    async def _subscribed(self) -> list[str]:
        said = (await self._client.call("GET", "subscriptions")).get("subscriptions")
        return [str(one.get("url")) for one in said or [] if isinstance(one, dict)]

    async def _unsubscribe(self, url: str) -> None:
        try:
            await self._client.call("DELETE", "subscriptions", {"url": url})
        except Refused as error:
            if error.refusal.code != "not.found":
                raise

    # --- requests --------------------------------------------------------------------------------------------------

    async def _answer(self, body: bytes) -> web.Response:
        self._services.health.touched(self._services.clock(), "MAX")
        try:
            raw: Any = loads(body)
        except ValueError:
            return web.Response(status=400)
        try:
            for update in await self._reader.read(raw):
                await self._intake.handle(update)
        except DatabaseAway as error:
            log.warning("an update of MAX is refused, the database is away: %s", error)
            return self._later()
        return web.Response(status=200)
