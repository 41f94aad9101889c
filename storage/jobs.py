"""The stored jobs of reading pictures: they outlive a restart, and no update waits for them."""

from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, case, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import alone
from storage.inserting import insert_into
from storage.models import Job as Job
from storage.models import dialogues, jobs
from storage.school_models import FIRST

_LOCK = 4_307_003
_LONGEST_LEASE_S = 900.0
ENDED = 1e15  # stands in `not_before` of a job that has ended: its key stays for a day
MOST_OF_A_FAMILY = 5  # what a family can wait for in turn; reading more would only hold up others


async def put(
    connection: AsyncConnection, *, kind: str, family_id: int, payload: dict[str, Any], key: str, at: float,
    delay: float = 0.0,
) -> bool:  # fmt: skip
    """Stores a job once for its key, due after `delay` seconds (an album is one job).

    False where it is stored already, or where as many of the family's wait as one family may have.
    """
    mine = (jobs.c.family_id == family_id, jobs.c.not_before < ENDED)
    waiting = (await connection.execute(select(func.count()).select_from(jobs).where(*mine))).scalar_one()
    if waiting >= MOST_OF_A_FAMILY:
        return False
    row = {"kind": kind, "family_id": family_id, "payload": payload, "key": key, "created_at": at}
    row["not_before"] = at + delay
    statement = insert_into(connection, jobs).values(**row).on_conflict_do_nothing(index_elements=["key"])
    return (await connection.execute(statement)).rowcount == 1


async def add_part(connection: AsyncConnection, key: str, part: dict[str, Any]) -> None:
    """Adds a part to the job of this key; nothing where the job has ended."""
    query = select(jobs.c.id, jobs.c.payload).where(jobs.c.key == key, jobs.c.not_before < ENDED).with_for_update()
    row = (await connection.execute(query)).one_or_none()
    if row:
        payload = {**row.payload, "more": [*row.payload.get("more", []), part]}
        await connection.execute(update(jobs).where(jobs.c.id == row.id).values(payload=payload))


async def go_on(connection: AsyncConnection, job: Job, now: float) -> bool:
    """Moves the job on to its next part, to be claimed anew. False where there is none."""
    query = select(jobs.c.payload).where(*_still(job)).with_for_update()
    payload = (await connection.execute(query)).scalar_one_or_none()
    if payload and payload.get("file") != job.payload.get("file"):
        return True  # another worker has moved it on already
    if not payload or not payload.get("more"):
        return False
    next_part, *more = payload["more"]
    values = {"payload": {**payload, **next_part, "more": more}, "attempts": 0, "lease_until": 0, "not_before": now}
    await connection.execute(update(jobs).where(jobs.c.id == job.id).values(**values))
    return True


def _next_in_turn() -> Select[Any]:
    """Builds the query of the due job that is claimed next: that of the lowest place in its school, then in its family.

    Each school has places for its jobs, and each family; jobs in hand have the first ones.
    """
    j, now = jobs.c, bindparam("now", type_=jobs.c.not_before.type)
    is_free = case((j.lease_until > now, 0), else_=1)
    school = func.coalesce(dialogues.c.school_id, FIRST)
    in_family = func.row_number().over(partition_by=j.family_id, order_by=(is_free, j.id))
    waiting = (
        select(j.id, j.not_before, j.lease_until, is_free.label("is_free"), school.label("school"))
        .add_columns(in_family.label("in_family"))
        .outerjoin_from(jobs, dialogues, dialogues.c.family_id == j.family_id)
        .where(j.not_before < ENDED)
        .subquery()
    )
    w = waiting.c
    not_due = case((w.not_before <= now, 0), else_=1)
    in_school = func.row_number().over(partition_by=w.school, order_by=(w.is_free, not_due, w.in_family, w.id))
    ranked = select(w.id, w.in_family, in_school.label("in_school"), not_due.label("not_due"), w.is_free).subquery()
    query = select(jobs).join(ranked, ranked.c.id == j.id).where(ranked.c.not_due == 0, ranked.c.is_free == 1)
    return query.order_by(ranked.c.in_school, ranked.c.in_family, j.id).limit(1)


