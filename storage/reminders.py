"""Reminders that a family asked for: one a screen."""

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.models import reminders


async def cancel_all(connection: AsyncConnection, family_id: int) -> int:
    """Drops every reminder of a family; returns how many there were."""
    return (await connection.execute(delete(reminders).where(reminders.c.family_id == family_id))).rowcount
