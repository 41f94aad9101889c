"""Writes the log: text for people or JSON for machines, never with a token or a family's words."""

import logging
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TextIO

import orjson

update_id: ContextVar[int | None] = ContextVar("update_id", default=None)

MASKED = "***"
# A token as Telegram makes it, also where a URL has its colon escaped; a password inside a URL; and the places where a
# library's error repeats the values it was given, which may be what a family wrote.
_SECRETS = (
    (re.compile(r"(?<!\d)\d++(?::|%3A)[A-Za-z0-9_-]{30,}", re.IGNORECASE), MASKED),
    (re.compile(r"(://[^\s:/@]*:)[^\s/@]+@"), rf"\g<1>{MASKED}@"),
    (re.compile(r"(\[parameters: ).*?(\]\s*(?=\n|\(Background|$))", re.DOTALL), rf"\g<1>{MASKED}\g<2>"),
    (re.compile(r"(input_value=)(?:[^\n]*(?=, input_type=)|[^\n]*)"), rf"\g<1>{MASKED}"),
    (re.compile(r"(invalid input for query argument \$\d+: )[^\n]*"), rf"\g<1>{MASKED}"),
    (re.compile(r"(DETAIL:\s+)[^\n]*"), rf"\g<1>{MASKED}"),
)
# They log a line for each update or request, or, at DEBUG, the values of each statement.
_QUIET = (
    "aiogram.event",
    "aiogram.dispatcher",
    "aiohttp.access",
    "aiosqlite",
    "sqlalchemy",
    "alembic",
    "PIL",
    "asyncio",
)
_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "update_id", "taskName"}


_SHORTEST_SECRET = 12  # a shorter one stands in other words as well
_own_secrets: set[str] = set()


def set_up(level: str = "INFO", style: str = "text", stream: TextIO | None = None, secrets: Iterable[str] = ()) -> None:
    """Sends every logger of the process to one stream (stderr by default), as «text» or «json», without `secrets`."""
    _own_secrets.update(secret for secret in secrets if len(secret) >= _SHORTEST_SECRET)
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if style == "json" else TextLines())
    handler.addFilter(_add_update_id)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[level]))


@contextmanager
def handling(number: int) -> Iterator[None]:
    """Puts the update's id on every line of this task, and of tasks that it starts, while this lasts."""
    before = update_id.set(number)
    try:
        yield
    finally:
        update_id.reset(before)


def without_secrets(text: str) -> str:
    """Gives the text with tokens, passwords and the values repeated by libraries replaced."""
    for secret in _own_secrets:
        text = text.replace(secret, MASKED)
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


class TextLines(logging.Formatter):
    """Writes a line for people: time, level, logger, message, then the ids; a traceback follows it."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:
        """Gives the line itself, with the ids at its end."""
        ids = "".join(f" {name}={value}" for name, value in _ids(record).items())
        return super().formatMessage(record) + ids

    def format(self, record: logging.LogRecord) -> str:
        """Gives the whole entry, without secrets."""
        return without_secrets(super().format(record))


class JsonLines(logging.Formatter):
    """Writes an object a line: time (UTC), level, logger, message, update_id and other ids, error with traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """Gives the entry as one line of JSON, without secrets."""
        entry: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": without_secrets(record.getMessage()),
            **_ids(record),
        }
        if record.exc_info:
            entry["error"] = without_secrets(self.formatException(record.exc_info))
        return orjson.dumps(entry, default=str).decode()


def _add_update_id(record: logging.LogRecord) -> bool:
    record.update_id = update_id.get()
    return True


def _ids(record: logging.LogRecord) -> dict[str, int]:
    """Gives the update's id and the whole numbers given as `extra`: an id is a number, and a text is not logged."""
    found = {"update_id": getattr(record, "update_id", None), **vars(record)}
    return {
        name: value
        for name, value in found.items()
        if isinstance(value, int) and (name == "update_id" or name not in _PLAIN)
    }
