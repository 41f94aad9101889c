"""Reads the numbers of a folded text: how their digits are grouped, and which of them are harmless.

These are numbers of tickets and errors, dates, prices, ages, times, and the 8-800 hotlines.
"""

import re
from collections.abc import Callable, Iterable, Iterator

MASKED = "\0"  # stands for each mark while the text is searched: no pattern reaches across it
Span = tuple[int, int]
Finder = Callable[[str], Iterable[Span]]

# No pattern below may go back over what it has passed more than a few times: endings and gaps have a longest length,
# and whatever nothing else could take is possessive (`*+`). The longest message is read in milliseconds so.
_ENDED = r"\w{0,20}+"
_TICKET = rf"(?:ошиб|заявлени|обращени|заявк|тикет|запрос|заказ|договор|квитанци|билет|инцидент){_ENDED}|error|чек\w?+"
_PLACE = rf"(?:школ|лице[йяюе]|гимнази|кабинет|приказ|справк){_ENDED}"
_ON_THE_WAY = r"(?:[ :№#\-(«\"]++|(?:номер|код|цифр)\w*+|code|(?:n|от|под|с)\b)*+\n?"
# A word's ending, and up to eight digits that stand against it, which may as well be the number that is looked for.
END = r"[^\W\d]{0,12}+\d{0,8}"
_TICKET_BEFORE = re.compile(rf"(?:{_TICKET}){_ON_THE_WAY}$")
_NUMBERED = re.compile(rf"(?:{_TICKET}|{_PLACE}){_ON_THE_WAY}$")
MEASURE = re.compile(
    r" ?-?(?:г\b|го[дг]|лет\b|руб|р\b|₽|тыс|балл|мин(?:\b|ут)|час(?:\b|а\b|ов)|сек(?:\b|унд)|раза?\b|шт(?:\b|ук)"
    r"|дн(?:\b|я|ей)|недел|учебн|человек|[./:]\d|янв|фев|мар(?:\b|та?\b)|апр|ма[йя]\b|июн|июл|авг|сен(?:\b|тяб)|окт(?:\b|яб)"
    r"|ноя(?:\b|бр)|дек(?:\b|аб))"
)
DATE = re.compile(r"(?:0?[1-9]|[12]\d|3[01])[./](?:0?[1-9]|1[0-2])[./]\d|(?:19|20)\d\d([-./])\d\d\1\d\d(?!\d)")
# The 8-800 hotlines, which are public.
PHONE_SEP = r"[ \-.()/]{0,3}"
HOTLINE = rf"(?:\+?7|8){PHONE_SEP}800(?!\d{{8}})"
AT_HOTLINE = re.compile(HOTLINE)


def is_numbered(text: str, start: int) -> bool:
    """Tells whether the number follows a word for something that is numbered: an error, a ticket, a school."""
    return _NUMBERED.search(text[max(0, start - 40) : start]) is not None


def is_ticket(text: str, start: int) -> bool:
    """Tells whether the number is that of a ticket. Places do not count: after «позвонила в школу» comes a phone."""
    return _TICKET_BEFORE.search(text[max(0, start - 40) : start]) is not None


def beginnings(text: str, start: int, end: int) -> Iterator[tuple[tuple[int, ...], int]]:
    """Gives the beginnings of a row of digits, longest first: the way that each is parted, and its end."""
    groups = list(re.compile(r"\d+").finditer(text, start, end))
    for last in range(len(groups), 0, -1):
        yield tuple(len(group[0]) for group in groups[:last]), groups[last - 1].end()


def layout(digits: str) -> tuple[int, ...]:
    """Gives the lengths of the groups that a row of digits is parted into."""
    return tuple(map(len, re.findall(r"\d+", digits)))


def layouts(rows: str) -> frozenset[tuple[int, ...]]:
    """Reads lengths of groups, written with blanks between groups and commas between rows."""
    return frozenset(tuple(map(int, row.split())) for row in rows.split(","))
