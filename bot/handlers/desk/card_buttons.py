"""Handles presses on the buttons under a ticket's card."""

from typing import Any

from aiogram import Router
from aiogram.methods import TelegramMethod
from aiogram.types import CallbackQuery

from bot import texts_ru as texts
from bot.flows.ticket import put_off_days
from bot.handlers.desk.replies import actor_of
from bot.handlers.filters import Action, InSupportChat
from bot.handlers.update_context import UpdateContext
from bot.tickets import card_actions
from bot.tickets.card_actions import Press

router = Router(name="card_buttons")
router.callback_query.filter(InSupportChat())


@router.callback_query(Action(*card_actions.NAMES, private=False))
async def press_card(
    query: CallbackQuery, context: UpdateContext, action: str, argument: str
) -> TelegramMethod[Any] | None:
    """Handles a button under a card. Pressed twice it changes nothing the second time."""
    ticket_id, _, choice = argument.partition(":")
    services, hours = context.services, context.services.schools.hours_of(context.desk.id)
    pressed = Press(
        context.desk.id, actor_of(query), context.now, context.pack, choice, context.school.diary_url,
        put_off_until=put_off_days.morning_of(choice, services.local(context.now), hours),
        account=query.from_user.id, message_id=query.message.message_id if query.message else None,
    )  # fmt: skip
    if ticket_id.isascii() and ticket_id.isdigit() and len(ticket_id) < 18:
        notice = await context.once(lambda c: card_actions.carry_out(c, int(ticket_id), action, pressed))
    else:
        notice = texts.NO_SUCH_TICKET
    return await context.answer_press(query, None, notice or "")
