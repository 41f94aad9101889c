"""Changes a ticket's facts by a cause; whatever shows them (card, topic, buttons) is owed in the same transaction."""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import owed, queues
from bot.flows.content import Pack
from bot.tickets import closed_ticket_messages, family_waits, owed_buttons, owing
from storage import statistics, tickets
from storage.ticket_status import Cause, after
from storage.tickets import Ticket

# These causes end a ticket as solved; a withdrawal and a family's silence end it without.
_SOLUTIONS = (Cause.HELPED, Cause.DECIDED, Cause.TOPIC_CLOSED)


async def move(
    connection: AsyncConnection,
    ticket: Ticket,
    cause: Cause,
    *,
    actor: str,
    at: float,
    told: owed.DeskText | None = None,
) -> bool:
    """Moves a ticket by a cause, and owes what shows it: card, topic, the family's buttons. False: nothing moved.

    It may be called for any ticket locked by this transaction (`tickets.locked`), by whatever cause: a cause that does
    not fit the ticket changes nothing. `actor` is the name that the ticket's history shows. `told` is what the desk is
    told of a move that leaves the ticket open: once its topic is open, before what the family wrote meanwhile.
    """
    facts = after(ticket.facts, cause)
    put_off_ended = await family_waits.note(connection, ticket, cause, at)
    if facts == ticket.facts:
        if put_off_ended:
            await owing.show_status(connection, ticket, at)
        return False
    if not await tickets.set_facts(connection, ticket, facts, actor=actor, cause=cause, at=at):
        return False
    if cause is Cause.TAKEN:
        await tickets.change(connection, ticket.id, taken_by=actor)
    if cause is Cause.TOPIC_CLOSED:
        await tickets.change(connection, ticket.id, topic_closed=True)
    if cause is Cause.TOPIC_REOPENED:
        await tickets.change(connection, ticket.id, topic_closed=False)
    if not facts.is_open or cause is Cause.NOT_HELPED:
        # A family that only writes on keeps «Помогло»: it may still try, and succeed.
        await owing.strip_prompt(connection, ticket, at)
    if cause in _SOLUTIONS:
        await statistics.count(
            connection,
            "solved",
            at,
            school_id=ticket.desk_id,
            path=ticket.path,
            error=ticket.error,
            seconds=at - ticket.created_at,
        )
    await owing.show_status(connection, ticket, at)
    if told is not None:
        await queues.to_ticket(connection, ticket, told, at)
    if not ticket.is_open:
        await closed_ticket_messages.flush(connection, ticket, at)
    return True


async def solve(
    connection: AsyncConnection, ticket: Ticket, cause: Cause, pack: Pack, *, actor: str, at: float
) -> bool:
    """Ends a ticket for the school («Решено», a closed topic), and tells the family how to open it again.

    It may be called for any ticket locked by this transaction. False, and nothing changed, where it had ended before.
    """
    if not await move(connection, ticket, cause, actor=actor, at=at):
        return False
    text = texts.CLOSED_BY_SCHOOL.for_reader(owing.route_of_ticket(ticket, pack), number=ticket.number)
    await owing.owe_family(
        connection, ticket, owed.ScreenMessage(text, markup=owed_buttons.reopen_markup(ticket.id)), at
    )
    return True
