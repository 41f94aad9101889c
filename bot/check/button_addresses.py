"""Looks at the addresses behind buttons for `check`: finds those that Telegram refuses or no phone can open."""

import ipaddress
import re
from urllib.parse import urlsplit

from bot import texts_ru as texts
from bot.check.table import Level, Row
from bot.setting_values import BUTTON_ADDRESSES
from bot.settings import Settings

# RFC 6761, RFC 6762, RFC 8375 and ICANN's list of names that never become public.
_INTERNAL = ("localhost", "local", "localdomain", "lan", "home", "internal", "intranet", "corp", "home.arpa")
_LABEL = re.compile(r"[^\W_](?:[\w-]{0,61}[^\W_])?")


def look(settings: Settings) -> list[Row]:
    """Gives a row for each address of a button that Telegram refuses or that nobody could open."""
    given = {name: getattr(settings, name) for name in BUTTON_ADDRESSES}
    found = [(name.upper(), why_refused(address)) for name, address in given.items() if address]
    return [
        Row(
            Level.WARNING,
            texts.CHECK_BUTTONS,
            texts.CHECK_BUTTONS_REFUSED.format(name=name, why=why),
            texts.CHECK_BUTTONS_TO_DO,
        )
        for name, why in found
        if why
    ]


def why_refused(address: str) -> str:
    """Says in Russian why an address cannot stand behind a button; empty where it can."""
    if any(sign.isspace() or not sign.isprintable() for sign in address):
        return texts.CHECK_BUTTONS_SIGNS
    try:
        host = (urlsplit(address).hostname or "").rstrip(".")
    except ValueError:
        return texts.CHECK_BUTTONS_SIGNS
    try:
        return "" if ipaddress.ip_address(host).is_global else texts.CHECK_BUTTONS_INTERNAL
    except ValueError:
        pass
    if host in _INTERNAL or host.endswith(tuple(f".{name}" for name in _INTERNAL)):
        return texts.CHECK_BUTTONS_INTERNAL
    if "." not in host:
        return texts.CHECK_BUTTONS_NO_DOT
    return "" if all(_LABEL.fullmatch(label) for label in host.split(".")) else texts.CHECK_BUTTONS_SIGNS
