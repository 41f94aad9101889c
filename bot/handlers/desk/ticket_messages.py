"""Handles messages of the support chat: what is written about a ticket goes to its family, and so do edits of it."""

import re
from typing import Any

from aiogram import F, Router
from aiogram.types import Message

from bot import texts_ru as texts
from bot.desk import Desk
from bot.flows.marked import marked
from bot.handlers import message_kinds, quotes
from bot.handlers.desk.replies import actor_of, replied_id_of, say, topic_of
from bot.handlers.filters import InSupportChat, Where
from bot.handlers.update_context import UpdateContext
from bot.tickets import desk_messages
from bot.tickets.desk_messages import DeskMessage

router = Router(name="desk_tickets")
router.message.filter(InSupportChat())
router.edited_message.filter(InSupportChat())

NOTE_MARK = "//"
_COMMAND = re.compile(r"/[^\W\d_]\w*(?:@(?P<bot>\w+))?", re.UNICODE)


def command_of(message: Message) -> str | None:
    """Gives the username of the bot that a command names, empty where it names none; None where there is no command."""
    found = _COMMAND.match(message.text or message.caption or "")
    return (found["bot"] or "") if found else None


@router.message(Where(F.func(command_of).is_not(None)))
async def refuse_command(message: Message, context: UpdateContext) -> None:
    """Refuses a command that does not exist, which never goes to a family, and ignores one for another bot."""
    addressed = (command_of(message) or "").lower()
    if not addressed or addressed == context.services.username_at(message.chat.id).lower():
        await say(context, message, marked(texts.UNKNOWN_DESK_COMMAND) + marked(texts.DESK_HELP))


@router.message()
async def answer_family(message: Message, context: UpdateContext) -> None:
    """Sends what anybody writes about a ticket to its family, except for internal notes; other talk is left alone."""
    if message_kinds.is_service(message) or (_is_note(message) and not message.media_group_id):
        return
    read = _read(context.desk, message)
    await context.once(lambda c: desk_messages.answer(c, read, context.now))


@router.edited_message()
async def edit_answer(message: Message, context: UpdateContext) -> None:
    """Edits the message that the family has, as the school edited its answer."""
    read = _read(context.desk, message)
    await context.once(lambda c: desk_messages.edit(c, read, context.now))


def _is_note(message: Message) -> bool:
    return (message.text or message.caption or "").lstrip().startswith(NOTE_MARK)


def _read(desk: Desk, message: Message) -> DeskMessage:
    """Reads a message of a desk's chat."""
    found = message_kinds.found_in(message)
    return DeskMessage(
        desk, message.chat.id, message.message_id, topic_of(message), replied_id_of(message),
        media=message_kinds.media_of(message), words=message_kinds.words_of(message),
        entities=plain_entities(message), media_group_id=message.media_group_id, actor=actor_of(message),
        quoted=quotes.of(message), is_note=_is_note(message), is_command=command_of(message) is not None,
        has_caption=bool(message.caption), is_service=found is None, is_sure=found is None or found.is_sure,
        file_name=message_kinds.file_name_of(message),
    )  # fmt: skip


def plain_entities(message: Message) -> list[dict[str, Any]] | None:
    """Gives a message's formatting as plain data."""
    entities = message.entities or message.caption_entities or []
    return [
        entity.model_dump(exclude_none=True, exclude={"user"}) for entity in entities if entity.type != "text_mention"
    ] or None
