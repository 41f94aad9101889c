"""The settings of the bot in MAX; a wrong one gets a line that says what to do."""

import re
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, ValidationInfo, field_validator

from bot import texts_ru as texts
from bot.setting_values import OWN_PATHS, address, derived

MAX_API_URL = "https://platform-api2.max.ru"
TOKEN_FORM = re.compile(r"[A-Za-z0-9._~+/=-]{20,512}")  # it goes into a header as it is
_TELEGRAM_TOKEN = re.compile(r"\d{3,20}:[A-Za-z0-9_-]{10,100}")
_MAX_SECRET = re.compile(r"[A-Za-z0-9_-]{5,256}")  # MAX, POST /subscriptions: secret


class MaxSettings(BaseModel):
    """Holds what the bot in MAX needs; with `max_token` empty there is none. Secrets are left out of `repr`."""

    max_token: str = Field(default="", repr=False)
    max_api_url: str = MAX_API_URL
    max_webhook_url: str = ""
    max_webhook_secret: str = Field(default="", repr=False)

    @field_validator("max_token")
    @classmethod
    def _token_of_max(cls, value: str) -> str:
        if _TELEGRAM_TOKEN.fullmatch(value):
            raise ValueError(texts.SETTING_MAX_TOKEN_FOREIGN)
        if not TOKEN_FORM.fullmatch(value):
            raise ValueError(texts.SETTING_MAX_TOKEN)
        return value

    @field_validator("max_api_url")
    @classmethod
    def _max_api(cls, value: str) -> str:
        found = address(value, ("http", "https"))
        if found is None or found.query or found.fragment:
            raise ValueError(texts.SETTING_MAX_API.format(default=MAX_API_URL))
        return value.rstrip("/")

    @field_validator("max_webhook_url")
    @classmethod
    def _max_webhook(cls, value: str, info: ValidationInfo) -> str:
        public = info.data.get("max_api_url", MAX_API_URL) == MAX_API_URL
        found = address(value, ("https",) if public else ("http", "https"))
        if found is None:
            raise ValueError(texts.SETTING_MAX_WEBHOOK)
        if public and found.port is not None:
            raise ValueError(texts.SETTING_MAX_WEBHOOK_PORT.format(port=found.port))
        if found.path.rstrip("/") in OWN_PATHS:
            raise ValueError(texts.SETTING_WEBHOOK_PATH.format(path=found.path))
        return value

    @field_validator("max_webhook_secret")
    @classmethod
    def _max_webhook_secret(cls, value: str) -> str:
        if not _MAX_SECRET.fullmatch(value):
            raise ValueError(texts.SETTING_MAX_WEBHOOK_SECRET)
        return value

    @property
    def max_secret_or_derived(self) -> str:
        """Gives the secret of MAX's webhook; where none is set, one that is made from MAX's token."""
        return self.max_webhook_secret or derived(self.max_token)

    @property
    def max_webhook_path(self) -> str:
        """Gives the path of MAX_WEBHOOK_URL, where the bot's own server takes MAX's updates."""
        return urlsplit(self.max_webhook_url).path or "/"
