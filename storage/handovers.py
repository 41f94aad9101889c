"""Hand-overs: a random token leads a parent to the very screen on which their child stands."""

from dataclasses import dataclass

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database
from storage.models import handovers

LIVES_S = 14 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Handover:
    """A token's screen, and whose child it comes from. The token itself shows nothing of either."""

    token: str
    pupil_id: int
    screen: str
    created_at: float
    opened_by: int | None


_COLUMNS = (handovers.c.token, handovers.c.pupil_id, handovers.c.screen, handovers.c.created_at, handovers.c.opened_by)
_INSERT = insert(handovers).values({name: bindparam(name) for name in ("token", "pupil_id", "screen", "created_at")})


async def put(database: Database, token: str, pupil_id: int, screen: str, at: float) -> None:
    """Keeps a token, sharing statement and commit with other families."""
    await database.write_row(_INSERT, {"token": token, "pupil_id": pupil_id, "screen": screen, "created_at": at})


async def open_by(connection: AsyncConnection, token: str, reader_id: int, now: float) -> Handover | None:
    """The living hand-over of a token, noted as opened by this reader unless it is the pupil; None otherwise."""
    query = select(*_COLUMNS).where(handovers.c.token == token, handovers.c.created_at > now - LIVES_S)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    if row.pupil_id != reader_id:
        await connection.execute(update(handovers).where(handovers.c.token == token).values(opened_by=reader_id))
    return Handover(*row)


async def take_pupils_to_tell(connection: AsyncConnection, parent_id: int, now: float) -> list[int]:
    """The pupils whose hand-overs this parent opened and who were not told yet; they count as told from now on."""
    c = handovers.c
    mine = (c.opened_by == parent_id, c.told_at.is_(None), c.created_at > now - LIVES_S)
    pupils = {row.pupil_id for row in await connection.execute(select(c.pupil_id).where(*mine))}
    await connection.execute(update(handovers).where(*mine).values(told_at=now))
    return sorted(pupils)


async def forget_old(connection: AsyncConnection, now: float) -> None:
    """Drops tokens that no longer live."""
    await connection.execute(delete(handovers).where(handovers.c.created_at < now - LIVES_S))
