"""Reads a whole number that a person typed or that a button carries, which may be forged."""

import re

LARGEST = 2**63 - 1  # what a database holds
LAST_PAGE = 9_999  # of any list
_FIGURES = re.compile(r"[0-9]{1,19}")


def whole_number(text: str, most: int = LARGEST) -> int | None:
    """Gives the number of a text that has figures alone; None for any other text and for a number above `most`."""
    number = int(text) if _FIGURES.fullmatch(text) else most + 1
    return number if number <= most else None
