"""Erases what a school had with the bot: its tickets with all that was said, its answers, its bans, what is owed."""

from sqlalchemy import String, cast, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import hung_notices, named_values, purging, repair_messages
from storage.bad_day_models import bad_days, repair_waits, sightings
from storage.models import answer_uses, bans, dialogues, handovers, outbox, saved_answers
from storage.outbox import address_of_desk
from storage.school_models import schools
from storage.ticket_models import colleagues, ticket_events, ticket_messages, ticket_words, tickets, topics


async def lock_tickets(connection: AsyncConnection, school_id: int) -> None:
    """Keeps everybody else from adding to a school's tickets until this transaction ends.

    Whoever was adding to one has committed by then: what is read or erased next is all that there is.
    """
    its = select(tickets.c.id).where(tickets.c.desk_id == school_id).order_by(tickets.c.id)
    await connection.execute(its.with_for_update())


async def erase_school(connection: AsyncConnection, school_id: int) -> None:
    """Erases all rows of a school but its own one and its counts; its families stand at the beginning again.

    A family's dialogue keeps the school's number, by which the family is told that the school left.
    """
    numbers = select(tickets.c.id).where(tickets.c.desk_id == school_id)
    await lock_tickets(connection, school_id)
    d = dialogues.c
    in_ticket = d.screen.in_(select("ticket:" + cast(tickets.c.id, String)).where(tickets.c.desk_id == school_id))
    its_own = or_(d.school_id == school_id, in_ticket)
    await connection.execute(update(dialogues).where(its_own).values(screen="role", form={}, error=None))
    for table, condition in (
        (outbox, or_(outbox.c.school_id == school_id, outbox.c.chat_id == address_of_desk(school_id))),
        (outbox, outbox.c.ticket_id.in_(numbers)),
        (ticket_messages, ticket_messages.c.ticket_id.in_(numbers)),
        (ticket_events, ticket_events.c.ticket_id.in_(numbers)),
        (topics, topics.c.ticket_id.in_(numbers)),
        (ticket_words, ticket_words.c.desk_id == school_id),
        (tickets, tickets.c.desk_id == school_id),
        (colleagues, colleagues.c.desk_id == school_id),
        (saved_answers, saved_answers.c.desk_id == school_id),
        (answer_uses, answer_uses.c.desk_id == school_id),
        (sightings, sightings.c.desk_id == school_id),
        (bad_days, bad_days.c.desk_id == school_id),
        (repair_waits, repair_waits.c.desk_id == school_id),
        (handovers, handovers.c.school_id == school_id),
        (bans, bans.c.school_id == school_id),
    ):
        await connection.execute(delete(table).where(condition))
    await hung_notices.take(connection, school_id)
    await repair_messages.take(connection, school_id)
    for name in await named_values.beginning_with(connection, f"pause:{address_of_desk(school_id)}"):
        if name.split(":")[1] == str(address_of_desk(school_id)):
            await named_values.put(connection, name, None)
    await purging.owe(connection)


async def drop_owed_to_gone(connection: AsyncConnection) -> None:
    """Drops what is owed to desks of schools that left: a process that did not know it yet may have owed it since."""
    gone = await connection.scalars(select(schools.c.id).where(schools.c.left_at.is_not(None)))
    addresses = [address_of_desk(school_id) for school_id in gone]
    if addresses:
        await connection.execute(delete(outbox).where(outbox.c.chat_id.in_(addresses)))
