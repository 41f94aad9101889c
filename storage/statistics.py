"""Counted facts without a person in them."""

from sqlalchemy.ext.asyncio import AsyncConnection

from storage.models import events


async def count(
    connection: AsyncConnection,
    kind: str,
    at: float,
    *,
    path: str | None = None,
    step: int | None = None,
    error: str | None = None,
    seconds: float | None = None,
) -> None:
    """Counts one event; `seconds` is how long something took."""
    row = {"at": at, "kind": kind, "path": path, "step": step, "error": error, "seconds": seconds}
    await connection.execute(events.insert().values(**row))
