"""Tells a family what is kept about it, and erases it all at the family's wish."""

from typing import Any

from aiogram import Router
from aiogram.methods import TelegramMethod
from aiogram.types import CallbackQuery, Message
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.flows.marked import marked
from bot.flows.screen import Button, Screen
from bot.handlers.family import current_screen
from bot.handlers.family.own_tickets import tickets_of
from bot.handlers.filters import PRIVATE, Action, FamilyCommand
from bot.handlers.update_context import UpdateContext
from bot.tickets import erasing
from storage.dialogues import Dialogue

router = Router(name="family_privacy")
router.message.filter(PRIVATE)


@router.message(FamilyCommand("privacy"))
async def show_privacy(message: Message, context: UpdateContext, dialogue: Dialogue) -> None:
    """Answers `/privacy`: what is stored, why, for how long, and who sees it."""
    screen = current_screen.information("privacy", dialogue, context.school, await tickets_of(context))
    await context.save_and_say(dialogue, screen)


@router.message(FamilyCommand("forget"))
async def ask_to_forget(message: Message, context: UpdateContext, dialogue: Dialogue) -> None:
    """Asks once before everything is erased (`/forget`)."""
    await context.save_and_say(dialogue, await asked_to_forget(context, dialogue))


async def asked_to_forget(context: UpdateContext, dialogue: Dialogue) -> Screen:
    """Draws the question before everything is erased."""
    route = current_screen.addressed(dialogue, context.pack, await tickets_of(context))
    in_ticket, _, number = dialogue.screen.partition(":")
    stays = Button(texts.B_CANCEL, data=f"talk:{number}") if in_ticket == "ticket" else None
    rows = (
        (Button(texts.B_FORGET, data="forget:yes"),),
        (stays or current_screen.way_back(dialogue, context.pack, texts.B_CANCEL),),
    )
    return Screen(texts.FORGET.for_reader(route), rows)


@router.callback_query(Action("forget"))
async def forget(query: CallbackQuery, context: UpdateContext, argument: str) -> TelegramMethod[Any] | None:
    """Erases the family («Удалить всё»), once for a press: a repeated press erases nothing that was told later."""

    async def work(connection: AsyncConnection) -> None:
        await erasing.erase_family(connection, context.services, context.family_id, context.now)

    await context.once(work)
    await erasing.purge_soon(context.services, context.now)
    return await context.answer_press(query, Screen(marked(texts.FORGOTTEN), ()))
