"""Bad days: what a desk was told that many families meet, and what it decided."""

from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.bad_day_models import BadDay as BadDay
from storage.bad_day_models import bad_days


class State(StrEnum):
    """The decision of a desk on a bad day."""

    TOLD = "told"
    """Nothing yet."""
    PROPOSED = "proposed"
    """It looks at the text of a notice."""
    HUNG = "hung"
    """The notice hangs."""
    DECLINED = "declined"
    """It wants none."""
    OVER = "over"
    """It said that the fault is repaired before it decided."""


async def tell(connection: AsyncConnection, desk_id: int, matter: str, marks: str, at: float) -> int:
    """Notes that a desk is told; gives the number by which its buttons name it."""
    row = {"desk_id": desk_id, "matter": matter, "marks": marks, "told_at": at, "state": State.TOLD}
    return int((await connection.execute(bad_days.insert().values(**row).returning(bad_days.c.id))).scalar_one())


async def get(connection: AsyncConnection, number: int) -> BadDay | None:
    """Gives a bad day by its number."""
    row = (await connection.execute(select(bad_days).where(bad_days.c.id == number))).first()
    return BadDay(*row) if row else None


async def told_since(connection: AsyncConnection, desk_id: int, moment: float) -> list[BadDay]:
    """Lists what a desk was told of since a moment."""
    query = select(bad_days).where(bad_days.c.desk_id == desk_id, bad_days.c.told_at > moment)
    return [BadDay(*row) for row in await connection.execute(query)]


async def settle(connection: AsyncConnection, number: int, state: State, by: str, *, before: tuple[State, ...]) -> bool:
    """Moves a bad day on from one of the states `before`. False where somebody else did so first."""
    statement = update(bad_days).where(bad_days.c.id == number, bad_days.c.state.in_(before))
    return (await connection.execute(statement.values(state=state, settled_by=by))).rowcount == 1


async def forget_marks(connection: AsyncConnection, moment: float) -> None:
    """Forgets by which words the bad days of before a moment would be known again."""
    old = (bad_days.c.told_at <= moment, bad_days.c.marks != "")
    await connection.execute(update(bad_days).where(*old).values(marks=""))
