"""Bans and the erasing of what a family told."""

import hashlib
import hmac

from sqlalchemy import String, cast, delete, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.models import (
    bans,
    dialogues,
    failed_updates,
    handovers,
    jobs,
    outbox,
    reminders,
    sends,
    ticket_events,
    ticket_messages,
    tickets,
)


def keyed(family_id: int, secret: str) -> str:
    """A keyed hash of a family's id: it recognises the family and names nobody."""
    return hmac.new(secret.encode(), str(family_id).encode(), hashlib.sha256).hexdigest()


async def ban(connection: AsyncConnection, key: str, at: float) -> None:
    """Bans a family by the hash of its id."""
    insert = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    await connection.execute(insert(bans).values(key=key, at=at, told=False).on_conflict_do_nothing())


async def unban(connection: AsyncConnection, key: str) -> None:
    """Lifts a ban."""
    await connection.execute(delete(bans).where(bans.c.key == key))


async def banned(connection: AsyncConnection) -> frozenset[str]:
    """The hashes of all banned families."""
    return frozenset(row.key for row in await connection.execute(select(bans.c.key)))


async def tell_once(connection: AsyncConnection, key: str) -> bool:
    """Whether a banned family is still to be told; marks it as told."""
    statement = update(bans).where(bans.c.key == key, bans.c.told.is_(False)).values(told=True)
    return (await connection.execute(statement)).rowcount == 1


async def erase_family(connection: AsyncConnection, family_id: int) -> None:
    """Erases every row that holds the family's id, name or words; a ticket's number and times stay as counts."""
    numbers = select(tickets.c.id).where(tickets.c.family_id == family_id)
    await connection.execute(delete(ticket_messages).where(ticket_messages.c.ticket_id.in_(numbers)))
    await connection.execute(delete(ticket_events).where(ticket_events.c.ticket_id.in_(numbers)))
    await connection.execute(delete(outbox).where(outbox.c.ticket_id.in_(numbers)))
    await connection.execute(delete(outbox).where(outbox.c.family_id == family_id))
    await connection.execute(delete(outbox).where(outbox.c.chat_id == family_id))
    blank = {
        name: None
        for name in (
            "family_id", "class_name", "pupil_name", "words", "first_name", "taken_by", "last_answer", "topic_id",
            "card_message_id", "prompt_message_id", "waiting_since", "reminded_at",
        )
    }  # fmt: skip
    erased = {
        **blank,
        "status": "solved",
        "erased_at": tickets.c.updated_at,
        "form_id": "erased:" + cast(tickets.c.id, String),
    }
    await connection.execute(update(tickets).where(tickets.c.family_id == family_id).values(**erased))
    for table, column in (
        (dialogues, dialogues.c.family_id),
        (jobs, jobs.c.family_id),
        (reminders, reminders.c.family_id),
        (sends, sends.c.chat_id),
        (failed_updates, failed_updates.c.chat_id),
        (handovers, handovers.c.pupil_id),
        (handovers, handovers.c.opened_by),
    ):
        await connection.execute(delete(table).where(column == family_id))


async def erase_old_texts(connection: AsyncConnection, before: float, now: float) -> int:
    """Erases the words, names and messages of tickets that were closed before that moment; returns how many."""
    due = (tickets.c.solved_at <= before, tickets.c.erased_at.is_(None))
    numbers = [row.id for row in await connection.execute(select(tickets.c.id).where(*due))]
    if not numbers:
        return 0
    mine = ticket_messages.c.ticket_id.in_(numbers)
    blank = {"text": None, "entities": None, "file_id": None, "actor": None}
    await connection.execute(update(ticket_messages).where(mine).values(**blank))
    names = {"class_name": None, "pupil_name": None, "words": None, "first_name": None, "last_answer": None}
    await connection.execute(update(tickets).where(tickets.c.id.in_(numbers)).values(**names, erased_at=now))
    await connection.execute(delete(failed_updates).where(failed_updates.c.at < before))
    return len(numbers)
