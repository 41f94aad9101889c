"""Answers all that no other handler takes: unknown commands, old buttons, strange messages, edits, other groups."""

from typing import Any

from aiogram import F, Router
from aiogram.dispatcher.event.bases import UNHANDLED
from aiogram.methods import TelegramMethod
from aiogram.types import CallbackQuery, Message
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.flows.marked import marked
from bot.flows.screen import Screen
from bot.handlers import message_kinds
from bot.handlers.family import (
    current_screen,
    guide_buttons,
    handover,
    message_data,
    privacy_commands,
    reminder_buttons,
    school_choice,
)
from bot.handlers.family.form_answers import question_again
from bot.handlers.family.own_tickets import tickets_of
from bot.handlers.family.texts_and_pictures import answer_text, quoted_in, read_picture
from bot.handlers.family.ticket_talk import talk
from bot.handlers.filters import PRIVATE, Where, in_private_chat
from bot.handlers.update_context import UpdateContext
from bot.tickets import family_messages
from storage import tickets
from storage.dialogues import Dialogue
from storage.tickets import TicketMessage

router = Router(name="fallback")
commands = Router(name="unknown_commands")
_SAYS_ITSELF = (
    "rich_message",
    "checklist",
    message_kinds.UNKNOWN,
)  # of these kinds the words inside are what the person meant to say


@commands.message(PRIVATE, Where(F.text.startswith("/")))
async def unknown_command(message: Message, context: UpdateContext, dialogue: Dialogue) -> None:
    """Says that a command does not exist, and lists those that do; the family stays where it is.

    An administrator who tries one of the desk's in a private chat reads where it belongs.
    """
    screen = current_screen.information("help", dialogue, context.school, await tickets_of(context))
    name = (message.text or "").split()[0].lstrip("/").partition("@")[0].lower()
    said = marked(texts.DESK_COMMAND_IN_PRIVATE if name in texts.COMMANDS_DESK else texts.UNKNOWN_COMMAND)
    await context.save_and_say(dialogue, Screen(said + screen.text, screen.rows))


@router.message(PRIVATE)
async def unreadable(message: Message, context: UpdateContext, dialogue: Dialogue) -> None:
    """Asks for text or a screenshot in place of a sticker, a voice message, a poll and the like."""
    found = message_kinds.found_in(message)
    says_itself = found is not None and found.is_sure and found.name in _SAYS_ITSELF
    words = message_kinds.words_of(message) if says_itself else message.caption
    if words:
        await answer_text(context, dialogue, words, quoted_in(message))
        return
    if found is None or not found.is_sure:
        return
    screen = await context.services.database.read(lambda c: current_screen.current(context.services, c, dialogue))
    route = current_screen.standing(dialogue, context.pack)
    screen = await handover.with_share_button(context.services, dialogue, route, screen)
    await context.save_and_say(dialogue, Screen(texts.UNREADABLE_KIND.for_reader(route), screen.rows))


@router.edited_message(PRIVATE)
async def edited(message: Message, context: UpdateContext, dialogue: Dialogue, **data: Any) -> None:
    """Changes a message at the desk, or one that waits for it, as the family edited it; any other is read as a new one.

    Where it changes nothing, and where the message was read long ago, nothing happens.
    """
    row = await context.services.database.read(
        lambda c: tickets.message_at_family(c, context.family_id, message.message_id)
    )
    if row is not None and row.side in ("family", "kept"):
        await _edit_at_desk(message, context, row)
        return
    if context.mark_before in (None, context.mark):
        return
    said = message_kinds.words_of(message)
    in_hand = {**data, "context": context, "dialogue": dialogue}
    if said.startswith("/"):
        await _carry_out(message, in_hand)
    elif await school_choice.router.propagate_event("message", message, **in_hand) is not UNHANDLED:
        return
    elif dialogue.in_form:
        await question_again(context, dialogue, texts.FORM_EDITED)
    elif dialogue.ticket_id is not None:
        await talk(message, context, dialogue, dialogue.ticket_id)
    elif message.photo or message.document:
        await read_picture(message, context, dialogue)
    elif said:
        await answer_text(context, dialogue, said, quoted_in(message))


async def _edit_at_desk(message: Message, context: UpdateContext, row: TicketMessage) -> None:
    ticket = await context.services.database.read(lambda c: tickets.get(c, row.ticket_id))
    if ticket is None or message_kinds.is_service(message):
        return
    masked = await context.services.database.read(lambda c: message_data.masked_in(c, ticket, message, row.id))
    read = message_data.for_ticket(message, masked)
    await context.once(lambda c: family_messages.edit(c, row.id, read, context.now))


async def _carry_out(message: Message, data: dict[str, Any]) -> None:
    """Carries out a corrected command like any other; one that does not exist is told so."""
    for one in (school_choice.router, guide_buttons.router, privacy_commands.router, reminder_buttons.router, commands):
        if await one.propagate_event("message", message, **data) is not UNHANDLED:
            return


@router.callback_query(Where(F.func(in_private_chat)))
async def stale_button(query: CallbackQuery, context: UpdateContext) -> TelegramMethod[Any] | None:
    """Shows a family its screen again after a button that leads nowhere: damaged, forged, or of a very old version."""
    dialogue = await context.dialogue()

    async def draw(connection: AsyncConnection) -> Screen:
        return await current_screen.current(context.services, connection, dialogue)

    screen = await context.services.database.read(draw)
    return await context.answer_press(query, screen, texts.STALE_BUTTON)


@router.callback_query()
async def foreign_button(query: CallbackQuery, context: UpdateContext) -> TelegramMethod[Any] | None:
    """Answers a button pressed in a group that is not the support chat: nothing else happens."""
    return await context.answer_press(query, None)


@router.message()
@router.edited_message()
async def foreign_message(message: Message) -> None:
    """Ignores messages of a group that is not the support chat, and those of a channel."""
