"""The demo for its tests: as a process, or shown by the test's own with a forked bot; read, talked to, ended."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from sandbox.demo import show
from sandbox.demo_bot import Launched
from sandbox.demo_stage import Stage
from sandbox.ports import free_port
from tests.bot_process import BotProcess, Streams
from tests.clock import Clock, lives_by

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = (sys.executable, "-m", "bot")
START_SECONDS = 120.0
_ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)")
Json = dict[str, Any]


class Demo:
    """A running demo: its process, what it has printed, and its address."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.printed = ""
        self.url = ""

    async def read_address(self) -> None:
        """Reads what it prints up to the address. AssertionError where it ends without one."""
        assert self.process.stdout is not None
        while "Ctrl-C" not in self.printed:
            line = await asyncio.wait_for(self.process.stdout.readline(), START_SECONDS)
            assert line, f"the demo ended with {await self.process.wait()} after printing: {self.printed}"
            self.printed += line.decode()
        found = _ADDRESS.search(self.printed)
        assert found, self.printed
        self.url = found[0]

    async def ends(self, number: int = signal.SIGINT) -> None:
        """Sends a signal and waits for the end, which on an idle machine takes less than five seconds."""
        self.process.send_signal(number)
        await asyncio.wait_for(self.process.wait(), 60)


@asynccontextmanager
async def demo(
    *arguments: str, program: Sequence[str] = PROGRAM, folder: Path = ROOT, **environment: str
) -> AsyncIterator[Demo]:
    """Starts the demo of a program in a folder with these arguments; afterwards it is gone whatever happened."""
    process = await asyncio.create_subprocess_exec(
        *program, "demo", *arguments, cwd=folder, env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    started = Demo(process)
    try:
        await started.read_address()
        yield started
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), 10)
            except TimeoutError:
                process.kill()
                await process.wait()


@asynccontextmanager
async def shown(folder: Path, data: Path | None = None, *, schools: int = 1) -> AsyncIterator[str]:
    """Shows the demo from this process, its bot forked from one that has loaded the libraries; gives its address.

    The files of the demo are in `folder`, its database in `data`, or there as well. All that a person does without is
    the start of two Pythons, which costs six seconds of processor time; and nobody waits for a group's minute, since
    messengers and bot live by one clock of the test's (tests/clock.py).
    """
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    stop, clock = asyncio.Event(), folder / "clock"

    def say(line: str) -> None:
        if found := _ADDRESS.search(line):
            address.set_result(found[0])

    async def launch(environment: dict[str, str], place: Path, log: Path) -> Launched:
        return BotProcess(environment, ("run",), place, Streams(out=log, err=log), partial(lives_by, clock))

    stage = Stage(Clock(clock))
    showing = asyncio.create_task(
        show(stage, free_port(), data or folder, folder, stop, schools=schools, say=say, launch=launch)
    )
    try:
        yield await asyncio.wait_for(address, START_SECONDS)
    finally:
        stop.set()
        assert await showing == 0


class Viewer:
    """The page's own connection without a browser: what was told, and what is asked."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.socket = socket
        self.state: Json = {}
        self.status: Json = {}
        self.messages: dict[int, dict[int, Json]] = {}
        self.topics: list[Json] = []  # of the forum
        self.other: list[Json] = []

    @property
    def desk(self) -> int:
        """The chat in which the school answers."""
        return int(self.status["desks"][0])

    async def until(self, holds: Callable[[], Any], limit: float = 30.0, what: str = "it") -> Any:
        """Takes what is told until something holds; returns it. AssertionError where it does not within `limit` s."""
        deadline = asyncio.get_running_loop().time() + limit
        while not (found := holds()):
            left = deadline - asyncio.get_running_loop().time()
            assert left > 0, f"{what} did not come about within {limit} s; {self.status}; {self._newest()}"
            try:
                message = await asyncio.wait_for(self.socket.receive(), left)
            except TimeoutError:
                continue
            assert message.type is WSMsgType.TEXT, message
            self._take(json.loads(message.data))
        return found

    async def ask(self, action: str, **details: Any) -> None:
        """Asks as the page does."""
        await self.socket.send_json({"do": action, **details})

    def chat_of(self, person: int) -> int:
        """A family's chat with the bot, which in MAX has a number of its own."""
        return int(next(one["chat"] for one in self.state["people"] if one["id"] == person))

    def texts(self, chat: int) -> list[str]:
        """The texts of a chat, oldest first."""
        return [message.get("text", "") for message in self.messages[chat].values()]

    def button(self, chat: int, label: str) -> tuple[int, str] | None:
        """Message and data of the newest button whose label holds these words."""
        for number, message in reversed(self.messages[chat].items()):
            for button in (button for row in message.get("rows", []) for button in row):
                if label in button["text"] and "callback_data" in button:
                    return number, button["callback_data"]
        return None

    async def press(self, who: int, label: str, chat: int | None = None) -> None:
        """Presses a button once it is there."""
        where = chat or self.chat_of(who)
        number, data = await self.until(lambda: self.button(where, label), what=f"the button {label}")
        await self.ask("press", who=who, chat=where, message=number, data=data)

    def _newest(self) -> list[str]:
        """The end of every talk and what Telegram refused, for the words of a failed assertion."""
        refused = [
            f"{one['trace']['name']}: {one['trace']['error']}"
            for one in self.other
            if one.get("trace", {}).get("error")
        ]
        return [*(text for chat in self.messages for text in self.texts(chat)[-4:]), *refused[-4:]]

    def _take(self, told: Json) -> None:
        kind = told["t"]
        if kind == "state":
            self.state, self.status = told, told["status"]
            self.messages = {chat["id"]: {one["id"]: one for one in chat["messages"]} for chat in told["chats"]}
            self.topics = next(chat["topics"] for chat in told["chats"] if chat["topics"] or chat["id"] == self.desk)
        elif kind == "status":
            self.status = told
        elif kind == "message":
            self.messages[told["chat"]][told["message"]["id"]] = told["message"]
        elif kind == "deleted":
            self.messages[told["chat"]].pop(told["id"], None)
        elif kind == "topics":
            self.topics = told["topics"]
        elif kind == "reaction":
            self.messages[told["chat"]][told["id"]]["reaction"] = told["reaction"]
        else:
            self.other.append(told)


@asynccontextmanager
async def viewer(url: str) -> AsyncIterator[Viewer]:
    """A connection to a running demo, once it has told everything and the bot is up."""
    async with ClientSession() as session, session.ws_connect(f"{url}/ws") as socket:
        one = Viewer(socket)
        await one.until(lambda: one.status.get("bot") == "on", START_SECONDS, "the bot")
        yield one
