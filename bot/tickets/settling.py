"""Settles a ticket by its family's buttons: «Помогло», «Не помогло», «Отозвать», «Открыть снова»."""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import owed, queues
from bot.flows.marked import marked
from bot.tickets import closed_ticket_messages, owing, status_changes
from storage import dialogues, saved_answers, statistics, tickets
from storage.ticket_status import Cause, after
from storage.tickets import Ticket

_TOLD = {
    Cause.HELPED: marked(texts.DESK_HELPED),
    Cause.WITHDRAWN: marked(texts.DESK_WITHDRAWN),
    Cause.REOPENED: marked(texts.DESK_REOPENED),
}


async def by_family(connection: AsyncConnection, ticket: Ticket, cause: Cause, at: float) -> bool:
    """Moves a ticket by its family's word, and tells the desk. False where the word says nothing new.

    It may be called for a ticket of the family, locked by this transaction, by «Помогло», «Не помогло», a withdrawal or
    «Открыть снова».

    What ends a ticket is told before its topic closes, what opens it after the topic opened and before the words that
    the family wrote meanwhile. Where the school gave a ready answer last, «Помогло» counts for it.
    """
    facts = after(ticket.facts, cause)
    moves = tells = facts != ticket.facts
    if not moves and cause is Cause.NOT_HELPED and ticket.prompt_message_id:
        # The family wrote since; the message asks still, and its answer is told as well.
        tells = True
        await owing.strip_prompt(connection, ticket, at)
    told = _told(ticket, cause) if tells else None
    if told and not (moves and facts.is_open):
        await queues.to_ticket(connection, ticket, told, at)
        told = None
    if tells and cause is Cause.HELPED and ticket.ready_answer:
        choice, _, matter = ticket.ready_answer.partition(":")
        await saved_answers.count_helped(connection, ticket.desk_id, choice, matter)
        await tickets.change(connection, ticket.id, ready_answer=None)
    if tells and cause in (Cause.HELPED, Cause.NOT_HELPED):
        await statistics.count(connection, cause, at, school_id=ticket.desk_id, path=ticket.path, error=ticket.error)
    await status_changes.move(connection, ticket, cause, actor=texts.ACTOR_FAMILY, at=at, told=told)
    if cause is Cause.REOPENED:
        await closed_ticket_messages.flush(connection, ticket, at)
    return tells


def _told(ticket: Ticket, cause: Cause) -> owed.DeskText:
    """Gives what the desk is told of the family's decision: that a ticket is open again only where it had ended."""
    if cause is Cause.NOT_HELPED:
        text = marked(texts.DESK_NOT_HELPED if ticket.is_open else texts.DESK_NOT_HELPED_AFTER_END)
    else:
        text = _TOLD[cause]
    return owed.DeskText(text.format(number=ticket.number))


async def by_button(connection: AsyncConnection, ticket: Ticket, cause: Cause, name: str, at: float) -> bool:
    """Settles a ticket by a button, and puts its family before its conversation where the talk goes on.

    It may be called for any ticket of the family whose button it is, at any time. `name` is what the family is called
    now. False where the press says nothing new.
    """
    fresh = await tickets.locked(connection, ticket.id)
    if fresh is None:
        return False  # its school has left
    moved = await by_family(connection, fresh, cause, at)
    dialogue = await dialogues.load(connection, ticket.family_id or 0)
    if cause in (Cause.NOT_HELPED, Cause.REOPENED) or (cause is Cause.HELPED and not dialogue.in_form):
        dialogue = replace(dialogue, screen=f"ticket:{ticket.id}")
    await dialogues.save(connection, replace(dialogue, name=name or dialogue.name, updated_at=at))
    return moved
