"""Answers a run of messages of a family once, and tells it that they were passed on where no sign can."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import owed
from bot.flows.marked import marked
from bot.tickets import owing
from storage import tickets
from storage.tickets import TicketMessage

PAUSE_S = 600.0  # a run goes on as long as no pause between two messages is longer


def begins(before: Sequence[TicketMessage], at: float) -> bool:
    """Tells whether a family's message, written at `at`, begins a run.

    `before` are the messages of its ticket before it, oldest first: those of the family that count for its runs, and
    the school's, each of which ends one.
    """
    return not before or before[-1].side == "desk" or at - before[-1].at > PAUSE_S


async def acknowledge(connection: AsyncConnection, row: int, at: float) -> None:
    """Owes a family the word that its message, stored as `row`, is at the desk: one for all of a run.

    It may be called once the desk has the message; one that was erased meanwhile is passed over.
    """
    message = await tickets.message(connection, row)
    ticket = await tickets.get(connection, message.ticket_id) if message else None
    if message is None or ticket is None:
        return
    before = [m for m in await tickets.messages(connection, ticket.id) if m.id < row]
    # What a form told was answered when it was sent, and stands in no message of the family's.
    said = [m for m in before if m.side == "desk" or m.family_message_id is not None]
    passed_on = [m for m in said if m.side == "desk" or (m.side == "family" and m.desk_message_id is not None)]
    if begins(passed_on, message.at):
        await owing.owe_family(connection, ticket, owed.ScreenMessage(marked(texts.PASSED_ON), of_bot=True), at)
