"""Makes what a bot reads or builds at its start once for all bots of a test run, which starts thousands of them.

It also lets the databases of tests do without waiting for the disk and for threads, and be strict on both sides.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import re
import sqlite3
import ssl
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiogram.client.session.base
import aiosqlite
from aiogram.methods import Response
from aiogram.types import Update
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

import bot.app
import storage.engines
from bot.screenshots.tesseract import Tesseract, find_tesseract

_WITH_LENGTH = re.compile(r"(?P<name>\"?\w+\"?) VARCHAR\((?P<most>\d+)\)(?: DEFAULT '\w*')?(?: NOT NULL)?")


def pay_once() -> None:
    """Lets every bot of this process share what the first one has read or built."""
    keep_certificates()
    # pydantic forgets a type like Response[User] as soon as nobody holds it, and builds it anew for the next call.
    vars(aiogram.client.session.base)["Response"] = _KeptResponses()
    # aiogram keeps the types of 128 updates by their numbers, which begin anew with each world: a newcomer was compared
    # field by field with all that had its number before.
    kept: Any = vars(Update)["event_type"]
    setattr(Update, "event_type", property(kept.fget.__wrapped__))  # noqa: B010 - its type says that it is a function
    vars(bot.app)["find_tesseract"] = lambda: _tesseract_on(os.environ.get("PATH", ""))
    # Each engine makes the SQL of every statement anew, and a test's bot has four of them.
    vars(storage.engines)["create_async_engine"] = _engine_with_kept_statements
    # Waiting for the disk is most of a small commit's time, and nothing here has to outlive the machine.
    vars(storage.engines)["_PRAGMAS"] = tuple(
        "synchronous=OFF" if one.startswith("synchronous") else one for one in storage.engines._PRAGMAS
    )
    # Handing each call to a thread and waiting for it there costs more than the call.
    setattr(aiosqlite.Connection, "_execute", _call_here)  # noqa: B010 - its type names its parameters otherwise


def keep_certificates() -> None:
    """Reads the certificates of all authorities once, which takes long: nothing changes a context."""
    ssl.create_default_context = functools.cache(ssl.create_default_context)  # type: ignore[assignment]


def refuse_long_strings(file: Path) -> None:
    """Has an SQLite file refuse a string that is longer than its column, as PostgreSQL does; nobody else has it open.

    Most tests run on SQLite alone, which takes any length.
    """
    with contextlib.closing(sqlite3.connect(file)) as connection:
        # Triggers would do it, too, but every connection of every test reads all of them from the file.
        connection.execute("PRAGMA writable_schema = ON")
        for name, made_by in connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table'").fetchall():
            checked = _WITH_LENGTH.sub(r"\g<0> CHECK (length(\g<name>) <= \g<most>)", made_by)
            connection.execute("UPDATE sqlite_schema SET sql = ? WHERE name = ?", (checked, name))
        connection.commit()


class _KeptResponses:
    @functools.cache  # noqa: B019 - one object, which lives as long as the process
    def __getitem__(self, result: Any) -> Any:
        return Response[result]


class _KeptStatements(dict[Any, Any]):
    """Keeps the SQL of statements for all engines of one driver: their dialects differ in nothing that SQL shows."""

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        return super().get(key[1:], default)

    def __setitem__(self, key: tuple[Any, ...], compiled: Any) -> None:
        super().__setitem__(key[1:], compiled)


_kept_statements: defaultdict[str, _KeptStatements] = defaultdict(_KeptStatements)


def _engine_with_kept_statements(url: URL, **more: Any) -> AsyncEngine:
    if url.get_backend_name() == "sqlite":
        more["connect_args"] = {**more.get("connect_args", {}), "check_same_thread": False}
    engine = create_async_engine(url, **more)
    engine.sync_engine.update_execution_options(compiled_cache=_kept_statements[engine.driver])
    return engine


_IN_NO_TIME = frozenset(("cursor", "fetchall", "close"))  # calls that neither wait nor change anything


async def _call_here(self: aiosqlite.Connection, call: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
    """Calls SQLite in the loop's own thread; every other task gets its turn before, as it does while a thread works.

    Each statement is four calls, of which only one does something that others could come in between.
    """
    if not self._running or not self._connection:
        raise ValueError("Connection closed")
    if getattr(call, "__name__", "") not in _IN_NO_TIME:
        await asyncio.sleep(0)
    return call(*arguments, **more)


@functools.cache
def _tesseract_on(path: str) -> Tesseract | None:
    return find_tesseract()
