"""Handles presses on the buttons under a ticket's card."""

from typing import Any

from aiogram import Router
from aiogram.methods import TelegramMethod
from aiogram.types import CallbackQuery

from bot.flows.ticket import put_off_days
from bot.flows.whole_numbers import whole_number
from bot.handlers.desk.replies import actor_of
from bot.handlers.filters import Action, InSupportChat
from bot.handlers.update_context import UpdateContext
from bot.tickets import card_actions
from bot.tickets.card_actions import CardPress

router = Router(name="card_buttons")
router.callback_query.filter(InSupportChat())


@router.callback_query(Action(*card_actions.NAMES, private=False))
async def press_card(
    query: CallbackQuery, context: UpdateContext, action: str, argument: str
) -> TelegramMethod[Any] | None:
    """Handles a button under a card. Pressed twice it changes nothing the second time."""
    ticket_id, _, choice = argument.partition(":")
    services, hours = context.services, context.services.schools.hours_of(context.desk.id)
    pressed = CardPress(
        context.desk.id, actor_of(query), context.now, context.pack, choice, context.school.diary_url,
        put_off_until=put_off_days.morning_of(choice, services.local(context.now), hours),
        account=query.from_user.id, message_id=query.message.message_id if query.message else None,
    )  # fmt: skip
    number = whole_number(ticket_id) or 0  # a number that was forged is no ticket's
    notice = await context.once(lambda c: card_actions.carry_out(c, number, action, pressed))
    return await context.answer_press(query, None, notice or "")
