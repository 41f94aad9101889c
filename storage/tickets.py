"""Tickets, the history of their status, and the map of their messages on both sides."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, bindparam, delete, desc, exists, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import schools
from storage.inserting import insert_into
from storage.ticket_models import StatusChange, ticket_events, ticket_messages, tickets
from storage.ticket_models import Ticket as Ticket
from storage.ticket_models import TicketMessage as TicketMessage
from storage.ticket_status import NEW, TURNS_OF_SCHOOL, Facts, Turn

_TICKETS = select(tickets)
_TICKET = _TICKETS.where(tickets.c.id == bindparam("ticket"))
_LOCKED_TICKET = _TICKET.with_for_update()
_MESSAGES = select(ticket_messages)
_MESSAGES_OF = _MESSAGES.where(ticket_messages.c.ticket_id == bindparam("ticket")).order_by(ticket_messages.c.id)
_OF_FAMILIES = _TICKETS.where(tickets.c.family_id.in_(bindparam("families", expanding=True))).order_by(
    desc(tickets.c.is_open), desc(tickets.c.id)
)
_WAITS_FOR_FAMILY = and_(tickets.c.is_open, tickets.c.turn == Turn.FAMILY)  # the index is that of the open ones
WAITS_SINCE = func.coalesce(tickets.c.family_waits_since, tickets.c.created_at)
WAITS_FOR_SCHOOL = and_(tickets.c.is_open, tickets.c.turn.in_(TURNS_OF_SCHOOL), tickets.c.put_off_until.is_(None))
_CALLED_UP_BEFORE = or_(tickets.c.called_up_at.is_(None), tickets.c.called_up_at < tickets.c.family_waits_since)
_ASKED_AGAIN = _TICKETS.where(
    WAITS_FOR_SCHOOL, tickets.c.family_waits_since <= bindparam("before"), _CALLED_UP_BEFORE,
    tickets.c.card_message_id.is_not(None),
).order_by(tickets.c.id)  # fmt: skip
_COMES_BACK = _TICKETS.where(tickets.c.is_open, tickets.c.put_off_until <= bindparam("now")).order_by(tickets.c.id)
_SCHOOL_OWES = _TICKETS.where(WAITS_FOR_SCHOOL, tickets.c.desk_id == bindparam("desk")).order_by(
    WAITS_SINCE, tickets.c.id
)
AT_A_LOOK = 200  # so that what piled up holds no other write up for long; the next look takes more


def _ticket(row: Row[Any] | None) -> Ticket | None:
    return Ticket(*tuple(row)) if row else None


def _message(row: Row[Any] | None) -> TicketMessage | None:
    return TicketMessage(*tuple(row)) if row else None


async def create(connection: AsyncConnection, *, actor: str, desk_id: int, **values: Any) -> tuple[Ticket, bool]:
    """Makes a ticket with the next number of its school.

    A second call with the same `form_id` finds the first one and says False.
    """
    of_form = _TICKETS.where(tickets.c.form_id == values["form_id"])
    found = (await connection.execute(of_form)).one_or_none()
    made = False
    if found is None:
        number = await schools.next_number(connection, desk_id)
        statement = insert_into(connection, tickets).values(desk_id=desk_id, number=number, **values)
        statement = statement.on_conflict_do_nothing(index_elements=["form_id"])
        made = (await connection.execute(statement)).rowcount == 1
        if not made:
            await schools.give_number_back(connection, desk_id)
        found = (await connection.execute(of_form)).one()
    ticket = Ticket(*found)
    if made:
        await _note(connection, ticket.id, ticket.created_at, actor, None, ticket.status, "sent")
    return ticket, made


async def numbered(connection: AsyncConnection, desk_id: int, number: int) -> Ticket | None:
    """Gives the ticket that a desk calls by this number, if there is one."""
    query = _TICKETS.where(tickets.c.desk_id == desk_id, tickets.c.number == number)
    return _ticket((await connection.execute(query)).one_or_none())


async def get(connection: AsyncConnection, ticket_id: int) -> Ticket | None:
    """Gives the ticket of that id, if there is one."""
    return _ticket((await connection.execute(_TICKET, {"ticket": ticket_id})).one_or_none())


async def locked(connection: AsyncConnection, ticket_id: int) -> Ticket | None:
    """Gives the ticket of that id, locked: nobody else moves it before this transaction ends."""
    return _ticket((await connection.execute(_LOCKED_TICKET, {"ticket": ticket_id})).one_or_none())


async def lock_of_family(connection: AsyncConnection, family_id: int) -> None:
    """Keeps everybody else from adding to a family's tickets until this transaction ends.

    Whoever was adding to one has committed by then: what is read or erased next is all that there is.
    """
    its = select(tickets.c.id).where(tickets.c.family_id == family_id).order_by(tickets.c.id)
    await connection.execute(its.with_for_update())


async def of_family(connection: AsyncConnection, family_id: int) -> list[Ticket]:
    """Gives the family's tickets: open ones first, the newest first among them."""
    return (await of_families(connection, [family_id]))[family_id]


