"""Finds the numbers of passports and of birth certificates."""

import re
from collections.abc import Iterator

from bot.flows.masking.text_numbers import END, MEASURE, Span, is_ticket

_NUMBER_SIGN = r"(?:№|#|n[o°]?\b\.?|номер\w{0,12}|ном\.)"
_PASSPORT_LAYOUT = re.compile(rf"(?<!\d)(?=(\d{{2}} \d{{2}}[ ,\n]{{1,2}}(?:{_NUMBER_SIGN} ?)?\d{{3}} ?\d{{3}})(?!\d))")
_PASSPORT_SHORT = re.compile(
    rf"(?<!\d)(?=((?!19\d\d|20\d\d)\d{{4}} {{1,2}}(?:{_NUMBER_SIGN} ?)?\d{{6}}"
    rf"|\d{{4}},? ?{_NUMBER_SIGN} ?\d{{6}})(?!\d))"
)
_SPOKEN_PASSPORT = re.compile(
    rf"(?:(?:паспорт|загран){END}|пасп\b|сери[яиюей]{{1,4}})[^\d\0]{{0,40}}?(?<!\d)"
    r"((?!\d{4} г)\d{2}[ \-]?\d{2}(?:[^\d\0\n]|\n(?!\n)){0,20}?\d{3}[ \-]?\d{3}|\d{2}[^\d\0]{0,12}?\d{7}"
    r"|\d{6}[^\d\0]{1,5}сери\w{1,12}[^\d\0]{0,3}\d{2} ?\d{2})(?!\d)"
)
# Passports of other countries, with letters or of another length: «паспорт Украины FE123456», «номер паспорта 1234567».
# Behind a country or a person the sign of a number tells it: «паспорт Казахстана № 12345678».
_SHORT_WORDS = r"(?:на|по|от|до|за|из|не|ни|ли|же|бы|но|то|мы|вы|он)\b"
_FOREIGN_SERIES = r"(?:[a-z]{3} ?|[a-zа-я]{2},? ?|[a-z] ?|[а-я](?=\d))"
_FOREIGN_PASSPORT = re.compile(
    rf"(?:паспорт|passport)[^\W\d]{{0,12}}+(?:[^\d\0]{{0,40}}?(?<!\w)(?!{_SHORT_WORDS})"
    rf"({_FOREIGN_SERIES}(?:{_NUMBER_SIGN} ?)?\d{{6,9}}|\d\d ?[a-z]{{2}} ?\d{{5}})"
    rf"|(?:[ :\-]{{0,3}}|(?: [a-zа-я]{{3,20}}+){{1,3}} (?={_NUMBER_SIGN}))"
    rf"(?:{_NUMBER_SIGN}[ :\-]{{0,3}})?(?<![\w])(\d{{6,8}}))(?![\d\-])"
)
# «П», «Ш» and ones stand for Roman numerals as often as the right letters do.
_ROMAN = r"[ivxlcіхувпш1|]{1,6}"
_BIRTH = re.compile(
    rf"(?<!\w)((?:({_ROMAN})|\d{{1,2}}) ?(-?) ?[a-zа-я]{{2}}(?![a-zа-я])"
    rf"[ ,:;\-\n]{{0,3}}({_NUMBER_SIGN})?[ :\n]{{0,3}}\d{{3}} ?\d{{3}})(?!\d)"
)
_BIRTH_WORD = re.compile(r"свидетельств|св-в|свид\b|рожд|метрик")
_SPOKEN_BIRTH = re.compile(
    rf"(?:(?:свидетельств|св-в|метрик){END}|свид\b|св\. о рожд)"
    r"[^\d\0]{0,50}+(?:\d{1,2} ?-? ?[а-яa-z]{2}\b[^\d\0]{0,20}+){0,3}(?<![\d\-])(\d{3} ?\d{3})(?!\d)"
)


def passports(text: str) -> Iterator[Span]:
    """Finds series and numbers of passports."""
    for pattern in (_PASSPORT_LAYOUT, _PASSPORT_SHORT):
        for found in pattern.finditer(text):
            if not is_ticket(text, found.start(1)) and not MEASURE.match(text, found.end(1)):
                yield found.span(1)
    yield from (found.span(1) for found in _SPOKEN_PASSPORT.finditer(text))
    for found in _FOREIGN_PASSPORT.finditer(text):
        span = found.span(1 if found[1] else 2)
        if not is_ticket(text, span[0]) and not MEASURE.match(text, span[1]):
            yield span


def birth_certificates(text: str) -> Iterator[Span]:
    """Finds series and numbers of birth certificates."""
    for found in _BIRTH.finditer(text):
        roman, dash, sign = found.group(2, 3, 4)
        spoken = _BIRTH_WORD.search(text[max(0, found.start() - 40) : found.start()])
        # «в ЛК № 123456»: a lone Cyrillic letter without a dash is a preposition.
        if spoken or (
            roman and (dash or re.fullmatch("[ivxі]+", roman) or (sign and not re.fullmatch("[а-я]", roman)))
        ):
            yield found.span(1)
    for found in _SPOKEN_BIRTH.finditer(text):
        if not is_ticket(text, found.start(1)):
            yield found.span(1)
