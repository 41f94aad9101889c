"""Makes the codes by which a school binds its group, and reads them as people type them; only keyed hashes are kept."""

import hashlib
import hmac
import secrets

from bot import texts_ru as texts

VALID_S = 24 * 3600.0
_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # without I, L, O, 0 and 1, which are taken for each other
_LENGTH, _PART = 8, 4
_TYPED = str.maketrans(texts.LIKE_LATIN, "ABEKMHPCTYX")  # the Russian letters that look like these


def new_code() -> str:
    """Makes a code that nobody can guess, such as `K7QM-2XWA`."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    return f"{letters[:_PART]}-{letters[_PART:]}"


def read_code(typed: str) -> str | None:
    """Gives a code as it was made, whatever case, spaces, hyphens or Russian letters it is typed with.

    None for what no code can be.
    """
    letters = "".join(sign for sign in typed.upper().translate(_TYPED) if sign.isalnum())
    if len(letters) != _LENGTH or any(sign not in _LETTERS for sign in letters):
        return None
    return f"{letters[:_PART]}-{letters[_PART:]}"


def key_of(code: str, secret: str) -> str:
    """Gives the keyed hash under which a code is kept; `secret` is the database's own."""
    return hmac.new(secret.encode(), f"code:{code}".encode(), hashlib.sha256).hexdigest()
