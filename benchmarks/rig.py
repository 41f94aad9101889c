"""Runs a sandboxed Telegram in this process and bots as processes of their own, and reads their CPU time and memory."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.families import WALK, Crowd, Family
from sandbox.ports import free_port
from sandbox.telegram.server import running
from sandbox.telegram.webhook_delivery import WebhookCaller
from sandbox.visible import buttons_of

ROOT = Path(__file__).resolve().parent.parent
STARTS_WITHIN_S = 180.0  # on a machine that is busy with other things
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def stand_back() -> None:
    """Lets this process and what it starts (PostgreSQL, not the bots) take no core from a bot that runs.

    At work they stand on other machines. Here a bot that is pushed aside at every answer pays for a cold cache, and
    the more so the more bots there are.
    """
    os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


@dataclass
class Running:
    """Holds a bot's process. `cold_start_s` is from its launch to the first screen that a family sees."""

    process: asyncio.subprocess.Process
    port: int
    cold_start_s: float = 0.0

    @property
    def cpu_s(self) -> float:
        """Gives the CPU seconds used so far, threads included."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    @property
    def memory_mb(self) -> float:
        """Gives the resident memory in MB (10^6 bytes)."""
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * _PAGE / 1e6

    async def end(self, number: int = signal.SIGTERM) -> None:
        """Ends the process."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)
        try:
            await asyncio.wait_for(self.process.wait(), 40)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()


class Rig:
    """Holds one Telegram and the bots on it."""

    def __init__(self, telegram: Crowd, api: str, folder: Path) -> None:
        self.telegram = telegram
        self.folder = folder
        self._bots: list[Running] = []
        self._ports: list[int] = []
        self._spread: WebhookCaller | None = None
        self.support = telegram.group("Поддержка", forum=True)
        self.common = {
            "BOT_TOKEN": telegram.token, "TELEGRAM_API_URL": api, "SUPPORT_CHAT_ID": str(self.support.id),
            "SCHOOL_NAME": "Школа №43", "LOG_LEVEL": "WARNING", "WEBHOOK_SECRET": "bare",
        }  # fmt: skip

    async def bot(self, database_url: str, **environment: str) -> Running:
        """Starts our bot."""
        command = [sys.executable, "-m", "bot", "run"]
        return await self._launch(command, passed=(), DATABASE_URL=database_url, **environment)

    async def bare(self, screens: Path, *, fast_loop: bool = False) -> Running:
        """Starts the bare bot."""
        more = ["--uvloop"] if fast_loop else []
        return await self._launch([sys.executable, "-m", "benchmarks.bare_bot", str(screens), *more], passed=())

    async def by_clock(self, database_url: str, arguments: list[str], pipe: int, **environment: str) -> Running:
        """Starts our bot by a shared clock (skipping_bot.py); it reads `pipe`."""
        command = [sys.executable, "-m", "benchmarks.skipping_bot", *arguments, str(pipe)]
        return await self._launch(command, passed=(pipe,), DATABASE_URL=database_url, **environment)

    async def _launch(self, command: list[str], *, passed: tuple[int, ...], **environment: str) -> Running:
        port = free_port()
        address = {"HTTP_PORT": str(port), "WEBHOOK_URL": f"http://127.0.0.1:{port}/hook"}
        given = {**_clean(), **self.common, **address, **environment}
        guest = Family(self.telegram)
        started = time.perf_counter()
        hooks = self.telegram.counts["setWebhook"]
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=given, pass_fds=passed)
        os.sched_setscheduler(process.pid, os.SCHED_OTHER, os.sched_param(0))
        running = Running(process, port)
        self.telegram.post(guest.id, {"text": "/start"})
        self._bots.append(running)
        while not (
            self.telegram.counts["setWebhook"] > hooks
            and self.telegram.webhook_caller
            and self._has_been_answered(guest)
        ):
            if process.returncode is not None or time.perf_counter() - started > STARTS_WITHIN_S:
                raise RuntimeError(f"the bot did not come up: {command}")
            await asyncio.sleep(0.005)
        running.cold_start_s = time.perf_counter() - started
        return running

    def _has_been_answered(self, family: Family) -> bool:
        return any(message["from"]["id"] == self.telegram.bot["id"] for message in self._messages(family))

    async def end(self) -> None:
        """Ends every bot that still runs, after a failure too."""
        for bot in self._bots:
            if bot.process.returncode is None:
                await bot.end(signal.SIGKILL)

    def _messages(self, family: Family) -> list[dict[str, Any]]:
        return list(self.telegram.chats[family.id].messages.values())

    def share(self, bots: list[Running]) -> None:
        """Sends each update to the next of these replicas from now on, as a load balancer does."""
        webhook_caller = self.telegram.webhook_caller
        assert webhook_caller is not None
        self._ports[:] = [bot.port for bot in bots]
        if webhook_caller is not self._spread:
            spread(webhook_caller, self._ports)
            self._spread = webhook_caller

    async def screens(self, database_url: str) -> Path:
        """Gives the screens of the walk as our bot shows them, for the bare one."""
        file = self.folder / "screens.json"
        bot = await self.bot(database_url)
        family = Family(self.telegram)
        shown: dict[str, Any] = {}
        key = "/start"
        for label, following in zip(WALK, (*WALK[1:], ""), strict=True):
            await family._step(label, 10)
            await asyncio.sleep(0.2)
            message = max(self._messages(family), key=lambda m: m["message_id"])
            shown[key] = [message["text"], message["reply_markup"]]
            for button in buttons_of(message):
                if following and button["text"].endswith(following):
                    key = button["callback_data"]
        await bot.end()
        await self.telegram.delete_webhook({})
        file.write_text(json.dumps(shown, ensure_ascii=False))
        return file


def spread(webhook_caller: WebhookCaller, ports: list[int]) -> None:
    """Makes a webhook caller post to several ports in turn; the list may change meanwhile."""
    deliver = webhook_caller._try
    context = 0

    async def to_the_next(update: Any, body: bytes) -> float | None:
        nonlocal context
        context += 1
        webhook_caller.url = f"http://127.0.0.1:{ports[context % len(ports)]}/hook"
        return await deliver(update, body)

    webhook_caller._try = to_the_next  # type: ignore[method-assign]


def _clean() -> dict[str, str]:
    ours = {"DATABASE_URL", "WEBHOOK_SECRET", "HTTP_HOST", "LOG_FORMAT", "TELEGRAM_PROXY"}
    return {name: value for name, value in os.environ.items() if name not in ours}


@contextlib.asynccontextmanager
async def rig() -> AsyncIterator[Rig]:
    """Gives a fresh Telegram and a folder that is gone afterwards."""
    telegram = Crowd()
    with tempfile.TemporaryDirectory() as folder:
        async with running(telegram) as api:
            made = Rig(telegram, api, Path(folder))
            try:
                yield made
            finally:
                await made.end()
