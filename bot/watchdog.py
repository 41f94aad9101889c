"""Notices that the event loop stands still, and names the update whose handling blocks it.

A thread looks at the loop's heartbeat. A pattern that is being matched keeps every other thread out (the GIL), but it
looks for signals now and then: a timer of processor time sends one, and its handler lets the thread in.
"""

import asyncio
import contextlib
import logging
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

log = logging.getLogger(__name__)

LIMIT_S = 5.0
LOOKS = 5  # in a row without a heartbeat: a process that was stopped and goes on misses but one
_DEEPEST = 40  # frames of the stack that are logged


@dataclass(frozen=True, slots=True)
class InHand:
    """An update that is being handled; `number` is its update_id."""

    number: int
    kind: str


Tasks = MutableMapping["asyncio.Task[object]", InHand]


class Watchdog:
    """Watches the loop that it is started on.

    `in_hand` has the update that each task handles; `works_for` gives the task for which the database's writer works
    at the moment. `keep` is called in the watchdog's thread, with the update that blocks the loop, and `forget` there
    once the loop goes on by itself.
    """

    def __init__(
        self,
        in_hand: Tasks,
        works_for: Callable[[], "asyncio.Task[object] | None"],
        keep: Callable[[InHand], None],
        forget: Callable[[InHand], None],
        limit_s: float = LIMIT_S,
    ) -> None:
        self._in_hand, self._works_for = in_hand, works_for
        self._keep, self._forget = keep, forget
        self._every_s = limit_s / LOOKS
        self._limit_s = limit_s
        self._beats = 0
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Watches the running loop as long as this lasts."""
        loop = asyncio.get_running_loop()
        beat = asyncio.ensure_future(self._beat())
        self._thread = threading.Thread(
            target=self._watch, args=(loop, threading.get_ident()), name="watchdog", daemon=True
        )
        self._thread.start()
        try:
            with _letting_threads_in(self._every_s / 2):
                yield
        finally:
            self._stopped.set()
            beat.cancel()

    async def _beat(self) -> None:
        while True:
            self._beats += 1
            await asyncio.sleep(self._every_s / 2)

    def _watch(self, loop: asyncio.AbstractEventLoop, thread: int) -> None:
        seen, missed, blocking = 0, 0, None
        while not self._stopped.wait(self._every_s):
            if self._beats != seen:
                if missed >= LOOKS:
                    self._goes_on(blocking)
                seen, missed, blocking = self._beats, 0, None
                continue
            missed += 1
            if missed == LOOKS:
                blocking = self._stands_still(loop, thread)

    def _stands_still(self, loop: asyncio.AbstractEventLoop, thread: int) -> InHand | None:
        """Keeps the update that blocks the loop, then logs it: whoever blocks the loop may block the log as well."""
        running = asyncio.current_task(loop)
        blocking = self._of(running)
        stack = _stack(thread)
        if blocking:
            self._try(self._keep, blocking)
            log.error(
                "the loop stands still for %s s: update %s (%s) blocks it and is set aside at the next start; "
                "%s updates are in hand; at %s",
                self._limit_s, blocking.number, blocking.kind, len(self._in_hand), stack,
            )  # fmt: skip
        else:
            name = running.get_name() if running else "no task"
            log.error(
                "the loop stands still for %s s in %s, which handles no update; at %s", self._limit_s, name, stack
            )
        return blocking

    def _of(self, running: "asyncio.Task[object] | None") -> InHand | None:
        """Gives the update of the running task, or of the one for which it writes to the database."""
        if running is None:
            return None
        waiting = self._works_for()
        return self._in_hand.get(running) or (self._in_hand.get(waiting) if waiting else None)

    def _goes_on(self, blocking: InHand | None) -> None:
        log.warning("the loop goes on")
        if blocking:
            self._try(self._forget, blocking)

    def _try(self, what: Callable[[InHand], None], blocking: InHand) -> None:
        try:
            what(blocking)
        except Exception:
            log.exception("the mark of update %s could not be changed", blocking.number)


def _stack(thread: int) -> str:
    """Lists the functions and lines of a thread, the innermost first; never a value."""
    frame: FrameType | None = sys._current_frames().get(thread)
    lines: list[str] = []
    while frame is not None and len(lines) < _DEEPEST:
        if frame.f_code is not _let_in.__code__:
            lines.append(f"{frame.f_code.co_qualname} ({Path(frame.f_code.co_filename).name}:{frame.f_lineno})")
        frame = frame.f_back
    return " < ".join(lines)


@contextlib.contextmanager
def _letting_threads_in(every_s: float) -> Iterator[None]:
    """Lets other threads in whenever the process has worked for so many seconds; only the main thread can see to it."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGVTALRM, _let_in)
    signal.setitimer(signal.ITIMER_VIRTUAL, every_s, every_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before if before is not None else signal.SIG_DFL)


def _let_in(_number: int, _frame: FrameType | None) -> None:
    time.sleep(0)
