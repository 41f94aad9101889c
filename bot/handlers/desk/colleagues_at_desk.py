"""Keeps the list of a desk's colleagues: notes who writes and presses there, and drops somebody who left."""

from typing import Any

from aiogram import BaseMiddleware, F, Router
from aiogram.types import CallbackQuery, Message, TelegramObject

from bot.handlers import message_kinds
from bot.handlers.filters import InSupportChat, Where
from bot.handlers.middlewares import Handler
from bot.handlers.update_context import UpdateContext
from storage import colleagues

router = Router(name="colleagues_at_desk")

SEEN_EVERY_S = 3600.0  # how often somebody is noted anew: the list is sorted by when they were seen


class Colleagues(BaseMiddleware):
    """Remembers who writes and presses at a desk. An anonymous administrator's message names nobody."""

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        """Notes who acts at a desk, at most once an hour, before the update is handled."""
        context: UpdateContext = data["context"]
        if context.desk_here is not None and isinstance(event, Message | CallbackQuery):
            await _see(context, event)
        return await handler(event, data)


async def _see(context: UpdateContext, event: Message | CallbackQuery) -> None:
    user, desk_id, now = event.from_user, context.desk.id, context.now
    if user is None or user.is_bot:
        return
    if isinstance(event, Message) and (event.sender_chat is not None or message_kinds.is_service(event)):
        return
    name = user.full_name[:64]
    if context.services.counted.is_new(("colleague", desk_id, user.id, name, now // SEEN_EVERY_S)):
        await context.services.database.write(lambda c: colleagues.see(c, desk_id, user.id, name, now), repeatable=True)


@router.message(InSupportChat(), Where(F.left_chat_member))
async def forget_who_left(message: Message, context: UpdateContext) -> None:
    """Removes somebody who left the chat, or was removed, from the list of colleagues."""
    left = message.left_chat_member
    if left is not None:
        await context.once(lambda c: colleagues.leave(c, context.desk.id, left.id))
