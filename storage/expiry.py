"""Erases dialogues that nobody returned to in a year, with all that belongs to them, unless a ticket is open."""

from sqlalchemy import delete, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import named_values, purging
from storage.family_erasing import BESIDE_DIALOGUE, part_from_tickets
from storage.models import dialogues, outbox
from storage.ticket_models import tickets

AT_A_LOOK = 500  # rows that are looked at in one commit
_REACHED = "dialogues_looked_at_to"
_ENDED = "dialogues_looked_at"
ROUND_EVERY_S = 24 * 3600.0


async def expire(connection: AsyncConnection, before: float, now: float) -> int:
    """Erases dialogues that were last moved before that moment; returns how many it looked at.

    Times are seconds since the epoch.

    A round goes through the table by its key, a portion at each call and once a day: an index of the times would cost
    every press a write.
    """
    reached = await named_values.get(connection, _REACHED)
    ended = await named_values.get(connection, _ENDED)
    # A clock that was put back must not end the rounds: the distance counts.
    if reached is None and ended is not None and abs(now - float(ended)) < ROUND_EVERY_S:
        return 0
    portion = select(dialogues.c.family_id, dialogues.c.updated_at).order_by(dialogues.c.family_id).limit(AT_A_LOOK)
    if reached is not None:
        portion = portion.where(dialogues.c.family_id > int(reached))
    rows = (await connection.execute(portion)).all()
    await _erase(connection, [row.family_id for row in rows if row.updated_at < before], before)
    last = str(rows[-1].family_id) if len(rows) == AT_A_LOOK else None
    await named_values.put(connection, _REACHED, last)
    if last is None:
        await named_values.put(connection, _ENDED, str(now))
    return len(rows)


async def _erase(connection: AsyncConnection, families: list[int], before: float) -> None:
    if not families:
        return
    t = tickets.c
    under_way = select(t.family_id).where(
        t.family_id.in_(families), or_(t.is_open, t.solved_at.is_(None), t.solved_at >= before)
    )
    kept = {row.family_id for row in await connection.execute(under_way)}
    gone = [family for family in families if family not in kept]
    if not gone:
        return
    # A family that comes back at this very moment keeps its dialogue.
    d = dialogues.c
    mine = (d.family_id.in_(gone), d.updated_at < before)
    statement = delete(dialogues).where(*mine).returning(d.family_id)
    erased = [row.family_id for row in await connection.execute(statement)]
    for table, column in BESIDE_DIALOGUE:
        await connection.execute(delete(table).where(column.in_(erased)))
    await part_from_tickets(connection, tickets.c.family_id.in_(erased))
    # What a ticket owes is erased with the ticket's texts.
    await connection.execute(delete(outbox).where(outbox.c.chat_id.in_(erased), outbox.c.ticket_id.is_(None)))
    await purging.owe(connection)
