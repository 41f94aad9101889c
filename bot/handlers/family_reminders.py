"""A family asks to be reminded of a screen at which the instruction says to wait."""

from datetime import timedelta
from typing import Any

from aiogram import Router
from aiogram.methods import TelegramMethod
from aiogram.types import CallbackQuery

from bot import texts_ru as texts
from bot.flows import spots
from bot.flows.dialogue import may_wait, you
from bot.flows.working_hours import clamp_to_daytime
from bot.handlers.filters import Action
from bot.handlers.turn import Turn
from storage import reminders

router = Router(name="family_reminders")

DAYS = {"1": 1, "3": 3}
FIRST_HOUR, LAST_HOUR = 9, 20


@router.callback_query(Action("remind"))
async def remind(query: CallbackQuery, turn: Turn, argument: str) -> TelegramMethod[Any] | None:
    """«Напомнить завтра», «Напомнить через 3 дня»: a second reminder of the same screen replaces the first."""
    days, _, code = argument.partition(":")
    spot = spots.parse(code)
    if spot is None or days not in DAYS or not may_wait(spot):
        return await turn.press(query, None, texts.STALE_BUTTON)
    local = turn.services.local(turn.now) + timedelta(days=DAYS[days])
    due = clamp_to_daytime(local, FIRST_HOUR, LAST_HOUR)
    await turn.services.database.write(lambda c: reminders.put(c, turn.family_id, spot.code, due.timestamp(), turn.now))
    when = turn.services.when(due.timestamp())
    return await turn.press(query, None, you(spot, "REMINDER_SET").format(when=when))
