"""Waits for a call or a pause, but no longer than until the process is told to stop."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def unless_stopped(call: Coroutine[Any, Any, T], stopping: asyncio.Event) -> T | None:
    """Gives what a call gives; None where `stopping` is set first, and then the call is cancelled.

    Raises what the call raises.
    """
    task = asyncio.ensure_future(call)
    stopped = asyncio.ensure_future(stopping.wait())
    try:
        await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopped.cancel()
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
    return None if task.cancelled() else task.result()


async def pause(seconds: float, stopping: asyncio.Event) -> None:
    """Waits so many seconds, or until `stopping` is set."""
    if seconds <= 0:
        return
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return
