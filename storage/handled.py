"""Updates whose effects are committed: each is claimed in the transaction that carries its effects."""

from collections.abc import Mapping

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.inserting import INSERTS
from storage.models import handled_updates

_CLAIMS = {
    dialect: insert(handled_updates).on_conflict_do_nothing().returning(handled_updates.c.update_id)
    for dialect, insert in INSERTS.items()
}


async def claim(connection: AsyncConnection, updates: Mapping[int, float]) -> set[int]:
    """Claims updates, each with its moment, for the transaction at hand; gives those that nobody claimed before."""
    if not updates:
        return set()
    # In the order of their numbers, so that two replicas never wait for each other crosswise.
    rows = [{"update_id": number, "at": at} for number, at in sorted(updates.items())]
    return set((await connection.execute(_CLAIMS[connection.dialect.name], rows)).scalars())


async def forget(connection: AsyncConnection, before: float) -> None:
    """Drops the marks of updates that Telegram no longer repeats."""
    await connection.execute(delete(handled_updates).where(handled_updates.c.at < before))
