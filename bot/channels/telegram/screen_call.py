"""Shows a screen in a private chat of Telegram by one plain call, without aiogram's costly models.

It is Telegram's half of bot/channels/showing.py.
"""

from typing import Any

import orjson
from aiogram import Bot
from aiogram.exceptions import TelegramNetworkError
from aiogram.methods import EditMessageText, SendMessage, TelegramMethod
from aiohttp import ClientError

from bot.channels.telegram.session import Session

_NO_PREVIEW = {"is_disabled": True}


async def show(
    bot: Bot,
    chat_id: int,
    text: str,
    markup: bytes | None,
    message_id: int | None,
    timeout: float,
    parse_mode: str | None = "HTML",
    thread_id: int | None = None,
) -> None:
    """Sends a screen, or makes a message (`message_id`) show it. The result, which nobody needs, is not parsed.

    `thread_id` is the topic of the private chat that a new message goes to.

    A screen is most of what the bot sends, and through aiogram's models it costs more than all the rest of a press.
    Raises what a call through aiogram raises.
    """
    session = bot.session
    assert isinstance(session, Session)
    call: dict[str, Any] = {"chat_id": chat_id, "text": str(text), "link_preview_options": _NO_PREVIEW}
    if parse_mode:
        call["parse_mode"] = parse_mode
    if message_id is not None:
        call["message_id"] = message_id
    elif thread_id is not None:
        call["message_thread_id"] = thread_id
    if markup is not None:
        call["reply_markup"] = orjson.Fragment(markup)
    name = "sendMessage" if message_id is None else "editMessageText"
    try:
        status, answer = await session.post(bot, name, orjson.dumps(call), timeout)
    except TimeoutError as error:
        raise TelegramNetworkError(
            method=_method(chat_id, text, message_id), message="Request timeout error"
        ) from error
    except ClientError as error:
        message = f"{type(error).__name__}: {error}"
        raise TelegramNetworkError(method=_method(chat_id, text, message_id), message=message) from error
    if not session.is_accepted(status, answer):
        session.check_response(bot, _method(chat_id, text, message_id), status, answer.decode(errors="replace"))


def _method(chat_id: int, text: str, message_id: int | None) -> TelegramMethod[Any]:
    if message_id is None:
        return SendMessage(chat_id=chat_id, text=text)
    return EditMessageText(chat_id=chat_id, message_id=message_id, text=text)
