"""Serves the demo's web page: its files, a WebSocket with all that happens and that people do, and files both ways."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from aiohttp import BodyPartReader, WSCloseCode, WSMsgType, web

from sandbox import demo_view as view
from sandbox.demo_bot import BotProcess
from sandbox.demo_example import Example
from sandbox.demo_stage import WEB, Stage
from sandbox.telegram.errors import Json
from sandbox.telegram.parameters import Upload

FILES = {"/": "index.html", "/style.css": "style.css", "/app.js": "app.js", "/messages.js": "messages.js"}
TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript"}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
UPLOAD_BYTES = 22 * 2**20
BEHIND = 5000  # events that a page may be behind before it is cut off; it then comes back and is told everything anew
TRACED = 60
_TICK_SECONDS = 1.0
_LOCAL = ("127.0.0.1", "localhost", "[::1]")


class Page:
    """Serves any number of open pages, which all show the same stage."""

    def __init__(self, stage: Stage, bot: BotProcess) -> None:
        self.stage = stage
        self.bot = bot
        self.example = Example(stage, self._cue)
        self.remembered = False
        self._narration: Json = {}
        self._queues: set[asyncio.Queue[Json]] = set()
        self._sockets: set[web.WebSocketResponse] = set()
        self._ticker: asyncio.Task[None] | None = None
        self._said: Json = {}
        stage.telegram.subscribe(self._hear)

    async def serve(self, port: int) -> web.AppRunner:
        """Listens on the loopback address. Raises OSError where the port is taken."""
        app = web.Application(client_max_size=UPLOAD_BYTES, middlewares=[_local_only])
        for path in FILES:
            app.router.add_get(path, self._file_of_page)
        app.router.add_get("/ws", self._socket)
        app.router.add_get("/file/{id}", self._file)
        app.router.add_post("/files", self._upload)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
        except OSError:
            await runner.cleanup()
            raise
        self._ticker = asyncio.create_task(self._tick())
        return runner

    async def close(self) -> None:
        """Ends the example and says goodbye to the open pages."""
        await self.example.stop()
        if self._ticker:
            self._ticker.cancel()
        for socket in list(self._sockets):
            with contextlib.suppress(Exception):
                await asyncio.wait_for(socket.close(code=WSCloseCode.GOING_AWAY), 0.5)

    def bot_changed(self) -> None:
        """Tells the pages that the bot's process started, ended, or owes another number of messages."""
        self._tell_status()

    # -- what the pages are told -----------------------------------------------------------------------------------

    def state(self) -> Json:
        """Gives everything, for a page that has just come or come back."""
        stage, telegram = self.stage, self.stage.telegram
        chats = [*(telegram.chats[number] for number in stage.people), stage.support]
        traced = [view.call_json(call) for call in list(telegram.calls)[-TRACED:]]
        return {
            "t": "state",
            "bot": {"name": telegram.bot["first_name"], "username": telegram.bot["username"]},
            "people": stage.words["people"],
            "desk": stage.words["desk"] | {"id": stage.support.id},
            "chats": [view.chat_json(telegram, chat) for chat in chats],
            "trace": traced,
            "remembered": self.remembered,
            "status": self.status(),
            "cue": self._narration,
        }

    def status(self) -> Json:
        """Gives the state of the demo: the bot, the messages that it owes, the troubles that are switched on."""
        telegram = self.stage.telegram
        return {
            "t": "status",
            "bot": self.bot.state,
            "words": self.bot.last_words if self.bot.state == "off" else "",
            "outbox": self.bot.outbox,
            "pending": len(telegram.pending),
            "troubles": self.stage.troubles,
            "blocked": [number for number in self.stage.people if number in telegram.blocked],
            "example": self.example.runs,
            "menus": {str(number): telegram.menu_of(number) for number in (*self.stage.people, self.stage.support.id)},
        }

    def _hear(self, event: Json) -> None:
        shown = view.event_json(self.stage.telegram, event)
        if shown is not None:
            self._tell(shown)
        if event["event"] in ("update", "acknowledged", "expired", "chat", "commands", "trouble"):
            self._tell_status()

    def _tell_status(self) -> None:
        status = self.status()
        if status != self._said:
            self._said = status
            self._tell(status)

    def _cue(self, cue: Json) -> None:
        """Tells the pages where the example points; what it tells stays until it tells the next."""
        if "tell" in cue:
            self._narration = {"tell": cue["tell"]} if cue["tell"] else {}
        self._tell({"t": "cue", **cue})
        self._tell_status()

    def _tell(self, told: Json) -> None:
        for queue in list(self._queues):
            try:
                queue.put_nowait(told)
            except asyncio.QueueFull:
                self._queues.discard(queue)
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait({"t": "behind"})

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            self._tell_status()

    # -- requests --------------------------------------------------------------------------------------------------

    async def _file_of_page(self, request: web.Request) -> web.Response:
        name = FILES[request.path]
        text = (WEB / name).read_text(encoding="utf-8")
        return web.Response(text=text, content_type=TYPES[name.rpartition(".")[2]], charset="utf-8", headers=HEADERS)

    async def _file(self, request: web.Request) -> web.Response:
        found = view.file_type(self.stage.telegram, request.match_info["id"])
        if found is None:
            raise web.HTTPNotFound
        data, mime, name = found
        headers = HEADERS | {"Content-Security-Policy": "default-src 'none'; sandbox"}
        if not mime.startswith("image/"):
            headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name or 'file')}"
        return web.Response(body=data, content_type=mime, headers=headers)

    async def _upload(self, request: web.Request) -> web.Response:
        """Takes files of a person: fields `who`, `topic`, `reply_to`, `caption`, and the files."""
        fields: dict[str, str] = {}
        files: list[Upload] = []
        async for part in await request.multipart():
            assert isinstance(part, BodyPartReader)
            data = bytes(await part.read())
            if part.filename is None:
                fields[part.name or ""] = data.decode()
                continue
            mime = part.headers.get("Content-Type", "application/octet-stream")
            files.append(Upload(part.filename, data, mime))
        numbers = {name: int(fields[name]) for name in ("topic", "reply_to") if fields.get(name)}
        try:
            await self.stage.send_files(int(fields["who"]), files, fields.get("caption", ""), **numbers)
        except (KeyError, ValueError):
            raise web.HTTPBadRequest from None
        return web.json_response({"ok": True})

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(heartbeat=20, max_msg_size=2**18)
        await socket.prepare(request)
        queue: asyncio.Queue[Json] = asyncio.Queue(BEHIND)
        self._sockets.add(socket)
        queue.put_nowait(self.state())
        self._queues.add(queue)
        telling = asyncio.create_task(_pump(queue, socket))
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await self._take(message.data, queue)
        finally:
            telling.cancel()
            self._queues.discard(queue)
            self._sockets.discard(socket)
        return socket

    async def _take(self, raw: str, queue: asyncio.Queue[Json]) -> None:
        """Does what a page asks; what cannot be done is told to that page alone."""
        try:
            asked = json.loads(raw)
            await self._actions()[asked.pop("do")](**asked)
        except (KeyError, ValueError, TypeError, AttributeError, AssertionError) as error:
            with contextlib.suppress(asyncio.QueueFull):
                queue.put_nowait({"t": "oops", "why": type(error).__name__})

    def _actions(self) -> dict[str, Callable[..., Awaitable[None]]]:
        stage = self.stage
        return {
            "say": stage.say,
            "answer": stage.answer,
            "open": stage.open_link,
            "switch_topic": stage.switch_topic,
            "delete_topic": stage.delete_topic,
            "press": self._press,
            "block": self._block,
            "trouble": self._trouble,
            "kill": self.bot.kill,
            "start": self.bot.start,
            "example": self._example,
        }

    async def _press(self, who: int, chat: int, message: int, data: str) -> None:
        self.stage.press(who, chat, message, data)

    async def _block(self, person: int, on: bool) -> None:
        self.stage.block(person, blocked=on)

    async def _trouble(self, code: str, on: bool) -> None:
        self.stage.trouble(code, on=on)

    async def _example(self, on: bool, pace: float = 1.0) -> None:
        if on:
            self.example.start(pace)
        else:
            await self.example.stop()
        self._tell_status()


async def _pump(queue: asyncio.Queue[Json], socket: web.WebSocketResponse) -> None:
    while True:
        told = await queue.get()
        if told["t"] == "behind":
            await socket.close(code=WSCloseCode.TRY_AGAIN_LATER)
            return
        with contextlib.suppress(ConnectionError):
            await socket.send_str(json.dumps(told, ensure_ascii=False, default=_plain))


def _plain(value: Any) -> str:
    """Puts into words what JSON cannot carry, such as an upload."""
    return f"{value.name}, {len(value.data)} B" if isinstance(value, Upload) else str(value)


@web.middleware
async def _local_only(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Refuses another site in the same browser, which must neither read the page nor act on it under any name."""
    host = request.host.rpartition(":")[0] or request.host
    origin = request.headers.get("Origin")
    if host not in _LOCAL or (origin is not None and origin != f"http://{request.host}"):
        raise web.HTTPForbidden
    return await handler(request)
