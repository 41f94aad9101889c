"""Finds СНИЛС and bank cards, whose check digits tell them from other numbers."""

import re
from collections.abc import Iterator

from bot.flows.masking.text_numbers import AT_HOTLINE, DATE, END, Span, is_ticket

_SEP = r"(?:[ \-._/]{0,3}|\n)"
_SNILS = re.compile(rf"(?<!\d)(?=((\d{{3}}){_SEP}(\d{{3}}){_SEP}(\d{{3}}){_SEP}(\d{{2}}))(?!\d))")
_SNILS_LAYOUT = re.compile(r"\d{3}-\d{3}-\d{3}[ \-]\d{2}")
_SNILS_WORD = re.compile(r"снилс|страхов|snils")
# Without its two check digits it is still the number.
_SPOKEN_SNILS = re.compile(
    rf"(?:снилс|страхов(?=\w){END}|snils)[^\d\0]{{0,40}}?(?<!\d)(\d(?:{_SEP}\d){{8}}(?:{_SEP}\d{_SEP}\d)?)(?!\d)"
)

_CALLED_PHONE = re.compile(r"(?<!\w)(?:тел|звон|позвон|набер|моб|сот|в[ао][тц]с?ап)")


def snils(text: str) -> Iterator[Span]:
    """Finds СНИЛС numbers."""
    for found in _SNILS.finditer(text):
        start, end = found.span(1)
        near = _SNILS_WORD.search(text[max(0, start - 30) : end + 20])
        checked = _is_snils("".join(found.group(2, 3, 4)), found[5])
        if checked or _SNILS_LAYOUT.fullmatch(found[1]) or (near and not _is_harmless_row(text, start)):
            yield start, end
    for found in _SPOKEN_SNILS.finditer(text):
        if not _is_harmless_row(text, found.start(1)):
            yield found.span(1)


def _is_harmless_row(text: str, start: int) -> bool:
    """Tells whether it is a date, a hotline, a ticket, or was called a phone after «СНИЛС» was spoken of."""
    if DATE.match(text, start) or AT_HOTLINE.match(text, start) or is_ticket(text, start):
        return True
    return _CALLED_PHONE.search(text[max(0, start - 12) : start]) is not None


def _is_snils(number: str, check: str) -> bool:
    """Checks the digits: Σ digit × (9…1), modulo 101, and 100 counts as 0 (rule of the Pension Fund)."""
    total = sum(int(digit) * weight for digit, weight in zip(number, range(9, 0, -1), strict=True))
    return total % 101 % 100 == int(check)


# --- cards -----------------------------------------------------------------------------------------------------------

_CARD = re.compile(r"(?<!\d)(?=(\d{3,19}(?:(?:[ \-]{1,2}|\n)\d{1,19}){0,6}))")
CARD_LAYOUT = re.compile(r"(?<!\d)(?=(\d{4}(?:(?:[ \-]{1,2}|\n)\d{4}){3})(?!\d))")
# With a slip of the finger a card is still a card.
_SPOKEN_CARD = re.compile(r"карт(?:[аыеу]|ой|очк\w{0,12})(?!\w)[^\d\0]{0,40}?(\d(?:(?:[ \-]{0,2}|\n)\d){15,18})(?!\d)")


def cards(text: str) -> Iterator[Span]:
    """Finds numbers of bank cards."""
    for pattern in (CARD_LAYOUT, _SPOKEN_CARD):
        yield from (found.span(1) for found in pattern.finditer(text))
    for found in _CARD.finditer(text):
        if not is_ticket(text, found.start(1)):
            yield from _cards_in(text, found)


def _cards_in(text: str, found: re.Match[str]) -> Iterator[Span]:
    groups = list(re.finditer(r"\d+", found[1]))
    digits = ""
    for at, group in enumerate(groups):
        end = found.start(1) + group.end()
        # A short group ends a card: what follows is another number. So is one of a line of its own: a class, an age.
        if at and len(group[0]) < 3 and found[1][group.start() - 1] == "\n":
            break
        if len(digits) + len(group[0]) > 19 or (at and len(groups[at - 1][0]) < 3) or text[end : end + 1].isdecimal():
            break
        digits += group[0]
        if len(digits) >= 13 and is_luhn(digits):
            yield found.start(1), end


def is_luhn(digits: str) -> bool:
    """Checks by ISO/IEC 7812-1: every second digit from the right is doubled; the sum of all digits divides by ten."""
    doubled = (int(digit) * (2 if at % 2 else 1) for at, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
