"""Handles «Помогло» and «Не помогло» below an answer that the school gave to such a question before."""

from dataclasses import replace
from typing import Any

from aiogram import Router
from aiogram.methods import TelegramMethod
from aiogram.types import CallbackQuery
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.guide import topic_answers
from bot.flows.screen import Screen
from bot.handlers.family import current_screen
from bot.handlers.filters import Action
from bot.handlers.update_context import UpdateContext
from storage import dialogues, saved_answers, statistics

router = Router(name="school_answer_buttons")


@router.callback_query(Action("anshelped"))
async def helped(query: CallbackQuery, context: UpdateContext, argument: str) -> TelegramMethod[Any] | None:
    """Takes «Помогло»."""
    return await context.answer_press(query, *await noted_helped(context, argument))


async def noted_helped(context: UpdateContext, argument: str) -> tuple[Screen | None, str]:
    """Counts that the answer helped, once however often it is told, and gives a kind word."""
    route = current_screen.route_of(await context.dialogue(), context.pack)

    async def work(connection: AsyncConnection) -> None:
        await dialogues.lock(connection, context.family_id)
        dialogue = await dialogues.load(connection, context.family_id)
        if dialogue.screen != f"answered:{argument}":
            return  # it was pressed before, or the family has gone on since
        if await saved_answers.count_told(connection, int(argument), helped=True):
            await statistics.count(connection, "answered_helped", context.now, school_id=context.desk_id)
        left = replace(current_screen.left_form(dialogue, context.pack), updated_at=context.now)
        await dialogues.save(connection, left)

    await context.once(work)
    return topic_answers.school_answer_helped(route), ""


@router.callback_query(Action("ansnothelped"))
async def not_helped(query: CallbackQuery, context: UpdateContext, argument: str) -> TelegramMethod[Any] | None:
    """Takes «Не помогло»."""
    return await context.answer_press(query, *await way_to_school(context, argument))


async def way_to_school(context: UpdateContext, argument: str) -> tuple[Screen | None, str]:
    """Gives the way to the school; the family's words are kept for the ticket."""
    route = current_screen.route_of(await context.dialogue(), context.pack)
    return topic_answers.school_answer_not_helped(route, context.school), ""
