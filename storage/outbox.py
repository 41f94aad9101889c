"""The outbox holds what is owed to chats: rows put in the transaction that causes them, gone when delivered.

A queue is what must arrive in order (one family's chat, one ticket at the desk); a stuck queue holds up no other.
One row of a chat is in flight at a time, so a crash can double one message of a chat at the most.
What a kind of row means stands with those who send it: `kind` is a name here, and `payload` JSON that nobody reads.
`chat_id` is a family's number, which is above zero, or a desk's id below zero: the group that the desk has may get
another number while a row waits. `school_id` is the school whose desk or family that is: schools take turns, so that
one to which much is owed holds up no other.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Insert,
    Select,
    String,
    and_,
    bindparam,
    cast,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.models import dialogues, outbox
from storage.school_models import FIRST
from storage.ticket_models import tickets

LEASE_S = 25.0
LATE_S = 600.0  # a message that waits longer means that delivery does not work

_FREE: dict[str, Any] = {"lease_until": 0, "lease_owner": None}


@dataclass(frozen=True, slots=True)
class Owed:
    """One message, edit or other call that somebody was promised. Times are seconds since the epoch."""

    id: int
    chat_id: int
    queue: str
    kind: str
    payload: dict[str, Any]
    ticket_id: int | None
    family_id: int | None
    media_group_id: str | None
    created_at: float
    not_before: float
    attempts: int
    position: float = 0.0
    school_id: int = FIRST
    error: str | None = None  # the words with which it was refused last

    @property
    def desk_id(self) -> int | None:
        """Gives the id of the desk that it goes to; None where it goes to a family."""
        return -self.chat_id if self.chat_id < 0 else None


OWED = [outbox.c[f.name] for f in fields(Owed)]
_ORDER = (outbox.c.position, outbox.c.id)
_THESE = outbox.c.id.in_(bindparam("ids", expanding=True))
_LEASE = update(outbox).where(_THESE).values(lease_until=bindparam("until"), lease_owner=bindparam("owner"))
_LEASED_BY = select(func.count()).where(_THESE, outbox.c.lease_owner == bindparam("owner"))
_DONE = delete(outbox).where(_THESE)
_FAMILY = "family:"


def address_of_desk(desk_id: int) -> int:
    """Gives the number that stands for a desk where chats are named."""
    return -desk_id


def family_queue(family_id: int) -> str:
    """Names the queue of a family's chat."""
    return f"{_FAMILY}{family_id}"


def ticket_queue(ticket_id: int) -> str:
    """Names the queue of a ticket at the desk."""
    return f"ticket:{ticket_id}"


def desk_queue(desk_id: int, topic_id: int | None = None) -> str:
    """Names the queue of what a desk gets outside of tickets; answers to commands have one for each topic (0: none)."""
    return f"desk:{desk_id}" if topic_id is None else f"desk:{desk_id}:{topic_id}"


async def put(
    connection: AsyncConnection,
    *,
    chat_id: int,
    queue: str,
    kind: str,
    payload: dict[str, Any],
    at: float,
    ticket_id: int | None = None,
    family_id: int | None = None,
    media_group_id: str | None = None,
    delay: float = 0.0,
    before: Owed | None = None,
) -> int:
    """Owes a chat something from now on, or after `delay` seconds; returns the row's id.

    It stands at the end of its queue, or right before the row `before`, which is of the same queue.
    """
    row = {
        "chat_id": chat_id, "queue": queue, "kind": kind, "payload": payload, "ticket_id": ticket_id,
        "family_id": family_id, "media_group_id": media_group_id, "created_at": at, "not_before": at + delay,
    }  # fmt: skip
    if before is not None:
        row["position"] = await _position_before(connection, before)
    if chat_id < 0:
        row["school_id"] = -chat_id
    statement = _insert(to_family=chat_id > 0, at_end=before is None)
    result = await connection.execute(statement, {**row, "its_queue": queue, "chat": chat_id, "ticket": ticket_id})
    return int(result.scalar_one())


@cache
def _insert(*, to_family: bool, at_end: bool) -> Insert:
    """Builds the statement of a new row: at the end of its queue, and of the school of its ticket or its family."""
    values: dict[str, Any] = {}
    if at_end:
        last = select(func.coalesce(func.max(outbox.c.position), 0.0) + 1.0)
        values["position"] = last.where(outbox.c.queue == bindparam("its_queue")).scalar_subquery()
    if to_family:
        chosen = select(dialogues.c.school_id).where(dialogues.c.family_id == bindparam("chat"))
        of_ticket = select(tickets.c.desk_id).where(tickets.c.id == bindparam("ticket"))
        values["school_id"] = func.coalesce(of_ticket.scalar_subquery(), chosen.scalar_subquery(), FIRST)
    return insert(outbox).values(**values).returning(outbox.c.id)


