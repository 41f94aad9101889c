"""Notes the updates whose effects are committed, in that very transaction, so that none has its effects twice."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.inserting import INSERTS
from storage.models import handled_updates

AT_ONCE = 10_000
KEPT_S = 3 * 24 * 3600.0  # Telegram repeats an update for 24 hours at the most


class Claim(NamedTuple):
    """An update, and the moment at which it is claimed, in seconds since the epoch."""

    update: int
    at: float


_CLAIMS = {
    dialect: insert(handled_updates).on_conflict_do_nothing().returning(handled_updates.c.update_id)
    for dialect, insert in INSERTS.items()
}
_KNOWN = select(handled_updates.c.update_id, handled_updates.c.at).where(
    handled_updates.c.update_id.in_(bindparam("updates", expanding=True))
)


async def claim(connection: AsyncConnection, claims: Collection[Claim]) -> set[int]:
    """Claims updates for the transaction at hand; gives those that nobody claimed before."""
    if not claims:
        return set()
    # In the order of their numbers, so that two replicas never wait for each other crosswise.
    rows = [{"update_id": number, "at": at} for number, at in sorted(dict(claims).items())]
    return set((await connection.execute(_CLAIMS[connection.dialect.name], rows)).scalars())


async def known(connection: AsyncConnection, updates: Sequence[int]) -> Mapping[int, float]:
    """Gives the moment of each update's claim, in seconds since the epoch; updates that nobody claimed are left out."""
    return {row.update_id: row.at for row in await connection.execute(_KNOWN, {"updates": updates})}


async def forget_old(connection: AsyncConnection, now: float) -> bool:
    """Drops the marks of updates that Telegram no longer repeats: their numbers begin anew after a week without any.

    At most so many at a time, so that a statement stays short; True where there may be more.
    """
    old = select(handled_updates.c.update_id).where(handled_updates.c.at < now - KEPT_S).limit(AT_ONCE)
    dropped = await connection.execute(delete(handled_updates).where(handled_updates.c.update_id.in_(old)))
    return dropped.rowcount == AT_ONCE
