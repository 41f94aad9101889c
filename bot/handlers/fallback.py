"""What nobody else answers: unknown commands and buttons, strange kinds of messages, edits, other groups."""

from typing import Any

from aiogram import F, Router
from aiogram.methods import TelegramMethod
from aiogram.types import CallbackQuery, Message
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.flows.dialogue import Screen, you
from bot.handlers import handover, relay, screens
from bot.handlers.family_errors import answer_text
from bot.handlers.family_guide import tickets_of
from bot.handlers.family_ticket import question_again, talk
from bot.handlers.filters import PRIVATE, Where
from bot.handlers.turn import Turn
from storage import tickets
from storage.dialogues import Dialogue

router = Router(name="fallback")
commands = Router(name="unknown_commands")


@commands.message(PRIVATE, Where(F.text.startswith("/")))
async def unknown_command(message: Message, turn: Turn, dialogue: Dialogue) -> None:
    """A command that does not exist: what there is, the place kept."""
    screen = screens.information("help", dialogue, turn.services.school, await tickets_of(turn))
    await turn.save_and_say(dialogue, Screen(texts.UNKNOWN_COMMAND + screen.text, screen.rows))


@router.message(PRIVATE)
async def unreadable(message: Message, turn: Turn, dialogue: Dialogue) -> None:
    """A sticker, a voice message, a place, a contact, a poll: asked for text or a screenshot, the place kept."""
    if message.caption:
        await answer_text(turn, dialogue, message.caption)
        return
    if relay_is_silent(message):
        return
    screen = await turn.services.database.read(lambda c: screens.current(turn.services, c, dialogue))
    spot = screens.standing(dialogue)
    screen = await handover.with_share_button(turn.services, turn.family_id, spot, screen)
    await turn.save_and_say(dialogue, Screen(you(spot, "UNREADABLE_KIND"), screen.rows))


def relay_is_silent(message: Message) -> bool:
    """Service messages of a private chat that nobody waits for an answer to."""
    return bool(message.pinned_message or message.message_auto_delete_timer_changed or message.write_access_allowed)


@router.edited_message(PRIVATE)
async def edited(message: Message, turn: Turn, dialogue: Dialogue) -> None:
    """An edit changes what stands at the desk or waits for it; of anything else it is read as a new message."""
    row = await turn.services.database.read(lambda c: tickets.message_at_family(c, turn.family_id, message.message_id))
    if row is not None and row.side in ("family", "kept"):
        await turn.once(lambda c: relay.edit_to_desk(c, turn.family_id, message, turn.now))
        return
    said = message.text or message.caption or ""
    if not said:
        return
    if dialogue.in_form:
        await question_again(turn, dialogue, "FORM_EDITED")
    elif dialogue.ticket_id is None:
        await answer_text(turn, dialogue, said)
    elif not said.startswith("/"):
        await talk(message, turn, dialogue, dialogue.ticket_id)


@router.callback_query(Where(F.message.chat.type == "private"))
@router.callback_query(Where(~F.message))
async def stale_button(query: CallbackQuery, turn: Turn) -> TelegramMethod[Any] | None:
    """A button that leads nowhere: damaged, forged, or of a version long gone. The family sees its place again."""
    dialogue = await turn.dialogue()

    async def draw(connection: AsyncConnection) -> Screen:
        return await screens.current(turn.services, connection, dialogue)

    screen = await turn.services.database.read(draw)
    return await turn.press(query, screen, texts.STALE_BUTTON)


@router.callback_query()
async def foreign_button(query: CallbackQuery, turn: Turn) -> TelegramMethod[Any] | None:
    """A button pressed in a group that has no say: the spinner stops, nothing else happens."""
    return await turn.press(query, None)


@router.message()
@router.edited_message()
async def foreign_message(message: Message) -> None:
    """A group that is not the support chat, a channel: silence."""
