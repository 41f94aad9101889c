"""Finds numbers that have no form of their own: those that a word names, and then any long number.

The finders read a folded text, as all of them do (see masked_text.py). Gaps and endings have a longest length.
"""

import re
from collections.abc import Iterator

from bot.flows.masking.text_numbers import Span

_GAP = r"[^\d\0]{0,25}?"
_ENDED = r"\w{0,12}+"
_SIGN = r"(?:№ ?|n ?|номер ?)?"
_ROW = r"\d(?:[ \-]{0,2}\d)"
_SERIES = r"(?:(?:\d{1,2} ?-? ?[а-яa-z]{2}|(?<![а-яa-z])[а-яa-z]{2,3}|\d\d(?= ?(?:№|номер))) ?)?"

_END_OF_ROW = r"(?!\d)"
_MILITARY = r"военн\w{1,3}+ билет|военник|в/б"

# The number of the first kind looks like a passport's or a card's as well, so it is looked for before those.
_NUMBERED_BY_WORD = (
    re.compile(rf"(?<!\w)инн(?!\w){_GAP}({_ROW}{{7,13}}){_END_OF_ROW}"),
    re.compile(
        rf"(?<!\w)(?:полис|омс(?!\w)|дмс(?!\w)){_ENDED}{_GAP}((?:[а-яa-z]{{1,4}} )?{_ROW}{{5,15}}){_END_OF_ROW}"
    ),
    re.compile(rf"(?<!\w)(?:счет|р/с|расчетн|лицев){_ENDED}{_GAP}({_ROW}{{11,24}}){_END_OF_ROW}"),
    re.compile(
        rf"(?<!\w)(?:{_MILITARY}|приписн){_ENDED}{_GAP}"
        rf"({_SERIES}{_SIGN}{_ROW}{{5,9}}){_END_OF_ROW}"
    ),
)
_DOCUMENTS = (
    re.compile(
        r"(?<!\w)(?:удостоверени|водительск|права(?!\w)|аттестат|диплом|студенческ|ученическ|вид на жительств|внж(?!\w)"
        r"|рвп(?!\w)|убежищ|беженц|загран|свидетельств|св-в|метрик|медкарт|миграционн|патент|трудов\w{1,3}+ книж)"
        rf"{_ENDED}{_GAP}({_SERIES}{_SIGN}{_ROW}{{5,11}}){_END_OF_ROW}"
    ),
    re.compile(rf"(?<!\w)(?:сери[яию]|series) {_SIGN}([а-яa-z]{{2}} ?{_SIGN}{_ROW}{{5,6}}){_END_OF_ROW}"),
    # «2-об 987654»: a birth certificate whose Roman number was written in our figures.
    re.compile(rf"(?<![\w\-])(\d{{1,2}}-[а-яa-z]{{2}} ?(?:№ ?)?\d{{3}} ?\d{{3}}){_END_OF_ROW}"),
)
# «АА № 1234567 военный билет»: the word stands after its number; two years with a dash between are no
# number, and a word with a number behind it names that one.
_NUMBER_BEFORE_WORD = re.compile(
    rf"(?<![\w\-])({_SERIES}{_SIGN}(?!(?:19|20)\d\d ?- ?(?:19|20)\d\d(?!\d)){_ROW}{{5,13}}(?: [а-я]{{2}}(?!\w))?)"
    r"(?!\d)[^\d\0.!?\n]{0,12}?(?<!\w)"
    rf"(?:{_MILITARY}|полис|омс(?!\w)|инн(?!\w)|паспорт|загран|водительск|удостоверени|аттестат"
    r"|диплом)(?!\w{0,12}+[ :№\-]{0,4}+\d)"
)
_LOGINS = re.compile(
    rf"(?<!\w)(?:есиа|esia|oid|id|айди|ид|логин|учетн{_ENDED} запис){_ENDED}{_GAP}({_ROW}{{6,13}}){_END_OF_ROW}"
)

# «заявка-310000001-0»: a word that is joined to its number makes a name of something; papers have their own finders.
_LONG = re.compile(
    r"(?<![a-z\d_])(?<!\d[.,])(?:(?<![а-яa-z]-)|(?<=номер-)|(?=\d{11}))"
    r"(\d{9,20}+|\d{1,12}(?:[ \-]{1,2}\d{1,12}){1,7}+|\d{1,12}(?:[._/]\d{1,12}){1,5}+)"
    r"(?![\w:]|[.,/]\d)"
)
_YEAR_OR_LESS = re.compile(r"\d{1,2}|(?:19|20)\d\d")
_LEAST_IN_GROUPS, _LEAST_WITH_A_LONG_ONE, _LONG_GROUP = 11, 10, 5


def numbered_by_word(text: str) -> Iterator[Span]:
    """Finds ИНН, полис, account and military papers by the word beside them."""
    for pattern in (*_NUMBERED_BY_WORD, _NUMBER_BEFORE_WORD):
        yield from (found.span(1) for found in pattern.finditer(text))


def documents(text: str) -> Iterator[Span]:
    """Finds other papers by the word beside them, with the letters of their series."""
    yield from (found.span(1) for pattern in _DOCUMENTS for found in pattern.finditer(text))


def logins(text: str) -> Iterator[Span]:
    """Finds the digits that are called a login or an id."""
    yield from (found.span(1) for found in _LOGINS.finditer(text))


def long_numbers(text: str) -> Iterator[Span]:
    """Finds rows of digits that are longer than anything harmless: 9 to 20 in one piece, 11 in groups.

    Ten digits in groups count, too, if one of the groups is long.

    An account of a bank, 20 digits, is the longest number that anybody is known by.

    Days, months, years and marks, which come in groups of one, two or four, make no such row: one group at least must
    be of another kind. Where dots part the groups, a long one must be among them, unlike in a version or an address.
    """
    for found in _LONG.finditer(text):
        groups = re.findall(r"\d+", found[1])
        digits, has_long = sum(map(len, groups)), any(len(group) >= _LONG_GROUP for group in groups)
        parted = digits >= _LEAST_IN_GROUPS and not re.search(r"[._/]", found[1])
        if (
            len(groups) == 1
            or (digits >= _LEAST_WITH_A_LONG_ONE and has_long)
            or (parted and any(not _YEAR_OR_LESS.fullmatch(group) for group in groups))
        ):
            yield found.span(1)
