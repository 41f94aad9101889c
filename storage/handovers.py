"""Hand-overs: a random token leads a parent to the very screen on which their child stands."""

from dataclasses import asdict, replace

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.inserting import insert_into
from storage.models import Handover, handovers

LIVES_S = 14 * 24 * 3600.0
_BESIDE = ":"  # stands between a link's token and the id of a further parent; no token of a link has it


async def put(
    connection: AsyncConnection, token: str, pupil_id: int, school_id: int | None, screen: str, at: float
) -> None:
    """Keeps a token; a token that is kept already stays as it is."""
    row = {"token": token, "pupil_id": pupil_id, "school_id": school_id, "screen": screen, "created_at": at}
    await connection.execute(insert_into(connection, handovers).on_conflict_do_nothing(), row)


async def school_of(connection: AsyncConnection, token: str, now: float) -> int | None:
    """Gives the school of the child whose living hand-over has this token; None where there is none."""
    query = select(handovers.c.school_id).where(handovers.c.token == token, handovers.c.created_at > now - LIVES_S)
    return (await connection.execute(query)).scalar_one_or_none()


async def open_by(connection: AsyncConnection, token: str, reader_id: int, now: float) -> Handover | None:
    """Gives the living hand-over of a token, noted as opened by this reader unless it is the pupil; None otherwise.

    A second parent who opens it gets a row of their own: either parent may be the one who finishes.
    """
    query = select(handovers).where(handovers.c.token == token, handovers.c.created_at > now - LIVES_S)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    found = Handover(*row)
    if found.pupil_id != reader_id:
        await _note_opened(connection, found, reader_id)
    return found


async def _note_opened(connection: AsyncConnection, opened: Handover, reader_id: int) -> None:
    c = handovers.c
    # Only the first parent gets the row itself, also where both press at once.
    first = update(handovers).where(c.token == opened.token, or_(c.opened_by.is_(None), c.opened_by == reader_id))
    if (await connection.execute(first.values(opened_by=reader_id))).rowcount:
        return
    beside = f"{opened.token}{_BESIDE}{reader_id}"
    known = (await connection.execute(select(c.token).where(c.token == beside))).one_or_none()
    if known is None:
        row = replace(opened, token=beside, opened_by=reader_id)
        await connection.execute(insert(handovers), asdict(row))


async def take_pupils_to_tell(connection: AsyncConnection, parent_id: int, now: float) -> list[int]:
    """Gives the pupils whose hand-overs this parent opened and who were not told yet; they count as told now."""
    c = handovers.c
    mine = (c.opened_by == parent_id, c.told_at.is_(None), c.created_at > now - LIVES_S)
    opened = (await connection.execute(select(c.token, c.pupil_id).where(*mine))).all()
    links = {row.token.partition(_BESIDE)[0] for row in opened}
    for link in links:
        # The pupil hears it once for a link, however many parents opened it.
        same = or_(c.token == link, c.token.startswith(link + _BESIDE, autoescape=True))
        await connection.execute(update(handovers).where(same).values(told_at=now))
    return sorted({row.pupil_id for row in opened})


async def forget_reader(connection: AsyncConnection, reader_id: int) -> None:
    """Forgets that somebody opened hand-overs; for other parents the pupils' links work as before."""
    c = handovers.c
    mine = c.opened_by == reader_id
    # A row whose token has `_BESIDE` was made for this reader alone, and its token holds the reader's id.
    await connection.execute(delete(handovers).where(mine, c.token.contains(_BESIDE)))
    await connection.execute(update(handovers).where(mine).values(opened_by=None))


async def forget_old(connection: AsyncConnection, now: float) -> None:
    """Drops tokens that no longer live."""
    await connection.execute(delete(handovers).where(handovers.c.created_at < now - LIVES_S))
