"""Finds phone numbers: Russian and foreign ones, mobile and city ones, and those that a word names."""

import re
from collections.abc import Iterator

from bot.flows.masking.text_numbers import (
    DATE,
    END,
    HOTLINE,
    MEASURE,
    PHONE_SEP,
    Span,
    beginnings,
    is_ticket,
    layout,
    layouts,
)

_HOTLINE_BEFORE = re.compile(rf"(?<!\d)(?:\+?7|8){PHONE_SEP}(800{PHONE_SEP})?$")
# How people part the ten digits. Others («9000 2000 30») are no phone.
_TEN_DIGITS = layouts(
    "10,3 7,3 3 4,3 3 2 2,3 2 2 3,3 2 3 2,3 4 3,3 1 3 3,3 2 5,3 3 1 3,3 5 2,3 1 2 2 2,3 2 2 2 1,6 4,6 2 2,7 3,4 6"
    ",4 2 2 2,4 2 4,4 3 3,5 5,5 1 2 2,5 3 2,5 2 3,2 2 2 2 2,1 3 3 3,1 2 3 2 2,1 2 3 4,1 1 1 1 1 1 1 1 1 1"
)
_LOCAL_DIGITS = layouts("5,6,7,1 2 2,2 2 2,3 2 2,3 3,3 4,2 3,3 2,2 2 3,2 3 2")
_FOREIGN_PHONE = re.compile(rf"\+(?=\d)(?:{PHONE_SEP}\d){{9,15}}(?!\d)")
_RUSSIAN_PHONE = re.compile(rf"(?<!\d)(?!{HOTLINE})(?=((?:\+?7|8){PHONE_SEP}([3-9](?:{PHONE_SEP}\d){{9}}))(?!\d))")
_MOBILE = re.compile(rf"(?<!\d)(?=(\(?(9(?:{PHONE_SEP}\d){{9}}))(?!\d))")
_CITY_PHONE = re.compile(
    rf"(?<!\d)(?=(\(\d{{3,5}}\){PHONE_SEP}\d{{1,3}}[ \-]?\d{{2}}[ \-]?\d{{2}})(?!\d))"
    r"|(?<![\d\-.])(?=((?:[348]\d{2} \d{3}|[348]\d{3}[ \-]\d{2}|[348]\d{4}[ \-]\d|\d{3})-\d{2}-\d{2})(?![\d\-]))"
)
_SPOKEN_PHONE = re.compile(
    r"(?:(?:телефон|звони|позвони|дозвон|набер|мобильн|сотов|вотсап|вацап|ватсап|вайбер|контакт|домашн|городск)"
    rf"{END}|тел\b\.?|whatsapp|viber|для связи)"
    rf"(?:[^\d\0]|\d\d?[.:]\d\d(?![\d.\-])){{0,30}}?(?<![\w:№#])(?!{HOTLINE})([(]?\d(?:{PHONE_SEP}\d){{4,10}})(?![\d:])"
)
# «25-45-67 мой телефон», «254567 домашний телефон»: the word stands behind the number.
_BEFORE_WORD = re.compile(
    r"(?<![\w:№#\-])(\d(?:[ \-]?\d){4,6})(?! ?\d) ?(?:- ?|это |вот )?(?:"
    r"(?:(?:мой|наш|ее|его|мамин|папин) |(?:домашн|городск|рабоч|контактн|сотов)[а-я]{2,3} ){1,2}(?:телефон|тел\b)"
    r"|(?:телефон|тел)(?=[^\w\0]*$))"
)
_OWN_NUMBER = re.compile(rf"номер{END}[^\d\0№]{{0,20}}?(?<!\w)(\d{{1,3}}-\d\d-\d\d)(?![\d\-])")


def phones(text: str) -> Iterator[Span]:
    """Finds phone numbers, Russian and foreign."""
    if "+" in text:
        for found in _FOREIGN_PHONE.finditer(text):
            if not re.match(rf"\+7{PHONE_SEP}800", found[0]):
                yield found.span()
    for pattern in (_RUSSIAN_PHONE, _MOBILE):
        for found in pattern.finditer(text):
            if layout(found[2]) in _TEN_DIGITS and is_phone(text, found.span(1)):
                yield found.span(1)
    for pattern in (_CITY_PHONE, _OWN_NUMBER):
        for found in pattern.finditer(text):
            span = found.span(found.lastindex or 0)
            if is_phone(text, span):
                yield span
    for pattern in (_SPOKEN_PHONE, _BEFORE_WORD):
        for found in pattern.finditer(text):
            yield from _local_phone(text, found)


def _local_phone(text: str, found: re.Match[str]) -> Iterator[Span]:
    """Gives the longest beginning of a row of digits that is parted like a phone: «27-45-67 12 мая» ends before 12."""
    start = found.start(1)
    if is_ticket(text, start) or DATE.match(text, start):
        return
    for lengths, end in beginnings(text, *found.span(1)):
        if sum(lengths) in (9, 10, 11) or lengths in _LOCAL_DIGITS:
            if is_phone(text, (start, end)) and not MEASURE.match(text, end):
                yield start, end
            return


def is_phone(text: str, span: Span) -> bool:
    """Tells whether it is a phone: not the rest of a hotline, nor the number of a ticket, which comes in one piece."""
    start, end = span
    before = _HOTLINE_BEFORE.search(text[max(0, start - 12) : start])
    if before and (before[1] or text.startswith("800", start + (text[start] == "("))):
        return False
    return not (text[start:end].isdigit() and is_ticket(text, start))
