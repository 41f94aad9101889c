"""Reads every setting of the bot from the environment or `.env`; a wrong one gets a line that says what to do."""

import os
import re
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from aiogram.utils.token import TokenValidationError, validate_token
from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url

from bot import texts_ru as texts
from bot.channels import chat_ids
from bot.channels.telegram.proxy import read_proxy
from bot.flows import pack_files
from bot.flows.working_hours import EVERY_DAY_9_20, WorkingHours
from bot.flows.working_hours import parse as parse_working_hours
from bot.max_settings import TOKEN_FORM, MaxSettings
from bot.setting_values import (
    BUTTON_ADDRESSES,
    OWN_PATHS,
    address,
    database_address,
    derived,
    one_of,
    unread_lines,
    usable_pack,
    whole,
)

ENV_FILE = ".env"
# Notepad puts a mark at the beginning of a file that the plain codec would read as a part of the first name.
ENV_FILE_ENCODING = "utf-8-sig"
TELEGRAM_API_URL = "https://api.telegram.org"
WEBHOOK_PORTS = (443, 80, 88, 8443)  # Bot API, setWebhook
RETENTION_DAYS_AT_MOST = 3650
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
LOG_FORMATS = ("text", "json")

_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")  # Bot API, setWebhook: secret_token
_WITH_TOKEN = re.compile(r"/bot\d")


class SettingsError(Exception):
    """Says what is wrong with the settings and what to do, in Russian: a line for each, never with a secret in it."""


