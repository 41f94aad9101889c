"""The database: one writer that shares its commits, readers beside it, and migrations at the start.

SQLite runs in WAL mode: readers never wait for the writer, and there is one writer, so nobody finds the file locked.
"""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Executable, Update, event, make_url, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from storage import handled
from storage.away import DatabaseAway, as_away, is_to_be_repeated, lost_connection
from storage.family_locks import GATHER_S, FamilyLocks
from storage.gathering import Gathering
from storage.handled import Claim, Upsert
from storage.migrations.newest import is_newest, migrate
from storage.rows import PRAGMAS, Entry, Rows

log = logging.getLogger(__name__)

__all__ = ["Database", "DatabaseAway", "alone"]

T = TypeVar("T")
Work = Callable[[AsyncConnection], Awaitable[T]]
Load = Callable[[AsyncConnection, Sequence[int]], Awaitable[Mapping[int, T]]]

MAX_BATCH = 200
READERS = 6  # connections to PostgreSQL that read
_BUSY_TIMEOUT_S = 10
_LOST_TRIES = 3
_PAUSE_S = 0.05
_CHECK_ALIVE = {"tcp_keepalives_idle": "10", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3"}


class _Job(NamedTuple):
    """A work or a row of a statement; with a claim, done only where nobody claimed that update before."""

    done: asyncio.Future[Any]
    claim: Claim | None = None
    work: Work[Any] | None = None
    statement: Executable | Upsert | None = None
    row: Mapping[str, Any] | None = None


_Outcome = tuple[_Job, Any, Exception | None]
_Run = Callable[[AsyncConnection, list[_Job]], Awaitable[list[_Outcome]]]


class Database:
    """A connection to SQLite or PostgreSQL, given as a SQLAlchemy URL of an async driver."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._writer_engine, self._reader_engine = self._engines()
        self._jobs: asyncio.Queue[_Job] = asyncio.Queue()
        self._writer: asyncio.Task[None] | None = None
        self._gatherings: dict[Load[Any], Gathering] = {}
        self._rows = Rows(self._writer_engine, _BUSY_TIMEOUT_S)
        self._families = None if self.is_sqlite else FamilyLocks(self._patient_engine(isolation_level="AUTOCOMMIT"))

    async def open(self) -> None:
        """Applies the migrations and starts the writer. Raises DatabaseAway where the database cannot be reached."""
        if self.is_sqlite and self.url.database and self.url.database != ":memory:":
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
        await _guarded(self._migrate)
        if self._families:
            self._families.open()
        self._writer = asyncio.create_task(self._write_forever(), name="database-writer")

    async def close(self) -> None:
        """Waits for the writes in hand, then closes every connection."""
        if self._writer:
            await self._jobs.join()
            self._writer.cancel()
            await asyncio.gather(self._writer, return_exceptions=True)
        if self._families:
            await self._families.close()
        await self._rows.close()
        await self._writer_engine.dispose()
        await self._reader_engine.dispose()

    async def read(self, work: Work[T]) -> T:
        """Runs `work` on a reading connection. Raises DatabaseAway."""

        async def run() -> T:
            async with self._reader_engine.connect() as connection:
                return await work(connection)

        return await _guarded(run)

    async def read_by_key(self, load: Load[T], key: int) -> T | None:
        """What `load` (a module's own function) finds under a key, read together with all that is asked of it now.

        Raises DatabaseAway.
        """
        gathering = self._gatherings.get(load)
        if gathering is None:
            gathering = self._gatherings[load] = Gathering(lambda keys: self.read(lambda c: load(c, keys)))
        return await gathering.get(key)  # type: ignore[no-any-return]

    @asynccontextmanager
    async def family(self, family_id: int) -> AsyncIterator[None]:
        """Keeps other replicas from handling the same family meanwhile; with SQLite there are none.

        Raises DatabaseAway.
        """
        if self._families is None or not family_id:
            yield
            return
        async with self._families.hold(family_id):
            yield

    async def write(self, work: Work[T]) -> T:
        """Runs `work` in a transaction that is committed when this returns; other writes may share the commit.

        `work` must wait for nothing but the database. An exception in it undoes its own statements alone.
        Raises DatabaseAway.
        """
        return await self._submit(_Job(_future(), work=work))  # type: ignore[no-any-return]

    async def write_once(self, update: int, at: float, work: Work[T]) -> T | None:
        """Runs `work` as `write` does, but only where the effects of this update were not committed before; else None.

        `at` is the moment of the claim, in seconds since the epoch. Raises DatabaseAway.
        """
        return await self._submit(_Job(_future(), Claim(update, at), work))  # type: ignore[no-any-return]

    async def write_row(self, statement: Executable, row: Mapping[str, Any]) -> None:
        """Executes one statement with one row, together with all such rows in hand. Raises DatabaseAway.

        The statement must be one that stays (a module's own), and harmless to repeat with the same row: a commit that
        broke off is done again, whether it happened or not.
        """
        await self._submit(_Job(_future(), statement=statement, row=row))

    async def write_row_once(self, update: int, at: float, statement: Update | Upsert, row: Mapping[str, Any]) -> bool:
        """Executes a statement with one row as `write_row` does, but only as the first effect of this update.

        False where the update's effects were committed before, be it by a commit that broke off and was done again.
        `at` is the moment of the claim, in seconds since the epoch. Raises DatabaseAway.
        """
        claim = Claim(update, at)
        row = {**row, **handled.named(claim)}
        return bool(await self._submit(_Job(_future(), claim, statement=statement, row=row)))

    async def _submit(self, job: _Job) -> Any:
        self._jobs.put_nowait(job)
        return await job.done

    async def _write_forever(self) -> None:
        while True:
            batch = [await self._jobs.get()]
            if self._families and self._families.are_many:
                await asyncio.sleep(GATHER_S)
            while not self._jobs.empty() and len(batch) < MAX_BATCH:
                batch.append(self._jobs.get_nowait())
            try:
                await self._write_batch(batch)
            finally:
                for job in batch:
                    if not job.done.done():
                        job.done.set_exception(DatabaseAway("the writer was stopped"))
                    self._jobs.task_done()

    async def _write_batch(self, batch: list[_Job]) -> None:
        rows = [job for job in batch if job.work is None]
        if rows:
            await self._write_rows(rows)
        works = [job for job in batch if job.work is not None]
        if works:
            await self._write_works(works)

    async def _write_rows(self, jobs: list[_Job]) -> None:
        """All rows together; where one of them is refused, each by itself, so that it takes no other down."""
        for attempt in range(_LOST_TRIES):
            try:
                first = await self._rows.write(_entries(jobs))
            except Exception as error:
                # A row written twice is the same row: this may be done again whatever happened to the commit.
                if (is_to_be_repeated(error) or lost_connection(error)) and attempt < _LOST_TRIES - 1:
                    continue
                if len(jobs) > 1 and not as_away(error):
                    for job in jobs:
                        await self._write_rows([job])
                else:
                    self._fail(jobs, error)
                return
            _settle([(job, _is_first(job.claim, first), None) for job in jobs])
            return

    async def _write_works(self, jobs: list[_Job]) -> None:
        """All works in one commit; where one of them raises, once more with each apart, so that it undoes no other's.

        Works hardly ever raise, and keeping each apart costs two trips to the server more.
        """
        failure = await self._write_transaction(jobs, _run_together)
        if failure and len(jobs) > 1:
            failure = await self._write_transaction(jobs, _run_apart)
        if failure:
            self._fail(jobs, failure)

    async def _write_transaction(self, jobs: list[_Job], run: _Run) -> Exception | None:
        """Commits what the jobs do and settles them; gives the error of a work, which undid all of them."""
        for attempt in range(_LOST_TRIES):
            committing = False
            try:
                async with self._writer_engine.connect() as connection, connection.begin() as transaction:
                    outcomes = await run(connection, jobs)
                    committing = True
                    await transaction.commit()
            except Exception as error:
                # Before the commit nothing is done, so it may be done again; a commit that broke off may have happened.
                again = not committing and (is_to_be_repeated(error) or lost_connection(error))
                if again and attempt < _LOST_TRIES - 1:
                    await asyncio.sleep(_PAUSE_S * (1 + random.random()))
                    continue
                if not committing and not as_away(error):
                    return error
                self._fail(jobs, error)
            else:
                _settle(outcomes)
            return None
        raise AssertionError("the last try returns")

    def _fail(self, batch: list[_Job], error: Exception) -> None:
        away = as_away(error)
        for job in batch:
            if not job.done.done():
                job.done.set_exception(away or error)

    async def _migrate(self) -> None:
        engine = self._writer_engine if self.is_sqlite else self._patient_engine()
        async with engine.connect() as connection:
            if await connection.run_sync(is_newest):
                return
            await connection.rollback()
            await connection.run_sync(migrate)
            await connection.commit()

    def _engines(self) -> tuple[AsyncEngine, AsyncEngine]:
        if self.is_sqlite:
            return self._sqlite_engines()
        common: dict[str, Any] = {
            "pool_pre_ping": False,
            "pool_recycle": 1800,
            "pool_timeout": 10,
            # One more for a moment would cost more than it saves: a process of the server, every statement anew.
            "max_overflow": 0,
            "pool_use_lifo": True,
            "connect_args": {"timeout": 5, "command_timeout": 20, "server_settings": _CHECK_ALIVE},
        }
        writer = create_async_engine(self.url, pool_size=2, **common)
        reader = create_async_engine(self.url, pool_size=READERS, isolation_level="AUTOCOMMIT", **common)
        return writer, reader

    def _patient_engine(self, **more: Any) -> AsyncEngine:
        """Of connections that wait for their statements as long as it takes: a region's migration, a lock."""
        arguments = {"timeout": 5, "server_settings": _CHECK_ALIVE}
        return create_async_engine(self.url, poolclass=NullPool, connect_args=arguments, **more)

    def _sqlite_engines(self) -> tuple[AsyncEngine, AsyncEngine]:
        arguments = {"timeout": _BUSY_TIMEOUT_S}
        writer = create_async_engine(self.url, pool_size=1, max_overflow=0, connect_args=arguments)
        reader = create_async_engine(
            self.url, pool_size=3, max_overflow=0, connect_args=arguments, isolation_level="AUTOCOMMIT"
        )
        for engine in (writer, reader):
            event.listen(engine.sync_engine, "connect", _prepare_sqlite)

        @event.listens_for(writer.sync_engine, "begin")
        def _take_the_write_lock(connection: Any) -> None:
            # A transaction that reads first and writes later would find the lock taken; this one takes it at once.
            connection.exec_driver_sql("BEGIN IMMEDIATE")

        return writer, reader


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


async def _run_together(connection: AsyncConnection, jobs: list[_Job]) -> list[_Outcome]:
    first = await handled.claim(connection, [job.claim for job in jobs if job.claim])
    outcomes: list[_Outcome] = []
    for job in jobs:
        assert job.work is not None
        result = await job.work(connection) if not job.claim or _is_first(job.claim, first) else None
        outcomes.append((job, result, None))
    return outcomes


def _entries(jobs: list[_Job]) -> list[Entry]:
    return [Entry(job.statement, job.row, job.claim) for job in jobs if job.statement is not None and job.row]


def _is_first(claim: Claim | None, first: set[int]) -> bool:
    """Whether the update was claimed now; whoever asks next for the same update is not the first."""
    if claim is None or claim.update not in first:
        return False
    first.remove(claim.update)
    return True


async def _run_apart(connection: AsyncConnection, jobs: list[_Job]) -> list[_Outcome]:
    outcomes: list[_Outcome] = []
    for job in jobs:
        try:
            async with connection.begin_nested():
                outcomes += await _run_together(connection, [job])
        except Exception as error:
            if as_away(error):
                raise
            outcomes.append((job, None, error))
    return outcomes


def _settle(outcomes: list[_Outcome]) -> None:
    for job, result, failure in outcomes:
        if job.done.done():
            continue
        if failure is not None:
            job.done.set_exception(failure)
        else:
            job.done.set_result(result)


def _future() -> asyncio.Future[Any]:
    return asyncio.get_running_loop().create_future()


async def alone(connection: AsyncConnection, lock: int) -> bool:
    """Takes a lock that one replica has at a time, until the end of the transaction; False where another has it.

    It never waits: a shared commit that waits for another one could wait for ever.
    """
    if connection.dialect.name != "postgresql":
        return True
    return bool(
        (await connection.execute(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": lock})).scalar_one()
    )


async def _guarded(work: Callable[[], Awaitable[T]]) -> T:
    """Does it again on another connection where the one at hand was lost. Raises DatabaseAway."""
    for left in range(_LOST_TRIES, 0, -1):
        try:
            return await work()
        except Exception as error:
            if left > 1 and lost_connection(error):
                continue
            away = as_away(error)
            if away:
                raise away from error
            raise
    raise AssertionError("the last try returns or raises")
