"""Runs the demo's bot as a process of its own: started, killed, and asked how much it owes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Protocol

from aiohttp import ClientError, ClientSession, ClientTimeout

from sandbox.ports import free_port

ROOT = Path(__file__).resolve().parent.parent
STOP_SECONDS = 3.0
_LOOK_SECONDS = 0.6
# What a process needs of its surroundings. Everything else stays behind: a bot that somebody has set up here already
# must not lend the demo its token or its database.
_KEPT = frozenset(
    {
        *("PATH", "HOME", "USER", "LANG", "LANGUAGE", "TMPDIR", "TEMP", "TMP", "TZ", "SYSTEMROOT", "USERPROFILE"),
        *("PATHEXT", "PROGRAMFILES"),
        *("LD_LIBRARY_PATH", "TESSDATA_PREFIX", "VIRTUAL_ENV", "PYTHONHOME", "PYTHONUTF8", "PYTHONDONTWRITEBYTECODE"),
    }
)


class Launched(Protocol):
    """A running bot: asyncio's Process, or what does the same."""

    @property
    def returncode(self) -> int | None: ...
    def kill(self) -> None: ...
    def terminate(self) -> None: ...
    async def wait(self) -> int | None: ...


# Starts the bot with an environment, in a folder, and lets it write at the end of a log.
Launch = Callable[[dict[str, str], Path, Path], Awaitable[Launched]]


async def python_runs(environment: dict[str, str], folder: Path, log: Path) -> Launched:
    """Starts `python -m bot run`."""
    with log.open("ab") as file:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "run", cwd=folder, env=environment,
            stdin=asyncio.subprocess.DEVNULL, stdout=file, stderr=file,
        )  # fmt: skip


class BotProcess:
    """Runs one process at a time, its log in `folder`; calls `changed` when it starts, ends, or owes more or less."""

    def __init__(
        self, settings: dict[str, str], folder: Path, changed: Callable[[], None], launch: Launch = python_runs
    ) -> None:
        self.port = free_port()
        self.outbox: int | None = None
        self.state = "off"
        self.log = folder / "bot.log"
        self._settings = settings | {"HTTP_PORT": str(self.port)}
        self._cwd = folder / "empty"
        self._changed = changed
        self._launch = launch
        self._process: Launched | None = None
        self._watchers: set[asyncio.Task[None]] = set()
        self._ending = False

    async def start(self) -> None:
        """Starts the bot where it does not run, and follows it until it ends."""
        if self.state != "off" or self._ending:
            return
        self._become("starting")
        self._cwd.mkdir(exist_ok=True)
        self._process = await self._launch(self._environment(), self._cwd, self.log)
        watcher = asyncio.create_task(self._follow(self._process))
        self._watchers.add(watcher)
        watcher.add_done_callback(self._watchers.discard)

    async def kill(self) -> None:
        """Kills it as a power cut would: nothing is finished, nothing is saved."""
        process = self._process
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def restart(self, settings: dict[str, str]) -> None:
        """Ends it as somebody does who changes the settings, and starts it with these in place of the old ones."""
        self._settings |= settings  # before it ends, so that a start meanwhile takes these, too
        await self._end()
        await self.start()

    async def stop(self) -> None:
        """Ends it for good."""
        self._ending = True
        await self._end()

    async def _end(self) -> None:
        """Asks it to end, and kills it where it has not within STOP_SECONDS."""
        process = self._process
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            try:
                await asyncio.wait_for(process.wait(), STOP_SECONDS)
            except TimeoutError:
                await self.kill()
        await asyncio.gather(*self._watchers, return_exceptions=True)

    @property
    def last_words(self) -> str:
        """Gives the last line of its log, which the page shows when the bot ended by itself."""
        with contextlib.suppress(OSError):
            lines = self.log.read_text(errors="replace").strip().splitlines()
            return lines[-1][-300:] if lines else ""
        return ""

    async def _follow(self, process: Launched) -> None:
        asking = asyncio.create_task(self._ask())
        try:
            await process.wait()
        finally:
            asking.cancel()
            self._become("off")

    async def _ask(self) -> None:
        """Looks at /healthz again and again for the outbox's length; the last one known stays while it is silent."""
        async with ClientSession(timeout=ClientTimeout(total=2)) as session:
            while True:
                with contextlib.suppress(ClientError, OSError, TimeoutError, ValueError):
                    async with session.get(f"http://127.0.0.1:{self.port}/healthz") as answer:
                        self._note(await answer.json())
                await asyncio.sleep(_LOOK_SECONDS)

    def _note(self, health: dict[str, Any]) -> None:
        if self.state == "starting" and {"telegram_seconds", "max_seconds"} <= health.keys():
            self._become("on")
        length = health.get("outbox_length")
        if length != self.outbox:
            self.outbox = length
            self._changed()

    def _become(self, state: str) -> None:
        if state != self.state:
            self.state = state
            self._changed()

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name.upper() in _KEPT or name.startswith("LC_")}
        return kept | self._settings | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
