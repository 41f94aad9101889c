"""The bot's client of the Bot API: aiogram's session with a fast JSON, a note of every answer, and ready-made calls."""

import asyncio
from collections.abc import Callable
from typing import Any

import orjson
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.exceptions import TelegramNetworkError
from aiogram.methods import Response, TelegramMethod
from aiogram.methods.base import TelegramType
from aiohttp import ClientError, ClientTimeout

from bot.incoming import loads

_JSON = {"Content-Type": "application/json"}
_ACCEPTED = b'{"ok":true'


def _dumps(value: Any) -> str:
    return orjson.dumps(value).decode()


class Session(AiohttpSession):
    """Tells `heard` of every answer of Telegram, a refusal too. `timeout` is in seconds."""

    def __init__(self, heard: Callable[[], None], **settings: Any) -> None:
        super().__init__(json_loads=loads, json_dumps=_dumps, **settings)
        self._heard = heard

    def check_response(
        self, bot: Bot, method: TelegramMethod[TelegramType], status_code: int, content: str
    ) -> Response[TelegramType]:
        """What aiogram makes of an answer. Raises as it does."""
        self._heard()
        return super().check_response(bot, method, status_code, content)

    async def call_ready(self, bot: Bot, method: TelegramMethod[Any], body: bytes, timeout: float) -> None:
        """Makes a call whose JSON stands ready and whose result nobody needs; `method` names it in errors.

        Raises what a call through aiogram raises.
        """
        session = await self.create_session()
        url = self.api.api_url(token=bot.token, method=method.__api_method__)
        try:
            async with session.post(url, data=body, headers=_JSON, timeout=ClientTimeout(total=timeout)) as answer:
                said = await answer.read()
        except TimeoutError as error:
            raise TelegramNetworkError(method=method, message="Request timeout error") from error
        except (ClientError, asyncio.IncompleteReadError) as error:
            raise TelegramNetworkError(method=method, message=f"{type(error).__name__}: {error}") from error
        if answer.status == 200 and said.startswith(_ACCEPTED):
            self._heard()
            return
        self.check_response(bot, method, answer.status, said.decode(errors="replace"))
