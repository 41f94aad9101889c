"""Finds the school to which an update of a family is directed: only that school's ban applies to it."""

from functools import partial

from aiogram.types import CallbackQuery, Message, TelegramObject

from bot.flows.guide.questions import school_of_link
from bot.handlers.family.own_tickets import own_ticket
from bot.handlers.update_context import UpdateContext
from storage import tickets
from storage.tickets import Ticket

# The buttons that act on a ticket; its id is the last part of what they carry.
TICKET_BUTTONS = frozenset({"helped", "nothelped", "withdraw", "reopen", "talk", "join", "add"})


async def school_written_to(context: UpdateContext, event: TelegramObject) -> int:
    """Gives the number of the school whose ticket a family presses, answers, edits or talks in, wherever it is today.

    Without a ticket it is the school of the link that is opened, else the family's own. The context knows the family's
    school after that.
    """
    dialogue = await context.dialogue()
    ticket: Ticket | None = None
    if isinstance(event, CallbackQuery):
        name, _, argument = (event.data or "").partition(":")
        ticket = await own_ticket(context, argument.rpartition(":")[2]) if name in TICKET_BUTTONS else None
    elif isinstance(event, Message):
        command, _, payload = (event.text or "").partition(" ")
        if command.lower() == "/start":
            linked = context.services.schools.by_slug(school_of_link(payload.strip())[0])
            return linked.id if linked and linked.left_at is None else context.desk_id
        ticket = await _ticket_of_message(context, event)
        if ticket is None and dialogue.ticket_id is not None and not command.startswith("/"):
            ticket = await own_ticket(context, str(dialogue.ticket_id))
    return ticket.desk_id if ticket else context.desk_id


async def _ticket_of_message(context: UpdateContext, message: Message) -> Ticket | None:
    """Finds the ticket that a message answers by «Reply», or belongs to where it is an edited one."""
    database, family_id, reply = context.services.database, context.family_id, message.reply_to_message
    for number in (message.message_id, *([reply.message_id] if reply else [])):
        row = await database.read(partial(tickets.message_at_family, family_id=family_id, message_id=number))
        if row is not None:
            return await own_ticket(context, str(row.ticket_id))
    return None
