"""Bans and the erasing of what a family told."""

import hashlib
import hmac

from sqlalchemy import String, case, cast, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import outbox as outbox_rows
from storage import topics
from storage.inserting import insert_into
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

AT_ONCE = 500
_SWEPT = "old_texts_swept_at"
_SWEEP_EVERY_S = 3600.0


def keyed(family_id: int, secret: str) -> str:
    """A keyed hash of a family's id: it recognises the family and names nobody."""
    return hmac.new(secret.encode(), str(family_id).encode(), hashlib.sha256).hexdigest()


async def ban(connection: AsyncConnection, key: str, at: float) -> None:
    """Bans a family by the hash of its id."""
    await connection.execute(insert_into(connection, bans).values(key=key, at=at, told=False).on_conflict_do_nothing())


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
    await topics.forget_names(connection, numbers)
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
    """Erases the words, names and messages of tickets that were closed before that moment; returns how many.

    So many at a time, the rest at the next look: a commit stays short, and a statement takes no end of numbers. What
    no ticket holds (forms never sent, what failed) is looked for once an hour, since no index leads to it.
    """
    due = (tickets.c.solved_at <= before, tickets.c.erased_at.is_(None))
    query = (
        select(tickets.c.id).where(*due).order_by(tickets.c.solved_at).limit(AT_ONCE).with_for_update(skip_locked=True)
    )
    numbers = [row.id for row in await connection.execute(query)]
    if numbers:
        await _erase_texts(connection, numbers, now)
    swept = await outbox_rows.fact(connection, _SWEPT)
    # A clock that was put back must not end the sweeping: the distance counts.
    if swept is None or abs(now - float(swept)) >= _SWEEP_EVERY_S:
        await _sweep(connection, before)
        await outbox_rows.set_fact(connection, _SWEPT, str(now))
    return len(numbers)


async def _erase_texts(connection: AsyncConnection, numbers: list[int], now: float) -> None:
    # What waits for the ticket to open again was promised, and grows old by itself (see `_sweep`).
    mine = (ticket_messages.c.ticket_id.in_(numbers), ticket_messages.c.side != "kept")
    blank = {"text": None, "entities": None, "file_id": None, "actor": None}
    await connection.execute(update(ticket_messages).where(*mine).values(**blank))
    await topics.forget_names(connection, numbers)
    names = {"class_name": None, "pupil_name": None, "words": None, "first_name": None, "last_answer": None}
    await connection.execute(update(tickets).where(tickets.c.id.in_(numbers)).values(**names, erased_at=now))
    # What still waits for a family that blocked the bot would say these words again.
    await connection.execute(delete(outbox).where(outbox.c.ticket_id.in_(numbers), outbox.c.state != "queued"))


async def _sweep(connection: AsyncConnection, before: float) -> None:
    """Forms that were never sent, messages for a closed ticket that nobody opened, and what could not be handled."""
    d = dialogues.c
    in_form = or_(d.screen.startswith("form_"), d.screen.startswith("edit_"), d.screen == "join")
    old = (d.updated_at < before, cast(d.form, String) != "{}")
    # Nobody may stand before a question of a form that is gone.
    values = {"form": {}, "screen": case((in_form, "role"), else_=d.screen)}
    await connection.execute(update(dialogues).where(*old).values(**values))
    m = ticket_messages.c
    await connection.execute(delete(ticket_messages).where(m.side == "kept", m.at < before))
    await connection.execute(delete(outbox).where(outbox.c.state == "failed", outbox.c.created_at < before))
    await connection.execute(delete(failed_updates).where(failed_updates.c.at < before))
