"""Renews connections to Telegram on networks that stall, ends answers that stall, and notes how slow answers are.

Some networks let the first 16 KB of a connection or of an answer through and then nothing (net4people/bbs#490).
"""

import asyncio
import time
from collections import deque
from functools import partial
from typing import Any

from aiohttp import ClientResponse, TCPConnector
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection

from bot import texts_ru as texts

RENEW_AFTER_BYTES = 8 * 1024  # of answers: TLS itself takes 5 KB of the 16 to connect, and the next answer needs some
PATIENCE_S = 3.0  # the longest pause in the middle of an answer
PROVEN_BYTES = 32 * 1024  # where a connection let so much through, the network does not stop after 16 KB
TRUSTED_S = 600.0  # so long after such a connection no other is renewed because of its bytes
AT_ONCE = 400  # connections at once: hundreds of calls that hang must leave some for other chats
SLOW_S = 5.0
_SLOW_IN_A_ROW = 2
_REMEMBERED_S = 60.0


class _Counting(ResponseHandler):
    """Counts the bytes of answers that came through a connection."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self.received = 0

    def data_received(self, data: bytes) -> None:
        self.received += len(data)
        super().data_received(data)


class Renewing(TCPConnector):
    """Reuses a connection only while few bytes came through it: a connection that stalled would lose an answer.

    Where a long answer has come through whole of late, connections are used for as long as they last.
    """

    def __init__(self, *, answers: "Answers", **settings: Any) -> None:
        super().__init__(**{**settings, "limit": AT_ONCE})
        self._answers = answers
        make: Any = partial(_Counting, loop=self._loop)
        self._factory = make

    async def connect(self, *request: Any, **more: Any) -> Connection:
        """Gives a connection that is new or little used. Raises ClientError."""
        while True:
            connection = await super().connect(*request, **more)
            if received_by(connection) < RENEW_AFTER_BYTES or self._answers.are_trusted:
                return connection
            connection.close()


def received_by(connection: Connection | None) -> int:
    """Gives the number of bytes of answers that came through a connection so far; 0 for one that was given back."""
    return getattr(connection.protocol, "received", 0) if connection else 0


async def read_body(answer: ClientResponse, patience: float = PATIENCE_S) -> tuple[bytes, bool]:
    """Reads the body of an answer, and tells whether it is whole: it ends where nothing comes for `patience` seconds.

    Raises ClientError.
    """
    parts: list[bytes] = []
    try:
        while True:
            async with asyncio.timeout(patience):
                part = await answer.content.readany()
            if not part:
                return b"".join(parts), True
            parts.append(part)
    except TimeoutError:
        answer.close()
        return b"".join(parts), False


class Answers:
    """Remembers how fast Telegram answered of late. `reason` says in Russian that it is too slow for the families."""

    def __init__(self) -> None:
        self._last: deque[float] = deque(maxlen=_SLOW_IN_A_ROW)  # how long each took, in seconds
        self._ended_at = self._stalled_at = -_REMEMBERED_S
        self._proven_at = -TRUSTED_S

    def took(self, seconds: float) -> None:
        """Notes the seconds that a call waited, whether an answer came or not."""
        self._last.append(seconds)
        self._ended_at = time.monotonic()

    def stalled(self) -> None:
        """Notes an answer that began and did not end."""
        self._stalled_at, self._proven_at = time.monotonic(), -TRUSTED_S

    def came_through(self, received: int) -> None:
        """Notes that so many bytes have come through one connection."""
        if received >= PROVEN_BYTES:
            self._proven_at = time.monotonic()

    @property
    def are_trusted(self) -> bool:
        """Tells whether a long answer came through whole within the last TRUSTED_S seconds."""
        return time.monotonic() - self._proven_at < TRUSTED_S

    def reason(self) -> str:
        """Says in Russian why families wait, judged by the answers of the last minute; empty where they do not wait."""
        now = time.monotonic()
        if now - self._stalled_at < _REMEMBERED_S:
            return texts.HEALTH_ANSWERS_STALL
        slow = len(self._last) == _SLOW_IN_A_ROW and min(self._last) > SLOW_S
        if slow and now - self._ended_at < _REMEMBERED_S:
            return texts.HEALTH_ANSWERS_SLOW.format(seconds=min(self._last))
        return ""
