"""Classifies Telegram's refusals by their English words, and says them in Russian for people."""

import re

from aiogram.exceptions import (
    TelegramAPIError,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)

from bot import texts_ru as texts

# A file, a link or a server of Telegram's that may be there again in a minute.
_PASSING = re.compile(
    r"temporar|try again|retry later|timed? ?out|timeout|failed to get http url|webpage_curl|wrong file.?identifier"
    r"|msg_wait|rpc_call_fail|worker_busy|file_reference|file reference|_flood_wait|internal|slowmode",
    re.IGNORECASE,
)
# A private chat that Telegram does not find at this moment, or does not let in.
_LOST = re.compile(
    r"chat not found|user not found|peer_id_invalid|input_user_deactivated|user_deactivated|user_is_blocked"
    r"|chat_write_forbidden|chat_restricted|have no rights to send|privacy_premium_required",
    re.IGNORECASE,
)
# «Not enough rights to send photos to the chat», CHAT_SEND_PHOTOS_FORBIDDEN, VOICE_MESSAGES_FORBIDDEN.
_FORBIDDEN = re.compile(
    r"rights to send (?P<a>[\w ]+?)(?: to (?:the|this) (?:chat|group|channel))?\.?$"
    r"|CHAT_SEND_(?P<b>\w+)_FORBIDDEN|(?P<c>VOICE|VIDEO|ROUND)\w*_(?:FORBIDDEN|RESTRICTED)",
    re.IGNORECASE,
)
_REASONS = tuple((re.compile(signs, re.IGNORECASE), words) for signs, words in texts.REFUSALS)
_TEXTUAL = re.compile(r"text|plain|message", re.IGNORECASE)


def said_by(error: BaseException | str) -> str:
    """Gives Telegram's own words."""
    if isinstance(error, TelegramAPIError):
        return error.message or ""
    return str(error)


def is_passing(said: str) -> bool:
    """Tells whether a refusal may be over in a while although nobody did anything."""
    return _PASSING.search(said) is not None


def is_lost(said: str) -> bool:
    """Tells whether Telegram says that the other side's chat is not there for the bot."""
    return _LOST.search(said) is not None


def forbids_kind(said: str) -> bool:
    """Tells whether a chat, or a person's settings, forbid this kind of media while other messages pass."""
    found = _FORBIDDEN.search(said)
    if found is None:
        return False
    return found["c"] is not None or not _TEXTUAL.search(found["a"] or found["b"] or "")


def in_russian(error: BaseException | str) -> str:
    """Gives the reason of a failure in words for people; Telegram's English belongs to the log alone."""
    said = said_by(error)
    for signs, words in _REASONS:
        if signs.search(said):
            return words
    if isinstance(error, TelegramRetryAfter):
        return texts.REFUSAL_TOO_MANY
    if isinstance(error, TelegramUnauthorizedError):
        return texts.REFUSAL_TOKEN
    if isinstance(error, (TelegramNetworkError, TelegramServerError, TimeoutError)):
        return texts.REFUSAL_NO_ANSWER
    if isinstance(error, TelegramForbiddenError):
        return texts.REFUSAL_FORBIDDEN
    return texts.REFUSAL_OTHER
