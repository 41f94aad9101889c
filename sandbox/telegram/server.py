"""Serves the sandbox over HTTP: `/bot<token>/<method>` and `/file/bot<token>/<path>`; JSON, form and multipart."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl, unquote

from aiohttp import web
from aiohttp.web_runner import BaseRunner, ServerRunner, TCPSite

from sandbox.telegram.bot_api import Telegram
from sandbox.telegram.errors import Dropped, Json, Page, Refused
from sandbox.telegram.parameters import Upload
from sandbox.telegram.webhook_delivery import read_parts

try:
    import orjson
except ImportError:  # the standard library does the same, slower

    def _dumps(value: Any) -> bytes:
        return json.dumps(value, ensure_ascii=False, default=str).encode()
else:

    def _dumps(value: Any) -> bytes:
        return orjson.dumps(value, default=str)


_OK = b'{"ok":true,"result":'
_TRUE = b'{"ok":true,"result":true}'
Handler = Callable[[web.BaseRequest], Any]


class Front:
    """Reads a request, calls Telegram, writes the answer.

    The low-level server is used: routing costs more than the call itself.
    """

    def __init__(self, telegram: Telegram) -> None:
        self.telegram = telegram
        self.method_prefix = f"/bot{telegram.token}/"
        self.file_prefix = f"/file/bot{telegram.token}/"

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.raw_path.partition("?")[0]
        if not path.startswith(self.method_prefix):
            path = unquote(path)
        if path.startswith(self.method_prefix):
            return await self._call(request, path[len(self.method_prefix) :])
        if path.startswith(self.file_prefix):
            return await self._file(request, unquote(path[len(self.file_prefix) :]))
        unknown = path.startswith(("/bot", "/file/bot"))
        return _json(Refused(401, "Unauthorized") if unknown else Refused(404, "Not Found"))

    async def _call(self, request: web.BaseRequest, name: str) -> web.StreamResponse:
        try:
            parameters, uploads = await _parameters(request)
        except (ValueError, UnicodeDecodeError):
            return _json(Refused(400, "Bad Request: can't parse request body"))
        try:
            result = await self.telegram.call(name, parameters, uploads)
        except Refused as refused:
            return _json(refused)
        except Dropped as dropped:
            return broken_answer(request, dropped)
        body = _TRUE if result is True else _OK + _dumps(result) + b"}"
        return web.Response(body=body, content_type="application/json")

    async def _file(self, request: web.BaseRequest, path: str) -> web.StreamResponse:
        data = self.telegram.file_at(path)
        trouble = self.telegram.bad_downloads.pop(0) if self.telegram.bad_downloads else None
        if isinstance(trouble, int):
            return web.Response(status=trouble)
        if trouble == "cut" and data is not None:
            return await half_of(request, data)
        return web.Response(body=data) if data is not None else web.Response(status=404)


def broken_answer(request: web.BaseRequest, dropped: Dropped) -> web.Response:
    """Answers by a page that is no JSON, or drops the connection. Raises ConnectionResetError then."""
    if isinstance(dropped, Page):
        return web.Response(status=502, text="<html><h1>502 Bad Gateway</h1></html>", content_type="text/html")
    if request.transport is not None:
        request.transport.abort()
    raise ConnectionResetError from None


async def half_of(request: web.BaseRequest, data: bytes) -> web.StreamResponse:
    """Sends half of a file, then closes the connection."""
    answer = web.StreamResponse(headers={"Content-Length": str(len(data))})
    await answer.prepare(request)
    await answer.write(data[: len(data) // 2])
    if request.transport is not None:
        request.transport.close()
    return answer


def _json(refused: Refused) -> web.Response:
    after = refused.parameters.get("retry_after")
    headers = {"Retry-After": str(after)} if after is not None else None
    return web.Response(
        status=refused.code, body=_dumps(refused.body()), content_type="application/json", headers=headers
    )


async def _parameters(request: web.BaseRequest) -> tuple[Json, dict[str, Upload]]:
    """Reads the parameters of the query and of the body together. Raises ValueError for a body that cannot be read."""
    given: Json = dict(parse_qsl(request.query_string, keep_blank_values=True)) if request.query_string else {}
    kind = request.content_type
    if not request.can_read_body:
        return given, {}
    if kind.startswith("multipart/"):
        fields, uploads = await read_parts(await request.multipart())
        return given | fields, uploads
    raw = await request.read()
    if kind == "application/json":
        body = json.loads(raw) if raw.strip() else {}
        if not isinstance(body, dict):
            raise ValueError("an object is expected")
        return given | body, {}
    return given | dict(parse_qsl(raw.decode(), keep_blank_values=True)), {}


async def serve(telegram: Telegram, host: str = "127.0.0.1", port: int = 0) -> tuple[BaseRunner, str]:
    """Starts serving; returns the runner to clean up and the address. Port 0 takes a free one."""
    server = web.Server(Front(telegram).handle, access_log=None)
    runner = ServerRunner(server, shutdown_timeout=0.2)
    await runner.setup()
    site = TCPSite(runner, host, port)
    await site.start()
    bound = runner.addresses[0][1]
    return runner, f"http://{host}:{bound}"


@asynccontextmanager
async def running(telegram: Telegram, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serves while the block runs; gives the address for `TELEGRAM_API_URL`."""
    runner, url = await serve(telegram, host, port)
    try:
        yield url
    finally:
        await telegram.stop()
        await asyncio.shield(runner.cleanup())