async def _position_before(connection: AsyncConnection, row: Owed) -> float:
    query = select(func.max(outbox.c.position)).where(outbox.c.queue == row.queue, tuple_(*_ORDER) < _position(row))
    found: float | None = (await connection.execute(query)).scalar_one_or_none()
    return row.position - 1.0 if found is None else (found + row.position) / 2


def _position(row: Owed) -> ColumnElement[Any]:
    return tuple_(literal(row.position, outbox.c.position.type), literal(row.id, outbox.c.id.type))


def owed_to(family: ColumnElement[int]) -> ColumnElement[bool]:
    """Builds a column for another table's query: whether something waits for that family."""
    queue = literal(_FAMILY) + cast(family, String)
    return exists().where(outbox.c.queue == queue, outbox.c.state == "queued")


_IN_QUEUE = select(outbox.c.id).where(outbox.c.queue == bindparam("its_queue"), outbox.c.state == "queued").limit(1)


async def is_owed(connection: AsyncConnection, queue: str, kind: str | None = None) -> bool:
    """Tells whether something (of this kind) waits in the queue and is not being sent."""
    query = _IN_QUEUE if kind is None else _IN_QUEUE.where(outbox.c.kind == kind, outbox.c.lease_until <= 0)
    return (await connection.execute(query, {"its_queue": queue})).first() is not None


async def following(connection: AsyncConnection, row: Owed, limit: int = 30, *, on_its_way: bool = True) -> list[Owed]:
    """Gives the rows behind one in its queue, in order, due or not; without those `on_its_way` where that is False."""
    behind = and_(outbox.c.queue == row.queue, outbox.c.state == "queued", tuple_(*_ORDER) > _position(row))
    query = select(*OWED).where(behind)
    if not on_its_way:
        query = query.where(outbox.c.lease_until <= 0)
    return await rows_of(connection, query.order_by(*_ORDER).limit(limit))


async def waiting_for(connection: AsyncConnection, chat_id: int, school_id: int | None = None) -> list[Owed]:
    """Gives all that is queued for a chat (by one school, if given) or on its way there, in order."""
    query = select(*OWED).where(outbox.c.chat_id == chat_id, outbox.c.state == "queued")
    if school_id is not None:
        query = query.where(outbox.c.school_id == school_id)
    return await rows_of(connection, query.order_by(*_ORDER))


async def of_kind(connection: AsyncConnection, queue: str, kind: str, *, to_change: bool = False) -> list[Owed]:
    """Gives the rows of a kind in a queue that will still be sent, including those that are held back for now.

    Those `to_change` are not on their way, and locked: a worker that claims one may have read it before the change.
    """
    query = select(*OWED).where(outbox.c.queue == queue, outbox.c.kind == kind, outbox.c.state != "failed")
    if to_change:
        query = query.where(outbox.c.lease_until <= 0).with_for_update()
    return await rows_of(connection, query)


async def rows_of(connection: AsyncConnection, query: Select[Any], values: dict[str, Any] | None = None) -> list[Owed]:
    """Gives the rows that a query of the columns `OWED` finds."""
    return [Owed(*row) for row in await connection.execute(query, values)]


def ids_of(rows: Iterable[Owed]) -> list[int]:
    """Gives the ids of rows, by which they are changed."""
    return [row.id for row in rows]


async def lease(connection: AsyncConnection, ids: list[int], owner: str, now: float) -> None:
    """Claims rows for longer than a request may take."""
    await connection.execute(_LEASE, {"ids": ids, "until": now + LEASE_S, "owner": owner})


async def still_ours(connection: AsyncConnection, ids: list[int], owner: str) -> bool:
    """Tells whether rows are still claimed by this owner, and nobody took them over."""
    return int((await connection.execute(_LEASED_BY, {"ids": ids, "owner": owner})).scalar_one()) == len(ids)


async def done(connection: AsyncConnection, ids: list[int]) -> None:
    """Takes rows out of the outbox: the messenger has accepted them."""
    await connection.execute(_DONE, {"ids": ids})


async def retry(
    connection: AsyncConnection, ids: list[int], *, not_before: float, error: str, counted: bool = True
) -> None:
    """Puts rows back into their queue, to be tried from `not_before` on."""
    attempts = outbox.c.attempts + (1 if counted else 0)
    await _set(connection, ids, **_FREE, error=error, not_before=not_before, attempts=attempts)


