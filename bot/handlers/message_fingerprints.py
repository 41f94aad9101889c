"""Makes keyed hashes of a family's last messages, so that an edit that changes nothing is recognised.

The dialogue keeps them (`heard`). Telegram sends an `edited_message` also where nothing was edited (a preview was
added, the message was pinned), and never the words of before (Bot API, Update).
"""

import hashlib

from aiogram.types import Message

from bot.handlers import message_kinds

KEPT = 8  # messages of a family whose edits still count: an older one is history
_MARK_BYTES = 6


def mark_of(message: Message, secret: str) -> str:
    """Makes a short keyed hash of a message's contents: it recognises the message and tells nothing of it."""
    found = message_kinds.found_in(message)
    said = (
        f"{message.chat.id}|{message.message_id}|{found.file_mark if found else ''}|{message_kinds.words_of(message)}"
    )
    key = hashlib.sha256(secret.encode()).digest()
    return hashlib.blake2b(said.encode("utf-8", "surrogatepass"), digest_size=_MARK_BYTES, key=key).hexdigest()


def before(heard: str, message_id: int) -> str | None:
    """Gives the hash of a message as it was read last; None where it was not read lately."""
    return next((mark for number, mark in _pairs(heard) if number == str(message_id)), None)


def noted(heard: str, message_id: int, mark: str) -> str:
    """Gives the hashes of the last messages, with this one as the newest."""
    others = [(number, kept) for number, kept in _pairs(heard) if number != str(message_id)]
    newest = [*others, (str(message_id), mark)][-KEPT:]
    return ",".join(f"{number}:{kept}" for number, kept in newest)


def _pairs(heard: str) -> list[tuple[str, str]]:
    pairs = (one.partition(":") for one in heard.split(",") if one)
    return [(number, mark) for number, _, mark in pairs]
