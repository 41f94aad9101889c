"""The client for the Bot API: aiogram's bot and session, made faster, which report every answer."""

import asyncio
import logging
import re
import ssl
import time
from collections.abc import AsyncGenerator, Callable
from http import HTTPStatus
from io import BytesIO, IOBase
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, BinaryIO, cast

import certifi
import orjson
from aiogram import Bot
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import PRODUCTION as TELEGRAM_PRODUCTION
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import ClientDecodeError, TelegramNetworkError, TelegramServerError
from aiogram.methods import Response, TelegramMethod
from aiogram.methods.base import TelegramType
from aiogram.types import ForumTopic, LinkPreviewOptions, Message, MessageId, User
from aiohttp import ClientConnectionError, ClientError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from aiohttp.connector import Connection
from aiohttp_socks import ProxyConnectionError, ProxyConnector, ProxyError, ProxyTimeoutError
from pydantic_core import from_json
from yarl import URL

from bot.channels.incoming_json import loads
from bot.channels.telegram.connections import PATIENCE_S, Answers, Renewing, read_body, received_by
from bot.channels.telegram.partial_answers import leniently
from bot.settings import Settings

REQUEST_TIMEOUT_S = 20

JSON_BODY = {"Content-Type": "application/json"}
_ACCEPTED = re.compile(rb'\s*\{\s*"ok"\s*:\s*true\b')
_DNS_KEPT_S = 3600  # as aiogram keeps them: shorter, and a slow name service makes every call slow (aiogram#1500)
_CLOSING_S = 0.25
_FILE_PATIENCE_S = 8.0  # of a file: the server may have to fetch it first
_CHANGES = ("send", "edit", "copy", "forward", "create")  # what these did must not be done twice
_PROXY_ERRORS = (ProxyError, ProxyConnectionError, ProxyTimeoutError)


log = logging.getLogger(__name__)


def make_bot(settings: Settings, on_answer: Callable[[], None] = lambda: None) -> Bot:
    """Makes the bot's client: the API server and the proxy of the settings, HTML, no link previews.

    `on_answer` is called at every answer of Telegram.
    """
    session = Session(
        on_answer,
        proxy=settings.telegram_proxy or None,
        api=TelegramAPIServer.from_base(settings.telegram_api_url),
        timeout=REQUEST_TIMEOUT_S,
    )
    defaults = DefaultBotProperties(parse_mode="HTML", link_preview=LinkPreviewOptions(is_disabled=True))
    return Client(settings.bot_token, session=session, default=defaults)


class Client(Bot):
    """Extends aiogram's bot: its name may change while it runs, and its server may give files on its own disk."""

    async def get_me(self, request_timeout: int | None = None) -> User:
        """Asks Telegram, and remembers what `me` gives from now on. Raises what a call raises."""
        self._known = await super().get_me(request_timeout)
        return self._known

    async def me(self) -> User:
        """Gives the bot as Telegram told it last, without a call: no handler waits for its name.

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
    """Tells whether getFile gave a path on the server's disk; Telegram's own server gives a relative one."""
    return PurePosixPath(file_path).is_absolute() or PureWindowsPath(file_path).is_absolute()


def _dumps(value: Any) -> str:
    return orjson.dumps(value).decode()


class _Proxied(Renewing, ProxyConnector):
    """Makes a proxy's errors, which have no common base, the errors that a lost connection raises."""

    async def connect(self, *request: Any, **more: Any) -> Connection:
        try:
            return await super().connect(*request, **more)
        except _PROXY_ERRORS as error:
            raise ClientConnectionError(f"{type(error).__name__}: {error}") from error


