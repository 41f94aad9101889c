"""Answers messages of the operator's chat where they were written."""

from aiogram.types import Message
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.marked import Markup
from bot.flows.screen import Rows
from bot.handlers.desk.replies import topic_of
from bot.handlers.update_context import UpdateContext
from bot.known_schools import OPERATOR
from bot.tickets import owing


async def answer(context: UpdateContext, message: Message, text: Markup) -> None:
    """Answers a message of the operator's chat, once for the update."""
    await context.once(lambda c: owe_answer(c, context, message, text))


async def owe_answer(
    connection: AsyncConnection, context: UpdateContext, message: Message, text: Markup, rows: Rows = ()
) -> None:
    """Owes such an answer, with these buttons, within a transaction at hand."""
    await owing.owe_answer(connection, OPERATOR, topic_of(message), message.message_id, text, context.now, rows=rows)
