"""The one writer of a process: what is handed in meanwhile shares a commit, and what fails fails alone."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Executable, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage import handled
from storage.away import DatabaseAway, as_away, is_read_only, is_to_be_repeated, lost_connection, of_one_statement
from storage.damage import Damage
from storage.family_locks import GATHER_S
from storage.handled import Claim, Upsert
from storage.rows import Entry, Rows
from storage.watched_tasks import Watched

log = logging.getLogger(__name__)

MAX_BATCH = 200
LOST_TRIES = 3
_PAUSE_S = 0.05


class Job(NamedTuple):
    """A work or a row of a statement; with a claim, done only where nobody claimed that update before."""

    done: asyncio.Future[Any]
    claim: Claim | None = None
    work: Callable[[AsyncConnection], Awaitable[Any]] | None = None
    statement: Executable | Upsert | None = None
    row: Mapping[str, Any] | None = None


_Outcome = tuple[Job, Any, Exception | None]
_Run = Callable[[AsyncConnection, list[Job]], Awaitable[list[_Outcome]]]


class Writer:
    """Writes what is submitted, in batches; `unwritten` is why the last of them came to nothing, where it did.

    `are_many` says whether so many updates are in hand that a trip to the server soon finds company; `connect_anew`
    lets every connection go.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        rows: Rows,
        damage: Damage,
        are_many: Callable[[], bool],
        connect_anew: Callable[[], Awaitable[None]],
    ) -> None:
        self.unwritten: DatabaseAway | None = None
        self.task = Watched("database-writer", self._write_forever, on_end=self._refuse_queued)
        self._engine = engine
        self._rows = rows
        self._damage = damage
        self._are_many = are_many
        self._connect_anew = connect_anew
        self._jobs: asyncio.Queue[Job] = asyncio.Queue()
        self._is_sqlite = engine.dialect.name == "sqlite"

    async def submit(self, job: Job) -> Any:
        """Does a job with others; gives its result. Raises DatabaseAway, and what the job raises."""
        self._damage.refuse()
        if not self.task.runs:
            raise DatabaseAway("nobody writes")
        self._jobs.put_nowait(job)
        return await job.done

    async def close(self) -> None:
        """Waits for the writes in hand and ends."""
        if self.task.runs:
            await self._jobs.join()
        await self.task.cancel()

    def _refuse_queued(self) -> None:
        """Nobody is there to do what waits."""
        while not self._jobs.empty():
            job = self._jobs.get_nowait()
            if not job.done.done():
                job.done.set_exception(DatabaseAway("the writer ended"))
            self._jobs.task_done()

    async def _write_forever(self) -> None:
        while True:
            batch = [await self._jobs.get()]
            try:
                if self._are_many():
                    await asyncio.sleep(GATHER_S)
                while not self._jobs.empty() and len(batch) < MAX_BATCH:
                    batch.append(self._jobs.get_nowait())
                await self._write_batch(batch)
            except Exception as error:
                await self._fail(batch, error)
            finally:
                for job in batch:
                    if not job.done.done():
                        job.done.set_exception(DatabaseAway("the writer was stopped"))
                    self._jobs.task_done()

    async def _write_batch(self, batch: list[Job]) -> None:
        self._damage.look_at_file()
        rows = [job for job in batch if job.work is None]
        if rows:
            await self._write_rows(rows)
        works = [job for job in batch if job.work is not None]
        if works:
            await self._write_works(works)

    async def _write_rows(self, jobs: list[Job]) -> None:
        """All rows together; where one of them is refused, each by itself, so that it takes no other down."""
        for attempt in range(LOST_TRIES):
            try:
                first = await self._rows.write(_entries(jobs))
            except Exception as error:
                # A row written twice is the same row: this may be done again whatever happened to the commit.
                if attempt < LOST_TRIES - 1 and await self._can_be_repeated(error):
                    continue
                if len(jobs) > 1 and not as_away(error):
                    for job in jobs:
                        await self._write_rows([job])
                else:
                    await self._fail(jobs, error)
                return
            await self._settle([(job, _is_first(job.claim, first), None) for job in jobs])
            return

    async def _write_works(self, jobs: list[Job]) -> None:
        """All works in one commit; where one of them raises, once more with each apart, so that it undoes no other's.

        Works hardly ever raise, and keeping each apart costs two trips to the server more.
        """
        failure = await self._write_transaction(jobs, _run_together)
        if failure and len(jobs) > 1:
            failure = await self._write_transaction(jobs, _run_apart)
        if failure:
            await self._fail(jobs, failure)

    async def _write_transaction(self, jobs: list[Job], run: _Run) -> Exception | None:
        """Commits what the jobs do and settles them; gives the error of a work, which undid all of them."""
        for attempt in range(LOST_TRIES):
            working = committing = False
            try:
                async with self._engine.connect() as connection, connection.begin() as transaction:
                    working = True
                    outcomes = await run(connection, jobs)
                    working, committing = False, True
                    await self._commit(connection, transaction)
            except Exception as error:
                # Before the commit nothing is done, so it may be done again; a commit that broke off may have happened.
                if not committing and attempt < LOST_TRIES - 1 and await self._can_be_repeated(error):
                    await asyncio.sleep(_PAUSE_S * (1 + random.random()))
                    continue
                away = _away_behind(error)
                if working and (away is None or of_one_statement(error)):
                    return error
                await self._fail(jobs, away or error)
            else:
                await self._settle(outcomes)
            return None
        raise AssertionError("the last try returns")

    async def _commit(self, connection: AsyncConnection, transaction: Any) -> None:
        if self._is_sqlite:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            if not driver.in_transaction:
                # SQLite, «lang_transaction»: a full disk undoes the whole of it, and a commit would say nothing.
                raise DatabaseAway("the transaction was undone")
        await transaction.commit()

    async def _can_be_repeated(self, error: Exception) -> bool:
        if is_read_only(error):
            # After a failover every connection at hand still leads to the server that writes no more.
            await self._connect_anew()
            return True
        return is_to_be_repeated(error) or lost_connection(error)

    async def _fail(self, batch: list[Job], error: Exception) -> None:
        error = await self._damage.judged(error)
        if isinstance(error, DatabaseAway):
            self.unwritten = error
        for job in batch:
            if not job.done.done():
                job.done.set_exception(error)

    async def _settle(self, outcomes: list[_Outcome]) -> None:
        self.unwritten = None
        for job, result, failure in outcomes:
            if failure is not None:
                failure = await self._damage.judged(failure)
            if job.done.done():
                continue
            if failure is not None:
                job.done.set_exception(failure)
            else:
                job.done.set_result(result)


