"""Keeps since when a family waits for the school's next message; a putting off ends where the family writes."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from storage import tickets
from storage.ticket_status import NEW, Cause, after
from storage.tickets import Ticket

_WAITS_ON = (Cause.FAMILY_WROTE, Cause.NOT_HELPED, Cause.PROMISE_DUE, Cause.ANSWER_TAKEN_BACK)
_OPENS = (Cause.REOPENED, Cause.TOPIC_REOPENED)
_BY_SCHOOL = (Cause.DESK_WROTE, Cause.FIXED)


async def note(connection: AsyncConnection, ticket: Ticket, cause: Cause, at: float) -> bool:
    """Notes what a cause means for the wait: it counts from the family's first message, and an answer ends it.

    It may be called for any ticket locked by this transaction, also where the cause leaves its status as it is: a
    family that writes twice moves nothing. A new ticket is called up by its own hour. Gives True where a putting off
    ended, which the card has to show.
    """
    values: dict[str, Any] = {}
    facts = after(ticket.facts, cause)
    asks = cause in _WAITS_ON or (cause in _OPENS and not ticket.is_open)
    if not facts.is_open or cause in _BY_SCHOOL:
        values["family_waits_since"] = None
    elif asks and facts != NEW and ticket.family_waits_since is None:
        values["family_waits_since"] = at
    put_off_ends = ticket.put_off_until is not None and (asks or not facts.is_open)
    if put_off_ends:
        values["put_off_until"] = None
    if values:
        await tickets.change(connection, ticket.id, **values)
    return put_off_ends
