"""Numbers the chats of all channels: Telegram's ids stand as they are, MAX's are moved to a range far above them.

Bot API, Chat: an id has at most 52 significant bits. A user or a group of MAX is counted from 2**60 on, so the same
number in both messengers is two families, and neither ever meets the other. MAX's own ids are below 2**59 (they are
int64 by its schema; those seen have 9 to 15 digits).
"""

_MAX = 2**60
_MOST = 2**59
MAX_PREFIX = "max:"


def of_max(number: int) -> int:
    """Gives the id of a person of MAX (a number above zero) or of a group there (below zero).

    Raises ValueError for a number that is neither.
    """
    if not 0 < abs(number) < _MOST:
        raise ValueError(f"{number} is no id of MAX")
    return number + _MAX if number > 0 else number - _MAX


def is_max(chat_id: int) -> bool:
    """Tells whether an id is of MAX."""
    return _MAX < abs(chat_id) < _MAX + _MOST


def in_max(chat_id: int) -> int:
    """Gives back MAX's own number. Raises ValueError for the id of another channel."""
    if not is_max(chat_id):
        raise ValueError(f"{chat_id} is not of MAX")
    return chat_id - _MAX if chat_id > 0 else chat_id + _MAX


def own_number(chat_id: int) -> int:
    """Gives the number by which the channel of a chat or a person itself knows them."""
    return in_max(chat_id) if is_max(chat_id) else chat_id


def written(chat_id: int) -> str:
    """Gives an id as the settings take it: a number for Telegram, `max:<number>` for MAX."""
    return f"{MAX_PREFIX}{in_max(chat_id)}" if is_max(chat_id) else str(chat_id)