class Settings(MaxSettings, BaseSettings):
    """Holds the settings; an empty one counts as not set. Secrets are left out of `repr`."""

    model_config = SettingsConfigDict(
        env_file=ENV_FILE,
        env_file_encoding=ENV_FILE_ENCODING,
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        # An empty default means «not set», which is no value to judge.
        validate_default=False,
        hide_input_in_errors=True,
    )

    bot_token: str = Field(default="", repr=False)
    support_chat_id: int | None = None  # named as in bot/channels/chat_ids.py, as is the operator's
    operator_chat_id: int | None = None
    content: str = pack_files.DEFAULT
    school_name: str = ""
    school_contacts: str = ""
    diary_url: str = ""
    feedback_form_url: str = ""
    privacy_url: str = ""
    database_url: str = Field(default="sqlite+aiosqlite:///data/bot.sqlite3", repr=False)
    telegram_api_url: str = TELEGRAM_API_URL
    telegram_proxy: str = Field(default="", repr=False)
    webhook_url: str = ""
    webhook_secret: str = Field(default="", repr=False)
    http_host: str = "127.0.0.1"
    http_port: int = 8080
    timezone: str = "Europe/Moscow"
    working_hours: str = ""
    retention_days: int = 90
    log_level: str = "INFO"
    log_format: str = "text"

    @model_validator(mode="before")
    @classmethod
    def _without_blanks(cls, values: Any) -> Any:
        """Removes spaces around a value, which are a slip of the hand; a value of spaces alone is none."""
        if not isinstance(values, dict):
            return values
        trimmed = {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}
        return {name: value for name, value in trimmed.items() if value != ""}

    @field_validator("content")
    @classmethod
    def _content(cls, value: str) -> str:
        return usable_pack(value)

    @field_validator("bot_token")
    @classmethod
    def _token(cls, value: str) -> str:
        try:
            validate_token(value)
        except TokenValidationError:
            of_max = ":" not in value and TOKEN_FORM.fullmatch(value)
            raise ValueError(texts.SETTING_TOKEN_OF_MAX if of_max else texts.SETTING_TOKEN) from None
        return value

    @field_validator("support_chat_id", "operator_chat_id", mode="before")
    @classmethod
    def _support_chat(cls, value: object) -> int:
        said = str(value)
        in_max = said.lower().startswith(chat_ids.MAX_PREFIX)
        number = whole(said[len(chat_ids.MAX_PREFIX) :].strip() if in_max else said)
        if number is None:
            raise ValueError(texts.SETTING_SUPPORT_CHAT)
        if number >= 0:
            raise ValueError(texts.SETTING_SUPPORT_CHAT_OF_A_PERSON)
        try:
            return chat_ids.of_max(number) if in_max else number
        except ValueError:
            raise ValueError(texts.SETTING_SUPPORT_CHAT) from None

    @field_validator(*BUTTON_ADDRESSES)
    @classmethod
    def _button_url(cls, value: str) -> str:
        found = address(value, ("http", "https"))
        # Telegram refuses a button whose host has no dot (BUTTON_URL_INVALID), and the whole screen with it.
        if found is None or "." not in (found.hostname or ""):
            raise ValueError(texts.SETTING_PAGE)
        return value

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str) -> str:
        return database_address(value)

    @field_validator("telegram_api_url")
    @classmethod
    def _api(cls, value: str) -> str:
        found = address(value, ("http", "https"))
        # The rest of a call's address is put behind it: neither a question mark nor the token has a place there.
        if found is None or found.query or found.fragment or _WITH_TOKEN.search(found.path):
            raise ValueError(texts.SETTING_API.format(default=TELEGRAM_API_URL))
        return value.rstrip("/")

    @field_validator("telegram_proxy")
    @classmethod
    def _proxy(cls, value: str) -> str:
        return read_proxy(value)

    @field_validator("webhook_url")
    @classmethod
    def _webhook(cls, value: str, info: ValidationInfo) -> str:
        public = info.data.get("telegram_api_url", TELEGRAM_API_URL) == TELEGRAM_API_URL
        found = address(value, ("https",) if public else ("http", "https"))
        if found is None:
            raise ValueError(texts.SETTING_WEBHOOK)
        if public and (found.port or 443) not in WEBHOOK_PORTS:
            ports = ", ".join(map(str, WEBHOOK_PORTS))
            raise ValueError(texts.SETTING_WEBHOOK_PORT.format(port=found.port, ports=ports))
        if found.path.rstrip("/") in OWN_PATHS:
            raise ValueError(texts.SETTING_WEBHOOK_PATH.format(path=found.path))
        return value

    @field_validator("webhook_secret")
    @classmethod
    def _webhook_secret(cls, value: str) -> str:
        if not _SECRET.fullmatch(value):
            raise ValueError(texts.SETTING_WEBHOOK_SECRET)
        return value

    @field_validator("http_port", mode="before")
    @classmethod
    def _port(cls, value: object) -> int:
        number = whole(value)
        if number is None or not 1 <= number <= 65535:
            raise ValueError(texts.SETTING_PORT)
        return number

    @field_validator("timezone")
    @classmethod
    def _timezone(cls, value: str) -> str:
        try:
            return ZoneInfo(value).key
        # A name of a folder or with a NUL in it raises OSError or ValueError, an unknown one a KeyError.
        except (KeyError, ValueError, OSError):
            raise ValueError(texts.SETTING_TIMEZONE) from None

    @field_validator("working_hours")
    @classmethod
    def _working_hours(cls, value: str) -> str:
        parse_working_hours(value)
        return value

    @field_validator("retention_days", mode="before")
    @classmethod
    def _retention(cls, value: object) -> int:
        number = whole(value)
        if number is None or not 1 <= number <= RETENTION_DAYS_AT_MOST:
            raise ValueError(texts.SETTING_RETENTION.format(most=RETENTION_DAYS_AT_MOST))
        return number

    @field_validator("log_level")
    @classmethod
    def _log_level(cls, value: str) -> str:
        return one_of(value.upper(), LOG_LEVELS)

    @field_validator("log_format")
    @classmethod
    def _log_format(cls, value: str) -> str:
        return one_of(value.lower(), LOG_FORMATS)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Gives what must stand in no log."""
        return self.bot_token, self.max_token, self.webhook_secret_or_derived, self.max_secret_or_derived

    @property
    def webhook_secret_or_derived(self) -> str:
        """Gives the webhook's secret; if none is set, 64 hex digits made from the token, the same on every replica."""
        return self.webhook_secret or derived(self.bot_token)

    @property
    def channels(self) -> tuple[str, ...]:
        """Gives the names of the channels that the bot runs in."""
        named = {"Telegram": self.bot_token, "MAX": self.max_token}
        return tuple(name for name, token in named.items() if token)

    @property
    def token(self) -> str:
        """Gives the token of the first of the bot's channels, by which it keys what nobody shall guess."""
        return self.bot_token or self.max_token

    @property
    def webhook_path(self) -> str:
        """Gives the path of WEBHOOK_URL, where the bot's own server takes updates."""
        return urlsplit(self.webhook_url).path or "/"

    @property
    def zone(self) -> ZoneInfo:
        """Gives the school's time zone."""
        return ZoneInfo(self.timezone)

    @property
    def hours(self) -> WorkingHours:
        """Gives the hours when the desk may be called up: WORKING_HOURS, or 9–20 every day while that is empty."""
        return parse_working_hours(self.working_hours) if self.working_hours else EVERY_DAY_9_20

    @property
    def sqlite_file(self) -> Path | None:
        """Gives the file in which SQLite keeps its data; None with PostgreSQL."""
        url = make_url(self.database_url)
        if url.get_backend_name() != "sqlite":
            return None
        return Path(str(url.database))


