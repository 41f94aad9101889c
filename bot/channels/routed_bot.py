"""One aiogram bot for all channels: each call goes to the messenger of its chat, with files from the other one."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from aiogram import Bot
from aiogram.enums import InputMediaType
from aiogram.exceptions import TelegramAPIError, TelegramBadRequest, TelegramNetworkError
from aiogram.methods import GetFile, TelegramMethod
from aiogram.methods.base import TelegramType
from aiogram.types import BufferedInputFile, User
from aiohttp import ClientError, ClientResponseError

from bot.channels import chat_ids
from bot.channels.max import file_ids
from bot.channels.max.http_client import is_final
from bot.channels.max.max_bot import MaxBot
from bot.channels.max.method_calls import QUERY_PREFIX
from bot.channels.telegram.session import FileUnreachable

_FILES = ("photo", "video", "animation", "video_note", "audio", "voice", "document", "sticker")
_NAMES = {
    "photo": "photo.jpg", "video": "video.mp4", "animation": "video.mp4", "video_note": "video.mp4",
    "audio": "audio.mp3", "voice": "voice.ogg", "document": "file", "sticker": "sticker.webp",
}  # fmt: skip
_FETCHED_WITHIN_S = 20  # a row's lease is over soon after
_sent_as: ContextVar[str | None] = ContextVar("sent_as", default=None)


@contextmanager
def sent_as(name: str | None) -> Iterator[None]:
    """Says under which name a file goes that another messenger has to be brought; Telegram gives files without one."""
    token = _sent_as.set(name)
    try:
        yield
    finally:
        _sent_as.reset(token)


class NoMessenger(TelegramNetworkError):
    """The chat is of a messenger whose token is not set any more; it may be set again."""


class RoutedBot(Bot):
    """Speaks to MAX, and to Telegram where `telegram` is given. A call names its chat, its press or its file."""

    def __init__(self, telegram: Bot | None, max_bot: MaxBot) -> None:
        main = telegram or max_bot
        super().__init__(main.token, main.session, main.default)
        self.telegram = telegram
        self.max = max_bot

    @property
    def id(self) -> int:
        """Gives the bot's number in the first of its channels."""
        return (self.telegram or self.max).id

    async def me(self) -> User:
        """Gives the bot as the first of its channels knows it."""
        return await (self.telegram or self.max).me()

    def at(self, chat_id: int) -> Bot:
        """Gives the bot that reaches a chat: this one where none does, and then its calls fail."""
        return self.max if chat_ids.is_max(chat_id) else self.telegram or self

    async def close_all(self) -> None:
        """Closes the connections of every channel."""
        for bot in (self.telegram, self.max):
            if bot is not None:
                await bot.session.close()

    async def __call__(self, method: TelegramMethod[TelegramType], request_timeout: int | None = None) -> TelegramType:
        """Makes the call where it belongs. Raises aiogram's errors.

        A copy from one messenger to another is refused as Telegram refuses what cannot be copied: what was kept of the
        message goes in its place. MAX copies nothing at all.
        """
        in_max = _is_of_max(method)
        source = getattr(method, "from_chat_id", None)
        if isinstance(source, int) and (in_max or chat_ids.is_max(source)):
            raise TelegramBadRequest(method=method, message="Bad Request: message can't be copied")
        to = self.max if in_max else self.telegram
        if to is None:
            raise NoMessenger(method=method, message="there is no token for this messenger")
        return await to(await self._with_files(method, in_max=in_max), request_timeout)

    async def download_file(
        self, file_path: str | Path, destination: BinaryIO | Path | str | None = None, timeout: int = 30,
        chunk_size: int = 65536, seek: bool = True,
    ) -> BinaryIO | None:  # fmt: skip
        """Fetches a file from where it stands. Raises what that channel's bot raises."""
        of = self.max if file_ids.is_of_max(str(file_path)) else self.telegram
        assert of is not None, "the file of a channel is asked for only after the channel gave its path"
        return await of.download_file(file_path, destination, timeout, chunk_size, seek)

    async def _with_files(self, method: TelegramMethod[TelegramType], *, in_max: bool) -> TelegramMethod[TelegramType]:
        """Gives the method with the bytes of each file that stands at the other messenger."""
        changed: dict[str, Any] = {}
        for field in _FILES:
            given = getattr(method, field, None)
            if isinstance(given, str) and file_ids.is_of_max(given) != in_max:
                changed[field] = await self._brought(method, field, given)
        media = getattr(method, "media", None)
        if isinstance(media, list):
            changed["media"] = [await self._with_file_of(method, part, in_max) for part in media]
        elif media is not None:
            changed["media"] = await self._with_file_of(method, media, in_max)
        return method.model_copy(update=changed) if changed else method

    async def _with_file_of(self, method: TelegramMethod[Any], part: Any, in_max: bool) -> Any:
        if not isinstance(part.media, str) or file_ids.is_of_max(part.media) == in_max:
            return part
        return part.model_copy(
            update={"media": await self._brought(method, InputMediaType(part.type).value, part.media)}
        )

    async def _brought(self, method: TelegramMethod[Any], kind: str, file_id: str) -> BufferedInputFile:
        if kind == "sticker":
            # A sticker of one messenger is none of the other: it goes as a file.
            raise TelegramBadRequest(method=method, message="Bad Request: CHAT_SEND_STICKERS_FORBIDDEN")
        file = await self.get_file(file_id)
        try:
            stream = await self.download(file, timeout=_FETCHED_WITHIN_S)
        except (FileUnreachable, ClientError, OSError, TimeoutError) as error:
            raise _as_of_file(error, file_id) from None
        data = stream.read() if stream else b""
        return BufferedInputFile(data, _sent_as.get() or _name_of(file_id, file.file_path or "", kind))


def _as_of_file(error: Exception, file_id: str) -> TelegramAPIError:
    """Gives the error of a file that could not be fetched as one of getFile: FILE_GONE where it never can be."""
    said = f"HTTP {error.status}" if isinstance(error, ClientResponseError) else type(error).__name__
    if isinstance(error, FileUnreachable) or (isinstance(error, ClientResponseError) and is_final(error.status)):
        return TelegramBadRequest(method=GetFile(file_id=file_id), message=f"Bad Request: FILE_GONE ({said})")
    return TelegramNetworkError(method=GetFile(file_id=file_id), message=f"{said} at a file")


def _name_of(file_id: str, path: str, kind: str) -> str:
    if file_ids.is_of_max(file_id):
        return file_ids.read(file_id).name or _NAMES[kind]
    suffix = PurePosixPath(path).suffix
    return PurePosixPath(_NAMES[kind]).stem + suffix if suffix else _NAMES[kind]


def _is_of_max(method: TelegramMethod[Any]) -> bool:
    chat_id = getattr(method, "chat_id", None)
    if isinstance(chat_id, int):
        return chat_ids.is_max(chat_id)
    query, file_id = getattr(method, "callback_query_id", None), getattr(method, "file_id", None)
    return (isinstance(query, str) and query.startswith(QUERY_PREFIX)) or (
        isinstance(file_id, str) and file_ids.is_of_max(file_id)
    )
