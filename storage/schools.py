"""Schools: who shares the bot, the chat of each one's desk, and the numbers of its tickets."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.models import dialogues
from storage.school_models import FIRST as FIRST
from storage.school_models import RegisteredSchool as RegisteredSchool
from storage.school_models import schools

_ALL = select(schools).order_by(schools.c.id)
_LOCKED = _ALL.with_for_update()


async def every(connection: AsyncConnection) -> list[RegisteredSchool]:
    """Gives every school, those that left with them, in the order in which they came."""
    return [RegisteredSchool(*row) for row in await connection.execute(_ALL)]


async def chats_of(connection: AsyncConnection, school_ids: Collection[int]) -> dict[int, int | None]:
    """Gives the chat that each of these schools was bound to by a code; None where no code has bound it."""
    if not school_ids:
        return {}
    asked = select(schools.c.id, schools.c.chat_id).where(schools.c.id.in_(school_ids))
    return {school_id: chat_id for school_id, chat_id in await connection.execute(asked)}


async def get(connection: AsyncConnection, school_id: int) -> RegisteredSchool | None:
    """Gives the school of that number, if there is one."""
    return await _one(connection, _ALL.where(schools.c.id == school_id))


async def locked(connection: AsyncConnection, school_id: int) -> RegisteredSchool | None:
    """Gives the school of that number, locked: nobody else changes it before this transaction ends."""
    return await _one(connection, _LOCKED.where(schools.c.id == school_id))


async def has_left(connection: AsyncConnection, school_id: int) -> bool:
    """Tells whether a school has left; one that has not does not leave before this transaction ends."""
    school = await locked(connection, school_id)
    return school is not None and school.left_at is not None


async def locked_by_slug(connection: AsyncConnection, slug: str) -> RegisteredSchool | None:
    """Gives the school whose links bear this slug, locked."""
    return await _one(connection, _LOCKED.where(schools.c.slug == slug))


async def locked_by_code(connection: AsyncConnection, key: str) -> RegisteredSchool | None:
    """Gives the school whose newest code has this keyed hash, locked, also where the code is used or old."""
    return await _one(connection, _LOCKED.where(schools.c.code_key == key))


async def _one(connection: AsyncConnection, query: Select[Any]) -> RegisteredSchool | None:
    row = (await connection.execute(query)).one_or_none()
    return RegisteredSchool(*row) if row else None


async def add(connection: AsyncConnection, *, first_is_used: bool = True, **values: Any) -> RegisteredSchool:
    """Adds a school with these columns. The families that came while there was one school stay with that one.

    `first_is_used` says whether families may choose the first school (see `Schools.present`).
    """
    here = [one.id for one in await every(connection) if one.left_at is None and (one.id != FIRST or first_is_used)]
    if len(here) == 1:
        await connection.execute(update(dialogues).where(dialogues.c.school_id.is_(None)).values(school_id=here[0]))
    made = (await connection.execute(schools.insert().values(**values).returning(schools))).one()
    return RegisteredSchool(*made)


async def change(connection: AsyncConnection, school_id: int, **values: Any) -> None:
    """Writes columns of a school."""
    await connection.execute(update(schools).where(schools.c.id == school_id).values(**values))


async def next_number(connection: AsyncConnection, school_id: int) -> int:
    """Takes the next number for a ticket of a school; nobody else takes one of it before this transaction ends."""
    taken = update(schools).where(schools.c.id == school_id).values(last_number=schools.c.last_number + 1)
    return int((await connection.execute(taken.returning(schools.c.last_number))).scalar_one())


async def give_number_back(connection: AsyncConnection, school_id: int) -> None:
    """Gives back the number that this transaction took last."""
    await change(connection, school_id, last_number=schools.c.last_number - 1)
