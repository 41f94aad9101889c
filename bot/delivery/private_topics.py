"""Sends to the topic of a private chat in which the family wrote last, as long as that topic exists."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from aiogram.exceptions import TelegramAPIError, TelegramBadRequest

from bot.services import Services
from storage import dialogues

T = TypeVar("T")
_GONE = ("thread not found", "TOPIC_DELETED", "TOPIC_ID_INVALID", "TOPIC_CLOSED", "topic is closed")


def is_thread_gone(error: TelegramAPIError) -> bool:
    """Tells whether Telegram refuses a message for its topic alone."""
    return isinstance(error, TelegramBadRequest) and any(sign in error.message for sign in _GONE)


async def in_thread(services: Services, family_id: int, send: Callable[[dict[str, Any]], Awaitable[T]]) -> T:
    """Sends to the topic that the family wrote in last; beside all topics where Telegram says that it is gone."""
    dialogue = await services.database.read(lambda c: dialogues.load(c, family_id))
    if dialogue.thread_id is None:
        return await send({})
    try:
        return await send({"message_thread_id": dialogue.thread_id})
    except TelegramBadRequest as error:
        if not is_thread_gone(error):
            raise
    await services.database.write(lambda c: dialogues.leave_thread(c, family_id))
    return await send({})
