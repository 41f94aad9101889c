"""Serves the demo's web page: its files, a WebSocket with all that happens and that people do, and files both ways."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from urllib.parse import quote

from aiohttp import BodyPartReader, WSCloseCode, WSMsgType, web

from sandbox import demo_view as view
from sandbox.demo_bot import BotProcess
from sandbox.demo_scenes import Scenes
from sandbox.demo_schools import SecondSchool
from sandbox.demo_stage import WEB, Stage
from sandbox.messenger import Messenger
from sandbox.telegram.errors import Json
from sandbox.telegram.parameters import Upload

FILES = {f"/{name}": name for name in ("style.css", "app.js", "messages.js", "scenes.js")} | {"/": "index.html"}
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
        self.scenes = Scenes(stage, self._cue)
        self.remembered = False
        self._narration: Json = {}
        self._queues: set[asyncio.Queue[Json]] = set()
        self._sockets: set[web.WebSocketResponse] = set()
        self._ticker: asyncio.Task[None] | None = None
        self._said: Json = {}
        self._moving = False
        self._second = SecondSchool(stage, self._second_left)
        self._adding: asyncio.Task[None] | None = None
        self._chats = {one.chat_id for one in stage.people.values()} | {desk.chat.id for desk in stage.groups}
        for messenger in stage.messengers.values():
            messenger.subscribe(partial(self._hear, messenger))

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
        """Ends the scene and says goodbye to the open pages."""
        await self.scenes.stop()
        for task in filter(None, (self._ticker, self._adding)):
            task.cancel()
        for socket in list(self._sockets):
            with contextlib.suppress(Exception):
                await asyncio.wait_for(socket.close(code=WSCloseCode.GOING_AWAY), 0.5)

    def bot_changed(self) -> None:
        """Tells the pages that the bot's process started, ended, or owes another number of messages."""
        self._tell_status()

    # -- what the pages are told -----------------------------------------------------------------------------------

    def state(self) -> Json:
        """Gives everything, for a page that has just come or come back."""
        stage = self.stage
        chats = [*map(stage.private_chat, stage.people.values()), *(desk.chat for desk in stage.groups)]
        second = stage.words["second"]
        calls = (call for messenger in stage.messengers.values() for call in messenger.calls)
        newest = sorted(calls, key=lambda call: call.at)[-TRACED:]
        return {
            "t": "state",
            "bots": {name: _named(messenger) for name, messenger in stage.messengers.items()},
            "people": [
                self._with_chat(one, phone["messenger"]) for phone in stage.words["phones"] for one in phone["people"]
            ],
            "desks": [*stage.words["desks"], second["desk"], second["operator"]],
            "scenes": [{"key": scene["key"], "name": scene["name"]} for scene in stage.words["scenes"]],
            "chats": [view.chat_json(stage.messenger_at(chat.id), chat) for chat in chats],
            "trace": [view.call_json(call) for call in newest],
            "remembered": self.remembered,
            "status": self.status(),
            "cue": self._narration,
        }

    def _with_chat(self, person: Json, messenger: str) -> Json:
        """Gives a family as the page takes it: in which messenger, and by which number its chat is known there."""
        return person | {"messenger": messenger, "chat": self.stage.people[person["id"]].chat_id}

    def status(self) -> Json:
        """Gives the state of the demo: the bot, the messages that it owes, the troubles that are switched on.

        `desks` names the chats in which schools answer, one for each school, and after them the operator's; `second`
        is the second school's name in links.
        """
        stage = self.stage
        return {
            "t": "status",
            "bot": self.bot.state,
            "words": self.bot.last_words if self.bot.state == "off" else "",
            "outbox": self.bot.outbox,
            "pending": stage.pending,
            "troubles": stage.troubles,
            "blocked": stage.blocked,
            "scene": self.scenes.runs,
            "desks": [desk.chat.id for desk in stage.shown],
            "second": stage.second_slug,
            "moving": self._moving,
            "adding": self._adding is not None and not self._adding.done(),
            "menus": self._menus(),
        }

    def _menus(self) -> dict[str, list[Json]]:
        """Gives the command menus by chat. MAX has one for the bot, which it shows in no group."""
        stage = self.stage
        in_max = [{"command": one["name"], "description": one.get("description", "")} for one in stage.max.commands]
        menus = {
            str(person.chat_id): in_max if person.messenger is stage.max else stage.telegram.menu_of(number)
            for number, person in stage.people.items()
        }
        return menus | {
            str(desk.chat.id): stage.telegram.menu_of(desk.chat.id) for desk in stage.groups if desk.name == "telegram"
        }

    def _hear(self, messenger: Messenger, event: Json) -> None:
        shown = view.event_json(messenger, event)
        if shown is not None and ("chat" not in shown or shown["chat"] in self._chats):
            self._tell(shown)
        if event["event"] in ("update", "acknowledged", "expired", "chat", "commands", "trouble"):
            self._tell_status()

    def _tell_status(self) -> None:
        status = self.status()
        if status != self._said:
            self._said = status
            self._tell(status)

    def _cue(self, cue: Json) -> None:
        """Tells the pages where the scene points; what it tells stays until it tells the next."""
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
        found = view.file_type(self.stage.messengers.values(), request.match_info["id"])
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
            "change": stage.change,
            "take_away": stage.take_away,
            "open": stage.open_link,
            "switch_topic": stage.switch_topic,
            "delete_topic": stage.delete_topic,
            "press": self._press,
            "block": self._block,
            "trouble": self._trouble,
            "kill": self.bot.kill,
            "start": self.bot.start,
            "scene": self._scene,
            "desk": self._desk,
            "second": self._add_second,
        }

    async def _press(self, who: int, chat: int, message: int, data: str) -> None:
        self.stage.press(who, chat, message, data)

    async def _block(self, person: int, on: bool) -> None:
        self.stage.block(person, blocked=on)

    async def _trouble(self, code: str, on: bool) -> None:
        self.stage.trouble(code, on=on)

    async def _scene(self, key: str, on: bool, pace: float = 1.0) -> None:
        if on:
            self.scenes.start(key, pace)
        else:
            await self.scenes.stop()
        self._tell_status()

    async def _desk(self, chat: int) -> None:
        """Lets the school answer in another chat: the bot is started anew with that setting, and any scene ends."""
        desk = self.stage.desk_at(chat)
        if desk not in self.stage.desks:
            raise ValueError("the second school stays where it is")
        if self._moving or desk is self.stage.desk:
            return
        await self.scenes.stop()
        self.stage.desk, self._moving = desk, True
        self._tell_status()
        try:
            await self.bot.restart({"SUPPORT_CHAT_ID": desk.setting})
        finally:
            self._moving = False
            self._tell_status()

    async def _add_second(self) -> None:
        await self.scenes.stop()
        self.begin_second(add=True)

    def begin_second(self, *, add: bool) -> None:
        """Adds the second school beside whatever else happens, or only looks whether the bot knows it from before."""
        if self._adding is None or self._adding.done():
            self._adding = asyncio.create_task(self._bring_second(add=add))
            self._tell_status()

    async def _bring_second(self, *, add: bool) -> None:
        before, told = self.stage.has_second, ""
        try:
            await (self._second.add() if add else self._second.look())
        except AssertionError:
            told = self.stage.words["stuck"]
        if self.stage.has_second and not before:
            told = self.stage.words["second"]["added"]
        self._adding = None
        if told:
            self._cue({"tell": told, "over": True})
        self._tell_status()

    def _second_left(self) -> None:
        """Tells the pages that there is one school again."""
        if self.scenes.runs:
            self._tell_status()
        else:
            self._cue({"tell": self.stage.words["second"]["left"], "over": True})


def _named(messenger: Messenger) -> Json:
    return {"name": messenger.bot["first_name"], "username": messenger.bot["username"]}


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
