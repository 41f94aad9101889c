"""Checks an answer that a desk saves for personal data, and names the word that is in the way."""

import re
from collections.abc import Callable

from bot.flows import masking, utf16
from bot.flows.masking.person_names import is_listed, names_in
from bot.flows.plain_letters import plain_letters
from bot.flows.utf16 import units

NAME_LIMIT = 40  # characters of an answer's name, which is the label of a button
TEXT_LIMIT = 2500  # UTF-16 units of its text as HTML: with the head of a card it is one message
_NAMES = re.compile(r"[^\W\d_]+")
_ACCOUNT = re.compile(r"(?<![\w.])@\w{4,}|\bt\.me/\w{4,}", re.IGNORECASE)
_NUMBER = re.compile(r"№\s{0,3}\d+")
_CLASS = re.compile(r"(?<!\d)(\d{1,2})[\W_]{0,3}([^\W\d_])(?!\w)")
_LONGEST_ENDING = 3  # letters that a case adds to a name
_VOWELS = "аеиоуыэюяйь"


def in_the_way(
    text: str, *, people: list[str], class_name: str | None, number: int, is_common: Callable[[str], bool]
) -> str | None:
    """Gives the first word of a text that may name or number a person; None where there is none.

    `people` are the names that the ticket knows, `class_name` and `number` the ticket's own, 0 where there is none.
    `is_common` tells of a word in lower case whether families use it of anything but a person.
    """
    masked = masking.mask(text)
    if masked.spans:
        return utf16.part(text, *masked.spans[0][:2])
    account = _ACCOUNT.search(text)
    if account:
        return account[0]
    numbered = next((found[0] for found in _NUMBER.finditer(text) if found[0].lstrip("№ ") == str(number)), None)
    return numbered or _class_in(text, class_name) or _known_in(text, people, is_common) or _name_in(text, is_common)


def _class_in(text: str, class_name: str | None) -> str | None:
    own = _CLASS.fullmatch((class_name or "").strip())
    if own is None:
        return None
    spelt = (own[1], own[2].lower())
    return next((found[0] for found in _CLASS.finditer(text) if (found[1], found[2].lower()) == spelt), None)


def _known_in(text: str, people: list[str], is_common: Callable[[str], bool]) -> str | None:
    """Finds a name of the ticket in any of its cases; a word that families use of anything else is none."""
    names = [plain for name in people for plain in map(plain_letters, _NAMES.findall(name)) if len(plain) > 1]
    bases = [_base(name) for name in names if is_listed(name) or not is_common(name)]
    for found in _NAMES.finditer(text):
        word = plain_letters(found[0])
        if any(word.startswith(base) and len(word) - len(base) <= _LONGEST_ENDING for base in bases):
            return found[0]
    return None


def _base(name: str) -> str:
    return name[:-1] if len(name) > 3 and name[-1] in _VOWELS else name


def _name_in(text: str, is_common: Callable[[str], bool]) -> str | None:
    return next(names_in(text, is_common), None)


def is_too_long(html_text: str) -> bool:
    """Tells whether a text with its marks is longer than is kept."""
    return units(html_text) > TEXT_LIMIT
