"""Sets the commands that Telegram shows behind «/». No family and no ticket waits for this menu."""

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable

from aiogram.exceptions import TelegramAPIError, TelegramRetryAfter
from aiogram.types import BotCommand, BotCommandScopeAllPrivateChats, BotCommandScopeChat

from bot import texts_ru as texts
from bot.desk import Desk
from bot.services import Services

log = logging.getLogger(__name__)

_RETRY_S = (5.0, 30.0, 120.0, 600.0)
LOOK_EVERY_S = 60.0  # how soon a support chat with a new id gets its menu


class Menu:
    """Sets the commands of families and those of the support chat; it tries again until Telegram takes them."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._untried = 1 + len(services.desks)
        self.tried = asyncio.Event()  # each menu was tried once, whatever came of it

    async def run(self) -> None:
        """Sets the commands, and those of the support chat again when its id changes, until it is cancelled."""
        at_desks = (self._keep_for_desk(desk) for desk in self._services.desks.values())
        await asyncio.gather(self._insist(self._set_for_families, "the families' menu"), *at_desks)

    async def _set_for_families(self) -> None:
        await self._services.telegram.set_my_commands(
            _commands(texts.COMMANDS_FAMILY), scope=BotCommandScopeAllPrivateChats()
        )

    async def _keep_for_desk(self, desk: Desk) -> None:
        if desk.chat_id is None:
            log.warning("SUPPORT_CHAT_ID is not set: tickets wait in the outbox. Write /id in the school's group")
            self._count_try()
        chat_id: int | None = None
        if desk.chat_id is not None and self._services.bot_at(desk.chat_id) is not self._services.telegram:
            self._count_try()
            chat_id = desk.chat_id  # another channel's menus are its own; a part that ends would count as dead
        while True:
            if desk.chat_id not in (None, chat_id):
                await self._insist(lambda: self._set_for_desk(desk), "the support chat's menu")
                chat_id = desk.chat_id
            await asyncio.sleep(LOOK_EVERY_S)

    async def _set_for_desk(self, desk: Desk) -> None:
        scope = BotCommandScopeChat(chat_id=desk.chat)
        await self._services.telegram.set_my_commands(_commands(texts.COMMANDS_DESK), scope=scope)

    async def _insist(self, call: Callable[[], Awaitable[object]], what: str) -> None:
        """Repeats a call until Telegram takes it, at growing intervals; it waits as long as `retry_after` says."""
        for usual in itertools.chain(_RETRY_S, itertools.repeat(_RETRY_S[-1])):
            pause = usual
            try:
                await call()
                return
            except TelegramRetryAfter as error:
                pause = float(error.retry_after)
            except (TelegramAPIError, OSError, TimeoutError) as error:
                log.warning("%s could not be set: %s", what, type(error).__name__)
            finally:
                self._count_try()
            await asyncio.sleep(pause)

    def _count_try(self) -> None:
        self._untried -= 1
        if self._untried <= 0:
            self.tried.set()


def _commands(named: dict[str, str]) -> list[BotCommand]:
    return [BotCommand(command=name, description=about) for name, about in named.items()]