class Session(AiohttpSession):
    """Tells `on_answer` of every answer of Telegram, a refusal too. `timeout` is in seconds."""

    def __init__(self, on_answer: Callable[[], None], *, proxy: str | None = None, **settings: Any) -> None:
        super().__init__(json_loads=loads, json_dumps=_dumps, **settings)
        self.answers = Answers()
        self._on_answer = on_answer
        self._proxy_address = proxy
        self._client: ClientSession | None = None
        self._addresses: dict[str, URL] = {}

    async def create_session(self) -> ClientSession:
        """Gives connections in place of aiogram's: they are renewed in time and keep no cookies, which nobody sets.

        Raises ClientConnectionError once they were closed: what is sent so late could not be recorded any more.
        """
        if self._client is not None and self._client.closed:
            raise ClientConnectionError("the connections are closed")
        if self._client is None:
            self._client = ClientSession(connector=self._connector(), cookie_jar=DummyCookieJar())
        return self._client

    def _connector(self) -> TCPConnector:
        if self._proxy_address:
            return _Proxied.from_url(self._proxy_address, rdns=True, answers=self.answers)
        trusted = ssl.create_default_context(cafile=certifi.where())
        return Renewing(answers=self.answers, ssl=trusted, ttl_dns_cache=_DNS_KEPT_S)

    async def close(self) -> None:
        """Closes the connections; those that are encrypted need a moment for it (aiohttp, «Graceful Shutdown»)."""
        if self._client is not None and not self._client.closed:
            await self._client.close()
            if self.api.base.startswith("https:"):
                await asyncio.sleep(_CLOSING_S)

    def check_response(
        self, bot: Bot, method: TelegramMethod[TelegramType], status_code: int, content: str
    ) -> Response[TelegramType]:
        """Reads an answer as aiogram does, and raises as it does, but for two cases.

        An answer that is no JSON is somebody's on the way (a proxy's page), so it counts as a server's error. A call
        that Telegram carried out counts as done even where its result is of a kind that this version does not know:
        what is needed of it is read from what came.
        """
        self._on_answer()
        if status_code >= HTTPStatus.BAD_REQUEST:
            content = _in_full(content, status_code)
        try:
            return super().check_response(bot, method, status_code, content)
        except ClientDecodeError as error:
            said = error.data if isinstance(error.data, dict) else {}
            if said.get("ok", True) is True and "result" in said:
                return self._read_leniently(bot, method, said["result"])
            raise TelegramServerError(
                method=method, message=f"HTTP {status_code}, an answer that does not parse"
            ) from error

    def _read_leniently(self, bot: Bot, method: TelegramMethod[TelegramType], result: Any) -> Response[TelegramType]:
        """Reads a result field by field. Raises TelegramServerError where it lacks what every caller needs."""
        name, wanted = method.__api_method__, method.__returning__
        read: Any = leniently(wanted, result, bot)
        if read is None and not name.startswith("get"):
            # It was done, whatever the result was meant to say.
            read = leniently(wanted, {}, bot) or True
        if read is None or (isinstance(read, ForumTopic) and not read.message_thread_id):
            raise TelegramServerError(method=method, message=f"a result of {name} that does not parse")
        for one in read if isinstance(read, list) else [read]:
            if isinstance(one, Message | MessageId):
                object.__setattr__(one, "message_id", one.message_id or 0)
        log.warning("the result of %s does not parse as a whole", name)
        return Response.model_construct(ok=True, result=cast(TelegramType, read))

    async def make_request(
        self, bot: Bot, method: TelegramMethod[TelegramType], timeout: int | None = None
    ) -> TelegramType:
        """Makes a call through aiogram's models. Raises TelegramAPIError.

        Of an answer that stalls what came is read, where the call must not be made again.
        """
        name, form = method.__api_method__, self.build_form_data(bot=bot, method=method)
        seconds = float(self.timeout if timeout is None else timeout)
        try:
            status, body, whole = await self.call(bot, name, seconds, data=form)
        except TimeoutError as error:
            raise TelegramNetworkError(method=method, message="Request timeout error") from error
        except ClientError as error:
            raise TelegramNetworkError(method=method, message=f"{type(error).__name__}: {error}") from error
        if not whole and self.is_accepted(status, body) and name.startswith(_CHANGES):
            return cast(TelegramType, self._read_leniently(bot, method, _beginning(body)).result)
        if not whole:
            raise TelegramNetworkError(method=method, message="the answer stalled")
        return cast(TelegramType, self.check_response(bot, method, status, body.decode(errors="replace")).result)

    async def call(
        self, bot: Bot, name: str, timeout: float, *, patience: float = PATIENCE_S, waits: float = 0.0, **body: Any
    ) -> tuple[int, bytes, bool]:
        """Posts to a method; gives status, body and whether the body is whole. Raises TimeoutError or ClientError.

        `waits` says how many seconds Telegram may keep the call open on purpose.
        """
        session = await self.create_session()
        address = self._addresses.get(name)
        if address is None:
            address = self._addresses[name] = URL(self.api.api_url(token=bot.token, method=name))
        began = time.monotonic()
        try:
            async with session.post(address, timeout=ClientTimeout(total=timeout), **body) as answer:
                before = received_by(answer.connection)
                read, whole = await read_body(answer, patience)
                if whole:
                    self.answers.came_through(before + len(read))
        finally:
            self.answers.took(max(0.0, time.monotonic() - began - waits))
        if not whole:
            log.warning("an answer to %s stalled after %s bytes", name, len(read))
            self.answers.stalled()
        return answer.status, read, whole

    async def post(self, bot: Bot, name: str, body: bytes, timeout: float) -> tuple[int, bytes]:
        """Posts a body that stands ready; gives status and answer. Raises TimeoutError or ClientError.

        Of an answer that stalled the beginning is enough where it says that the call was done.
        """
        status, answer, whole = await self.call(bot, name, timeout, data=body, headers=JSON_BODY)
        if not whole and not self.is_accepted(status, answer):
            raise TimeoutError
        return status, answer

    async def stream_content(
        self, url: str, headers: dict[str, Any] | None = None, timeout: int = 30,
        chunk_size: int = 65536, raise_for_status: bool = True,
    ) -> AsyncGenerator[bytes, None]:  # fmt: skip
        """Gives the bytes of a file. Raises ClientError; TimeoutError if it stalls or takes longer than `timeout`."""
        session = await self.create_session()
        limits = ClientTimeout(total=timeout, sock_read=_FILE_PATIENCE_S)
        try:
            async with session.get(url, timeout=limits, headers=headers, raise_for_status=raise_for_status) as answer:
                received = 0
                async for chunk in answer.content.iter_chunked(chunk_size):
                    received += len(chunk)
                    yield chunk
                self.answers.came_through(received)
        except TimeoutError:
            self.answers.stalled()
            raise

    def is_accepted(self, status: int, answer: bytes) -> bool:
        """Tells whether Telegram accepted a call, without reading the result of it."""
        accepted = status == 200 and _ACCEPTED.match(answer) is not None
        if accepted:
            self._on_answer()
        return accepted


def _beginning(body: bytes) -> Any:
    """Reads the result in the first part of an answer, as far as it came."""
    try:
        return from_json(body, allow_partial=True).get("result")
    except ValueError:
        return None


def _in_full(content: str, status: int) -> str:
    """Completes a refusal so that aiogram can read it: fields that are missing or of another type are replaced."""
    try:
        said = loads(content)
    except ValueError:
        return content
    if not isinstance(said, dict) or said.get("ok") is True:
        return content
    words, told = said.get("description"), said.get("parameters")
    numbers = {key: one for key, one in told.items() if type(one) is int} if isinstance(told, dict) else {}
    whole = {"ok": False, "error_code": status, "description": words if isinstance(words, str) else f"HTTP {status}"}
    return _dumps({**whole, "parameters": numbers} if numbers else whole)
