"""Answers messages of the operator's chat where they were written."""

from aiogram.types import Message

from bot.flows.marked import Markup
from bot.handlers.desk.replies import topic_of
from bot.handlers.update_context import UpdateContext
from bot.known_schools import OPERATOR
from bot.tickets import owing


async def answer(context: UpdateContext, message: Message, text: Markup) -> None:
    """Answers a message of the operator's chat, once for the update."""
    place = topic_of(message), message.message_id
    await context.once(lambda c: owing.owe_answer(c, OPERATOR, *place, text, context.now))
