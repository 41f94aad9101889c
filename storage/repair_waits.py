"""Families that want to be told when the diary works again: one row a family, gone once it was told."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.bad_day_models import RepairWait as RepairWait
from storage.bad_day_models import repair_waits
from storage.inserting import insert_into


async def put(connection: AsyncConnection, family_id: int, desk_id: int, at: float) -> bool:
    """Keeps that a family waits. False where it waits already."""
    row = {"family_id": family_id, "desk_id": desk_id, "created_at": at}
    statement = insert_into(connection, repair_waits).values(**row).on_conflict_do_nothing(index_elements=["family_id"])
    return (await connection.execute(statement)).rowcount == 1


async def is_waiting(connection: AsyncConnection, family_id: int) -> bool:
    """Tells whether a family waits, also where it is due already."""
    query = select(repair_waits.c.family_id).where(repair_waits.c.family_id == family_id)
    return (await connection.execute(query)).first() is not None


async def count(connection: AsyncConnection, desk_id: int) -> int:
    """Counts the families that wait for this desk's word."""
    query = select(func.count()).select_from(repair_waits).where(*_waiting(desk_id))
    return int((await connection.execute(query)).scalar_one())


async def mark_repaired(connection: AsyncConnection, desk_id: int, at: float) -> int:
    """Makes the waits of all families at this desk due; returns how many they are."""
    return (await connection.execute(update(repair_waits).where(*_waiting(desk_id)).values(repaired_at=at))).rowcount


async def mark_repaired_but_for(connection: AsyncConnection, desk_ids: Collection[int], at: float) -> int:
    """Makes the waits of all families at all desks but these due; returns how many they are."""
    others = (repair_waits.c.desk_id.not_in(desk_ids), repair_waits.c.repaired_at.is_(None))
    return (await connection.execute(update(repair_waits).where(*others).values(repaired_at=at))).rowcount


async def take_due(connection: AsyncConnection, most: int) -> list[RepairWait]:
    """Takes at most so many that are due out of the table, oldest first; the caller must tell these families."""
    due = select(repair_waits.c.family_id).where(repair_waits.c.repaired_at.is_not(None))
    due = due.order_by(repair_waits.c.repaired_at, repair_waits.c.created_at).limit(most)
    statement = delete(repair_waits).where(repair_waits.c.family_id.in_(due)).returning(repair_waits)
    taken = [RepairWait(*row) for row in await connection.execute(statement)]
    return sorted(taken, key=lambda wait: (wait.repaired_at, wait.created_at))


async def cancel(connection: AsyncConnection, family_id: int) -> None:
    """Drops what a family waits for, also where it is due already."""
    await connection.execute(delete(repair_waits).where(repair_waits.c.family_id == family_id))


async def forget_before(connection: AsyncConnection, moment: float) -> None:
    """Drops what was asked for before a moment and never came; what is due is told all the same."""
    old = (repair_waits.c.created_at < moment, repair_waits.c.repaired_at.is_(None))
    await connection.execute(delete(repair_waits).where(*old))


def _waiting(desk_id: int) -> tuple[ColumnElement[bool], ...]:
    return (repair_waits.c.desk_id == desk_id, repair_waits.c.repaired_at.is_(None))
