"""Finds the school to which an update of a family is directed: only that school's ban applies to it."""

from functools import partial

from aiogram.types import CallbackQuery, Message, TelegramObject

from bot.flows.guide import school_question
from bot.flows.guide.questions import school_of_link
from bot.handlers.family import school_asking
from bot.handlers.family.own_tickets import own_ticket
from bot.handlers.update_context import UpdateContext
from storage import tickets
from storage.tickets import Ticket

# The buttons that act on a ticket; its id is the last part of what they carry.
TICKET_BUTTONS = frozenset({"helped", "nothelped", "withdraw", "reopen", "talk", "join", "add"})


async def school_written_to(context: UpdateContext, event: TelegramObject) -> int | None:
    """Gives the number of the school whose ticket a family presses, answers, edits or talks in, wherever it is today.

    Without a ticket it is the school of the link that is opened or of the button that chooses one, else the family's
    own. None where a family that has none, or that is to choose another, writes to no school yet. The context knows the
    family's school after that.
    """
    await context.dialogue()
    own = None if context.is_without_school else context.desk_id
    if isinstance(event, CallbackQuery):
        return await _pressed(context, event.data or "", own)
    return await _told(context, event, own) if isinstance(event, Message) else own


async def _pressed(context: UpdateContext, data: str, own: int | None) -> int | None:
    name, _, argument = data.partition(":")
    if name in TICKET_BUTTONS:
        ticket = await own_ticket(context, argument.rpartition(":")[2])
        return ticket.desk_id if ticket else own
    return school_question.candidate_in(data) if school_question.is_asked(data) else own


async def _told(context: UpdateContext, message: Message, own: int | None) -> int | None:
    text, dialogue = message.text or "", await context.dialogue()
    command, _, payload = text.partition(" ")
    name = command.partition("@")[0].lower()
    if name == "/start":
        linked = context.services.schools.by_slug(school_of_link(payload.strip())[0])
        return linked.id if linked and linked.left_at is None else own
    if name == "/school" or school_asking.asks_to_change(text):
        return None
    ticket = await _ticket_of_message(context, message)
    if ticket is None and dialogue.ticket_id is not None and not command.startswith("/"):
        ticket = await own_ticket(context, str(dialogue.ticket_id))
    if ticket is not None:
        return ticket.desk_id
    names_school = school_question.is_asked(dialogue.screen) and text and not command.startswith("/")
    return None if names_school else own


async def _ticket_of_message(context: UpdateContext, message: Message) -> Ticket | None:
    """Finds the ticket that a message answers by «Reply», or belongs to where it is an edited one."""
    database, family_id, reply = context.services.database, context.family_id, message.reply_to_message
    for number in (message.message_id, *([reply.message_id] if reply else [])):
        row = await database.read(partial(tickets.message_at_family, family_id=family_id, message_id=number))
        if row is not None:
            return await own_ticket(context, str(row.ticket_id))
    return None
