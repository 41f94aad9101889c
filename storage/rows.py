"""Many rows of one statement in one commit, past SQLAlchemy: the hot path of a press and of most messages.

SQLite gets a thread and a connection of its own, so that a batch is one trip there and back; PostgreSQL gets the rows
of a statement in one go, which its driver makes one transaction.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from sqlalchemy import Executable, true
from sqlalchemy.ext.asyncio import AsyncEngine

from storage import handled
from storage.away import as_away
from storage.handled import Claim, Upsert

SMALL = 32 * 1024 * 1024  # bytes of a file that is built anew within a second
_EMPTY_LOG_WAIT_MS = 1000  # how long writers are held up by a reader that does not end
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON", "cache_size=-2000")
Row = Mapping[str, Any]


class Entry(NamedTuple):
    """A row of a statement that stays; with a claim, of one that is done only where it is the update's first."""

    statement: Executable | Upsert
    row: Row
    claim: Claim | None = None


class _Compiled(NamedTuple):
    statement: Executable | Upsert
    text: str
    names: tuple[str, ...]


class _Batch(NamedTuple):
    text: str
    rows: list[tuple[Any, ...]]
    claims: list[Claim]  # one for each row, or none at all


class Rows:
    """Writes rows; on SQLite each call is one commit, or nothing."""

    def __init__(self, engine: AsyncEngine, busy_timeout_s: float) -> None:
        self._engine = engine
        self._compiled: dict[tuple[int, bool], _Compiled] = {}
        self._timeout = busy_timeout_s
        self._is_sqlite = engine.dialect.name == "sqlite"
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="rows") if self._is_sqlite else None
        self._file: sqlite3.Connection | None = None

    async def write(self, entries: Sequence[Entry]) -> set[int]:
        """Writes the rows of any statements; gives the updates claimed now. Raises what the driver raises.

        Where it raises, no update was claimed, but on PostgreSQL rows without a claim may have been written.
        """
        batches = self._batches(entries)
        if self._thread is not None:
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._write_file, batches)
        return await self._write_server(batches)

    async def close(self) -> None:
        """Closes the connection that is held."""
        if self._thread is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._forget_file)
            self._thread.shutdown()

    def _batches(self, entries: Sequence[Entry]) -> list[_Batch]:
        """By statement, what is without a claim first."""
        found: dict[tuple[int, bool], list[Entry]] = {}
        for entry in entries:
            found.setdefault((id(entry.statement), entry.claim is not None), []).append(entry)
        return [self._batch(key, found[key]) for key in sorted(found, key=lambda key: key[1])]

    def _batch(self, key: tuple[int, bool], entries: list[Entry]) -> _Batch:
        compiled = self._compiled.get(key)
        if compiled is None:
            compiled = self._compiled[key] = self._compile(entries[0].statement, claims=key[1])
        names = compiled.names

        def its_key(entry: Entry) -> Any:
            return entry.claim or entry.row[names[0]]

        # In the order of their keys, so that two replicas never wait for each other crosswise.
        entries = sorted(entries, key=its_key)
        rows = [tuple([entry.row[name] for name in names]) for entry in entries]
        return _Batch(compiled.text, rows, [entry.claim for entry in entries if entry.claim])

    def _compile(self, statement: Executable | Upsert, claims: bool) -> _Compiled:
        run: Any = statement
        if claims and not self._is_sqlite:
            run = handled.claiming(run)
        elif isinstance(run, Upsert):
            run = run.where(true())  # SQLite asks for the claim before the statement
        made = run.compile(dialect=self._engine.dialect)
        return _Compiled(statement, str(made), tuple(made.positiontup))

    def _write_file(self, batches: list[_Batch]) -> set[int]:
        first: set[int] = set()
        try:
            file = self._open_file()
            file.execute("BEGIN IMMEDIATE")
            for batch in batches:
                if not batch.claims:
                    file.executemany(batch.text, batch.rows)
                    continue
                for claim, row in zip(batch.claims, batch.rows, strict=True):
                    if file.execute(handled.CLAIM_ONE, claim).rowcount:
                        first.add(claim.update)
                        file.execute(batch.text, row)
            file.execute("COMMIT")
        except BaseException:
            self._forget_file()
            raise
        return first

    async def empty_log(self, rebuild: bool) -> bool:
        """Empties SQLite's write-ahead log; with `rebuild` the file is built anew before.

        False where a reader held the log back. Raises what the driver raises.
        """
        assert self._thread is not None
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._empty_log, rebuild)

    def _empty_log(self, rebuild: bool) -> bool:
        try:
            file = self._open_file()
            file.execute(f"PRAGMA busy_timeout={_EMPTY_LOG_WAIT_MS}")
            if rebuild:
                file.execute("VACUUM")
            held_back, _, _ = file.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            file.execute(f"PRAGMA busy_timeout={int(self._timeout * 1000)}")
        except BaseException:
            self._forget_file()
            raise
        return not held_back

    def _open_file(self) -> sqlite3.Connection:
        if self._file is None:
            self._file = sqlite3.connect(str(self._engine.url.database), timeout=self._timeout, isolation_level=None)
            for pragma in PRAGMAS:
                self._file.execute(f"PRAGMA {pragma}")
        return self._file

    def _forget_file(self) -> None:
        if self._file is not None:
            with contextlib.suppress(sqlite3.Error):
                self._file.close()
            self._file = None

    async def _write_server(self, batches: list[_Batch]) -> set[int]:
        """Each statement is a commit of its own, for a transaction around them costs two trips to the server more.

        All that claims stands or falls together, so that no claim stays where this raises.
        """
        async with self._engine.connect() as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            claiming = [batch for batch in batches if batch.claims]
            try:
                for batch in batches:
                    if not batch.claims:
                        await driver.executemany(batch.text, batch.rows)
                if len(claiming) < 2:
                    return await _claimed(driver, claiming)
                async with driver.transaction():
                    return await _claimed(driver, claiming)
            except Exception as error:
                if as_away(error):
                    await connection.invalidate()
                raise


async def _claimed(driver: Any, batches: list[_Batch]) -> set[int]:
    return {row[0] for batch in batches for row in await driver.fetchmany(batch.text, batch.rows)}