_NEXT_IN_TURN = _next_in_turn()


async def claim(connection: AsyncConnection, now: float, lease_s: float) -> Job | None:
    """Claims the due job that goes next, for `lease_s` seconds; None where there is none.

    Schools take turns, and within a school its families: the job goes next whose school has the fewest jobs in hand or
    before it. On PostgreSQL one replica looks at a time; another that looks meanwhile is given None.
    """
    if not await alone(connection, _LOCK):
        return None
    row = (await connection.execute(_NEXT_IN_TURN, {"now": now})).one_or_none()
    if row is None:
        return None
    values = {"lease_until": now + lease_s, "attempts": jobs.c.attempts + 1}
    await connection.execute(update(jobs).where(jobs.c.id == row.id).values(**values))
    return Job(*row)


async def clock_was_put_back(connection: AsyncConnection, now: float) -> None:
    """Makes due the jobs that wait for a moment that a clock put back has moved away; older leases end."""
    waits = (jobs.c.not_before > now, jobs.c.not_before < ENDED)
    await connection.execute(update(jobs).where(*waits).values(not_before=now))
    await connection.execute(update(jobs).where(jobs.c.lease_until > now + _LONGEST_LEASE_S).values(lease_until=now))


def _still(job: Job) -> tuple[ColumnElement[bool], ...]:
    """Gives the conditions of a row that is still this job, not done: SQLite gives an erased row's id to a new one."""
    return jobs.c.id == job.id, jobs.c.key == job.key, jobs.c.not_before < ENDED


async def done(connection: AsyncConnection, job: Job) -> bool:
    """Ends a job whose result is stored. False where it was stored before, or where the family was erased meanwhile.

    Its key stays for a day, so that a late part of an album starts no second one.
    """
    values = {"lease_until": 0, "not_before": ENDED, "payload": {}}
    return (await connection.execute(update(jobs).where(*_still(job)).values(**values))).rowcount == 1


async def payload_of(connection: AsyncConnection, job: Job) -> dict[str, Any]:
    """Gives the job's payload as it is stored now; empty where the job has ended."""
    return (await connection.execute(select(jobs.c.payload).where(*_still(job)))).scalar_one_or_none() or {}


async def follow(connection: AsyncConnection, family_id: int, before: list[Any], after: list[Any]) -> None:
    """Rewrites where a family's waiting jobs were sent from, `before` to `after`, since an answer moved the family.

    So their pictures still count as sent from the screen on which the family stands.
    """
    mine = (jobs.c.family_id == family_id, jobs.c.not_before < ENDED)
    for number, payload in await connection.execute(select(jobs.c.id, jobs.c.payload).where(*mine).with_for_update()):
        if payload.get("place") == before != after:
            moved = {**payload, "place": after}
            await connection.execute(update(jobs).where(jobs.c.id == number).values(payload=moved))


async def drop_family(connection: AsyncConnection, family_id: int) -> None:
    """Takes back what a family still waits for; what is being worked on finds its job gone and is not answered."""
    await connection.execute(delete(jobs).where(jobs.c.family_id == family_id, jobs.c.not_before < ENDED))


async def forget_done(connection: AsyncConnection, before: float) -> None:
    """Drops the keys of jobs that have ended and were stored before that moment."""
    await connection.execute(delete(jobs).where(jobs.c.not_before == ENDED, jobs.c.created_at < before))


async def retry(connection: AsyncConnection, job: Job, not_before: float) -> None:
    """Frees a job to be tried again from that moment on."""
    await connection.execute(update(jobs).where(*_still(job)).values(lease_until=0, not_before=not_before))


async def drop_leases(connection: AsyncConnection) -> None:
    """Frees what a killed process had in hand: only for a database that no other process uses."""
    await connection.execute(update(jobs).where(jobs.c.lease_until > 0).values(lease_until=0))
