"""Carries out commands of the support chat that were changed by an edit, where that harms nobody."""

import json
from typing import Any

from aiogram import BaseMiddleware, F, Router
from aiogram.dispatcher.event.bases import UNHANDLED
from aiogram.types import Message, TelegramObject
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.flows.marked import marked
from bot.handlers import message_fingerprints
from bot.handlers.desk import commands, groups, ticket_messages
from bot.handlers.desk.replies import say
from bot.handlers.filters import InSupportChat, Where
from bot.handlers.middlewares import Handler
from bot.handlers.update_context import UpdateContext
from storage import desk_places, named_values

router = Router(name="mended_commands")

_NAME, _KEPT = "desk_commands", 50  # the last commands, by chat and message: keyed hashes, never their words
_NOT_AGAIN = ("ban", "unban")  # these touch a family: an edit must not ban anybody
_LATE_S = 172_800.0  # people may edit for 48 hours (Telegram's apps); a later change is not theirs


class Commands(BaseMiddleware):
    """Remembers which commands were given, so that an edit that changes nothing does not repeat one."""

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        """Notes a command of the support chat once it was handled."""
        result = await handler(event, data)
        context: UpdateContext = data["context"]
        if not isinstance(event, Message) or context.desk_here is None:
            return result
        if ticket_messages.command_of(event) is not None:
            await context.services.database.write(lambda c: _changes(c, context, event))
        return result


async def _changes(connection: AsyncConnection, context: UpdateContext, message: Message) -> bool:
    """Tells whether an edited command differs from the one that this message held before, and remembers the new one."""
    kept: dict[str, str] = json.loads(await named_values.get(connection, _NAME) or "{}")
    mark = message_fingerprints.mark_of(message, context.services.settings.token)
    key = f"{message.chat.id}:{message.message_id}"
    before = kept.pop(key, None)
    newest = dict([*kept.items(), (key, mark)][-_KEPT:])
    await named_values.put(connection, _NAME, json.dumps(newest))
    is_late = context.now - message.date.timestamp() > _LATE_S
    return before != mark and not (before is None and is_late)


@router.edited_message(InSupportChat(), Where(F.func(ticket_messages.command_of).is_not(None)))
async def mended(message: Message, context: UpdateContext, **data: Any) -> None:
    """Handles an edit that turns a message into a command, or a command into another one."""

    async def look(connection: AsyncConnection) -> bool:
        if await desk_places.newest_part(connection, context.desk.id, message.chat.id, message.message_id):
            return False  # a family got it as an answer: ticket_messages.py handles its edits
        return await _changes(connection, context, message)

    if not await context.services.database.write(look):
        await ticket_messages.edit_answer(message, context)
        return
    addressed = (ticket_messages.command_of(message) or "").lower()
    if addressed and addressed != context.services.username_at(message.chat.id).lower():
        return
    name = (message.text or message.caption or "").split()[0].partition("@")[0].removeprefix("/").lower()
    if name in _NOT_AGAIN:
        await say(context, message, marked(texts.COMMAND_NOT_MENDED))
        return
    everything = {**data, "context": context}
    for one in (groups.router, commands.router):
        if await one.propagate_event("message", message, **everything) is not UNHANDLED:
            return
    await ticket_messages.refuse_command(message, context)
