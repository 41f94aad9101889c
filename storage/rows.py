"""Many rows of one statement in one commit, past SQLAlchemy: the hot path of a button press.

SQLite gets a thread and a connection of its own, so that a batch is one trip there and back; PostgreSQL gets the batch
in one go, which its driver makes one transaction.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from sqlalchemy import Executable
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.away import as_away

PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON", "cache_size=-2000")
Row = Mapping[str, Any]


class _Compiled(NamedTuple):
    statement: Executable
    text: str
    names: tuple[str, ...]


class Rows:
    """Writes rows; each call is one commit, or nothing."""

    def __init__(self, engine: AsyncEngine, busy_timeout_s: float) -> None:
        self._engine = engine
        self._compiled: dict[int, _Compiled] = {}
        self._timeout = busy_timeout_s
        self._is_sqlite = engine.dialect.name == "sqlite"
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="rows") if self._is_sqlite else None
        self._file: sqlite3.Connection | None = None

    async def write(self, rows: Sequence[tuple[Executable, Row]]) -> None:
        """Writes the rows of any statements. Raises what the driver raises."""
        batches = self._batches(rows)
        if self._thread is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._write_file, batches)
        else:
            await self._write_server(batches)

    async def close(self) -> None:
        """Closes the connection that is held."""
        if self._thread is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._forget_file)
            self._thread.shutdown()

    def _batches(self, rows: Sequence[tuple[Executable, Row]]) -> list[tuple[str, list[tuple[Any, ...]]]]:
        found: dict[int, tuple[_Compiled, list[tuple[Any, ...]]]] = {}
        for statement, row in rows:
            compiled = self._compiled.get(id(statement)) or self._compile(statement)
            entry = found.setdefault(id(statement), (compiled, []))
            entry[1].append(tuple([row[name] for name in compiled.names]))
        # In the order of their keys, so that two replicas never wait for each other crosswise.
        return [(compiled.text, sorted(many, key=lambda row: row[0])) for compiled, many in found.values()]

    def _compile(self, statement: Executable) -> _Compiled:
        made: Any = statement.compile(dialect=self._engine.dialect)  # type: ignore[attr-defined]
        compiled = _Compiled(statement, str(made), tuple(made.positiontup))
        self._compiled[id(statement)] = compiled
        return compiled

    def _write_file(self, batches: list[tuple[str, list[tuple[Any, ...]]]]) -> None:
        try:
            file = self._open_file()
            file.execute("BEGIN IMMEDIATE")
            for text, many in batches:
                file.executemany(text, many)
            file.execute("COMMIT")
        except BaseException:
            self._forget_file()
            raise

    def _open_file(self) -> sqlite3.Connection:
        if self._file is None:
            name = self._engine.url.database or ":memory:"
            self._file = sqlite3.connect(name, timeout=self._timeout, isolation_level=None)
            for pragma in PRAGMAS:
                self._file.execute(f"PRAGMA {pragma}")
        return self._file

    def _forget_file(self) -> None:
        if self._file is not None:
            with contextlib.suppress(sqlite3.Error):
                self._file.close()
            self._file = None

    async def _write_server(self, batches: list[tuple[str, list[tuple[Any, ...]]]]) -> None:
        async with self._engine.connect() as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            try:
                if len(batches) == 1:
                    await driver.executemany(*batches[0])
                    return
                async with driver.transaction():
                    for text, many in batches:
                        await driver.executemany(text, many)
            except Exception as error:
                if as_away(error):
                    await connection.invalidate()
                raise
