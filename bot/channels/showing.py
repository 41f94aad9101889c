"""Shows a screen at once in a private chat of any channel, by the cheapest call that the channel has.

bot/handlers/family_chat.py decides that a screen goes at once, and calls this.
"""

from typing import NamedTuple

from aiogram import Bot
from aiogram.types import InlineKeyboardMarkup

from bot.channels import chat_ids
from bot.channels.routed_bot import RoutedBot
from bot.channels.telegram import screen_call


class Press(NamedTuple):
    """A press of a button that is answered by a screen, and the notice that is shown besides."""

    query_id: str
    notice: str = ""


async def show(
    bot: Bot,
    chat_id: int,
    text: str,
    markup: bytes | None,
    message_id: int | None,
    timeout: float,
    parse_mode: str | None = "HTML",
    thread_id: int | None = None,
    press: Press | None = None,
) -> None:
    """Sends a screen, or makes a message (`message_id`) show it; `press` is answered with it where the channel can.

    `markup` is the keyboard as JSON, `thread_id` the topic of the private chat. Raises aiogram's errors.
    """
    if not isinstance(bot, RoutedBot):
        await screen_call.show(bot, chat_id, text, markup, message_id, timeout, parse_mode, thread_id)
    elif chat_ids.is_max(chat_id):
        keys = InlineKeyboardMarkup.model_validate_json(markup) if markup else None
        query_id, notice = press or (None, "")
        await bot.max.show(chat_id, str(text), keys, message_id, parse_mode, query_id, notice)
    else:
        await screen_call.show(bot.at(chat_id), chat_id, text, markup, message_id, timeout, parse_mode, thread_id)