def load_settings(require_token: bool = True) -> Settings:
    """Reads the environment and `.env`. Raises SettingsError, with a line for every setting that is wrong."""
    try:
        unread = unread_lines(Path(ENV_FILE), ENV_FILE_ENCODING)
        if unread:
            raise SettingsError("\n".join(unread))
        settings = Settings()
    except ValidationError as error:
        raise SettingsError("\n".join(_told(error))) from None
    except UnicodeDecodeError:
        raise SettingsError(texts.SETTINGS_FILE_ENCODING) from None
    except OSError as error:
        raise SettingsError(texts.SETTINGS_FILE_UNREADABLE.format(error=error.strerror)) from None
    wrong = disagreements(settings) if settings.token else [texts.SETTING_TOKEN_UNSET]
    if require_token and wrong:
        raise SettingsError("\n".join(wrong))
    return settings


def disagreements(settings: Settings) -> list[str]:
    """Gives a line for each setting that is right by itself, and wrong beside another one."""
    told = []
    for name, chat in (("SUPPORT_CHAT_ID", settings.support_chat_id), ("OPERATOR_CHAT_ID", settings.operator_chat_id)):
        if chat is None:
            continue
        if chat_ids.is_max(chat) and not settings.max_token:
            told.append(f"{name}: {texts.SETTING_CHAT_NO_MAX_TOKEN}")
        elif not chat_ids.is_max(chat) and not settings.bot_token:
            told.append(f"{name}: {texts.SETTING_CHAT_NO_BOT_TOKEN.format(number=chat)}")
    if settings.operator_chat_id is not None and settings.operator_chat_id == settings.support_chat_id:
        told.append(f"OPERATOR_CHAT_ID: {texts.SETTING_OPERATOR_CHAT_SAME}")
    if settings.webhook_url and settings.max_webhook_url and settings.webhook_path == settings.max_webhook_path:
        told.append(f"MAX_WEBHOOK_URL: {texts.SETTING_MAX_WEBHOOK_SAME}")
    return told


def prepare_data_folder(settings: Settings) -> None:
    """Makes the folder of the SQLite file and tries to write there. Raises SettingsError where that does not work."""
    file = settings.sqlite_file
    if file is None:
        return
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=file.parent):
            pass
        writable = not file.exists() or (file.is_file() and os.access(file, os.W_OK))
    except OSError:
        writable = False
    if not writable:
        raise SettingsError(texts.SETTING_DATABASE_FOLDER.format(file=file))


def _told(error: ValidationError) -> list[str]:
    told = []
    for one in error.errors(include_url=False, include_input=False):
        name = str(one["loc"][0]).upper() if one["loc"] else texts.CHECK_SETTINGS
        reason = one.get("ctx", {}).get("error") or one["msg"]
        told.append(f"{name}: {reason}".replace("\n", " "))
    return told
