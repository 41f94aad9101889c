"""Erases what families told: one family at its wish, or the texts of closed tickets when their time is over."""

from dataclasses import asdict

from sqlalchemy import ColumnElement, String, and_, case, cast, delete, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import colleagues, named_values, purging, ticket_words, topics
from storage import handovers as handover_rows
from storage.bad_day_models import repair_waits
from storage.models import (
    dialogues,
    failed_updates,
    handovers,
    jobs,
    max_messages,
    outbox,
    reminders,
    sends,
)
from storage.ticket_models import ticket_events, ticket_messages, tickets
from storage.ticket_status import CLOSED

AT_ONCE = 500
_SWEPT = "old_texts_swept_at"
_SWEEP_EVERY_S = 3600.0
BESIDE_DIALOGUE = (  # tables that hold something of a family beside its dialogue, each with the column of its id
    (jobs, jobs.c.family_id),
    (reminders, reminders.c.family_id),
    (repair_waits, repair_waits.c.family_id),
    (sends, sends.c.chat_id),
    (failed_updates, failed_updates.c.chat_id),
    (handovers, handovers.c.pupil_id),
    (max_messages, max_messages.c.chat_id),
)


async def erase_family(connection: AsyncConnection, family_id: int) -> None:
    """Erases every row that holds the family's id, name or words; a ticket's number and times stay as counts."""
    numbers = select(tickets.c.id).where(tickets.c.family_id == family_id)
    await ticket_words.forget(connection, numbers)
    gone = 0
    for table, condition in (
        (ticket_messages, ticket_messages.c.ticket_id.in_(numbers)),
        (ticket_events, ticket_events.c.ticket_id.in_(numbers)),
        (outbox, outbox.c.ticket_id.in_(numbers)),
        (outbox, outbox.c.family_id == family_id),
        (outbox, outbox.c.chat_id == family_id),
    ):
        gone += (await connection.execute(delete(table).where(condition))).rowcount
    blank = {
        name: None
        for name in (
            "family_id", "class_name", "pupil_name", "words", "first_name", "taken_by", "taken_by_id", "last_answer",
            "topic_id", "card_message_id", "prompt_message_id", "waiting_since", "reminded_at", "family_waits_since",
            "put_off_until",
        )
    }  # fmt: skip
    erased = {
        **blank,
        **asdict(CLOSED),
        "erased_at": tickets.c.updated_at,
        "form_id": "erased:" + cast(tickets.c.id, String),
    }
    gone += (
        await connection.execute(update(tickets).where(tickets.c.family_id == family_id).values(**erased))
    ).rowcount
    for table, column in ((dialogues, dialogues.c.family_id), *BESIDE_DIALOGUE):
        gone += (await connection.execute(delete(table).where(column == family_id))).rowcount
    await handover_rows.forget_reader(connection, family_id)
    await colleagues.forget(connection, family_id)
    if gone:
        await purging.owe(connection)


async def erase_old_texts(connection: AsyncConnection, before: float, now: float) -> int:
    """Erases the family's words and names, and all messages, of tickets closed before that moment; returns how many.

    Who of the school took a ticket, and who changed its state, stays: it is the school's own record.
    At most so many at a time, the rest at the next look, so that commits and statements stay short. What no
    ticket holds (forms never sent, what failed) is looked for once an hour, since no index leads to it.
    """
    due = (tickets.c.solved_at <= before, tickets.c.erased_at.is_(None))
    query = (
        select(tickets.c.id).where(*due).order_by(tickets.c.solved_at).limit(AT_ONCE).with_for_update(skip_locked=True)
    )
    numbers = [row.id for row in await connection.execute(query)]
    if numbers:
        await purging.owe(connection)
        await _erase_texts(connection, numbers, now)
    swept = await named_values.get(connection, _SWEPT)
    # A clock that was put back must not end the sweeping: the distance counts.
    if swept is None or abs(now - float(swept)) >= _SWEEP_EVERY_S:
        await _sweep(connection, before)
        await named_values.put(connection, _SWEPT, str(now))
    return len(numbers)


async def _erase_texts(connection: AsyncConnection, numbers: list[int], now: float) -> None:
    # What waits for the ticket to open again was promised, and grows old by itself (see `_sweep`).
    mine = (ticket_messages.c.ticket_id.in_(numbers), ticket_messages.c.side != "kept")
    blank = {"text": None, "entities": None, "file_id": None, "file_name": None, "actor": None}
    await connection.execute(update(ticket_messages).where(*mine).values(**blank))
    await topics.forget_names(connection, numbers)
    await ticket_words.forget(connection, numbers)
    names = {"class_name": None, "pupil_name": None, "words": None, "first_name": None, "last_answer": None}
    await connection.execute(update(tickets).where(tickets.c.id.in_(numbers)).values(**names, erased_at=now))
    # What still waits for a family that blocked the bot would say these words again.
    await connection.execute(delete(outbox).where(outbox.c.ticket_id.in_(numbers), outbox.c.state != "queued"))
    # Who comes back long after the end is met by the guide, and not by a conversation of which nothing is left.
    d, families = dialogues.c, select(tickets.c.family_id).where(tickets.c.id.in_(numbers))
    stands = (d.family_id.in_(families), d.screen.in_([f"ticket:{number}" for number in numbers]))
    await connection.execute(update(dialogues).where(*stands).values(screen="role"))
    # Texts that are kept for longer than a year may outlive the dialogue.
    gone = ~exists().where(d.family_id == tickets.c.family_id)
    await part_from_tickets(connection, tickets.c.id.in_(numbers), gone)


async def part_from_tickets(connection: AsyncConnection, *conditions: ColumnElement[bool]) -> None:
    """Forgets whose these tickets were, as far as their texts are erased: their numbers and times stay as counts.

    It may be called for tickets of families whose dialogues nobody returned to in a year.
    """
    numbers = select(tickets.c.id).where(tickets.c.erased_at.is_not(None), *conditions)
    mine, nobodys = ticket_messages.c.ticket_id.in_(numbers), {"family_id": None, "family_message_id": None}
    await connection.execute(update(ticket_messages).where(mine).values(**nobodys))
    await connection.execute(update(tickets).where(tickets.c.id.in_(numbers)).values(family_id=None))


async def _sweep(connection: AsyncConnection, before: float) -> None:
    """Erases forms never sent, messages for a closed ticket that nobody opened, and what could not be handled."""
    d = dialogues.c
    in_form = or_(d.screen.startswith("form_"), d.screen.startswith("edit_"), d.screen == "join")
    old = (d.updated_at < before, cast(d.form, String) != "{}")
    # Nobody may stand before a question of a form that is gone.
    values = {"form": {}, "screen": case((in_form, "role"), else_=d.screen)}
    gone = (await connection.execute(update(dialogues).where(*old).values(**values))).rowcount
    m = ticket_messages.c
    for table, condition in (
        (ticket_messages, and_(m.side == "kept", m.at < before)),
        (outbox, and_(outbox.c.state == "failed", outbox.c.created_at < before)),
        (failed_updates, failed_updates.c.at < before),
    ):
        gone += (await connection.execute(delete(table).where(condition))).rowcount
    if gone:
        await purging.owe(connection)
