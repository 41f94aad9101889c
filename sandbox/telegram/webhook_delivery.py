"""Delivers updates to a webhook as Telegram's own Bot API server does it.

Source: the server's code (tdlib/telegram-bot-api). There is a queue per chat for messages and edits, one per user for
callback queries, and one for each other kind; one update of a queue is in flight, and queues go side by side up to
`max_connections`. An update is tried again until the answer is 2xx: at once, then after 2, 4, 8 … seconds, at most 60;
a `Retry-After` of the failed answer is obeyed up to an hour.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from typing import Any, Protocol

from aiohttp import (
    BodyPartReader,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    MultipartReader,
    TCPConnector,
)

from sandbox.telegram.errors import Dropped, Json, Refused
from sandbox.telegram.parameters import Upload
from sandbox.telegram.records import Update

LONGEST_PAUSE = 60.0
LONGEST_RETRY_AFTER = 3600.0
ANSWER_SECONDS = 60.0
NOT_IN_ANSWERS = ("get", "setwebhook", "deletewebhook", "close", "logout")


class Caller(Protocol):
    """Names the part of the sandboxed Telegram that the delivery by webhook uses."""

    redelivery_scale: float

    def now(self) -> float: ...
    def acknowledge(self, number: int) -> None: ...
    def expire(self, number: int) -> None: ...
    def tell(self, event: str, **details: Any) -> None: ...
    async def call(self, name: str, given: Json, uploads: dict[str, Upload] | None = None) -> Any: ...


class WebhookCaller:
    """Delivers to one webhook until `end`.

    `redelivery_scale` of Telegram shortens every pause, so that tests need not wait.
    """

    def __init__(self, telegram: Any, url: str, secret: str, max_connections: int) -> None:
        self.telegram: Caller = telegram
        self.url = url
        self.max_connections = max_connections
        self.last_error: Json = {}
        self.most_in_flight = 0
        self.attempts = 0
        self._in_flight = 0
        self._headers = {"Content-Type": "application/json"} | (
            {"X-Telegram-Bot-Api-Secret-Token": secret} if secret else {}
        )
        self._queues: dict[tuple[str, int], deque[Update]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(max_connections)
        self._session: ClientSession | None = None

    def begin(self, waiting: list[Update]) -> None:
        """Starts with the updates that wait already."""
        connector = TCPConnector(limit=self.max_connections, ssl=False)
        self._session = ClientSession(connector=connector, timeout=ClientTimeout(total=ANSWER_SECONDS))
        for update in waiting:
            self.take(update)

    def take(self, update: Update) -> None:
        """Puts an update in its queue."""
        queue = self._queues.get(update.queue)
        if queue is not None:
            queue.append(update)
            return
        self._queues[update.queue] = deque((update,))
        task = asyncio.get_running_loop().create_task(self._drain(update.queue))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def end(self) -> None:
        """Stops the delivery; updates that were not delivered stay pending."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session:
            await self._session.close()

    async def _drain(self, key: tuple[str, int]) -> None:
        queue = self._queues[key]
        while queue:
            await self._deliver(queue[0])
            queue.popleft()
        del self._queues[key]

    async def _deliver(self, update: Update) -> None:
        failures = 0
        body = json.dumps(update.body, ensure_ascii=False).encode()
        while update.expires > self.telegram.now():
            async with self._slots:
                pause = await self._try(update, body)
            if pause is None:
                return
            failures += 1
            backoff = 0.0 if failures == 1 else min(2.0 ** (failures - 1), LONGEST_PAUSE)
            await asyncio.sleep(max(backoff, pause) * self.telegram.redelivery_scale)
        self.telegram.expire(update.id)

    async def _try(self, update: Update, body: bytes) -> float | None:
        """Makes one request. Gives None where it was taken, else the seconds that the bot asked to wait (0: none)."""
        assert self._session is not None
        self.attempts += 1
        self._in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self._in_flight)
        try:
            async with self._session.post(self.url, data=body, headers=self._headers) as answer:
                if 200 <= answer.status < 300:
                    said = await _method_in(answer)
                    self.telegram.acknowledge(update.id)
                    if said:
                        await self._carry_out(*said)
                    return None
                self._note(f"Wrong response from the webhook: {answer.status} {answer.reason}")
                return _retry_after(answer)
        except (ClientError, OSError, TimeoutError, ValueError) as error:
            self._note(f"{type(error).__name__}: {error}")
            return 0.0
        finally:
            self._in_flight -= 1

    async def _carry_out(self, parameters: Json, uploads: dict[str, Upload]) -> None:
        """Does what the answer asks for; nobody is told how it went."""
        name = str(parameters.pop("method"))
        if name.lower().startswith(NOT_IN_ANSWERS):
            return
        try:
            await self.telegram.call(name, parameters, uploads)
        except (Refused, Dropped):
            return

    def _note(self, error: str) -> None:
        self.last_error = {"last_error_date": int(self.telegram.now()), "last_error_message": error}
        self.telegram.tell("undelivered", error=error)


def _retry_after(answer: ClientResponse) -> float:
    value = answer.headers.get("Retry-After", "")
    return min(float(value), LONGEST_RETRY_AFTER) if value.isdigit() else 0.0


async def _method_in(answer: ClientResponse) -> tuple[Json, dict[str, Upload]] | None:
    """Reads the call in a webhook's answer, JSON or multipart; None where there is none."""
    if answer.content_type == "application/json":
        raw = await answer.read()
        parameters = json.loads(raw) if raw.strip() else None
        return (parameters, {}) if isinstance(parameters, dict) and "method" in parameters else None
    if not answer.content_type.startswith("multipart/"):
        await answer.read()
        return None
    parameters, uploads = await read_parts(MultipartReader.from_response(answer).stream)
    return (parameters, uploads) if "method" in parameters else None


async def read_parts(reader: MultipartReader) -> tuple[Json, dict[str, Upload]]:
    """Reads the fields and the files of a multipart body."""
    fields: Json = {}
    files: dict[str, Upload] = {}
    while (part := await reader.next()) is not None:
        if not isinstance(part, BodyPartReader) or not part.name:
            continue
        data = bytes(await part.read(decode=True))
        if part.filename is None:
            fields[part.name] = data.decode()
        else:
            files[part.name] = Upload(part.filename, data, part.headers.get("Content-Type", "application/octet-stream"))
    return fields, files
