"""The one writer of a process: jobs handed in at the same time share a commit, and one that fails is undone alone."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage import handled_updates
from storage.damage import Damage
from storage.database_errors import (
    DatabaseAway,
    as_away,
    is_read_only,
    is_to_be_repeated,
    lost_connection,
    of_one_statement,
)
from storage.family_locks import GATHER_S
from storage.handled_updates import Claim
from storage.watched_tasks import Watched

log = logging.getLogger(__name__)

MAX_BATCH = 200
LOST_TRIES = 3
_PAUSE_S = 0.05


class Write(NamedTuple):
    """A piece of work, and the future that its commit resolves.

    With a claim it is done only where nobody claimed that update before; else it gives None. `repeatable` says that
    it may be done again after a commit that broke off, since such a commit may have happened.
    """

    work: Callable[[AsyncConnection], Awaitable[Any]]
    done: asyncio.Future[Any]
    claim: Claim | None = None
    repeatable: bool = False


_Outcome = tuple[Write, Any, Exception | None]


class Writer:
    """Writes what is submitted, in batches. `unwritten` is the DatabaseAway of the last one; None where it was written.

    `are_many` tells whether many updates are in hand: then the writer waits `GATHER_S` before a batch, so that more
    writes share it. `connect_anew` drops every connection. While somebody holds `lock`, no new batch begins.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        damage: Damage,
        are_many: Callable[[], bool],
        connect_anew: Callable[[], Awaitable[None]],
    ) -> None:
        self.unwritten: DatabaseAway | None = None
        self.task = Watched("database-writer", self._write_forever, on_end=self._refuse_queued)
        self.lock = asyncio.Lock()
        self._engine = engine
        self._damage = damage
        self._are_many = are_many
        self._connect_anew = connect_anew
        self._jobs: asyncio.Queue[Write] = asyncio.Queue()

    async def submit(self, job: Write) -> Any:
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
        """Fails the jobs that wait: the writer has ended."""
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
                async with self.lock:
                    self._damage.look_at_file()
                    await self._write(batch)
            except Exception as error:
                await self._fail(batch, error)
            finally:
                for job in batch:
                    if not job.done.done():
                        job.done.set_exception(DatabaseAway("the writer was stopped"))
                    self._jobs.task_done()

    async def _write(self, jobs: list[Write]) -> None:
        """Does all jobs in one commit; where one of them raises, once more with each apart, so that it undoes no other.

        Jobs hardly ever raise, and a savepoint for each would cost two more trips to the server.
        """
        run, tries = _run_together, LOST_TRIES
        while jobs:
            working = committing = False
            tries -= 1
            try:
                async with self._engine.connect() as connection, connection.begin() as transaction:
                    working = True
                    outcomes = await run(connection, jobs)
                    working, committing = False, True
                    await _commit(connection, transaction)
            except Exception as error:
                failure = _away_behind(error) or error
                if committing:
                    # It may have happened all the same: what must not be done twice ends here.
                    await self._fail([job for job in jobs if not job.repeatable], failure)
                    jobs = [job for job in jobs if job.repeatable]
                if tries and await self._can_be_repeated(error):
                    await asyncio.sleep(_PAUSE_S * (1 + random.random()))
                elif working and len(jobs) > 1 and run is not _run_apart and _is_of_one_job(error):
                    run, tries = _run_apart, LOST_TRIES
                else:
                    await self._fail(jobs, failure)
                    return
            else:
                await self._settle(outcomes)
                return

    async def _can_be_repeated(self, error: Exception) -> bool:
        if is_read_only(error):
            # After a failover every connection at hand still leads to the server that writes no more.
            await self._connect_anew()
            return True
        return is_to_be_repeated(error) or lost_connection(error)

    async def _fail(self, jobs: list[Write], error: Exception) -> None:
        error = await self._damage.judged(error)
        if isinstance(error, DatabaseAway):
            self.unwritten = error
        for job in jobs:
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


async def _run_together(connection: AsyncConnection, jobs: list[Write]) -> list[_Outcome]:
    first = await handled_updates.claim(connection, [job.claim for job in jobs if job.claim])
    outcomes: list[_Outcome] = []
    for job in jobs:
        result = await job.work(connection) if job.claim is None or _is_first(job.claim, first) else None
        outcomes.append((job, result, None))
    return outcomes


def _is_first(claim: Claim, first: set[int]) -> bool:
    """Tells whether this is the first claim of the update; later ones are told False."""
    if claim.update not in first:
        return False
    first.remove(claim.update)
    return True


async def _run_apart(connection: AsyncConnection, jobs: list[Write]) -> list[_Outcome]:
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
    """Tells whether the transaction still works after one job's statements were undone."""
    try:
        await connection.execute(text("SELECT 1"))
    except Exception:
        return False
    return True


async def _commit(connection: AsyncConnection, transaction: Any) -> None:
    if connection.dialect.name == "sqlite":
        driver: Any = (await connection.get_raw_connection()).driver_connection
        if not driver.in_transaction:
            # SQLite, «lang_transaction»: a full disk undoes the whole of it, and a commit would say nothing.
            raise DatabaseAway("the transaction was undone")
    await transaction.commit()


def _is_of_one_job(error: Exception) -> bool:
    """Tells whether an error of the joint commit may be one job's own, so that the others can still be done."""
    return _away_behind(error) is None or of_one_statement(error)


def _away_behind(error: BaseException) -> DatabaseAway | None:
    """Finds DatabaseAway behind an error: a rollback of what is undone already raises another error over it."""
    seen: BaseException | None = error
    while seen is not None:
        away = as_away(seen)
        if away:
            return away
        seen = seen.__context__ if isinstance(seen, DBAPIError) else None
    return None
