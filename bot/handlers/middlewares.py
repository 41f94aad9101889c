"""What every update passes before its handler: bans, and the family's place for those who write."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from aiogram import BaseMiddleware
from aiogram.methods import AnswerCallbackQuery, TelegramMethod
from aiogram.types import CallbackQuery, Message, TelegramObject

from bot import texts_ru as texts
from bot.delivery import faults
from bot.delivery.parcel import quietly
from bot.flows.dialogue import Screen
from bot.handlers.turn import Turn
from storage import privacy

Handler = Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]]


class Bans(BaseMiddleware):
    """A banned family is told once, then met with silence; its presses are answered, so that no spinner stays."""

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        """Lets everybody else through."""
        turn: Turn = data["turn"]
        banned = turn.services.banned
        if not banned or not _is_private(event):
            return await handler(event, data)
        key = privacy.keyed(turn.family_id, turn.services.settings.bot_token)
        if key not in banned:
            return await handler(event, data)
        return await self._silence(turn, event, key)

    async def _silence(self, turn: Turn, event: TelegramObject, key: str) -> TelegramMethod[Any] | None:
        if await turn.services.database.write(lambda c: privacy.tell_once(c, key)):
            await turn.say(Screen(texts.BANNED_FAMILY))
        if isinstance(event, CallbackQuery):
            call = turn.services.bot(AnswerCallbackQuery(callback_query_id=event.id))
            await turn.services.not_longer(quietly(call))
        return None


def _is_private(event: TelegramObject) -> bool:
    if isinstance(event, CallbackQuery):
        return event.message is None or event.message.chat.type == "private"
    return isinstance(event, Message) and event.chat.type == "private"


class Place(BaseMiddleware):
    """Reads where a family stands before its message is handled; a button carries that itself."""

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        """Adds `dialogue` for messages of private chats; a repeated message is shown its place again."""
        if not isinstance(event, Message) or event.chat.type != "private":
            return await handler(event, data)
        turn: Turn = data["turn"]
        found = await turn.dialogue()
        if found.blocked_at is not None:
            # Who writes does not block the bot any more, whatever came of the update that should have said so.
            await turn.services.database.write(lambda c: faults.welcome_back(c, turn.family_id, turn.now))
            turn.services.owed.set()
            found = replace(found, blocked_at=None, owed=True)
        data["dialogue"] = found
        return await handler(event, data)