async def _run_together(connection: AsyncConnection, jobs: list[Job]) -> list[_Outcome]:
    first = await handled.claim(connection, [job.claim for job in jobs if job.claim])
    outcomes: list[_Outcome] = []
    for job in jobs:
        assert job.work is not None
        result = await job.work(connection) if not job.claim or _is_first(job.claim, first) else None
        outcomes.append((job, result, None))
    return outcomes


async def _run_apart(connection: AsyncConnection, jobs: list[Job]) -> list[_Outcome]:
    outcomes: list[_Outcome] = []
    for job in jobs:
        try:
            async with connection.begin_nested():
                outcomes += await _run_together(connection, [job])
        except Exception as error:
            if _away_behind(error) and not (of_one_statement(error) and await _goes_on(connection)):
                raise
            outcomes.append((job, None, error))
    return outcomes


async def _goes_on(connection: AsyncConnection) -> bool:
    """Whether the transaction still works after what one job did was undone."""
    try:
        await connection.execute(text("SELECT 1"))
    except Exception:
        return False
    return True


def _away_behind(error: BaseException) -> DatabaseAway | None:
    """The database that is away behind an error: undoing what is undone already raises another one over it."""
    seen: BaseException | None = error
    while seen is not None:
        away = as_away(seen)
        if away:
            return away
        seen = seen.__context__ if isinstance(seen, DBAPIError) else None
    return None


def _entries(jobs: list[Job]) -> list[Entry]:
    return [Entry(job.statement, job.row, job.claim) for job in jobs if job.statement is not None and job.row]


def _is_first(claim: Claim | None, first: set[int]) -> bool:
    """Whether the update was claimed now; whoever asks next for the same update is not the first."""
    if claim is None or claim.update not in first:
        return False
    first.remove(claim.update)
    return True
