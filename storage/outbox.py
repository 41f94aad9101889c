"""What is owed to chats: rows put in the transaction that causes them, claimed by leases, gone when delivered.

A queue is what must arrive in order (one family's chat, one ticket at the desk); a stuck queue holds up no other.
One row of a chat is in flight at a time, so a crash can double one message of a chat at the most.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Float,
    String,
    and_,
    bindparam,
    case,
    cast,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import alone
from storage.inserting import insert_into
from storage.models import dialogues, facts, outbox, sends

SUPPORT = 0  # stands for the support chat, whatever its id is when the row is sent
LEASE_S = 25.0
LATE_S = 600.0  # who owes something for longer does not deliver

MOST_HEADS = 200
_CLAIM_LOCK = 4_307_002


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


_OWED = [outbox.c[f.name] for f in fields(Owed)]


_FAMILY = "family:"


def family_queue(family_id: int) -> str:
    """The queue of a family's chat."""
    return f"{_FAMILY}{family_id}"


def ticket_queue(ticket_id: int) -> str:
    """The queue of a ticket at the desk."""
    return f"ticket:{ticket_id}"


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
) -> int:
    """Owes a chat something from now on, or after `delay` seconds; returns the row's id."""
    row = {
        "chat_id": chat_id, "queue": queue, "kind": kind, "payload": payload, "ticket_id": ticket_id,
        "family_id": family_id, "media_group_id": media_group_id, "created_at": at, "not_before": at + delay,
    }  # fmt: skip
    result = await connection.execute(outbox.insert().values(**row).returning(outbox.c.id))
    return int(result.scalar_one())


