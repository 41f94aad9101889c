"""Checks what the bot sends by MAX's rules: lengths, what may stand together, keyboards. Source: dev.max.ru.

Each check raises MaxViolation, for which the bot is to blame.
"""

from __future__ import annotations

import re
from typing import Any

from sandbox.max.max_errors import MaxViolation, broken_payload
from sandbox.telegram.errors import Json
from sandbox.telegram.markup import units

TEXT_UNITS = 4000
ATTACHMENTS = 12
ROWS, BUTTONS, IN_ROW, IN_NARROW_ROW = 30, 210, 7, 3
LABEL, PAYLOAD, ADDRESS = 128, 1024, 2048
NARROWING = ("link", "open_app", "request_geo_location", "request_contact")
TOGETHER = ("image", "video", "inline_keyboard")
ALONE = ("audio", "file", "contact", "sticker")
KINDS = (*TOGETHER, *ALONE, "location", "share")
BUTTONS_OF = ("callback", "link", "message", "clipboard", "open_app", "request_contact", "request_geo_location")
COMMANDS = 32

_START_PAYLOAD = re.compile(r"[\w-]{0,128}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{5,256}")
_WEBHOOK = re.compile(r"https://[^/:?#]+(?:[/?][^#]*)?")


def is_start_payload(payload: str) -> bool:
    """Tells whether a link can carry it: a longer one is dropped in silence."""
    return _START_PAYLOAD.fullmatch(payload) is not None


def text(value: Any) -> str:
    """Gives the text as sent. It may have 4000 UTF-16 units, tags and entities counted."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise broken_payload("text: a string is expected")
    if units(value) > TEXT_UNITS:
        raise broken_payload(f"text: size must be between 0 and {TEXT_UNITS}")
    return value


def together(kinds: list[str]) -> None:
    """Checks which attachments stand in one message: a file, an audio, a contact and a sticker go alone."""
    for kind in kinds:
        if kind not in KINDS:
            raise broken_payload(f"attachments: unknown type {kind}")
    if len(kinds) > ATTACHMENTS:
        raise broken_payload(f"attachments: size must be between 0 and {ATTACHMENTS}")
    if len(kinds) > 1 and any(kind in ALONE for kind in kinds):
        raise broken_payload(f"attachments: {', '.join(kinds)} must be the only attachment")
    if kinds.count("inline_keyboard") > 1:
        raise broken_payload("attachments: one keyboard at most")


def keyboard(payload: Any) -> list[list[Json]]:
    """Gives the rows of buttons of an `inline_keyboard`."""
    rows = payload.get("buttons") if isinstance(payload, dict) else None
    if not isinstance(rows, list) or not rows or not all(isinstance(row, list) and row for row in rows):
        raise broken_payload("buttons: rows of buttons are expected")
    if len(rows) > ROWS or sum(map(len, rows)) > BUTTONS:
        raise broken_payload(f"buttons: at most {ROWS} rows and {BUTTONS} buttons")
    for row in rows:
        for button in row:
            _button(button)
        most = IN_NARROW_ROW if any(button["type"] in NARROWING for button in row) else IN_ROW
        if len(row) > most:
            raise broken_payload(f"buttons: at most {most} in such a row")
    return rows


def _button(button: Any) -> None:
    if not isinstance(button, dict) or button.get("type") not in BUTTONS_OF:
        raise broken_payload("buttons: unknown type of button")
    label, payload, url = button.get("text"), button.get("payload"), button.get("url")
    if not isinstance(label, str) or not 0 < len(label) <= LABEL:
        raise broken_payload(f"button text: size must be between 1 and {LABEL}")
    if button["type"] == "callback" and (not isinstance(payload, str) or not 0 < len(payload) <= PAYLOAD):
        raise broken_payload(f"button payload: size must be between 1 and {PAYLOAD}")
    if button["type"] == "link" and (not isinstance(url, str) or not 0 < len(url) <= ADDRESS):
        raise broken_payload(f"button url: size must be between 1 and {ADDRESS}")


def webhook(url: Any, secret: Any, *, local: bool) -> None:
    """Checks where MAX shall call: https on port 443, which is not named. `local` lets any address of a test pass."""
    if not isinstance(url, str) or not (_WEBHOOK.fullmatch(url) or (local and url.startswith("http://127.0.0.1:"))):
        raise MaxViolation(400, "proto.payload", "url: https on port 443 is expected")
    if secret is not None and not (isinstance(secret, str) and _SECRET.fullmatch(secret)):
        raise broken_payload("secret: 5 to 256 of A-Z, a-z, 0-9, _ and -")


def commands(value: Any) -> list[Json]:
    """Gives the bot's commands."""
    if not isinstance(value, list) or len(value) > COMMANDS:
        raise broken_payload(f"commands: at most {COMMANDS}")
    for one in value:
        if not isinstance(one, dict) or not 0 < len(str(one.get("name", ""))) <= 64:
            raise broken_payload("commands: name of 1 to 64 characters")
        if not len(str(one.get("description") or "")) <= 128:
            raise broken_payload("commands: description of at most 128 characters")
    return value
