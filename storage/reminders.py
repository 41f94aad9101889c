"""Reminders that a family asked for: one a screen, due by the wall clock."""

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.inserting import insert_into
from storage.models import Reminder, reminders


async def put(connection: AsyncConnection, family_id: int, screen: str, due_at: float, at: float) -> None:
    """Keeps a reminder; a second one of the same screen takes the place of the first."""
    statement = insert_into(connection, reminders).values(
        family_id=family_id, screen=screen, due_at=due_at, created_at=at
    )
    later = {"due_at": due_at, "created_at": at}
    await connection.execute(statement.on_conflict_do_update(index_elements=["family_id", "screen"], set_=later))


async def take_due(connection: AsyncConnection, now: float) -> list[Reminder]:
    """Takes the reminders that are due out of the table; the caller must owe them to their families."""
    statement = delete(reminders).where(reminders.c.due_at <= now)
    taken = [Reminder(*row) for row in await connection.execute(statement.returning(reminders))]
    return sorted(taken, key=lambda reminder: reminder.id)


async def of_family(connection: AsyncConnection, family_id: int) -> list[Reminder]:
    """Lists the reminders that a family still waits for."""
    query = select(reminders).where(reminders.c.family_id == family_id).order_by(reminders.c.id)
    return [Reminder(*row) for row in await connection.execute(query)]


async def cancel_all(connection: AsyncConnection, family_id: int) -> int:
    """Drops every reminder of a family; returns how many there were."""
    return (await connection.execute(delete(reminders).where(reminders.c.family_id == family_id))).rowcount
