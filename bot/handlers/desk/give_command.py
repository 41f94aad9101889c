"""Answers `/give`, which hands a ticket over to a colleague: asks to whom."""

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import Message
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.flows.marked import Markup, fill, marked
from bot.flows.ticket import colleague_list
from bot.handlers.desk.replies import owe_answer, replied_id_of, topic_of
from bot.handlers.filters import InSupportChat
from bot.handlers.update_context import UpdateContext
from bot.tickets import desk_topics, handing
from storage.tickets import Ticket

router = Router(name="give_command")


@router.message(InSupportChat(), Command("give", ignore_case=True))
async def give(message: Message, context: UpdateContext) -> None:
    """Carries out `/give записка`, in a ticket's topic or as a reply to its card: asks to whom it is handed over.

    The colleague gets the words as a reply to this very command, so that no note has to be kept.
    """

    async def work(connection: AsyncConnection) -> None:
        ticket = await desk_topics.ticket_meant(
            connection, context.desk.id, message.chat.id, topic_of(message), replied_id_of(message)
        )
        if ticket is None or ticket.family_id is None or not ticket.is_open:
            await owe_answer(connection, context, message, _reason_against(ticket))
            return
        page = await handing.page_of(connection, context.desk.id, 0)
        if handing.has_nobody_else(page, ticket, message.from_user.id if message.from_user else None):
            await owe_answer(connection, context, message, marked(texts.HAND_NOBODY))
            return
        shown = colleague_list.with_note(ticket.id, page, message.message_id)
        await owe_answer(connection, context, message, shown.text, ticket, shown.rows)

    await context.once(work)


def _reason_against(ticket: Ticket | None) -> Markup:
    """Gives the reason why a ticket cannot be handed over: there is none, or it has ended."""
    if ticket is None or ticket.family_id is None:
        return marked(texts.HAND_WHERE)
    return fill(texts.HAND_CLOSED, number=ticket.number)
