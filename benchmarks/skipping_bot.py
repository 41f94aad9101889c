"""Runs the bot by a shared clock that leaves out the time in which nobody does anything (skipping_clock.py).

`python -m benchmarks.skipping_bot CLOCK PLACE HOW PIPE`, started by region_day.py. HOW is `large` or `small`.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import sys
from datetime import datetime, tzinfo
from pathlib import Path

from benchmarks.skipping_clock import SharedClock, led_loop
from bot import logs, web
from bot.app import App
from bot.delivery import claiming, worker
from bot.handlers.family import picture_jobs
from bot.settings import load_settings
from bot.tickets import due_by_clock
from bot.watchdog import Watchdog

# How often the bot looks around unasked, in seconds: for rows to send, at the wall clock, at each desk's chat. A look
# that finds nothing takes as much processor time as at work, and 34 hours have many of them. In a day that is large
# enough the peak hours have the bot's own numbers.
PEAKS = (7, 18)
AT_WORK = (claiming.IDLE_S, due_by_clock.LOOK_EVERY_S, due_by_clock.DESK_LOOK_EVERY_S)
AT_SMALL_PEAK = (5.0, 60.0, 3600.0)
QUIET = (60.0, 600.0, 3600.0)
SELDOM_S = 600.0  # at every hour: whether a picture waits (nobody sends one here), whether the port is open


def main(file: str, place: str, how: str, pipe: str) -> None:
    """Runs until SIGTERM."""
    settings = load_settings()
    logs.set_up(settings.log_level, settings.log_format)
    clock = SharedClock(Path(file))
    # It watches the loop by real seconds, which are not those of the loop here.
    Watchdog.watching = lambda _self: contextlib.nullcontext()  # type: ignore[method-assign,assignment,return-value]
    picture_jobs.IDLE_S = web.PORT_LOOK_EVERY_S = SELDOM_S
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 50)  # as in bot/app.py

    async def run() -> None:
        looking = asyncio.create_task(_look_seldom(clock, settings.zone, AT_WORK if how == "large" else AT_SMALL_PEAK))
        try:
            await App(settings, clock=clock.now).run()
        finally:
            looking.cancel()

    with asyncio.Runner(loop_factory=lambda: led_loop(clock, int(place), int(pipe))) as runner:
        runner.run(run())


async def _look_seldom(clock: SharedClock, zone: tzinfo, at_peak: tuple[float, float, float]) -> None:
    while True:
        is_peak = datetime.fromtimestamp(clock.now(), zone).hour in PEAKS
        outbox_s, due_by_clock.LOOK_EVERY_S, due_by_clock.DESK_LOOK_EVERY_S = at_peak if is_peak else QUIET
        claiming.IDLE_S = outbox_s
        worker.IDLE_S = outbox_s  # type: ignore[attr-defined]
        await asyncio.sleep(60.0)


if __name__ == "__main__":
    main(*sys.argv[1:])
