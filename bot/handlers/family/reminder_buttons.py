"""Lets a family be reminded of a screen at which the instruction says to wait."""

from datetime import datetime, time, timedelta
from typing import Any

from aiogram import Router
from aiogram.methods import TelegramMethod
from aiogram.types import CallbackQuery

from bot import texts_ru as texts
from bot.flows import routes
from bot.flows.guide.steps import may_wait
from bot.flows.marked import plain
from bot.flows.screen import Screen
from bot.handlers.filters import Action
from bot.handlers.update_context import UpdateContext
from storage import reminders

router = Router(name="family_reminders")

DAYS = {"1": 1, "3": 3}
EARLIEST, LATEST = time(9), time(19, 30)  # what is due at 20:00 sharp would be looked at too late, and wait a night


@router.callback_query(Action("remind"))
async def remind(query: CallbackQuery, context: UpdateContext, argument: str) -> TelegramMethod[Any] | None:
    """Sets a reminder («Напомнить завтра», «Напомнить через 3 дня»); a second one of the same screen replaces it."""
    return await context.answer_press(query, *await reminded(context, argument))


async def reminded(context: UpdateContext, argument: str) -> tuple[Screen | None, str]:
    """Sets the reminder that a button names, and gives what answers it: a screen in its place, and words."""
    days, _, code = argument.partition(":")
    route = routes.parse(code, context.pack)
    if route is None or days not in DAYS or not may_wait(route, context.pack):
        return await context.stored_screen(await context.dialogue()), texts.STALE_BUTTON
    due = by_day(context.services.local(context.now) + timedelta(days=DAYS[days]))
    await context.once(lambda c: reminders.put(c, context.family_id, route.code, due.timestamp(), context.now))
    when = context.services.when(due.timestamp())
    return None, plain(texts.REMINDER_SET.for_reader(route, when=when))


def by_day(moment: datetime) -> datetime:
    """Moves a moment into the day, on the same date: «завтра», asked for at night, is still tomorrow."""
    day = min(max(moment.time(), EARLIEST), LATEST)
    return datetime.combine(moment.date(), day, moment.tzinfo)
