"""A bot as a process of its own, which may be killed: forked from one that has loaded the libraries already.

Loading them takes seconds of processor time, and a test that kills the bot nine times starts it ten times. That
`python -m bot run` starts by itself is shown in test_command_line.py and test_watchdog.py.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping

_forking = multiprocessing.get_context("forkserver")
_forking.set_forkserver_preload(["bot.app", "bot.__main__", "tests.bot_process"])


class BotProcess:
    """A running `python -m bot run`, with the methods of asyncio's Process that tests need."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._process = _forking.Process(target=_run, args=(dict(environment),), daemon=True)
        self._process.start()

    @property
    def returncode(self) -> int | None:
        """Its exit status, negative for a signal; None while it runs."""
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Sends a signal. Raises ProcessLookupError where it has ended."""
        if self.returncode is not None or self._process.pid is None:
            raise ProcessLookupError
        os.kill(self._process.pid, number)

    async def wait(self) -> int | None:
        """Waits until it has ended; gives its exit status."""
        ended, loop = asyncio.Event(), asyncio.get_running_loop()
        loop.add_reader(self._process.sentinel, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(self._process.sentinel)
        self._process.join()
        return self.returncode


def _run(environment: dict[str, str]) -> None:
    from bot.__main__ import main

    os.environ.clear()
    os.environ.update(environment)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(main(["run"]))
