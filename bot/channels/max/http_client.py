"""The HTTP client for MAX's Bot API: JSON over HTTPS, within MAX's limits, failures as NoAnswer or Refused.

Source of paths, bodies and codes: dev.max.ru/docs-api and its schema, 0.0.33.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from aiohttp import (
    ClientConnectionError,
    ClientError,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    FormData,
    TCPConnector,
)
from yarl import URL

from bot.channels.incoming_json import loads
from bot.channels.max import trusted_root
from bot.channels.max.call_pace import CallPace

log = logging.getLogger(__name__)

REQUEST_TIMEOUT_S = 15.0
FILE_TIMEOUT_S = 30.0
UPDATE_TYPES = (
    "message_created", "message_callback", "message_edited", "message_removed", "bot_started", "bot_stopped",
    "dialog_removed", "bot_added", "bot_removed", "bot_admin_permissions_changed",
)  # fmt: skip
BATCH = 100
_CLOSING_S = 0.25
_LATER = (408, 425, 429)  # of the statuses that refuse


class NoAnswer(Exception):
    """MAX did not answer, or something on the way did in its place; whether the call was done is not known."""


class FileGone(Exception):
    """A file does not stand any more where MAX said; it tells what its host answers."""


def is_final(status: int) -> bool:
    """Tells whether a host that answers so of a file will never give it."""
    return 400 <= status < 500 and status not in _LATER


@dataclass(frozen=True, slots=True)
class Refusal:
    """Holds what MAX says of a call that it did not carry out; `status` may be 200, with an answer that refuses."""

    status: int
    code: str
    message: str
    retry_after: float = 0.0


class Refused(Exception):
    """MAX answered that it did not carry out a call."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"{refusal.status} {refusal.code}: {refusal.message}")
        self.refusal = refusal


class HttpClient:
    """Makes the calls. `on_answer` is called at every answer of MAX, a refusal too."""

    def __init__(self, url: str, token: str, on_answer: Callable[[], None], pace: CallPace | None = None) -> None:
        self._url = URL(url)
        self._token = token
        self._on_answer = on_answer
        self._pace = pace or CallPace()
        self._sessions: dict[bool, ClientSession] = {}

    async def close(self) -> None:
        """Closes the connections; those that are encrypted need a moment for it (aiohttp, «Graceful Shutdown»)."""
        if self._sessions:
            await asyncio.gather(*(session.close() for session in self._sessions.values()))
            if self._url.scheme == "https":
                await asyncio.sleep(_CLOSING_S)

    def _connections(self, *, of_max: bool) -> ClientSession:
        """Gives the connections to MAX's host, or those to the hosts of its files, which ordinary roots vouch for.

        Raises ClientConnectionError once any were closed: what is sent so late could not be recorded any more.
        """
        if any(session.closed for session in self._sessions.values()):
            raise ClientConnectionError("the connections are closed")
        if of_max not in self._sessions:
            connector = TCPConnector(ssl=trusted_root.context()) if of_max and self._url.scheme == "https" else None
            self._sessions[of_max] = ClientSession(connector=connector, cookie_jar=DummyCookieJar())
        return self._sessions[of_max]

    async def call(
        self,
        method: str,
        path: str,
        query: Mapping[str, str | int] | None = None,
        body: Any = None,
        *,
        changes: int | None = None,
        timeout: float = REQUEST_TIMEOUT_S,
    ) -> dict[str, Any]:
        """Makes a call, and gives its answer. `changes` names the chat in which it changes something.

        Raises Refused, or NoAnswer.
        """
        await self._pace.wait(changes)
        data = None if body is None else orjson.dumps(body)
        headers = {"Authorization": self._token} | ({"Content-Type": "application/json"} if data is not None else {})
        address = self._url.joinpath(path, encoded=True).with_query({k: str(v) for k, v in (query or {}).items()})
        try:
            async with self._connections(of_max=True).request(
                method, address, data=data, headers=headers, timeout=ClientTimeout(total=timeout), allow_redirects=False
            ) as answer:
                return self._read(answer.status, await answer.read(), answer.headers.get("Retry-After", ""))
        except (ClientError, OSError, TimeoutError) as error:
            raise NoAnswer(f"{type(error).__name__} at {method} /{path}") from error

    def _read(self, status: int, body: bytes, retry_after: str) -> dict[str, Any]:
        try:
            said = loads(body)
        except ValueError:
            said = None
        if not isinstance(said, dict):
            raise NoAnswer(f"HTTP {status}, an answer that does not parse")
        self._on_answer()
        if status == 200 and said.get("success") is not False:
            return said
        seconds = float(retry_after) if retry_after.isascii() and retry_after.isdigit() else 0.0
        raise Refused(Refusal(status, str(said.get("code") or ""), str(said.get("message") or ""), seconds))

    # --- files ---------------------------------------------------------------------------------------------------

    async def upload(self, address: str, data: bytes, name: str, field: str) -> tuple[int, bytes]:
        """Posts a file to the address that MAX gave for it; gives status and answer. Raises NoAnswer."""
        form = FormData(quote_fields=False)  # MAX keeps a percent-encoded name as it is
        form.add_field(field, data, filename=name.replace('"', "'").replace("\r", " ").replace("\n", " "))
        try:
            async with self._connections_to(address).post(
                address, data=form, timeout=ClientTimeout(total=FILE_TIMEOUT_S)
            ) as answer:
                return answer.status, await answer.read()
        except (ClientError, OSError, TimeoutError, ValueError) as error:
            raise NoAnswer(f"{type(error).__name__} at an upload") from error

    async def fetch(self, address: str, most: int, timeout: float) -> bytes:
        """Gives the bytes of a file, at most one more than `most`. Raises FileGone, or NoAnswer."""
        received = bytearray()
        try:
            async with self._connections_to(address).get(address, timeout=ClientTimeout(total=timeout)) as answer:
                if is_final(answer.status):
                    raise FileGone(f"HTTP {answer.status}")
                if answer.status != 200:
                    raise NoAnswer(f"HTTP {answer.status} at a file")
                async for chunk in answer.content.iter_chunked(65536):
                    received += chunk
                    if len(received) > most:
                        break
        except (ClientError, OSError, TimeoutError, ValueError) as error:
            raise NoAnswer(f"{type(error).__name__} at a file") from error
        return bytes(received)

    def _connections_to(self, address: str) -> ClientSession:
        """Gives the connections for a file's host: the token is shown to none of them."""
        return self._connections(of_max=URL(address).host == self._url.host)
