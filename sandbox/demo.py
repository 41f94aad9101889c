"""Runs the whole bot in a browser for `python -m bot demo`, on stand-ins for Telegram and MAX: no token, no network."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from sandbox.demo_bot import BotProcess, Launch, python_runs
from sandbox.demo_page import Page
from sandbox.demo_stage import Stage, words
from sandbox.max.max_server import max_running
from sandbox.telegram.server import running

PORTS_TRIED = 50
DATABASE = "demo.sqlite3"
# Examples of what a school may set: without an address of the diary its buttons would not be seen.
SCHOOL = {"DIARY_URL": "https://dnevnik.example/", "FEEDBACK_FORM_URL": "https://pos.example/form"}

MOSCOW, DAY_HOURS, NOON = "Europe/Moscow", range(9, 19), 12


def main(port: int, data: Path | None, schools: int = 1) -> int:
    """Runs the demo until Ctrl-C or SIGTERM; returns the exit status: 0, or 2 where it cannot begin.

    The page is served at `port` or the next free one; the database stays in `data`, or goes away where that is None.
    With 2 `schools` the second one joins at once; else a button of the page adds it.
    """
    said = words()["console"]
    with contextlib.ExitStack() as stack:
        try:
            folder = _folder(data, stack)
        except OSError as error:
            print(said["bad_folder"].format(folder=data, reason=error.strerror), file=sys.stderr)
            return 2
        with contextlib.suppress(KeyboardInterrupt):
            return asyncio.run(_run(port, *folder, schools))
    return 0


def _folder(wanted: Path | None, stack: contextlib.ExitStack) -> tuple[Path, Path]:
    """Gives the folder of the database, and one for files that are deleted at the end. Raises OSError."""
    scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ediary-demo-", ignore_cleanup_errors=True)))
    if wanted is None:
        return scratch, scratch
    wanted.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=wanted):
        pass
    return wanted.resolve(), scratch


async def _run(port: int, data: Path, scratch: Path, schools: int) -> int:
    stop = asyncio.Event()
    _on_signals(stop.set)
    return await show(Stage(), port, data, scratch, stop, schools=schools)


async def show(
    stage: Stage, port: int, data: Path, scratch: Path, stop: asyncio.Event, *, schools: int = 1,
    say: Callable[[str], None] = print, launch: Launch = python_runs,
) -> int:  # fmt: skip
    """Serves the page at `port` or the next free one, and runs the bot, until `stop` is set; gives the exit status.

    What a person has to know goes to `say` line by line, the address among them; `launch` starts the bot.
    """
    said = stage.words["console"]
    known = (data / DATABASE).exists()
    if known:
        stage.families_have_started()
    async with running(stage.telegram) as telegram_api, max_running(stage.max) as max_api:
        apis = {"TELEGRAM_API_URL": telegram_api, "MAX_API_URL": max_api}
        page = _page(stage, apis, data, scratch, launch)
        page.remembered = known
        found = await _listen(page, port)
        if found is None:
            print(said["no_port"].format(wanted=port), file=sys.stderr)
            return 2
        runner, bound = found
        for line in _greeting(said, port, bound, data if data != scratch else None, known):
            say(line)
        sys.stdout.flush()
        try:
            await page.bot.start()
            if known or schools > 1:
                page.begin_second(add=schools > 1)
            await stop.wait()
        finally:
            await asyncio.gather(page.close(), page.bot.stop())
            await runner.cleanup()
    return 0


def _on_signals(stop: Callable[[], None]) -> None:
    """Has `stop` called where the process is told to end, on Windows too, whose loops know no signals."""
    loop = asyncio.get_running_loop()
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        number = getattr(signal, name, None)
        if number is None:
            continue
        try:
            loop.add_signal_handler(number, stop)
        except NotImplementedError:
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))


def _page(stage: Stage, apis: dict[str, str], data: Path, scratch: Path, launch: Launch) -> Page:
    settings = (
        SCHOOL
        | apis
        | {
            "BOT_TOKEN": stage.telegram.token,
            "MAX_TOKEN": stage.max.token,
            "SUPPORT_CHAT_ID": stage.desk.setting,
            "OPERATOR_CHAT_ID": stage.of_second[-1].setting,
            "TIMEZONE": _zone_with_day(datetime.now(UTC)),
            "DATABASE_URL": f"sqlite+aiosqlite:///{(data / DATABASE).as_posix()}",
        }
    )
    bot = BotProcess(settings, scratch, lambda: page.bot_changed(), launch)
    page = Page(stage, bot)
    return page


def _zone_with_day(now: datetime) -> str:
    """Gives Moscow's time zone by day, else one where it is noon: by night the bot writes to no family by itself, and
    who looks at the demo in the evening would wait for the end of a bad day until the morning.
    """
    if now.astimezone(ZoneInfo(MOSCOW)).hour in DAY_HOURS:
        return MOSCOW
    hours = NOON - now.hour
    return f"Etc/GMT{-hours:+d}" if hours else "Etc/GMT"  # in these names the sign is turned round


async def _listen(page: Page, wanted: int) -> tuple[web.AppRunner, int] | None:
    for port in range(wanted, min(wanted + PORTS_TRIED, 65536)):
        with contextlib.suppress(OSError):
            return await page.serve(port), port
    return None


def _greeting(said: dict[str, Any], wanted: int, bound: int, data: Path | None, known: bool) -> Iterator[str]:
    if bound != wanted:
        yield said["taken"].format(wanted=wanted, port=bound)
    if data is not None:
        yield said["folder"].format(folder=data / DATABASE)
    if known:
        yield said["again"]
    yield said["address"].format(url=f"http://127.0.0.1:{bound}")
    yield said["stop"]
