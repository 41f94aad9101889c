"""Reads the values of settings: addresses, numbers, packs, secrets of a token; finds lines of `.env` that hold none."""

import hashlib
import hmac
import re
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from dotenv.parser import parse_stream
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from bot import texts_ru as texts
from bot.flows import pack_files
from bot.flows.pack_problems import PackError
from bot.flows.understanding import ModelError, recogniser_of

OWN_PATHS = ("/healthz", "/metrics")
BUTTON_ADDRESSES = ("diary_url", "feedback_form_url", "privacy_url")  # the settings that stand behind buttons
_DATABASE_FORMS = {
    "sqlite": "sqlite+aiosqlite:///data/bot.sqlite3",
    "postgres": texts.SETTING_DATABASE_POSTGRESQL,
    "postgresql": texts.SETTING_DATABASE_POSTGRESQL,
}
_WHOLE_NUMBER = re.compile(r"[-+]?\d{1,19}")


def whole(value: object) -> int | None:
    """Reads a whole number of up to 19 digits; None for anything else."""
    return int(str(value)) if _WHOLE_NUMBER.fullmatch(str(value)) else None


def address(value: str, schemes: tuple[str, ...]) -> SplitResult | None:
    """Gives the parts of a URL with one of these schemes, a host, and a possible port; None for anything else."""
    try:
        found = urlsplit(value)
        fits = found.scheme in schemes and bool(found.hostname) and found.port != 0
        (found.hostname or "").encode("idna")  # a host that no name service takes would fail at every call
    except ValueError:
        return None
    return found if fits and not any(sign.isspace() for sign in value) else None


def database_address(value: str) -> str:
    """Gives an address of SQLAlchemy's that the bot can work with. Raises ValueError, in Russian."""
    try:
        url = make_url(value)
    except (ArgumentError, ValueError):
        raise ValueError(texts.SETTING_DATABASE_UNREADABLE.format(**_DATABASE_FORMS)) from None
    driver, name = url.drivername, url.database or ":memory:"
    if driver == "sqlite+aiosqlite" and url.host:  # with two slashes SQLAlchemy takes the folder for a server
        raise ValueError(texts.SETTING_DATABASE_UNREADABLE.format(**_DATABASE_FORMS))
    if driver == "postgresql+asyncpg" and "sslmode" in url.query:
        raise ValueError(texts.SETTING_DATABASE_SSL)
    if driver == "sqlite+aiosqlite" and name.startswith((":memory:", "file:")):
        raise ValueError(texts.SETTING_DATABASE_MEMORY.format(**_DATABASE_FORMS))
    if driver in ("sqlite+aiosqlite", "postgresql+asyncpg"):
        return value
    right = _DATABASE_FORMS.get(driver.partition("+")[0])
    known = texts.SETTING_DATABASE_FORM.format(form=right) if right else texts.SETTING_DATABASE_KINDS
    raise ValueError(texts.SETTING_DATABASE_DRIVER.format(driver=driver, known=known))


def one_of(value: str, known: tuple[str, ...]) -> str:
    """Gives a value that is one of the known ones. Raises ValueError, in Russian."""
    if value not in known:
        raise ValueError(texts.SETTING_ONE_OF.format(known=", ".join(known)))
    return value


def usable_pack(value: str) -> str:
    """Gives the name or the folder of a pack that families can be answered from. Raises ValueError, in Russian."""
    try:
        pack_files.folder_of(value)
    except PackError:
        raise ValueError(texts.SETTING_CONTENT_NONE.format(packs=", ".join(pack_files.names()))) from None
    try:
        recogniser_of(pack_files.load(value))
    except PackError as error:
        raise ValueError(texts.SETTING_CONTENT.format(problem=error.problems[0], name=value)) from None
    except ModelError:
        raise ValueError(texts.SETTING_CONTENT_MODEL.format(name=value)) from None
    return value


def derived(token: str) -> str:
    """Makes the secret of a webhook out of a token, so that all replicas have the same one."""
    return hmac.new(token.encode(), b"webhook secret", hashlib.sha256).hexdigest()


def unread_lines(file: Path, encoding: str) -> list[str]:
    """Gives a sentence for each line of `.env` that pydantic would pass over with all that an open quote took in.

    The line itself is not shown: it may hold a token. Raises OSError and UnicodeDecodeError.
    """
    if not file.is_file():
        return []
    with file.open(encoding=encoding) as stream:
        unread = [found.original for found in parse_stream(stream) if found.error]
    told = []
    for line in unread:
        blank = line.string[: len(line.string) - len(line.string.lstrip())]
        told.append(texts.SETTINGS_FILE_LINE.format(line=line.line + blank.count("\n")))
    return told
