"""Opens the database, and runs reads and writes on it; its one writer stands in writing.py.

SQLite runs in WAL mode: readers never wait for the writer, and there is one writer, so nobody finds the file locked.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.damage import Damage
from storage.database_errors import DatabaseAway, lost_connection, told
from storage.engines import READERS, empty_log, engines, fresh_engine, keeps_no_file, patient_engine
from storage.family_locks import FamilyLocks
from storage.handled_updates import Claim
from storage.migrations.newest import is_newest, migrate
from storage.shared_reads import Gathering
from storage.watched_tasks import Watched
from storage.writing import LOST_TRIES, MAX_BATCH, Write, Writer

__all__ = ["MAX_BATCH", "READERS", "Database", "DatabaseAway", "alone"]

SMALL = 32 * 1024 * 1024  # bytes of a file that is built anew within a second

T = TypeVar("T")
Work = Callable[[AsyncConnection], Awaitable[T]]
Load = Callable[[AsyncConnection, Sequence[int]], Awaitable[Mapping[int, T]]]


class Database:
    """A connection to SQLite or PostgreSQL, given as a SQLAlchemy URL of an async driver.

    Raises ValueError for a database in memory. Where damage is found, everything raises DatabaseAway from then on.
    """

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        if keeps_no_file(self.url):
            raise ValueError("a database in memory would be another one on each connection")
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._writer_engine, self._reader_engine = engines(self.url)
        self._damage = Damage(fresh_engine(self.url) if self.is_sqlite else self._reader_engine)
        self._families = None if self.is_sqlite else FamilyLocks(patient_engine(self.url, isolation_level="AUTOCOMMIT"))
        self._writer = Writer(self._writer_engine, self._damage, self._are_many, self._connect_anew)
        self._gatherings: dict[Load[Any], Gathering] = {}
        self.works_for: asyncio.Task[Any] | None = None  # whose `work` the writer runs at the moment

    async def open(self) -> None:
        """Applies the migrations and starts the writer. Raises DatabaseAway where the database cannot be reached."""
        file = Path(str(self.url.database)) if self.is_sqlite else None
        try:
            if file:
                file.parent.mkdir(parents=True, exist_ok=True)
            await self._guarded(self._migrate)
            self._damage.begin(file)
        except OSError as error:
            raise DatabaseAway(told(error)) from error
        if self._families:
            self._families.open()
        self._writer.task.start()

    async def close(self) -> None:
        """Waits for the writes in hand, then closes every connection."""
        await self._writer.close()
        if self._families:
            await self._families.close()
        await self._writer_engine.dispose()
        await self._reader_engine.dispose()

    @property
    def tasks(self) -> list[Watched]:
        """Gives the tasks that work on the database as long as it is open."""
        return [self._writer.task, *([self._families.keeper] if self._families else [])]

    @property
    def trouble(self) -> DatabaseAway | None:
        """Gives the damage that was found, or why the last write did not happen; None while all is well."""
        return self._damage.found or self._writer.unwritten

    async def read(self, work: Work[T]) -> T:
        """Runs `work` on a reading connection. Raises DatabaseAway."""

        async def run() -> T:
            async with self._reader_engine.connect() as connection:
                return await work(connection)

        return await self._guarded(run)

    async def read_by_key(self, load: Load[T], key: int) -> T | None:
        """Gives what `load` (a module's own function) finds under a key, read together with all that is asked now.

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
        self._damage.refuse()
        async with self._families.lock(family_id):
            yield

    async def write(self, work: Work[T], *, repeatable: bool = False) -> T:
        """Runs `work` in a transaction that is committed when this returns; other writes may share the commit.

        `work` must wait for nothing but the database. An exception in it undoes its own statements alone. A
        `repeatable` one is done again where the commit broke off, even though the commit may have happened.
        Raises DatabaseAway.
        """
        return await self._writer.submit(Write(self._noting_its_task(work), _future(), None, repeatable))  # type: ignore[no-any-return]

    async def write_once(self, update: int, at: float, work: Work[T], *, repeatable: bool = False) -> T | None:
        """Runs `work` as `write` does, unless the effects of this update are committed already: then it gives None.

        It also gives None where a commit broke off but had happened, and the `repeatable` work was then tried again.
        `at` is the moment of the claim, in seconds since the epoch. Raises DatabaseAway.
        """
        job = Write(self._noting_its_task(work), _future(), Claim(update, at), repeatable)
        return await self._writer.submit(job)  # type: ignore[no-any-return]

    def _noting_its_task(self, work: Work[T]) -> Work[T]:
        """Gives the same work; while it runs, `works_for` is the task that waits for it."""
        task = asyncio.current_task()

        async def run(connection: AsyncConnection) -> T:
            self.works_for = task
            try:
                return await work(connection)
            finally:
                self.works_for = None

        return run

    @property
    def is_small(self) -> bool:
        """Tells whether this is a SQLite file that is small enough to be rebuilt within a second."""
        return self.is_sqlite and Path(str(self.url.database)).stat().st_size <= SMALL

    async def empty_log(self, *, rebuild: bool) -> bool:
        """Empties SQLite's write-ahead log into the file.

        With `rebuild` the file is built anew before, since pages that were split keep copies of what stood in them.
        False where a reader holds the log back: it is to be tried again. Raises DatabaseAway.
        """

        async def run() -> bool:
            # The writer would find the file locked for as long as it is built anew.
            async with self._writer.lock, self._reader_engine.connect() as connection:
                return await empty_log(connection, rebuild)

        return await self._guarded(run)

    async def clean(self, tables: Collection[str]) -> None:
        """Vacuums these tables on PostgreSQL, so that deleted rows can no longer be read. Raises DatabaseAway."""

        async def run() -> None:
            async with patient_engine(self.url, isolation_level="AUTOCOMMIT").connect() as connection:
                for table in sorted(tables):
                    await connection.execute(text(f"VACUUM {table}"))

        await self._guarded(run)

    async def _migrate(self) -> None:
        engine = self._writer_engine if self.is_sqlite else patient_engine(self.url)
        async with engine.connect() as connection:
            if await connection.run_sync(is_newest):
                return
            await connection.rollback()
            await connection.run_sync(migrate)
            await connection.commit()

    def _are_many(self) -> bool:
        return self._families is not None and self._families.are_many

    async def _connect_anew(self) -> None:
        await self._writer_engine.dispose()
        await self._reader_engine.dispose()
        if self._families:
            await self._families.connect_anew()

    async def _guarded(self, work: Callable[[], Awaitable[T]]) -> T:
        """Does the work, and repeats it on a new connection where the old one was lost. Raises DatabaseAway."""
        self._damage.refuse()
        for left in range(LOST_TRIES, 0, -1):
            try:
                return await work()
            except Exception as error:
                if left > 1 and lost_connection(error):
                    continue
                judged = await self._damage.judged(error)
                if judged is error:
                    raise
                raise judged from error
        raise AssertionError("the last try returns or raises")


def _future() -> asyncio.Future[Any]:
    return asyncio.get_running_loop().create_future()


async def alone(connection: AsyncConnection, lock: int) -> bool:
    """Takes a lock that one replica holds at a time, until the end of the transaction; False where another holds it.

    It never waits: a shared commit that waits for another one could wait for ever.
    """
    if connection.dialect.name != "postgresql":
        return True
    return bool(
        (await connection.execute(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": lock})).scalar_one()
    )