async def of_families(connection: AsyncConnection, families: Sequence[int]) -> dict[int, list[Ticket]]:
    """Gives the tickets of each family: open ones first, the newest first among them."""
    found: dict[int, list[Ticket]] = {family: [] for family in families}
    for row in await connection.execute(_OF_FAMILIES, {"families": families}):
        found[row.family_id].append(Ticket(*row))
    return found


async def opened(connection: AsyncConnection, desk_id: int) -> list[Ticket]:
    """Gives every open ticket of a desk, oldest first."""
    query = _TICKETS.where(tickets.c.is_open, tickets.c.desk_id == desk_id).order_by(tickets.c.id)
    return [Ticket(*row) for row in await connection.execute(query)]


async def of_class(connection: AsyncConnection, desk_id: int, class_name: str) -> list[Ticket]:
    """Gives the tickets of a desk for one class, newest first and not without end; erased ones are of no class."""
    c = tickets.c
    query = _TICKETS.where(c.desk_id == desk_id, c.class_name == class_name, c.pupil_name.is_not(None))
    return [Ticket(*row) for row in await connection.execute(query.order_by(desc(c.id)).limit(AT_A_LOOK))]


async def change(connection: AsyncConnection, ticket_id: int, **values: Any) -> None:
    """Writes columns of a ticket."""
    await connection.execute(update(tickets).where(tickets.c.id == ticket_id).values(**values))


async def set_facts(
    connection: AsyncConnection, ticket: Ticket, facts: Facts, *, actor: str, cause: str, at: float
) -> bool:
    """Gives a ticket new facts and, where another word shows them, keeps who did it and when.

    False where the ticket has moved since it was read.
    """
    values: dict[str, Any] = {**asdict(facts), "updated_at": at, "solved_at": None if facts.is_open else at}
    if facts.turn is not ticket.facts.turn:
        values |= {"waiting_since": at if facts.turn is Turn.FAMILY else None, "reminded_at": None}
    if facts.is_open:
        values["erased_at"] = None  # new words come in, and are erased in their turn
    statement = update(tickets).where(tickets.c.id == ticket.id, _have(ticket.facts)).values(**values)
    if (await connection.execute(statement)).rowcount != 1:
        return False
    if facts.status is not ticket.status:
        await _note(connection, ticket.id, at, actor, ticket.status, facts.status, cause)
    return True


def _have(facts: Facts) -> ColumnElement[bool]:
    return and_(*(tickets.c[name] == value for name, value in asdict(facts).items()))


async def history(connection: AsyncConnection, ticket_id: int) -> list[StatusChange]:
    """Lists every change of the ticket's status, oldest first."""
    query = select(ticket_events).where(ticket_events.c.ticket_id == ticket_id).order_by(ticket_events.c.id)
    return [StatusChange(*row) for row in await connection.execute(query)]


