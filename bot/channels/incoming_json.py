"""Parses JSON that comes in from outside, and removes characters from its texts that no database can store.

PostgreSQL refuses NUL characters, and neither database can encode half of a surrogate pair.
"""

import json
import re
from typing import Any

import orjson
from aiogram import Bot
from aiogram.types import Update
from pydantic import ValidationError

from bot.channels.telegram import partial_updates
from bot.flows.whole_numbers import LARGEST

_UNFIT = re.compile("[\x00\ud800-\udfff]")
_INSTEAD = "\ufffd"


class Unreadable(Exception):
    """The body is no update. `update_id` is given where it can be read, and `query_id` where it was a button press."""

    def __init__(self, update_id: int | None = None, query_id: str | None = None) -> None:
        super().__init__("no update")
        self.update_id = update_id
        self.query_id = query_id


def loads(data: str | bytes) -> Any:
    """Reads the JSON value of a body or an answer, without characters that cannot be stored. Raises ValueError."""
    try:
        return _loads(data)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _loads(data: str | bytes) -> Any:
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        # The fast parser refuses a lone surrogate and what is no UTF-8; the standard one reads it.
        return cleaned(json.loads(data if isinstance(data, str) else data.decode(errors="replace")))
    escaped = "\\u0000" if isinstance(data, str) else b"\\u0000"
    return cleaned(value) if escaped in data else value  # type: ignore[operator]


def cleaned(value: Any) -> Any:
    """Replaces every character that no database stores, in the whole of a value."""
    if isinstance(value, str):
        return _UNFIT.sub(_INSTEAD, value)
    if isinstance(value, dict):
        return {cleaned(key): cleaned(one) for key, one in value.items()}
    if isinstance(value, list):
        return [cleaned(one) for one in value]
    return value


def read_update(body: bytes, bot: Bot) -> Update:
    """Reads the update in a webhook's request. Raises Unreadable."""
    try:
        raw = loads(body)
    except ValueError:
        raise Unreadable from None
    return as_update(raw, bot)


def _lighten(raw: dict[str, Any]) -> None:
    """Drops keyboard and formatting of the message under a press: they are half the cost of reading the update.

    A press is judged by what its own button carries; the bot drew the rest itself.
    """
    query = raw.get("callback_query")
    message = query.get("message") if isinstance(query, dict) else None
    if isinstance(message, dict):
        message.pop("reply_markup", None)
        message.pop("entities", None)


def as_update(raw: Any, bot: Bot) -> Update:
    """Makes an update of a JSON value, without the parts that this version cannot read. Raises Unreadable."""
    number = raw.get("update_id") if isinstance(raw, dict) else None
    if type(number) is not int or not -LARGEST <= number <= LARGEST:
        raise Unreadable
    _lighten(raw)
    for _ in range(partial_updates.ROUNDS):
        try:
            return Update.model_validate(raw, context={"bot": bot})
        except ValidationError as error:
            try:
                is_less = partial_updates.leave_out(raw, error)
            except RecursionError:
                raw = partial_updates.shallow(raw)
                continue
            if not is_less:
                break
        except RecursionError:
            raw = partial_updates.shallow(raw)
    query = raw.get("callback_query")
    query_id = query.get("id") if isinstance(query, dict) else None
    raise Unreadable(number, query_id if isinstance(query_id, str) else None)
