"""Handles presses on the buttons of a bad day, and on «Починили»."""

from typing import Any

from aiogram import Router
from aiogram.methods import TelegramMethod
from aiogram.types import CallbackQuery, Message
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.handlers.desk.replies import actor_of, topic_of
from bot.handlers.filters import Action, InSupportChat
from bot.handlers.update_context import UpdateContext
from bot.tickets import deciding_bad_days
from bot.tickets.deciding_bad_days import DeskPress

router = Router(name="bad_day_buttons")
router.callback_query.filter(InSupportChat())


@router.callback_query(Action(*deciding_bad_days.NAMES, "repaired", private=False))
async def press_bad_day(
    query: CallbackQuery, context: UpdateContext, action: str, argument: str
) -> TelegramMethod[Any] | None:
    """Handles a button of a bad day or of a notice; a second press of it changes nothing."""
    message = query.message
    topic = topic_of(message) if isinstance(message, Message) else None  # of an old message Telegram tells no topic
    pressed = DeskPress(
        context.desk,
        actor_of(query),
        context.now,
        context.pack,
        message.message_id if message else 0,
        topic,
    )

    async def work(connection: AsyncConnection) -> str:
        if action == "repaired":
            return await deciding_bad_days.repaired(connection, argument, pressed)
        return await deciding_bad_days.decide(connection, action, argument, pressed)

    said = await context.once(work)
    await context.services.refresh_facts()
    return await context.answer_press(query, None, said or "")
