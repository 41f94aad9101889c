"""The base of both webhooks: checks each request, and answers it only after the update in it is handled."""

import abc
import asyncio
import hmac
import logging

from aiohttp import web

log = logging.getLogger(__name__)

BODY_LIMIT = 1024 * 1024
DRAIN_S = 25.0


class PostedUpdates(abc.ABC):
    """Serves the one address that a messenger posts to, with its secret in the header `secret_header`."""

    secret_header: str

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._open = False
        self._in_hand: set[asyncio.Task[web.Response]] = set()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Handles one request of the messenger, or of an impostor: it is answered 200 once the update is handled."""
        given = request.headers.get(self.secret_header, "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, self._secret):
            return _closing(401)
        if request.method != "POST":
            return _closing(405)
        if (request.content_length or 0) > BODY_LIMIT:
            return _closing(413)
        if not self._open:
            return self._later()
        body = await request.read()
        # The handling must not end with the connection: a task of its own goes on where the messenger hangs up.
        task = asyncio.ensure_future(self._answer(body))
        self._in_hand.add(task)
        task.add_done_callback(self._in_hand.discard)
        return await asyncio.shield(task)

    async def drain(self) -> None:
        """Refuses what comes from now on and waits for what is in hand, at most `DRAIN_S` seconds."""
        self._open = False
        if self._in_hand:
            _, late = await asyncio.wait(self._in_hand, timeout=DRAIN_S)
            if late:
                log.warning("%s updates were still in hand; the messenger will repeat them", len(late))

    @abc.abstractmethod
    async def _answer(self, body: bytes) -> web.Response:
        """Handles the update in a body, and gives the answer."""

    def _later(self) -> web.Response:
        """Asks the messenger to repeat the request later."""
        return web.Response(status=503)


def _closing(status: int) -> web.Response:
    """Answers somebody who is not the messenger, and reads nothing more of what they send."""
    response = web.Response(status=status)
    response.force_close()
    return response
