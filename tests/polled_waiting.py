"""Waits for what no messenger reports (a row, a file, a process): looks again and again, with a limit.

What happens at Telegram is waited for with `World.eventually` and `Person.sees`, which it wakes. This is the only
module of the tests that may sleep (test_no_sleeps.py).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

LOOK_EVERY_S = 0.02
LIMIT_S = 60.0


async def until(
    holds: Callable[[], Awaitable[bool]], limit: float = LIMIT_S, what: str | Callable[[], str] = "it"
) -> None:
    """Waits until something holds that has to be asked for; AssertionError after `limit` seconds."""
    now = asyncio.get_running_loop().time
    deadline = now() + limit
    while not await holds():
        assert now() < deadline, f"{what if isinstance(what, str) else what()} did not come about within {limit} s"
        await asyncio.sleep(LOOK_EVERY_S)


async def until_true(holds: Callable[[], bool], limit: float = LIMIT_S, what: str = "it") -> None:
    """Waits until something holds that is seen at once; AssertionError after `limit` seconds."""

    async def look() -> bool:
        return holds()

    await until(look, limit, what)


async def again_and_again(do: Callable[[], object], seconds: float) -> None:
    """Does something every so many seconds until the task is cancelled."""
    while True:
        await asyncio.sleep(seconds)
        do()


async def random_moment(rng: random.Random, most: float) -> None:
    """Lets up to so many seconds pass, so that what comes next meets whatever is in hand."""
    await asyncio.sleep(rng.uniform(0.0, most))
