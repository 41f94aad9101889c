"""Measures and cuts texts in UTF-16 code units, by which Telegram counts (Bot API, MessageEntity)."""


def units(text: str) -> int:
    """Gives the number of UTF-16 code units of a text."""
    return len(_encoded(text)) // 2


def first_units(text: str, number: int) -> str:
    """Gives the beginning of a text within so many units, not cut within a letter."""
    return _encoded(text)[: number * 2].decode("utf-16-le", "ignore")


def part(text: str, start: int, end: int) -> str:
    """Gives the part of a text between two positions, which are counted in units."""
    return _encoded(text)[start * 2 : end * 2].decode("utf-16-le", "surrogatepass")


def _encoded(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")
