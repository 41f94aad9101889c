"""Sets the command menus that Telegram shows behind «/», in the background: nothing else waits for them."""

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable
from functools import partial

from aiogram.exceptions import TelegramAPIError, TelegramRetryAfter
from aiogram.types import BotCommand, BotCommandScopeAllPrivateChats, BotCommandScopeChat

from bot import texts_ru as texts
from bot.services import Services

log = logging.getLogger(__name__)

_RETRY_S = (5.0, 30.0, 120.0, 600.0)
LOOK_EVERY_S = 60.0  # how soon a new support chat, or one with a new id, gets its menu
BETWEEN_MENUS_S = 0.2  # many at once would take the calls that messages need


class Menu:
    """Sets the commands of families and those of the support chat; it tries again until Telegram takes them."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._untried = 1 + min(1, len(self._chats()))
        self.tried = asyncio.Event()  # that of the families and a first desk's were tried, whatever came of it

    async def run(self) -> None:
        """Sets the commands, and those of the support chat again when its id changes, until it is cancelled."""
        await asyncio.gather(self._keep_for_families(), self._keep_for_desks())

    async def _keep_for_families(self) -> None:
        """Sets the families' menu, and again when schools come so that there is one to choose, or leave."""
        shown = None
        while True:
            if shown != self._services.schools.family_commands:
                shown = self._services.schools.family_commands
                await self._insist(self._set_for_families, "the families' menu")
            await asyncio.sleep(LOOK_EVERY_S)

    async def _set_for_families(self) -> None:
        await self._services.telegram.set_my_commands(
            _commands(self._services.schools.family_commands), scope=BotCommandScopeAllPrivateChats()
        )

    async def _keep_for_desks(self) -> None:
        """Sets the menu of each desk's chat once, also of those that are bound while the bot runs."""
        if not any(desk.chat_id for desk in self._services.schools.addressed):
            log.warning("SUPPORT_CHAT_ID is not set: tickets wait in the outbox. Write /id in the school's group")
        done: set[int] = set()
        async with asyncio.TaskGroup() as tries:
            while True:
                for chat_id in self._chats() - done:
                    done.add(chat_id)
                    call = partial(self._set_for_desk, chat_id)
                    tries.create_task(self._insist(call, "the support chat's menu"))
                    await asyncio.sleep(BETWEEN_MENUS_S)
                await asyncio.sleep(LOOK_EVERY_S)

    def _chats(self) -> set[int]:
        """Gives the desks' chats in Telegram: the menus of another channel are its own."""
        chats = {desk.chat_id for desk in self._services.schools.addressed if desk.chat_id is not None}
        return {chat_id for chat_id in chats if self._services.bot_at(chat_id) is self._services.telegram}

    async def _set_for_desk(self, chat_id: int) -> None:
        scope = BotCommandScopeChat(chat_id=chat_id)
        is_operators = self._services.schools.is_operators(chat_id)
        named = texts.COMMANDS_OPERATOR if is_operators else texts.COMMANDS_DESK
        await self._services.telegram.set_my_commands(_commands(named), scope=scope)

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
