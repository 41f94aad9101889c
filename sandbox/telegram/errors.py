"""Defines the errors of the sandbox: a refusal in Telegram's words, a broken rule, a dropped connection."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


class Refused(Exception):
    """Telegram answers with `ok: false`.

    `parameters` is Telegram's ResponseParameters (`retry_after` in seconds, `migrate_to_chat_id`).
    """

    blames_bot = False  # what a correct bot never meets

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(f"{code} {description}")
        self.code = code
        self.description = description
        self.parameters = parameters

    def body(self) -> Json:
        """Gives the JSON that goes over the wire."""
        body: Json = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            body["parameters"] = self.parameters
        return body


class Violation(Refused):
    """Telegram refuses what a correct bot never sends, since it breaks a rule. The sandbox keeps a list of these."""

    blames_bot = True

    def __init__(self, description: str, code: int = 400) -> None:
        super().__init__(code, description)


class Dropped(Exception):
    """The connection has to be closed without an answer."""


class Page(Dropped):
    """Somebody on the way answers in Telegram's place: 502 and a page of HTML."""


def bad(description: str, **parameters: int) -> Refused:
    """Makes a 400 that depends on the state of the chat, so that a correct bot may meet it."""
    return Refused(400, f"Bad Request: {description}", **parameters)


def forbidden(description: str) -> Refused:
    """Makes a 403: blocked, kicked, never started."""
    return Refused(403, f"Forbidden: {description}")


def broken(description: str) -> Violation:
    """Makes a 400 for which the bot is to blame."""
    return Violation(f"Bad Request: {description}")


def too_many(retry_after: int) -> Refused:
    """Makes a 429; `retry_after` stands in whole seconds, told in the body and in the `Retry-After` header."""
    return Refused(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)


def internal_error() -> Refused:
    """Makes a 500 as Telegram words it."""
    return Refused(500, "Internal Server Error")


def bad_gateway() -> Refused:
    """Makes a 502 as Telegram words it."""
    return Refused(502, "Bad Gateway")
