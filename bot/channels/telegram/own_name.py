"""Asks Telegram for the bot's own name, at the start and every minute, since it may change at any time."""

import asyncio
import logging

from aiogram.exceptions import TelegramAPIError, TelegramRetryAfter

from bot.services import Services

log = logging.getLogger(__name__)

ASK_EVERY_S = 60.0


class Identity:
    """Keeps `services.bot_username` up to date: links to the bot and commands with its name need it."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def learn(self) -> None:
        """Asks Telegram once. Raises what the call raises."""
        me = await self._services.telegram.get_me()
        name = me.username or ""
        if name != self._services.bot_username:
            log.info("the bot is @%s", name)
        self._services.bot_username = name

    async def run(self) -> None:
        """Asks every minute until it is cancelled; where Telegram does not tell, the last name stays."""
        pause = ASK_EVERY_S if self._services.bot_username else 1.0
        while True:
            await asyncio.sleep(pause)
            pause = ASK_EVERY_S
            try:
                await self.learn()
            except TelegramRetryAfter as error:
                pause = max(pause, error.retry_after)
            except (TelegramAPIError, OSError, TimeoutError) as error:
                log.info("Telegram does not tell the bot's name: %s", type(error).__name__)
