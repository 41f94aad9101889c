"""Delivers updates to an address that subscribed, with its secret; tries again later what was not answered by 200.

Source: dev.max.ru, POST /subscriptions: HTTP 200 within 30 seconds, else up to ten more tries after 60, 150, 375 …
seconds; after eight hours without success the address is unsubscribed. That a failed update holds up no other is the
stricter reading: the page promises no order.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any, Protocol

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector

from sandbox.telegram.errors import Json
from sandbox.telegram.records import Update

ANSWER_S = 30.0
FIRST_PAUSE_S, PAUSES_GROW, RETRIES = 60.0, 2.5, 10
GIVEN_UP_AFTER_S = 8 * 3600.0


class Deliverer(Protocol):
    """Names the part of MAX's stand-in that a subscription uses."""

    redelivery_scale: float

    def now(self) -> float: ...
    def milliseconds(self) -> int: ...
    def acknowledge(self, number: int) -> None: ...
    def expire(self, number: int) -> None: ...
    def tell(self, event: str, **details: Any) -> None: ...
    async def unsubscribe(self, url: str) -> bool: ...


class Subscription:
    """Delivers to one address until `end`; `attempts` counts the requests."""

    def __init__(self, max: Any, url: str, secret: str, kinds: list[str] | None) -> None:
        self.max: Deliverer = max
        self.url = url
        self.kinds = kinds
        self.attempts = 0
        self._since = self.max.milliseconds()
        self._succeeded = self.max.now()
        self._headers = {"Content-Type": "application/json"} | ({"X-Max-Bot-Api-Secret": secret} if secret else {})
        self._queues: dict[tuple[str, int], asyncio.Queue[Update]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: ClientSession | None = None

    def shown(self) -> Json:
        """Gives the Subscription as GET /subscriptions lists it."""
        return {"url": self.url, "time": self._since, "update_types": self.kinds}

    def begin(self, waiting: list[Update]) -> None:
        """Starts with the updates that wait already."""
        self._session = ClientSession(connector=TCPConnector(ssl=False), timeout=ClientTimeout(total=ANSWER_S))
        for update in waiting:
            self.take(update)

    def take(self, update: Update) -> None:
        """Delivers an update after those of its chat that came before; of a kind not asked for it is passed over."""
        if self.kinds is not None and update.body["update_type"] not in self.kinds:
            self.max.acknowledge(update.id)
            return
        if update.queue not in self._queues:
            self._queues[update.queue] = asyncio.Queue()
            self._start(self._drain(self._queues[update.queue]))
        self._queues[update.queue].put_nowait(update)

    async def end(self) -> None:
        """Stops the delivery; updates that were not delivered stay pending."""
        this = asyncio.current_task()
        others = [task for task in self._tasks if task is not this]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        if self._session:
            await self._session.close()

    def _start(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _drain(self, queue: asyncio.Queue[Update]) -> None:
        while True:
            update = await queue.get()
            if not await self.deliver(update):
                self._start(self._deliver_later(update))

    async def _deliver_later(self, update: Update) -> None:
        pause = FIRST_PAUSE_S
        for _ in range(RETRIES):
            await asyncio.sleep(pause * self.max.redelivery_scale)
            pause *= PAUSES_GROW
            if await self.deliver(update):
                return
            if self.max.now() - self._succeeded > GIVEN_UP_AFTER_S:
                await self.max.unsubscribe(self.url)
                return
        self.max.expire(update.id)

    async def deliver(self, update: Update) -> bool:
        """Makes one request; tells whether it was answered by 200."""
        assert self._session is not None
        self.attempts += 1
        body = json.dumps(update.body, ensure_ascii=False).encode()
        try:
            async with self._session.post(self.url, data=body, headers=self._headers) as answer:
                await answer.read()
                taken = answer.status == 200
        except (ClientError, OSError, TimeoutError):
            taken = False
        if taken:
            self._succeeded = self.max.now()
            self.max.acknowledge(update.id)
        else:
            self.max.tell("undelivered", update=update.body)
        return taken
