"""Updates whose handling blocked the event loop: written by a thread of its own, read at the next start.

SQLite may be locked by the very transaction that does not end, so there the mark is a file beside the database. With
PostgreSQL it is a named value, inserted over a connection of its own.
"""

import asyncio
import os
from pathlib import Path

from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import engines, named_values

PREFIX = "held:"  # begins the name of a named value: update_id → when it blocked the loop, seconds since the epoch
KEPT_S = 2 * 24 * 3600.0  # Telegram repeats an update for 24 hours (Bot API, getting updates)
_PATIENCE_S = 10.0  # for the connection and the statement together


def keep(url: URL, update: int, at: float) -> None:
    """Marks an update, outside of any event loop. Raises OSError or what the database's driver raises."""
    file = _file(url)
    if file is None:
        asyncio.run(_set(url, update, str(at)))
        return
    with open(file, "a", encoding="ascii") as marks:
        marks.write(f"{update} {at}\n")
        marks.flush()
        os.fsync(marks.fileno())


def withdraw(url: URL, update: int) -> None:
    """Takes the mark away again, outside of any event loop, as `keep` set it."""
    file = _file(url)
    if file is None:
        asyncio.run(_set(url, update, None))
    else:
        file.unlink(missing_ok=True)


async def take_in(connection: AsyncConnection, url: URL) -> None:
    """Makes named values of the marks in SQLite's file; `clear_file` follows once they are committed."""
    file = _file(url)
    for line in file.read_text("ascii", "replace").splitlines() if file and file.exists() else ():
        update, _, at = line.partition(" ")
        if update.lstrip("-").isdigit() and at.replace(".", "", 1).isdigit():
            await named_values.put(connection, PREFIX + update, at)


def clear_file(url: URL) -> None:
    """Removes SQLite's file of marks."""
    file = _file(url)
    if file:
        file.unlink(missing_ok=True)


async def known(connection: AsyncConnection, now: float) -> frozenset[int]:
    """Gives the updates to set aside when they come again; old marks, whose numbers may come anew, are left out."""
    found = await named_values.beginning_with(connection, PREFIX)
    return frozenset(int(name.removeprefix(PREFIX)) for name, at in found.items() if float(at) > now - KEPT_S)


async def forget(connection: AsyncConnection, update: int) -> None:
    """Forgets an update that was set aside."""
    await named_values.put(connection, f"{PREFIX}{update}", None)


def _file(url: URL) -> Path | None:
    if url.get_backend_name() != "sqlite":
        return None
    database = url.database or ""
    return None if database in ("", ":memory:") else Path(f"{database}.held")


async def _set(url: URL, update: int, value: str | None) -> None:
    if url.get_backend_name() == "sqlite":
        return  # a database in memory does not outlive its process
    engine = engines.patient_engine(url)
    try:
        async with asyncio.timeout(_PATIENCE_S), engine.begin() as connection:
            await named_values.put(connection, f"{PREFIX}{update}", value)
    finally:
        await engine.dispose()
