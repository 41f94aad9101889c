"""Reads the values of settings: addresses, whole numbers, one of several words, packs, and secrets made of a token."""

import hashlib
import hmac
import re
from urllib.parse import SplitResult, urlsplit

from bot import texts_ru as texts
from bot.flows import pack_files
from bot.flows.pack_problems import PackError
from bot.flows.understanding import ModelError, recogniser_of

OWN_PATHS = ("/healthz", "/metrics")
BUTTON_ADDRESSES = ("diary_url", "feedback_form_url", "privacy_url")  # the settings that stand behind buttons
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
