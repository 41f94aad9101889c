"""Serves MAX's stand-in over HTTP: the API at one address, uploads and files at another, as with MAX itself."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import unquote

from aiohttp import BodyPartReader, web
from aiohttp.web_runner import ServerRunner, TCPSite

from sandbox.max.max_api import Max
from sandbox.max.max_errors import MaxRefused, broken_payload
from sandbox.telegram.errors import Dropped, Json, Refused
from sandbox.telegram.server import broken_answer, half_of

Handler = Callable[[web.BaseRequest], Any]


class ApiFront:
    """Reads a call, lets MAX carry it out, writes the answer."""

    def __init__(self, max: Max) -> None:
        self.max = max

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            if request.headers.get("Authorization") != self.max.token:
                raise MaxRefused(401, "verify.token", "Invalid access_token")
            answer = await self.max.call(
                request.method, request.path.strip("/"), dict(request.query), await _body(request)
            )
        except Refused as refused:
            return _json(refused.code, refused.body())
        except Dropped as dropped:
            return broken_answer(request, dropped)
        return _json(200, answer)


class FileFront:
    """Takes what is uploaded, and gives files to anybody who knows their address."""

    def __init__(self, max: Max) -> None:
        self.max = max

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        what, _, rest = request.raw_path.lstrip("/").partition("/")
        if what == "upload" and request.method == "POST":
            return await self._upload(request, unquote(rest))
        if what == "file" and request.method == "GET":
            return await self._file(request, rest)
        return web.Response(status=404)

    async def _upload(self, request: web.BaseRequest, token: str) -> web.StreamResponse:
        if not request.content_type.startswith("multipart/"):
            return web.Response(status=415)
        part = await (await request.multipart()).next()
        if not isinstance(part, BodyPartReader) or not part.name:
            return web.Response(status=400)
        data = bytes(await part.read(decode=True))
        status, answer = self.max.take_upload(token, part.name, part.filename or "", data)
        if isinstance(answer, str):
            return web.Response(status=status, text=answer, content_type="application/xml")
        return _json(status, answer)

    async def _file(self, request: web.BaseRequest, path: str) -> web.StreamResponse:
        file = next((one for one in self.max.files.values() if one.path == path), None)
        trouble = self.max.bad_downloads.pop(0) if self.max.bad_downloads else None
        if isinstance(trouble, int):
            return web.Response(status=trouble)
        if file is None:
            return web.Response(status=404)
        return await half_of(request, file.data) if trouble == "cut" else web.Response(body=file.data)


async def _body(request: web.BaseRequest) -> Json:
    raw = await request.read()
    if not raw.strip():
        return {}
    try:
        body = json.loads(raw)
    except ValueError:
        raise broken_payload("the body is no JSON") from None
    if not isinstance(body, dict):
        raise broken_payload("an object is expected")
    return body


def _json(status: int, body: Json) -> web.Response:
    return web.Response(
        status=status, body=json.dumps(body, ensure_ascii=False).encode(), content_type="application/json"
    )


@asynccontextmanager
async def max_running(max: Max, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serves while the block runs; gives the address for `MAX_API_URL`. Port 0 takes a free one."""
    runners = []
    try:
        api, url = await _serve(ApiFront(max).handle, host, port)
        runners.append(api)
        files, max.files_url = await _serve(FileFront(max).handle, host, 0)
        runners.append(files)
        yield url
    finally:
        await max.stop()
        for runner in runners:
            await asyncio.shield(runner.cleanup())


async def _serve(handle: Handler, host: str, port: int) -> tuple[ServerRunner, str]:
    runner = ServerRunner(web.Server(handle, access_log=None), shutdown_timeout=0.2)
    await runner.setup()
    await TCPSite(runner, host, port).start()
    return runner, f"http://{host}:{runner.addresses[0][1]}"
