"""Answers `/stuck` in the operator's chat: schools without a chat or rights, and tickets that wait too long."""

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import Message

from bot.handlers.filters import InOperatorChat
from bot.handlers.operator.operator_replies import answer
from bot.handlers.update_context import UpdateContext
from bot.tickets import stuck_schools

router = Router(name="stuck_desks")


@router.message(InOperatorChat(), Command("stuck", ignore_case=True))
async def show_stuck(message: Message, context: UpdateContext) -> None:
    """Lists the schools where something is stuck, with counts and ages alone."""
    services = context.services
    lines = await services.database.read(lambda c: stuck_schools.told(c, services, context.now))
    limit = services.abilities_of(message.chat.id).text_length
    await answer(context, message, stuck_schools.as_list(lines, limit))
