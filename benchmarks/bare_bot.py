"""Runs a bare aiogram bot by webhook, which makes the same calls and stores nothing, to measure the bot against.

Its screens come as JSON in a file: `{button data or "/start": [text, reply_markup]}`.
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from aiogram import Bot, Dispatcher
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import CommandStart
from aiogram.methods import TelegramMethod
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, LinkPreviewOptions, Message
from aiogram.webhook.aiohttp_server import SimpleRequestHandler
from aiohttp import web

dispatcher = Dispatcher()
SCREENS: dict[str, tuple[str, InlineKeyboardMarkup]] = {}


@dispatcher.message(CommandStart())
async def start(message: Message) -> None:
    """Sends the first screen as a new message."""
    text, markup = SCREENS["/start"]
    await message.answer(text, reply_markup=markup)


@dispatcher.callback_query()
async def press(query: CallbackQuery) -> TelegramMethod[Any] | None:
    """Shows the next screen in place of the last one; the answer goes in the webhook's."""
    text, markup = SCREENS[query.data or ""]
    if isinstance(query.message, Message):
        await query.message.edit_text(text, reply_markup=markup)
    return query.answer()


async def main(screens: str) -> None:
    """Serves until it is killed."""
    for key, (text, markup) in json.loads(Path(screens).read_text()).items():  # noqa: ASYNC240
        SCREENS[key] = text, InlineKeyboardMarkup.model_validate(markup)
    defaults = DefaultBotProperties(parse_mode="HTML", link_preview=LinkPreviewOptions(is_disabled=True))
    session = AiohttpSession(api=TelegramAPIServer.from_base(os.environ["TELEGRAM_API_URL"]))
    bot = Bot(os.environ["BOT_TOKEN"], session=session, default=defaults)
    app = web.Application()
    SimpleRequestHandler(dispatcher, bot, handle_in_background=False, secret_token="bare").register(app, path="/hook")
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", int(os.environ["HTTP_PORT"])).start()
    await bot.set_webhook(os.environ["WEBHOOK_URL"], secret_token="bare", max_connections=100)
    await asyncio.Event().wait()


if __name__ == "__main__":
    if "--uvloop" in sys.argv:
        import uvloop

        uvloop.run(main(sys.argv[1]))
    else:
        asyncio.run(main(sys.argv[1]))
