"""Handles «Сообщить, когда заработает», and «Получилось» below the message that the service works again."""

from typing import Any

from aiogram import Router
from aiogram.methods import TelegramMethod
from aiogram.types import CallbackQuery
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.flows.guide.views import view
from bot.flows.marked import Markup, plain
from bot.flows.routes import Route
from bot.flows.screen import Screen
from bot.handlers.family import current_screen
from bot.handlers.family.own_tickets import tickets_of
from bot.handlers.filters import Action
from bot.handlers.update_context import UpdateContext
from storage import hung_notices, repair_waits, schools

router = Router(name="family_repairs")


@router.callback_query(Action("await_repair"))
async def await_repair(query: CallbackQuery, context: UpdateContext, argument: str) -> TelegramMethod[Any] | None:
    """Keeps that a family waits («Сообщить, когда заработает»); a second tap says that it is noted."""
    return await context.answer_press(query, *await awaited(context, argument))


async def awaited(context: UpdateContext, argument: str) -> tuple[Screen | None, str]:
    """Keeps that a family waits, and gives the words that answer it; no screen takes the place of the one it is on.

    Below a notice that was taken away since, there is nothing left to wait for; nor is there at a school that left.
    """
    dialogue = await context.dialogue()
    desk_id, school = context.desk_id, context.school
    reader = current_screen.addressed(dialogue, context.pack, await tickets_of(context))

    async def work(connection: AsyncConnection) -> Markup:
        if await schools.has_left(connection, desk_id):
            return texts.SCHOOL_LEFT.for_reader(reader, school=school.name)
        if argument == "notice" and not await _hangs(connection, desk_id):
            return texts.REPAIR_NOT_AWAITED.for_reader(reader)
        is_new = await repair_waits.put(connection, context.family_id, desk_id, context.now)
        return (texts.REPAIR_AWAITED if is_new else texts.REPAIR_AWAITED_ALREADY).for_reader(reader)

    told = await context.once(work) or texts.REPAIR_AWAITED_ALREADY.for_reader(reader)
    return None, plain(told)


async def _hangs(connection: AsyncConnection, desk_id: int) -> bool:
    """Tells whether a notice of the school or of the operator hangs."""
    of_school = await hung_notices.now(connection, desk_id)
    return of_school is not None or await hung_notices.now(connection, None) is not None


@router.callback_query(Action("works"))
async def works(query: CallbackQuery, context: UpdateContext, argument: str) -> TelegramMethod[Any] | None:
    """Takes «Получилось» of a family that stands on no path: its place in the dialogue stays as it is."""
    dialogue = await context.dialogue()
    reader = current_screen.route_of(dialogue, context.pack).reader
    await context.once(lambda c: repair_waits.cancel(c, context.family_id))
    return await context.answer_press(query, view(Route("done", None, None, reader), context.school))