async def _note(
    connection: AsyncConnection, ticket_id: int, at: float, actor: str, before: str | None, after: str, cause: str
) -> None:
    row = {"ticket_id": ticket_id, "at": at, "actor": actor, "status_from": before, "status_to": after, "cause": cause}
    await connection.execute(ticket_events.insert().values(**row))


async def add_message(connection: AsyncConnection, **values: Any) -> int:
    """Keeps one message of a ticket; returns its row's id."""
    result = await connection.execute(ticket_messages.insert().values(**values).returning(ticket_messages.c.id))
    return int(result.scalar_one())


async def drop_message(connection: AsyncConnection, row_id: int) -> None:
    """Forgets a message of a ticket that neither side has."""
    await connection.execute(delete(ticket_messages).where(ticket_messages.c.id == row_id))


async def messages(connection: AsyncConnection, ticket_id: int) -> list[TicketMessage]:
    """Gives all messages of a ticket, oldest first."""
    return [TicketMessage(*row) for row in await connection.execute(_MESSAGES_OF, {"ticket": ticket_id})]


async def take_kept(connection: AsyncConnection, ticket_id: int) -> list[TicketMessage]:
    """Takes out what the family wrote after the ticket's end, oldest first; the caller must owe it to the desk."""
    c = ticket_messages.c
    statement = delete(ticket_messages).where(c.ticket_id == ticket_id, c.side == "kept").returning(ticket_messages)
    taken = [TicketMessage(*row) for row in await connection.execute(statement)]
    return sorted(taken, key=lambda kept: kept.id)


async def message(connection: AsyncConnection, row_id: int) -> TicketMessage | None:
    """Gives one message of a ticket by its row's id."""
    return _message((await connection.execute(_MESSAGES.where(ticket_messages.c.id == row_id))).one_or_none())


async def message_at_family(connection: AsyncConnection, family_id: int, message_id: int) -> TicketMessage | None:
    """Gives the newest part of what stands in this message of the family's chat."""
    c = ticket_messages.c
    query = _MESSAGES.where(c.family_id == family_id, c.family_message_id == message_id).order_by(desc(c.id))
    return _message((await connection.execute(query.limit(1))).one_or_none())


async def parts_at_family(connection: AsyncConnection, family_id: int, message_id: int) -> list[TicketMessage]:
    """Lists the parts in which a family's message was kept, in their order."""
    c = ticket_messages.c
    query = _MESSAGES.where(c.family_id == family_id, c.family_message_id == message_id, c.side != "bot")
    return [TicketMessage(*row) for row in await connection.execute(query.order_by(c.id))]


async def album_of_desk(connection: AsyncConnection, ticket_id: int, group: str) -> list[TicketMessage]:
    """Gives the parts of an album of the support chat that have come so far, and the mark that it is a note."""
    c = ticket_messages.c
    query = _MESSAGES.where(c.ticket_id == ticket_id, c.media_group_id == group, c.side != "family")
    return [TicketMessage(*row) for row in await connection.execute(query)]


async def make_notes(connection: AsyncConnection, row_ids: list[int]) -> None:
    """Turns messages of the desk into internal notes, which answer to nothing."""
    values = {"side": "note", "text": None, "file_id": None, "desk_message_id": None}
    await connection.execute(update(ticket_messages).where(ticket_messages.c.id.in_(row_ids)).values(**values))


async def change_message(connection: AsyncConnection, row_id: int, **values: Any) -> bool:
    """Writes columns of a ticket's message; False where it, or the words of its ticket, were erased meanwhile.

    Words come into an erased ticket again only once it is open again.
    """
    statement = update(ticket_messages).where(ticket_messages.c.id == row_id).values(**values)
    if any(values.get(name) is not None for name in ("text", "entities", "file_id", "actor")):
        erased = exists().where(tickets.c.id == ticket_messages.c.ticket_id, tickets.c.erased_at.is_not(None))
        statement = statement.where(~erased)
    return bool((await connection.execute(statement)).rowcount)


