"""The commands without what Windows lacks: signal handlers of the loop, timers, limits of a process, uvloop."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from PIL import Image

from bot.screenshots import decoder, reader
from bot.screenshots.decoder import Reason, UnreadablePicture
from bot.screenshots.preparation import Way
from bot.screenshots.tesseract import Tesseract, find_tesseract
from sandbox.ports import free_port
from tests.sandbox.demo_process import demo, viewer
from tests.test_command_line import environment
from tests.world import ROOT, World

pytestmark = pytest.mark.process

# Takes away what Python has on POSIX alone (its documentation, «Availability: Unix»), as far as we might use it.
_TAKEN_AWAY = """
import asyncio, os, signal, sys
for name in ("resource", "uvloop", "pwd", "grp", "termios"):
    sys.modules[name] = None
for module, names in (
    (signal, ("setitimer", "ITIMER_VIRTUAL", "SIGVTALRM", "SIGHUP", "pthread_kill")),
    (os, ("sched_getaffinity", "fork", "setsid", "geteuid", "getuid", "killpg", "register_at_fork", "statvfs")),
):
    for name in names:
        delattr(module, name)
def refuse(*_):
    raise NotImplementedError
asyncio.SelectorEventLoop.add_signal_handler = asyncio.SelectorEventLoop.remove_signal_handler = refuse
"""
PROGRAM = (sys.executable, "-c", f"{_TAKEN_AWAY}\nfrom bot.__main__ import main\nsys.exit(main(sys.argv[1:]))")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_the_bot_runs_and_ends_when_it_is_told(tmp_path: Path, number: int) -> None:
    async with World(f"sqlite+aiosqlite:///{tmp_path}/bot.sqlite3") as world:
        process = await asyncio.create_subprocess_exec(
            *PROGRAM, "run", cwd=ROOT, env=world.process_environment(), stderr=asyncio.subprocess.PIPE
        )
        await world.until_up(process)
        mother = world.person()
        await mother.says("/start")
        await mother.sees("Кто пишет")
        assert process.stderr is not None
        process.send_signal(number)
        said = (await process.stderr.read()).decode()
        assert await process.wait() == 0, said
        assert "Traceback" not in said


async def test_the_demo_ends_with_its_bot() -> None:
    async with demo("--port", str(free_port()), program=PROGRAM) as running, viewer(running.url):
        bots = psutil.Process(running.process.pid).children(recursive=True)
        await running.ends()
        assert running.process.returncode == 0
        assert not [one for one in bots if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]


def test_check_recognise_and_stats_need_nothing_of_it(tmp_path: Path) -> None:
    calls = (["check"], ["recognise", "дневник не найден"], ["stats"])
    program = f"""{_TAKEN_AWAY}
from bot.__main__ import main
for words in {calls!r}:
    status = main(words)
    for stream in (sys.stdout, sys.stderr):
        print(f"== {{status}}", file=stream, flush=True)
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    checked, recognised, _ = done.stdout.split("== ", 2)
    assert "✓ Порт" in checked and "дневник не найден" in recognised
    said = done.stderr.split("\n")
    assert said[:2] == ["== 2", "== 0"] and "Базы ещё нет" in said[2] and said[-2] == "== 2"


def test_a_picture_is_decoded_where_a_process_cannot_be_limited() -> None:
    stream = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(stream, "PNG")
    program = f"{_TAKEN_AWAY}\nimport runpy; runpy.run_path({decoder.__file__!r}, run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", program], input=stream.getvalue(), capture_output=True, timeout=60)
    opened, told, pixels = done.stdout.split(b"\n", 2)
    assert json.loads(opened) == {"opened": [40, 30]}
    assert json.loads(told) == {"size": [40, 30]} and pixels == b"\xff" * 1200


def test_tesseract_is_found_where_its_installer_for_windows_puts_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "Tesseract-OCR" / "tesseract"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n[ $1 = --version ] && echo tesseract v5.4.0.20240606 || echo rus\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", os.pathsep.join(("/usr/bin/none", "/bin/none")))
    monkeypatch.setenv("PROGRAMFILES", str(tmp_path))
    assert find_tesseract() == Tesseract(str(program), "5.4.0.20240606")


@pytest.mark.parametrize(("status", "reason"), [(0xC0000005, Reason.BROKEN), (1, Reason.NO_READER)])
async def test_a_reader_that_windows_ended_is_told_from_one_that_is_not_installed(
    status: int, reason: Reason, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ended(_: bytes, *_command: str) -> tuple[int, bytes]:
        return status, b""

    monkeypatch.setattr(reader, "_run", ended)
    with pytest.raises(UnreadablePicture) as refused:
        await reader._pass(Tesseract("tesseract", "5"), Image.linear_gradient("L"), Way.EVEN, 6)
    assert refused.value.reason is reason
