"""Classifies Telegram's refusals by their English words, and says them in Russian for people."""

import re

from aiogram.exceptions import (
    TelegramAPIError,
    TelegramEntityTooLarge,
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
# What Telegram says, by the name under which `texts.REFUSALS` has the words for people; the first that fits counts.
SIGNS = {
    name: re.compile(signs, re.IGNORECASE)
    for name, signs in {
        "upload": r"UPLOAD_REFUSED",
        "voice_unwanted": r"VOICE_MESSAGES_FORBIDDEN",
        "video_unwanted": r"(VIDEO|ROUND)\w*_(FORBIDDEN|RESTRICTED)",
        "photos_off": r"SEND_PHOTOS|rights to send photos",
        "videos_off": r"SEND_VIDEOS|rights to send videos",
        "files_off": r"SEND_DOC|rights to send documents",
        "music_off": r"SEND_AUDIOS|rights to send (audio|music)",
        "voice_off": r"SEND_VOICES|rights to send voice",
        "video_notes_off": r"SEND_ROUND|rights to send video ?notes",
        "stickers_off": r"SEND_(STICKERS|GIFS|GAME|INLINE)|rights to send (stickers|animations|games|gifs)",
        "polls_off": r"SEND_POLL|rights to send polls",
        "media_off": r"SEND_MEDIA|rights to send (media|\w*file)",
        "messages_off": r"SEND_PLAIN|CHAT_WRITE_FORBIDDEN|rights to send|no rights to send",
        "pins": r"pinned messages|rights to pin",
        "topics": r"topic.*rights|rights.*topic",
        "deletions": r"rights.*delet|can't be deleted|DELETE_FORBIDDEN",
        "rights": r"not enough rights|administrator rights|ADMIN_REQUIRED|no rights",
        "topic_closed": r"TOPIC_CLOSED|topic is closed",
        "topic_gone": r"thread not found|TOPIC_(DELETED|ID_INVALID)",
        "blocked": r"blocked by the user|USER_IS_BLOCKED",
        "account_gone": r"deactivated",
        "removed": r"kicked|not a member|was deleted",
        "never_wrote": r"initiate conversation",
        "chat_gone": r"chat not found|user not found|PEER_ID_INVALID",
        "no_copy": r"can't be copied|to copy not found|can't be forwarded|CHAT_FORWARDS_RESTRICTED|protected",
        "privacy": r"PRIVACY|RESTRICTED",
        "file_gone": r"temporar|file.?identifier|FILE_(REFERENCE|GONE)|http url|WEBPAGE",
        "file_too_large": r"too (big|large)|FILE_PARTS|Entity Too Large",
        "picture": r"IMAGE_PROCESS|PHOTO_(INVALID|EXT)|MEDIA_(INVALID|EMPTY)|DIMENSIONS",
        "too_long": r"too long",
        "empty": r"is empty|must be non-empty",
        "markup": r"parse entities",
        "buttons": r"BUTTON_|keyboard",
    }.items()
}
_TEXTUAL = re.compile(r"text|plain|message", re.IGNORECASE)
_UNCHANGED = re.compile(r"not.modified", re.IGNORECASE)


def said_by(error: BaseException | str) -> str:
    """Gives Telegram's own words."""
    if isinstance(error, TelegramAPIError):
        return error.message or ""
    return str(error)


def is_unchanged(said: str) -> bool:
    """Tells whether everything is as the call would have made it: «message is not modified», TOPIC_NOT_MODIFIED."""
    return _UNCHANGED.search(said) is not None


def is_passing(said: str) -> bool:
    """Tells whether a refusal may be over in a while although nobody did anything."""
    return _PASSING.search(said) is not None


def is_topic_gone(said: str) -> bool:
    """Tells whether Telegram says that a topic is not there, as it does of any trouble with one, too."""
    return SIGNS["topic_gone"].search(said) is not None


def lacks_right_to_delete(said: str) -> bool:
    """Tells whether a deletion was refused because the bot may not delete there."""
    return any(SIGNS[name].search(said) for name in ("deletions", "rights"))


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
    for name, signs in SIGNS.items():
        if signs.search(said):
            return texts.REFUSALS[name]
    if isinstance(error, TelegramEntityTooLarge):
        return texts.REFUSALS["file_too_large"]
    if isinstance(error, TelegramRetryAfter):
        return texts.REFUSAL_TOO_MANY
    if isinstance(error, TelegramUnauthorizedError):
        return texts.REFUSAL_TOKEN
    if isinstance(error, (TelegramNetworkError, TelegramServerError, TimeoutError)):
        return texts.REFUSAL_NO_ANSWER
    if isinstance(error, TelegramForbiddenError):
        return texts.REFUSAL_FORBIDDEN
    return texts.REFUSAL_OTHER
