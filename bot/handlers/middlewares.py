"""Prepares each update for its handler: checks bans, and reads the family's dialogue."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from aiogram import BaseMiddleware
from aiogram.methods import TelegramMethod
from aiogram.types import CallbackQuery, Message, TelegramObject

from bot import texts_ru as texts
from bot.delivery import unreachable
from bot.flows.marked import marked
from bot.flows.screen import Screen
from bot.handlers import message_fingerprints, message_kinds
from bot.handlers.family.school_links import leave_gone_school
from bot.handlers.family.school_written_to import school_written_to
from bot.handlers.filters import in_private_chat
from bot.handlers.update_context import UpdateContext
from storage import bans
from storage.schools import FIRST

Handler = Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]]


class Bans(BaseMiddleware):
    """Tells a banned family once that it is banned, then ignores its messages; presses get the same words.

    What is kept about it stays its own: `/privacy` and `/forget` work, and no erasing lifts the ban.
    """

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        """Passes every family on that is not banned."""
        context: UpdateContext = data["context"]
        if not context.services.facts.banned or not in_private_chat(event):
            return await handler(event, data)
        school_id: int | None = context.desk_id
        if context.services.schools.are_several:
            school_id = await school_written_to(context, event)
        key = None if school_id is None else await _banned_key(context, school_id)
        if school_id is None or key is None or _is_about_own_data(event):
            return await handler(event, data)
        return await self._silence(context, event, school_id, key)

    async def _silence(
        self, context: UpdateContext, event: TelegramObject, school_id: int, key: str
    ) -> TelegramMethod[Any] | None:
        if isinstance(event, CallbackQuery):
            return await context.answer_press(event, None, texts.BANNED_FAMILY)
        # Claimed, so that it is not handled where it is delivered again after the ban was lifted.
        if await context.once(lambda c: bans.tell_once(c, school_id, key)):
            is_own = school_id == context.desk_id
            await context.chat.say(Screen(marked(texts.BANNED_FAMILY), context.school.change_row if is_own else ()))
        return None


def _is_about_own_data(event: TelegramObject) -> bool:
    if isinstance(event, CallbackQuery):
        return event.data == "forget:yes"
    word = (event.text or "").partition(" ")[0].partition("@")[0] if isinstance(event, Message) else ""
    return word.lower() in ("/privacy", "/forget")


async def _banned_key(context: UpdateContext, school_id: int) -> str | None:
    """Gives the key by which a school banned the sender; a key of version 1.1.0, made of the token, becomes today's."""
    services = context.services
    key = services.facts.key_of(context.family_id)
    banned = services.facts.banned.get(school_id, frozenset())
    if key in banned:
        return key
    old = bans.keyed(context.family_id, services.settings.bot_token)
    if old not in banned or school_id != FIRST:
        return None
    await services.database.write(lambda c: bans.rekey(c, old, key))
    await services.refresh_facts()
    return key


class StoredDialogue(BaseMiddleware):
    """Reads where a family stands before its message is handled; a button carries that itself."""

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        """Adds `dialogue` for messages of private chats; service messages are passed over before anything is read."""
        context: UpdateContext = data["context"]
        if not isinstance(event, Message) or event.chat.type != "private":
            if isinstance(event, CallbackQuery) and context.services.schools.are_several and in_private_chat(event):
                await context.dialogue()  # a button says all but which school the family chose
            return await handler(event, data)
        if message_kinds.is_service(event):
            return None
        found = await context.dialogue()
        found = await leave_gone_school(context, found)
        if found.blocked_at is not None:
            # A family that writes no longer blocks the bot, even if the update that should have said so was lost.
            await context.services.database.write(lambda c: unreachable.welcome_back(c, context.family_id, context.now))
            context.services.owed.set()
            found = replace(found, blocked_at=None, owed=True)
        context.mark = message_fingerprints.mark_of(event, context.services.settings.token)
        context.mark_before = message_fingerprints.before(found.heard, event.message_id)
        context.heard = message_fingerprints.noted(found.heard, event.message_id, context.mark)
        data["dialogue"] = replace(found, thread_id=context.chat.thread_id, heard=context.heard)
        if context.repeated:
            # What a ticket's message is answered with waits in the outbox; any other answer may have been lost.
            if found.ticket_id is None:
                await context.chat.say(await context.stored_screen(found))
            return None
        return await handler(event, data)
