"""Runs the bot as a process that a test may kill: forked from one that has loaded the libraries already.

Loading them takes seconds of processor time, and a test that kills the bot nine times starts it ten times. That
`python -m bot` starts by itself is shown in test_command_line.py, test_without_posix.py and test_installed.py.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from tests import quickly_imported

_forking = multiprocessing.get_context("forkserver")
_WRITING = os.O_WRONLY | os.O_CREAT | os.O_APPEND  # a process that is started again writes on where it stopped
_forking.set_forkserver_preload(
    [
        "tests.quickly_imported",
        "bot.app",
        "bot.__main__",
        "bot.check.check_command",
        "tests.preloaded_data",
        "tests.bot_process",
    ]
)


class Streams(NamedTuple):
    """Names the files that a process reads as its input and writes as its output and its errors."""

    given: Path = Path(os.devnull)
    out: Path = Path(os.devnull)
    err: Path = Path(os.devnull)


class BotProcess:
    """A running `python -m bot` with these words, with the methods of asyncio's Process that tests need.

    `prepare` is called in the process before the bot; what it is made of must be found by name in its module.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        words: Sequence[str] = ("run",),
        folder: Path | None = None,
        streams: Streams = Streams(),  # noqa: B008 - nothing changes it
        prepare: Callable[[], None] | None = None,
    ) -> None:
        call = (dict(environment), list(words), folder, streams, prepare)
        self._process = _forking.Process(target=_call, args=call, daemon=True)
        self._process.start()
        self._waiting: set[asyncio.Future[None]] = set()

    @property
    def returncode(self) -> int | None:
        """Gives the exit status, negative for a signal; None while it runs."""
        return self._process.exitcode

    def kill(self) -> None:
        """Kills it."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Asks it to end."""
        self.send_signal(signal.SIGTERM)

    def send_signal(self, number: int) -> None:
        """Sends a signal. Raises ProcessLookupError where it has ended."""
        if self.returncode is not None or self._process.pid is None:
            raise ProcessLookupError
        os.kill(self._process.pid, number)

    async def wait(self) -> int | None:
        """Waits until it has ended; gives its exit status. Any number of tasks may wait at once."""
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[None] = loop.create_future()
        if not self._waiting:
            loop.add_reader(self._process.sentinel, self._wake)
        self._waiting.add(ended)
        try:
            await ended
        finally:
            self._waiting.discard(ended)
            if not self._waiting:
                loop.remove_reader(self._process.sentinel)
        self._process.join()
        return self.returncode

    def _wake(self) -> None:
        for ended in self._waiting:
            if not ended.done():
                ended.set_result(None)


def _call(
    environment: dict[str, str],
    words: list[str],
    folder: Path | None,
    streams: Streams,
    prepare: Callable[[], None] | None,
) -> None:
    from bot.__main__ import main

    quickly_imported.imported()
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder or Path.cwd())
    for number, (file, way) in enumerate(zip(streams, (os.O_RDONLY, _WRITING, _WRITING), strict=True)):
        os.dup2(os.open(file, way, 0o600), number)
    sys.stdin, sys.stdout, sys.stderr = (
        open(number, way, buffering=1, encoding="utf-8", closefd=False)  # noqa: SIM115
        for number, way in enumerate("rww")
    )
    # What multiprocessing ignores, since Ctrl-C is its parent's, and what it would name the program.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv = ["python -m bot", *words]
    if prepare:
        prepare()
    status = main(words)
    sys.stdout.flush()
    sys.exit(status)
