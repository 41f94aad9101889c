"""The bot in MAX as an aiogram `Bot`: its session turns methods into calls of MAX, refusals into aiogram's errors."""

from collections.abc import AsyncGenerator, Callable
from io import BytesIO, IOBase
from pathlib import Path
from typing import Any, BinaryIO, cast

from aiogram import Bot
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.base import BaseSession
from aiogram.exceptions import TelegramBadRequest, TelegramNetworkError
from aiogram.methods import EditMessageText, GetFile, SendMessage, TelegramMethod
from aiogram.methods.base import TelegramType
from aiogram.types import InlineKeyboardMarkup, User

from bot.channels.max import file_ids, uploading
from bot.channels.max.http_client import FileGone, HttpClient, NoAnswer, Refused
from bot.channels.max.keyboard_rows import keyboard_of
from bot.channels.max.max_words import words_of
from bot.channels.max.message_numbers import MessageNumbers
from bot.channels.max.method_calls import QUERY_PREFIX, MethodCalls
from bot.channels.max.refusals_of_max import as_aiogram
from bot.settings import Settings
from storage.database import Database

_TOKEN_FOR_AIOGRAM = "1:max"  # aiogram wants one of Telegram's form; MAX's own is kept by the client


def make_max_bot(
    settings: Settings, database: Database, clock: Callable[[], float], on_answer: Callable[[], None] = lambda: None
) -> "MaxBot":
    """Makes the bot in MAX. `on_answer` is called at every answer of MAX; `clock` gives seconds since the epoch."""
    client = HttpClient(settings.max_api_url, settings.max_token, on_answer)
    return MaxBot(MethodCalls(client, MessageNumbers(database, clock)))


class MaxSession(BaseSession):
    """Makes calls of MAX in place of those of the Bot API."""

    def __init__(self, calls: MethodCalls) -> None:
        super().__init__()
        self.calls = calls

    async def make_request(
        self, bot: Bot, method: TelegramMethod[TelegramType], timeout: int | None = None
    ) -> TelegramType:
        """Makes the call of a method. Raises TelegramAPIError, and DatabaseAway."""
        try:
            return cast(TelegramType, await self.calls.make(bot, method))
        except (Refused, NoAnswer) as error:
            raise as_aiogram(error, method) from error

    async def close(self) -> None:
        """Closes the connections."""
        await self.calls.client.close()

    async def stream_content(
        self, url: str, headers: dict[str, Any] | None = None, timeout: int = 30,
        chunk_size: int = 65536, raise_for_status: bool = True,
    ) -> AsyncGenerator[bytes, None]:  # fmt: skip
        """Gives the bytes of a file, named by its `file_id`. Raises Refused, NoAnswer or FileTooBig."""
        yield await uploading.fetch(self.calls.client, file_ids.read(url), timeout)


class MaxBot(Bot):
    """Knows its name and number as MAX told them last. `calls` is for what aiogram has no method for."""

    def __init__(self, calls: MethodCalls) -> None:
        super().__init__(_TOKEN_FOR_AIOGRAM, MaxSession(calls), DefaultBotProperties(parse_mode="HTML"))
        self.calls = calls
        self._known: User | None = None

    @property
    def id(self) -> int:
        """Gives the bot's number in MAX; 0 before MAX has told it."""
        return self._known.id if self._known else 0

    async def get_me(self, request_timeout: int | None = None) -> User:
        """Asks MAX, and remembers what `me` gives from now on. Raises what a call raises."""
        self._known = await super().get_me(request_timeout)
        return self._known

    async def me(self) -> User:
        """Gives the bot as MAX told it last, without a call."""
        return self._known or User(id=0, is_bot=True, first_name="")

    async def download_file(
        self, file_path: str | Path, destination: BinaryIO | Path | str | None = None, timeout: int = 30,
        chunk_size: int = 65536, seek: bool = True,
    ) -> BinaryIO | None:  # fmt: skip
        """Fetches a file, named by its `file_id`. Raises TelegramNetworkError, or TelegramBadRequest: too big, gone."""
        method = GetFile(file_id=str(file_path))
        try:
            data = await uploading.fetch(self.calls.client, file_ids.read(str(file_path)), timeout)
        except uploading.FileTooBig:
            raise TelegramBadRequest(method=method, message="Bad Request: file is too big") from None
        except FileGone as error:
            raise TelegramBadRequest(method=method, message=f"Bad Request: FILE_GONE ({error})") from error
        except (Refused, NoAnswer) as error:
            raise TelegramNetworkError(method=method, message=str(error)) from error
        stream = destination if isinstance(destination, IOBase) else BytesIO()
        stream.write(data)
        if seek:
            stream.seek(0)
        return cast(BinaryIO, stream)

    async def show(
        self,
        chat_id: int,
        text: str,
        keys: InlineKeyboardMarkup | None,
        message_id: int | None,
        parse_mode: str | None = "HTML",
        query_id: str | None = None,
        notice: str = "",
    ) -> None:
        """Sends a screen, or makes a message show it; the press of a button brings it as the press's own answer.

        A press that was answered before is edited like any message. Raises aiogram's errors, and DatabaseAway.
        """
        if message_id is None:
            await self(SendMessage(chat_id=chat_id, text=text, parse_mode=parse_mode, reply_markup=keys))
            return
        edit = EditMessageText(
            chat_id=chat_id, message_id=message_id, text=text, parse_mode=parse_mode, reply_markup=keys
        )
        if query_id is None or not await self._shown_by_answer(edit, query_id, notice):
            await self(edit)

    async def _shown_by_answer(self, edit: EditMessageText, query_id: str, notice: str) -> bool:
        words = words_of(self, edit, edit.text, None)
        keyboard = keyboard_of(edit.reply_markup)
        body: dict[str, Any] = {"message": {**words.fields, "attachments": keyboard}}
        if notice:
            body["notification"] = notice
        query = {"callback_id": query_id.removeprefix(QUERY_PREFIX)}
        chat_id = int(edit.chat_id or 0)
        try:
            await self.calls.client.call("POST", "answers", query, body, changes=chat_id)
        except NoAnswer as error:
            raise as_aiogram(error, edit) from error
        except Refused as error:
            if "callback" in error.refusal.message.lower():
                return False
            raise as_aiogram(error, edit) from error
        return True