def owed_to(family: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether something waits for a family, as a column of another table's query."""
    queue = literal(_FAMILY) + cast(family, String)
    return exists().where(outbox.c.queue == queue, outbox.c.state == "queued")


_IN_LANE = select(outbox.c.id).where(outbox.c.queue == bindparam("its_lane"), outbox.c.state == "queued").limit(1)


async def is_owed(connection: AsyncConnection, queue: str, kind: str | None = None) -> bool:
    """Whether something (of this kind) waits in the queue and is not being sent."""
    query = _IN_LANE if kind is None else _IN_LANE.where(outbox.c.kind == kind, outbox.c.lease_until <= 0)
    return (await connection.execute(query, {"its_lane": queue})).first() is not None


Waits = Iterable[tuple[Collection[str], Collection[int]]]


async def heads(
    connection: AsyncConnection,
    now: float,
    silent: Collection[str],
    gives_way: Collection[str] = (),
    waits: Waits = (),
) -> list[Owed]:
    """What may be sent next, oldest first: due rows that are the first of their queue, in chats with nothing in flight.

    Rows of a `silent` kind put no message into a chat: one of them may be in flight beside a message. Rows of a kind
    that `gives_way` hold up nobody but their own kind. Of each chat at most one row of every silent kind, the oldest
    card and the oldest that puts a message there, so that neither a long queue nor a limit on one of them hides the
    rest. `waits` are kinds, and the chats in which they may not go now.
    On PostgreSQL one replica looks at a time, so that two never count the same limits; the lock ends with the commit,
    and who does not get it finds nothing and looks again soon: waiting for it could deadlock with a shared commit.
    """
    if not await alone(connection, _CLAIM_LOCK):
        return []
    o, earlier, flying = outbox.c, outbox.alias(), outbox.alias()
    sort = case((o.kind.in_([*silent, "card"]), o.kind), else_="message")
    first = func.row_number().over(partition_by=(o.chat_id, sort), order_by=o.id)
    holds_up = or_(earlier.c.kind.not_in(gives_way), earlier.c.kind == o.kind)
    before = exists().where(earlier.c.queue == o.queue, earlier.c.state == "queued", earlier.c.id < o.id, holds_up)
    alike = flying.c.kind.in_(silent) == o.kind.in_(silent)
    due = select(o.id, first.label("place")).where(o.state == "queued", o.not_before <= now).where(~before)
    due = due.where(~exists().where(flying.c.chat_id == o.chat_id, flying.c.lease_until > now, alike))
    for kinds, chats in waits:
        due = due.where(~and_(o.chat_id.in_(chats), o.kind.in_(kinds)))
    found = due.subquery()
    query = select(*_OWED).where(o.id.in_(select(found.c.id).where(found.c.place == 1)))
    query = query.order_by(o.id).limit(MOST_HEADS)
    if connection.dialect.name == "postgresql":
        query = query.with_for_update(skip_locked=True, of=outbox)
    return [Owed(*row) for row in await connection.execute(query)]


async def following(connection: AsyncConnection, head: Owed, limit: int = 30, *, on_its_way: bool = True) -> list[Owed]:
    """The rows behind a head in its queue, in order, due or not; without those `on_its_way` where that is False."""
    query = select(*_OWED).where(outbox.c.queue == head.queue, outbox.c.state == "queued", outbox.c.id > head.id)
    if not on_its_way:
        query = query.where(outbox.c.lease_until <= 0)
    return [Owed(*row) for row in await connection.execute(query.order_by(outbox.c.id).limit(limit))]


async def put_next(
    connection: AsyncConnection, head: Owed, first: Iterable[tuple[str, dict[str, Any]]], *, at: float
) -> None:
    """Owes `first` (kinds and payloads) in a row's place, before all that waits behind it in its queue.

    What is on its way already stays as it is: put again, it would be sent twice.
    """
    behind = await following(connection, head, limit=100_000, on_its_way=False)
    await done(connection, [row.id for row in behind])
    for kind, payload in first:
        await put(
            connection, chat_id=head.chat_id, queue=head.queue, kind=kind, payload=payload, ticket_id=head.ticket_id,
            family_id=head.family_id, at=at,
        )  # fmt: skip
    for row in behind:
        await put_again(connection, row)


async def put_again(connection: AsyncConnection, row: Owed) -> None:
    """Puts a row that was taken out to the end of its queue, as old as it is and due when it was."""
    await put(
        connection, chat_id=row.chat_id, queue=row.queue, kind=row.kind, payload=row.payload, ticket_id=row.ticket_id,
        family_id=row.family_id, media_group_id=row.media_group_id, at=row.created_at,
        delay=row.not_before - row.created_at,
    )  # fmt: skip


async def lease(connection: AsyncConnection, ids: list[int], owner: str, now: float) -> None:
    """Claims rows for longer than a request may take."""
    values = {"lease_until": now + LEASE_S, "lease_owner": owner}
    await connection.execute(update(outbox).where(outbox.c.id.in_(ids)).values(**values))


async def still_ours(connection: AsyncConnection, ids: list[int], owner: str) -> bool:
    """Whether rows are still claimed by this owner, and nobody took them over."""
    query = select(func.count()).where(outbox.c.id.in_(ids), outbox.c.lease_owner == owner)
    return int((await connection.execute(query)).scalar_one()) == len(ids)


async def done(connection: AsyncConnection, ids: list[int]) -> None:
    """Telegram accepted these rows."""
    await connection.execute(delete(outbox).where(outbox.c.id.in_(ids)))


async def retry(
    connection: AsyncConnection, ids: list[int], *, not_before: float, error: str, counted: bool = True
) -> None:
    """Puts rows back into their queue, to be tried from `not_before` on."""
    await connection.execute(
        update(outbox)
        .where(outbox.c.id.in_(ids))
        .values(
            lease_until=0,
            lease_owner=None,
            error=error,
            not_before=not_before,
            attempts=outbox.c.attempts + (1 if counted else 0),
        )
    )


async def set_aside(connection: AsyncConnection, ids: list[int], error: str) -> None:
    """Keeps rows that Telegram refuses, with its words, out of the queue."""
    values = {"state": "failed", "error": error, "lease_until": 0, "lease_owner": None}
    await connection.execute(update(outbox).where(outbox.c.id.in_(ids)).values(**values))


async def hold_family(connection: AsyncConnection, family_id: int) -> int:
    """Keeps everything owed to a family that blocked the bot; returns how many rows wait."""
    query = update(outbox).where(outbox.c.chat_id == family_id, outbox.c.state == "queued")
    return (await connection.execute(query.values(state="held", lease_until=0, lease_owner=None))).rowcount


async def release_family(connection: AsyncConnection, family_id: int, at: float) -> int:
    """The family is back: what was kept for it is due; returns how many rows."""
    query = update(outbox).where(outbox.c.chat_id == family_id, outbox.c.state.in_(("held", "parked")))
    return (await connection.execute(query.values(state="queued", not_before=at, attempts=0, created_at=at))).rowcount


async def change_payload(connection: AsyncConnection, row_id: int, payload: dict[str, Any]) -> None:
    """Replaces what a row will send."""
    await connection.execute(update(outbox).where(outbox.c.id == row_id).values(payload=payload))


async def joins_edit(connection: AsyncConnection, queue: str, kind: str, payload: dict[str, Any]) -> bool:
    """Whether an edit of the same message waits already, which shows this one as well; False where one must be owed."""
    o = outbox.c
    waiting = select(o.id, o.payload).where(o.queue == queue, o.kind == kind, o.lease_until <= 0)
    # Locked: what a worker claims at this moment may have been read before this edit.
    for number, owed in await connection.execute(waiting.where(o.state != "failed").with_for_update()):
        if owed["row"] == payload["row"]:
            await change_payload(
                connection, number, {**payload, "replaced": payload["replaced"] or owed.get("replaced", False)}
            )
            return True
    return False


async def rows_owed(connection: AsyncConnection, queue: str, kind: str) -> set[int]:
    """The messages of tickets that rows of a kind in a queue will still send, be they kept back for now."""
    query = select(outbox.c.payload).where(outbox.c.queue == queue, outbox.c.kind == kind, outbox.c.state != "failed")
    return {payload["row"] for payload in await connection.scalars(query)}


async def drop_leases(connection: AsyncConnection) -> None:
    """Frees what a killed process had in flight: only for a database that no other process uses."""
    await connection.execute(update(outbox).where(outbox.c.lease_until > 0).values(lease_until=0, lease_owner=None))


async def drop_album(connection: AsyncConnection, queue: str, group: str) -> None:
    """Takes back the parts of an album that are not on their way yet."""
    mine = and_(outbox.c.queue == queue, outbox.c.media_group_id == group)
    await connection.execute(delete(outbox).where(mine, outbox.c.lease_until <= 0))


async def drop_kind(connection: AsyncConnection, queue: str, kind: str) -> None:
    """Takes back the rows of a kind that wait in a queue: something newer shows what they would have shown."""
    waiting = (outbox.c.queue == queue, outbox.c.kind == kind, outbox.c.state == "queued", outbox.c.lease_until <= 0)
    await connection.execute(delete(outbox).where(*waiting))


async def drop_screens(connection: AsyncConnection, family_id: int) -> None:
    """Takes back the screens that a family is still owed and that belong to no ticket."""
    mine = and_(outbox.c.chat_id == family_id, outbox.c.kind == "screen", outbox.c.ticket_id.is_(None))
    await connection.execute(delete(outbox).where(mine, outbox.c.lease_until <= 0))


# --- Telegram's limits, counted where all replicas see them ----------------------------------------------------------


async def count_send(connection: AsyncConnection, chat_id: int, kind: str, number: int, at: float) -> None:
    """Counts messages, new topics, or `extra` calls that a group's minute counts as well, on their way to a chat."""
    for _ in range(number):
        await connection.execute(sends.insert().values(chat_id=chat_id, kind=kind, at=at))


async def recent_sends(
    connection: AsyncConnection, chat_id: int | None, kinds: Sequence[str], since: float
) -> list[float]:
    """When messages, topics or `extra` calls went to the chat (None: to all chats) since then, oldest first."""
    query = select(sends.c.at).where(sends.c.kind.in_(kinds), sends.c.at > since).order_by(sends.c.at)
    if chat_id is not None:
        query = query.where(sends.c.chat_id == chat_id)
    return [row.at for row in await connection.execute(query)]


async def arrived(connection: AsyncConnection, chat_id: int, started: float, finished: float) -> None:
    """Telegram counts at arrival: the sends begun at `started` count from the moment their answer came."""
    mine = and_(sends.c.chat_id == chat_id, sends.c.at == started)
    await connection.execute(update(sends).where(mine).values(at=finished))


async def forget_sends(connection: AsyncConnection, before: float) -> None:
    """Drops counts that no limit looks at any more."""
    await connection.execute(delete(sends).where(sends.c.at < before))


async def last_sent(connection: AsyncConnection, family_ids: list[int]) -> dict[int, float]:
    """When each of these families' chats last got a new message."""
    query = select(dialogues.c.family_id, dialogues.c.sent_at).where(dialogues.c.family_id.in_(family_ids))
    return {row.family_id: row.sent_at for row in await connection.execute(query)}


async def note_sent(connection: AsyncConnection, family_id: int, at: float) -> None:
    """A new message went to a family's chat."""
    later = and_(dialogues.c.family_id == family_id, dialogues.c.sent_at < at)
    await connection.execute(update(dialogues).where(later).values(sent_at=at))


# --- small facts -----------------------------------------------------------------------------------------------------


async def fact(connection: AsyncConnection, name: str) -> str | None:
    """A small fact by its name."""
    return (await connection.execute(select(facts.c.value).where(facts.c.name == name))).scalar_one_or_none()


async def all_facts(connection: AsyncConnection, prefix: str) -> dict[str, str]:
    """Every fact whose name begins so."""
    rows = await connection.execute(select(facts.c.name, facts.c.value).where(facts.c.name.startswith(prefix)))
    return {name: value for name, value in rows}


async def set_fact(connection: AsyncConnection, name: str, value: str | None) -> None:
    """Keeps a fact, or forgets it (None)."""
    if value is None:
        await connection.execute(delete(facts).where(facts.c.name == name))
        return
    statement = insert_into(connection, facts).values(name=name, value=value)
    await connection.execute(
        statement.on_conflict_do_update(index_elements=["name"], set_={"value": statement.excluded.value})
    )


FLOOD = "flood:"  # begins the name of a fact: until when an account that wrote too much is left unanswered


async def begin_silence(connection: AsyncConnection, key: str, now: float, until: float) -> bool:
    """Leaves an account unanswered until that moment; False where another replica did so already."""
    statement = insert_into(connection, facts).values(name=FLOOD + key, value=str(until))
    # One statement: two replicas that meet the flood at once wait for each other here, and one of them tells of it.
    statement = statement.on_conflict_do_update(
        index_elements=["name"], set_={"value": statement.excluded.value}, where=cast(facts.c.value, Float) <= now
    )
    return (await connection.execute(statement)).rowcount == 1


async def end_silences(connection: AsyncConnection, now: float) -> None:
    """Drops the silences that are over."""
    for name, until in (await all_facts(connection, FLOOD)).items():
        if float(until) <= now:
            await set_fact(connection, name, None)


# --- what the watchers ask -------------------------------------------------------------------------------------------


async def length_and_oldest(connection: AsyncConnection, but_for: Collection[str] = ()) -> tuple[int, float | None]:
    """How many rows wait to be sent, and since when the oldest of them that is not of a kind `but_for`."""
    oldest_of = case((outbox.c.kind.not_in(but_for), outbox.c.created_at))
    query = select(func.count(), func.min(oldest_of)).where(outbox.c.state == "queued")
    count, oldest = (await connection.execute(query)).one()
    return int(count), oldest


async def next_due(connection: AsyncConnection, now: float) -> float | None:
    """When the next row that is not due yet becomes due."""
    query = select(func.min(outbox.c.not_before)).where(outbox.c.state == "queued", outbox.c.not_before > now)
    found: float | None = (await connection.execute(query)).scalar_one_or_none()
    return found


async def count_queued(connection: AsyncConnection, chat_id: int, silent: Collection[str]) -> int:
    """How many messages wait for a chat; rows of a `silent` kind are none."""
    counted = and_(outbox.c.chat_id == chat_id, outbox.c.state == "queued", outbox.c.kind.not_in(silent))
    return int((await connection.execute(select(func.count()).where(counted))).scalar_one())


# --- what cannot go now, but may later -------------------------------------------------------------------------------


async def waiting_for(connection: AsyncConnection, chat_id: int) -> list[Owed]:
    """All that is queued for a chat or on its way there, in order."""
    query = select(*_OWED).where(outbox.c.chat_id == chat_id, outbox.c.state == "queued").order_by(outbox.c.id)
    return [Owed(*row) for row in await connection.execute(query)]


async def hold(connection: AsyncConnection, ids: list[int], error: str) -> None:
    """Keeps rows out of the queue until what hinders them is over (see `release_family`)."""
    values = {"state": "held", "error": error, "lease_until": 0, "lease_owner": None}
    await connection.execute(update(outbox).where(outbox.c.id.in_(ids)).values(**values))
