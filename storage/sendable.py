"""Finds the rows of the outbox that may be sent next: each queue in its order, one row a chat, schools by turns."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, case, exists, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import outbox
from storage.database import alone
from storage.models import outbox as table
from storage.outbox import Owed

MOST_SENDABLE = 200
_CLAIM_LOCK = 4_307_002


@dataclass(frozen=True, slots=True)
class Kinds:
    """The kinds of rows that a claim treats in a way of their own."""

    silent: frozenset[str]  # put no message into a chat: one may be in flight beside a message
    give_way: frozenset[str]  # hold up rows of their own kind alone
    limited: frozenset[str]  # messages that have a limit of their own besides that of all messages


Waits = Iterable[tuple[Collection[str], Collection[int]]]


async def sendable(connection: AsyncConnection, now: float, kinds: Kinds, waits: Waits = ()) -> list[Owed]:
    """Finds the rows that may be sent next: due, held up by none before them, and in chats with nothing in flight.

    Schools take turns; of each school the row that is due longest comes first. Of each chat it gives at most one row of
    each silent kind, one of each limited kind, and one of all other kinds together: the one that is due longest. So
    neither a long queue nor a limit of one kind keeps the rest from being found. `waits` are kinds, each with the chats
    in which they may not be sent now.

    On PostgreSQL one replica looks at a time, so that two never count on the same room within a limit. The lock ends
    with the commit. A replica that does not get it finds nothing and looks again soon: if it waited for the lock, its
    shared commit could deadlock.
    """
    if not await alone(connection, _CLAIM_LOCK):
        return []
    waits = tuple(waits)
    query = _query_of_sendable(kinds, tuple(frozenset(waiting) for waiting, _ in waits), connection.dialect.name)
    chats = {_chats_of(place): list(chats) for place, (_, chats) in enumerate(waits)}
    return await outbox.rows_of(connection, query, {"now": now, **chats})


@lru_cache(maxsize=64)
def _query_of_sendable(kinds: Kinds, waiting: tuple[frozenset[str], ...], dialect: str) -> Select[Any]:
    """Builds the query once for each set of kinds: it is asked before each message, and building it takes longest."""
    o, earlier, flying = table.c, table.alias(), table.alias()
    sort = case((o.kind.in_([*kinds.silent, *kinds.limited]), o.kind), else_="message")
    first = func.row_number().over(partition_by=(o.chat_id, sort), order_by=(o.not_before, o.id))
    stands_before = tuple_(earlier.c.position, earlier.c.id) < tuple_(o.position, o.id)
    holds_up = or_(earlier.c.kind.not_in(kinds.give_way), earlier.c.kind == o.kind)
    held_up = exists().where(earlier.c.queue == o.queue, earlier.c.state == "queued", stands_before, holds_up)
    alike = flying.c.kind.in_(kinds.silent) == o.kind.in_(kinds.silent)
    now = bindparam("now", type_=o.not_before.type)
    due = (
        select(o.id, o.school_id, o.not_before, first.label("rank"))
        .where(o.state == "queued", o.not_before <= now)
        .where(~held_up)
    )
    due = due.where(~exists().where(flying.c.chat_id == o.chat_id, flying.c.lease_until > now, alike))
    for place, kinds_waiting in enumerate(waiting):
        in_chats = o.chat_id.in_(bindparam(_chats_of(place), expanding=True))
        due = due.where(~and_(in_chats, o.kind.in_(kinds_waiting)))
    found = due.subquery()
    turn = func.row_number().over(partition_by=found.c.school_id, order_by=(found.c.not_before, found.c.id))
    firsts = select(found.c.id, turn.label("turn")).where(found.c.rank == 1).subquery()
    query = select(*outbox.OWED).join(firsts, firsts.c.id == o.id)
    query = query.order_by(firsts.c.turn, o.not_before, o.id).limit(MOST_SENDABLE)
    return query.with_for_update(skip_locked=True, of=table) if dialect == "postgresql" else query


def _chats_of(place: int) -> str:
    return f"chats_{place}"
