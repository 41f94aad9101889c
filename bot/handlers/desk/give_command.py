"""Answers `/give`, which hands a ticket over to a colleague, and notes who acts at a desk and so may be handed one."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import BaseMiddleware, F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message, TelegramObject
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.flows.marked import Markup, fill, marked
from bot.flows.ticket import colleague_list
from bot.handlers import message_kinds
from bot.handlers.desk.replies import owe_answer, replied_id_of, topic_of
from bot.handlers.filters import InSupportChat, Where
from bot.handlers.update_context import UpdateContext
from bot.tickets import desk_topics, handing, owing
from storage import colleagues
from storage.tickets import Ticket

router = Router(name="desk_colleagues")

SEEN_EVERY_S = 3600.0  # how often somebody is noted anew: the list is sorted by when they were seen


class Colleagues(BaseMiddleware):
    """Remembers who writes and presses at a desk. An anonymous administrator's message names nobody."""

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
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


@router.message(InSupportChat(), Command("give", ignore_case=True))
async def give(message: Message, context: UpdateContext) -> None:
    """Carries out `/give записка`, in a ticket's topic or as a reply to its card: asks to whom it is handed over.

    The colleague gets the words as a reply to this very command, so that no note has to be kept.
    """

    async def work(connection: AsyncConnection) -> None:
        ticket = await desk_topics.ticket_meant(
            connection, context.desk.id, message.chat.id, topic_of(message), replied_id_of(message)
        )
        page = await handing.page_of(connection, context.desk.id, 0)
        if ticket is None or ticket.family_id is None or not ticket.is_open or not page.people:
            await owe_answer(connection, context, message, _reason_against(ticket))
            return
        shown = colleague_list.with_note(ticket.id, page, message.message_id)
        await owing.owe_list(
            connection, context.desk.id, topic_of(message), message.message_id, shown, context.now, about=ticket
        )

    await context.once(work)


def _reason_against(ticket: Ticket | None) -> Markup:
    """Gives the reason why a ticket cannot be handed over: there is none, it has ended, or no colleague is known."""
    if ticket is None or ticket.family_id is None:
        return marked(texts.HAND_WHERE)
    return marked(texts.HAND_NOBODY) if ticket.is_open else fill(texts.HAND_CLOSED, number=ticket.number)