async def begin_again(connection: AsyncConnection, rows: Iterable[Owed], now: float) -> None:
    """Puts rows back into their queue, due from now on, with their tries counted from zero.

    Their payloads, albums and positions are stored as given.
    """
    for row in rows:
        await _set(
            connection, [row.id], **_FREE, payload=row.payload, media_group_id=row.media_group_id,
            position=row.position, not_before=now, attempts=0, error=None,
        )  # fmt: skip


async def clock_was_put_back(connection: AsyncConnection, now: float) -> None:
    """Makes due what waits for a moment that a clock put back has moved away, and ends leases no later than due.

    It may be done several times, by each replica: at worst a row is tried once too early.
    """
    waits = and_(outbox.c.state.in_(("queued", "parked")), outbox.c.not_before > now)
    await connection.execute(update(outbox).where(waits).values(not_before=now))
    leased = outbox.c.lease_until > now + LEASE_S
    await connection.execute(update(outbox).where(leased).values(lease_until=now + LEASE_S))


async def set_aside(connection: AsyncConnection, ids: list[int], error: str) -> None:
    """Keeps rows that Telegram refuses, with its words, out of the queue."""
    await _set(connection, ids, **_FREE, state="failed", error=error)


async def hold(connection: AsyncConnection, ids: list[int], error: str) -> None:
    """Keeps rows out of the queue until what hinders them is over (see `release_chat`)."""
    await _set(connection, ids, **_FREE, state="held", error=error)


async def _set(connection: AsyncConnection, ids: list[int], **values: Any) -> None:
    await connection.execute(update(outbox).where(outbox.c.id.in_(ids)).values(**values))


async def hold_family(connection: AsyncConnection, family_id: int) -> int:
    """Keeps everything owed to a family that blocked the bot; returns how many rows wait."""
    query = update(outbox).where(outbox.c.chat_id == family_id, outbox.c.state == "queued")
    return (await connection.execute(query.values(state="held", **_FREE))).rowcount


async def release_chat(
    connection: AsyncConnection, chat_id: int, at: float, states: tuple[str, ...] = ("held", "parked")
) -> int:
    """Makes due what was held for a chat: the family is back, or the desk takes more. Returns how many rows."""
    query = update(outbox).where(outbox.c.chat_id == chat_id, outbox.c.state.in_(states))
    values = {"state": "queued", "not_before": at, "attempts": 0, "created_at": at, "error": None}
    return (await connection.execute(query.values(**values))).rowcount


async def change_payload(connection: AsyncConnection, row_id: int, payload: dict[str, Any]) -> None:
    """Replaces what a row will send."""
    await _set(connection, [row_id], payload=payload)


async def drop_leases(connection: AsyncConnection) -> None:
    """Frees what a killed process had in flight: only for a database that no other process uses."""
    await connection.execute(update(outbox).where(outbox.c.lease_until > 0).values(**_FREE))


async def drop_album(connection: AsyncConnection, queue: str, group: str) -> None:
    """Takes back the parts of an album that are not on their way yet."""
    mine = and_(outbox.c.queue == queue, outbox.c.media_group_id == group)
    await connection.execute(delete(outbox).where(mine, outbox.c.lease_until <= 0))


async def drop_answers(connection: AsyncConnection, desk_id: int) -> None:
    """Drops a desk's answers to commands and the pages of its lists: they belong to messages of its chat."""
    of_desk = or_(outbox.c.queue.startswith(f"desk:{desk_id}:"), outbox.c.queue.startswith(f"page:{desk_id}:"))
    await connection.execute(delete(outbox).where(of_desk))


async def drop_kind(connection: AsyncConnection, queue: str, kind: str) -> None:
    """Takes back the rows of a kind that wait in a queue: something newer shows what they would have shown."""
    waiting = (outbox.c.queue == queue, outbox.c.kind == kind, outbox.c.state == "queued", outbox.c.lease_until <= 0)
    await connection.execute(delete(outbox).where(*waiting))


async def drop_without_ticket(
    connection: AsyncConnection, chat_id: int, kind: str, school_id: int | None = None
) -> None:
    """Takes back what a chat is still owed of a kind (by one school, if given) and that belongs to no ticket."""
    mine = and_(outbox.c.chat_id == chat_id, outbox.c.kind == kind, outbox.c.ticket_id.is_(None))
    if school_id is not None:
        mine = and_(mine, outbox.c.school_id == school_id)
    await connection.execute(delete(outbox).where(mine, outbox.c.lease_until <= 0))
