"""Hands out updates: GET /updates with its marker, or calls to the addresses that subscribed."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from sandbox.max import max_rules
from sandbox.max.max_errors import MaxRefused, broken_payload
from sandbox.max.max_memory import BOT_ID
from sandbox.max.message_methods import DONE, MessageMethods
from sandbox.max.subscription import Subscription
from sandbox.telegram.errors import Json
from sandbox.telegram.records import Update

BATCH = 100


class UpdateQueue(MessageMethods):
    """Carries out the calls about the bot itself and its updates. Polling and subscriptions exclude each other."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.subscriptions: dict[str, Subscription] = {}
        self.committed = self.newest_update + 1
        # The pauses of a real subscription begin with a minute.
        self.redelivery_scale = 0.005

    def get_me(self, _p: Json) -> Json:
        return self.account(BOT_ID) | {"commands": self.commands}

    def set_commands(self, p: Json) -> Json:
        self.commands = max_rules.commands(p.get("commands"))
        self.tell("commands")
        return {"commands": self.commands}

    def renumber(self, first: int) -> None:
        """Gives the next update this number, as after a while without any; all before it count as committed."""
        self.newest_update = first - 1
        self.committed = first

    # -- polling ----------------------------------------------------------------------------------------------

    async def get_updates(self, p: Json) -> Json:
        """Gives the updates from the marker on, waiting up to `timeout` seconds for the first.

        All before the marker are committed; an older marker gives again what is still kept, which is a day's.
        """
        if self.subscriptions:
            raise MaxRefused(405, "method.not.allowed", "Method not allowed: the bot has a webhook")
        if not 0 <= p.get("timeout", 30) <= 90 or not 1 <= p.get("limit", BATCH) <= 1000:
            raise broken_payload("timeout: 0 to 90, limit: 1 to 1000")
        self.polls += 1
        self.tell("poll")
        self.expire_old()
        marker = p["marker"] if "marker" in p else self._without_marker()
        self._commit(marker)
        wanted = set(p["types"].split(",")) if p.get("types") else None
        deadline = time.monotonic() + p.get("timeout", 30)
        while True:
            self.arrived.clear()
            there = [update for update in self.kept if update.id >= marker][: min(p.get("limit", BATCH), BATCH)]
            found = [update.body for update in there if wanted is None or update.body["update_type"] in wanted]
            for update in there:
                if wanted is not None and update.body["update_type"] not in wanted:
                    self.acknowledge(update.id)  # the bot never hears of it, so nobody waits for that
            left = deadline - time.monotonic()
            if found or left <= 0 or self.subscriptions:
                return {"updates": found, "marker": there[-1].id + 1 if there else marker}
            try:
                await asyncio.wait_for(self.arrived.wait(), left)
            except TimeoutError:
                continue

    def _without_marker(self) -> int:
        if self.no_marker == "committed" or not self.pending:
            return self.committed
        return max(self.pending)

    def _commit(self, marker: int) -> None:
        self.committed = max(self.committed, min(marker, self.newest_update + 1))
        for number in [one for one in self.pending if one < marker]:
            self.acknowledge(number)

    def expire_old(self) -> None:
        """Gives up what is older than a day."""
        for update in self.kept:
            if update.expires <= self.now():
                self.expire(update.id)
        self.kept = [update for update in self.kept if update.expires > self.now()]

    # -- subscriptions ----------------------------------------------------------------------------------------

    def get_subscriptions(self, _p: Json) -> Json:
        return {"subscriptions": [one.shown() for one in self.subscriptions.values()]}

    async def subscribe_webhook(self, p: Json) -> Json:
        max_rules.webhook(p.get("url"), p.get("secret"), local=self.local_webhooks)
        await self.unsubscribe(p["url"])
        subscription = Subscription(self, p["url"], p.get("secret") or "", p.get("update_types"))
        self.subscriptions[p["url"]] = subscription
        subscription.begin(list(self.pending.values()))
        self.on_update = self._deliver
        self.arrived.set()
        return DONE

    async def unsubscribe_webhook(self, p: Json) -> Json:
        if not await self.unsubscribe(p.get("url", "")):
            raise MaxRefused(200, "not.found", "No such subscription")
        return DONE

    async def unsubscribe(self, url: str) -> bool:
        """Ends the delivery to an address, as MAX also does by itself after eight hours of failures."""
        subscription = self.subscriptions.pop(url, None)
        if not self.subscriptions:
            self.on_update = None
        if subscription:
            await subscription.end()
        return subscription is not None

    async def stop(self) -> None:
        """Ends the delivery to every address, and any poll that waits."""
        for url in list(self.subscriptions):
            await self.unsubscribe(url)
        self.arrived.set()

    def _deliver(self, update: Update) -> None:
        for subscription in self.subscriptions.values():
            subscription.take(update)
