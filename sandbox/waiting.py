"""Waits for a condition: woken by what happens at Telegram, with a limit, never by sleeping for luck."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from sandbox.telegram.memory import Memory

LIMIT = 60.0


async def until(telegram: Memory, holds: Callable[[], bool], limit: float = LIMIT) -> bool:
    """Waits until `holds()` is true, looking again at every change at Telegram.

    False where `limit` seconds passed without it.
    """
    if holds():
        return True
    changed = asyncio.Event()
    unsubscribe = telegram.subscribe(lambda _event: changed.set())
    deadline = asyncio.get_running_loop().time() + limit
    try:
        while not holds():
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                return False
            changed.clear()
            try:
                await asyncio.wait_for(changed.wait(), left)
            except TimeoutError:
                continue
        return True
    finally:
        unsubscribe()


async def quiet(telegram: Memory, changed: Callable[[], bool], seconds: float) -> bool:
    """Tells whether `changed()` stays false for `seconds`; it returns at once when that becomes true."""
    return not await until(telegram, changed, seconds)
