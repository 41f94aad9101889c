"""Puts the commands of the operator's chat together; answers `/stuck`, `/help`, and commands that do not exist."""

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import Message

from bot import texts_ru as texts
from bot.flows.marked import marked
from bot.handlers.filters import InOperatorChat, Where
from bot.handlers.operator import announcements, operator_schools, operator_statistics
from bot.handlers.operator.operator_replies import answer
from bot.handlers.update_context import UpdateContext
from bot.tickets import stuck_schools

router = Router(name="operator")
router.include_routers(operator_schools.router, operator_statistics.router, announcements.router)
_own = Router(name="operator_own")
router.include_router(_own)  # after all others: it answers commands that nobody else takes


@_own.message(InOperatorChat(), Command("stuck", ignore_case=True))
async def show_stuck(message: Message, context: UpdateContext) -> None:
    """Lists the schools where something is stuck, with counts and ages alone."""
    services = context.services
    lines = await services.database.read(lambda c: stuck_schools.told(c, services, context.now))
    limit = services.abilities_of(message.chat.id).text_length
    await answer(context, message, stuck_schools.as_list(lines, limit))


@_own.message(InOperatorChat(), Command("help", "start", ignore_case=True))
async def show_help(message: Message, context: UpdateContext) -> None:
    """Answers `/help` in the operator's chat."""
    await answer(context, message, marked(texts.OPERATOR_HELP))


@_own.message(InOperatorChat(), Where(F.text.startswith("/")))
async def unknown_command(message: Message, context: UpdateContext) -> None:
    """Says that a command does not exist, and lists those that do."""
    await answer(context, message, marked(texts.UNKNOWN_OPERATOR_COMMAND) + marked(texts.OPERATOR_HELP))