async def silent_since(connection: AsyncConnection, before: float) -> list[Ticket]:
    """Lists the tickets that have waited for the family since before that moment and were not reminded yet."""
    query = _TICKETS.where(_WAITS_FOR_FAMILY, tickets.c.waiting_since <= before, tickets.c.reminded_at.is_(None))
    return [Ticket(*row) for row in await connection.execute(query.limit(AT_A_LOOK))]


async def reminded_before(connection: AsyncConnection, before: float) -> list[Ticket]:
    """Lists the tickets whose family stayed silent after a reminder that went before that moment, none put off."""
    query = _TICKETS.where(_WAITS_FOR_FAMILY, tickets.c.reminded_at <= before, tickets.c.put_off_until.is_(None))
    return [Ticket(*row) for row in await connection.execute(query.limit(AT_A_LOOK))]


async def never_answered(connection: AsyncConnection, before: float) -> list[Ticket]:
    """Lists the new tickets from before that moment that nobody took, answered, put off or was reminded of."""
    c = tickets.c
    query = _TICKETS.where(
        _have(NEW), c.created_at <= before, c.first_answer_at.is_(None), c.called_up_at.is_(None),
        c.card_message_id.is_not(None), c.put_off_until.is_(None),
    )  # fmt: skip
    return [Ticket(*row) for row in await connection.execute(query.order_by(c.id))]


async def asked_again(connection: AsyncConnection, before: float) -> list[Ticket]:
    """Lists the tickets whose family has waited since before that moment, with no reminder to the desk since then."""
    return [Ticket(*row) for row in await connection.execute(_ASKED_AGAIN, {"before": before})]


async def to_come_back(connection: AsyncConnection, now: float) -> list[Ticket]:
    """Lists the tickets that were put off until this moment or an earlier one."""
    return [Ticket(*row) for row in await connection.execute(_COMES_BACK, {"now": now})]


async def waiting_for_school(connection: AsyncConnection, desk_id: int) -> list[Ticket]:
    """Lists a desk's open tickets on which the school has to act, without those put off, the longest wait first."""
    return [Ticket(*row) for row in await connection.execute(_SCHOOL_OWES, {"desk": desk_id})]


async def count_by_status(connection: AsyncConnection) -> dict[str, int]:
    """Counts the tickets that are shown by each status."""
    facts = (tickets.c.is_open, tickets.c.turn, tickets.c.reopened)
    counts: Counter[str] = Counter()
    for is_open, turn, reopened, count in await connection.execute(select(*facts, func.count()).group_by(*facts)):
        counts[Facts(is_open, Turn(turn), reopened).status] += count
    return counts


async def unmap_desk(connection: AsyncConnection, ticket_id: int) -> None:
    """Forgets where the ticket stood in the support chat: its topic was deleted, or the group got a new id."""
    await change(connection, ticket_id, topic_id=None, card_message_id=None, topic_closed=False)


async def move_desk(connection: AsyncConnection, desk_id: int, old_chat_id: int, new_chat_id: int) -> None:
    """Follows a desk to another chat, where its messages have no ids: its tickets go on there.

    Cards become messages of the bot in the old chat: an answer to one that comes late still finds its ticket, and an
    erasing finds the card.
    """
    t, stood = tickets.c, or_(tickets.c.desk_chat_id == old_chat_id, tickets.c.desk_chat_id.is_(None))
    cards = select(
        t.id,
        literal("bot"),
        literal("text"),
        literal(old_chat_id, t.desk_chat_id.type),
        t.card_message_id,
        t.created_at,
    ).where(t.desk_id == desk_id, stood, t.card_message_id.is_not(None))
    columns = ["ticket_id", "side", "kind", "desk_chat_id", "desk_message_id", "at"]
    await connection.execute(ticket_messages.insert().from_select(columns, cards))
    await connection.execute(
        update(tickets)
        .where(tickets.c.desk_id == desk_id, stood)
        .values(desk_chat_id=new_chat_id, topic_id=None, card_message_id=None, topic_closed=False)
    )
