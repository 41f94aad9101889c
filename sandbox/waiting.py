"""Waits for a condition: woken by what happens in the messenger, with a limit, never by sleeping for luck."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from sandbox.messenger import Messenger

LIMIT = 60.0


async def until(messenger: Messenger, holds: Callable[[], bool], limit: float = LIMIT) -> bool:
    """Waits until `holds()` is true, looking again at every change in the messenger.

    False where `limit` seconds passed without it.
    """
    if holds():
        return True
    changed = asyncio.Event()
    unsubscribe = messenger.subscribe(lambda _event: changed.set())
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


async def quiet(messenger: Messenger, changed: Callable[[], bool], seconds: float) -> bool:
    """Tells whether `changed()` stays false for `seconds`; it returns at once when that becomes true."""
    return not await until(messenger, changed, seconds)
