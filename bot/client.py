"""The bot's client of the Bot API: aiogram's session with a fast JSON, a note of every answer, and a short way."""

import asyncio
import logging
from collections.abc import Callable
from io import BytesIO, IOBase
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, BinaryIO

import orjson
from aiogram import Bot
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import PRODUCTION as TELEGRAM_PRODUCTION
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import ClientDecodeError, TelegramNetworkError, TelegramServerError
from aiogram.methods import EditMessageText, GetUpdates, Response, SendMessage, TelegramMethod
from aiogram.methods.base import TelegramType
from aiogram.types import LinkPreviewOptions, Message, User
from aiohttp import ClientConnectionError, ClientError, ClientSession, ClientTimeout, DummyCookieJar
from aiohttp.connector import Connection
from aiohttp_socks import ProxyConnectionError, ProxyConnector, ProxyError, ProxyTimeoutError
from yarl import URL

from bot.incoming import loads
from bot.settings import Settings

REQUEST_TIMEOUT_S = 20

_JSON = {"Content-Type": "application/json"}
_NO_PREVIEW = {"is_disabled": True}
_ACCEPTED = b'{"ok":true'
_NAMED_BY_NUMBER = ("send", "edit", "copy", "forward")  # what these give is needed for its number alone
_PROXY_ERRORS = (ProxyError, ProxyConnectionError, ProxyTimeoutError)


log = logging.getLogger(__name__)


def make_bot(settings: Settings, heard: Callable[[], None] = lambda: None) -> Bot:
    """The bot's client: the API server and the proxy of the settings, HTML, no link previews.

    `heard` is called at every answer of Telegram.
    """
    session = Session(
        heard,
        proxy=settings.telegram_proxy or None,
        api=TelegramAPIServer.from_base(settings.telegram_api_url),
        timeout=REQUEST_TIMEOUT_S,
    )
    defaults = DefaultBotProperties(parse_mode="HTML", link_preview=LinkPreviewOptions(is_disabled=True))
    return Client(settings.bot_token, session=session, default=defaults)


class Client(Bot):
    """aiogram's bot, whose name may change while it runs and whose server may hand out files on its own disk."""

    async def get_me(self, request_timeout: int | None = None) -> User:
        """Asks Telegram, and remembers what `me` gives from now on. Raises what a call raises."""
        self._known = await super().get_me(request_timeout)
        return self._known

    async def me(self) -> User:
        """The bot as Telegram told it last, without a call: no handler waits for its name.

        Before Telegram has told it, the name is None, and a command that is addressed to any name is taken as ours.
        """
        return getattr(self, "_known", None) or User(id=self.id, is_bot=True, first_name="")

    async def download_file(
        self, file_path: str | Path, destination: BinaryIO | Path | str | None = None, timeout: int = 30,
        chunk_size: int = 65536, seek: bool = True,
    ) -> BinaryIO | None:  # fmt: skip
        """Fetches a file over HTTP, or from the disk where a server of the school's own runs with `--local`.

        Such a server answers getFile with a path of its own disk (tdlib/telegram-bot-api, README, `--local`), and its
        HTTP port gives no files. Raises FileUnreachable where that path cannot be read here.
        """
        if not is_on_disk(str(file_path)) or self.session.api.base == TELEGRAM_PRODUCTION.base:
            return await super().download_file(file_path, destination, timeout, chunk_size, seek)
        try:
            data = await asyncio.to_thread(Path(file_path).read_bytes)
        except OSError as error:
            raise FileUnreachable(type(error).__name__) from None  # the path itself holds the token
        stream = destination if isinstance(destination, IOBase) else BytesIO()
        stream.write(data)
        if seek:
            stream.seek(0)
        return stream


class FileUnreachable(Exception):
    """A Bot API server with `--local` keeps its files where this process cannot read them."""


def is_on_disk(file_path: str) -> bool:
    """Whether getFile told a path of the server's disk: Telegram's own server tells one relative to its address."""
    return PurePosixPath(file_path).is_absolute() or PureWindowsPath(file_path).is_absolute()


def _by_number(result: Any) -> Any:
    """Messages that are known by their numbers alone."""
    if isinstance(result, list):
        return [_by_number(one) for one in result]
    number = result.get("message_id") if isinstance(result, dict) else None
    return Message.model_construct(message_id=number) if number is not None else result


def _dumps(value: Any) -> str:
    return orjson.dumps(value).decode()


class _Proxied(ProxyConnector):
    """A proxy's errors are relatives of nothing; here they become what a lost connection raises anywhere else."""

    async def connect(self, *request: Any, **more: Any) -> Connection:
        try:
            return await super().connect(*request, **more)
        except _PROXY_ERRORS as error:
            raise ClientConnectionError(f"{type(error).__name__}: {error}") from error


class Session(AiohttpSession):
    """Tells `heard` of every answer of Telegram, a refusal too. `timeout` is in seconds."""

    def __init__(self, heard: Callable[[], None], **settings: Any) -> None:
        super().__init__(json_loads=loads, json_dumps=_dumps, **settings)
        if settings.get("proxy"):
            self._connector_type = _Proxied
        self._heard = heard
        self._addresses: dict[str, URL] = {}

    async def create_session(self) -> ClientSession:
        """aiogram's session without a jar for cookies, which Telegram never sets."""
        if self._should_reset_connector:
            await self.close()
        if self._session is None or self._session.closed:
            connector = self._connector_type(**self._connector_init)
            self._session = ClientSession(connector=connector, cookie_jar=DummyCookieJar())
            self._should_reset_connector = False
        return self._session

    def check_response(
        self, bot: Bot, method: TelegramMethod[TelegramType], status_code: int, content: str
    ) -> Response[TelegramType]:
        """What aiogram makes of an answer. Raises as it does.

        An answer that is no JSON is somebody's on the way (a proxy's page), so it counts as a server's error. A call
        that Telegram carried out counts as done even where its result is of a kind that this version does not know:
        otherwise what was delivered would be sent again.
        """
        self._heard()
        try:
            return super().check_response(bot, method, status_code, content)
        except ClientDecodeError as error:
            if isinstance(method, GetUpdates) and isinstance(error.data, dict):
                raise  # the poller reads what is readable in it
            said = error.data if isinstance(error.data, dict) else {}
            if said.get("ok") is True and method.__api_method__.startswith(_NAMED_BY_NUMBER):
                log.warning("the result of %s does not parse", method.__api_method__)
                return Response.model_construct(ok=True, result=_by_number(said.get("result")))
            raise TelegramServerError(
                method=method, message=f"HTTP {status_code}, an answer that does not parse"
            ) from error

    async def post(self, bot: Bot, name: str, body: bytes, timeout: float) -> tuple[int, bytes]:
        """Posts a body that stands ready; gives status and answer. Raises TimeoutError or ClientError."""
        session = await self.create_session()
        address = self._addresses.get(name)
        if address is None:
            address = self._addresses[name] = URL(self.api.api_url(token=bot.token, method=name))
        async with session.post(address, data=body, headers=_JSON, timeout=ClientTimeout(total=timeout)) as answer:
            return answer.status, await answer.read()

    def is_accepted(self, status: int, answer: bytes) -> bool:
        """Whether Telegram accepted a call, seen without reading its result."""
        accepted = status == 200 and answer.startswith(_ACCEPTED)
        if accepted:
            self._heard()
        return accepted


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
    """Sends a screen, or makes a message (`message_id`) show it; the result, which nobody needs, is not parsed.

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
