"""Where personal data stand in a text: patterns and check digits, a finder for each kind.

The finders read a folded text (see masking.py): lower case, ASCII digits, plain spaces and dashes, nothing invisible.
"""

import re
from collections.abc import Callable, Iterable, Iterator

HIDDEN = "\0"  # stands for each mark while the text is searched: no pattern reaches across it
Span = tuple[int, int]
Finder = Callable[[str], Iterable[Span]]

_SEP = r"[ \-._]{0,3}"
_PHONE_SEP = r"[ \-.()]{0,3}"
_LOCAL_PART = r"[^\s@<>()\[\],;:\"«»\0]"
_EMAIL = re.compile(rf"(?<!{_LOCAL_PART}){_LOCAL_PART}+ ?@ ?[\w\-]+(?:\.[\w\-]+)+")
_SPOKEN_EMAIL = re.compile(r"(?<![\w.+\-])[a-z0-9][\w.+\-]* ?(?:\(at\)|\[at\]|\(?собака\)?) ?[\w\-]+\.[a-z]{2,}")
_SNILS = re.compile(rf"(?<!\d)(?=((\d{{3}}){_SEP}(\d{{3}}){_SEP}(\d{{3}}){_SEP}(\d{{2}}))(?!\d))")
_SNILS_LAYOUT = re.compile(r"\d{3}-\d{3}-\d{3}[ \-]\d{2}")
_SNILS_WORD = re.compile(r"снилс|страхов|snils")
_CARD = re.compile(r"(?<!\d)(?=(\d{3,19}(?:[ \-]{1,2}\d{1,19}){0,6}))")
_FOREIGN_PHONE = re.compile(rf"\+(?=\d)(?:{_PHONE_SEP}\d){{9,15}}(?!\d)")
_HOTLINE = rf"(?:\+?7|8){_PHONE_SEP}800(?!\d{{8}})"


def _grouped(*groupings: str) -> str:
    rows = (_PHONE_SEP.join(rf"\d{{{size}}}" for size in grouping.split()) for grouping in groupings)
    return f"(?:{'|'.join(rows)})"


_TEN_DIGITS = _grouped(
    "3 3 2 2", "3 3 4", "3 7", "3 2 2 3", "3 2 3 2", "3 4 3", "3 1 3 3", "3 2 5", "3 3 1 3",
    "4 2 2 2", "4 6", "4 3 3", "5 5", "5 1 2 2", "10",
)  # fmt: skip
_RUSSIAN_PHONE = re.compile(rf"(?<!\d)(?!{_HOTLINE})(?=((?:\+?7|8){_PHONE_SEP}(?=[3-9]){_TEN_DIGITS})(?!\d))")
_MOBILE = re.compile(rf"(?<!\d)(?=(\(?(?=9){_TEN_DIGITS})(?!\d))")
_CITY_PHONE = re.compile(rf"(?<!\d)(?=(\(\d{{3,5}}\){_PHONE_SEP}\d{{1,3}}[ \-]?\d{{2}}[ \-]?\d{{2}})(?!\d))")
_SPOKEN_PHONE = re.compile(
    rf"(?:телефон\w*|тел\b\.?|звони\w*|позвони\w*|набер\w*|мобильн\w*|сотов\w*|вотсап\w*|ватсап\w*|whatsapp|вайбер\w*)"
    rf"[^\d\n\0]{{0,25}}?(?!{_HOTLINE})(?<!\d)([(]?\d(?:{_PHONE_SEP}\d){{4,10}})(?![\d:])"
)
_PASSPORT_LAYOUT = re.compile(r"(?<!\d)(?=(\d{2} \d{2} {1,2}(?:№ ?|n ?)?\d{3} ?\d{3})(?!\d))")
_PASSPORT_SHORT = re.compile(r"(?<!\d)(?=((?!19\d\d|20\d\d)\d{4} {1,2}(?:№ ?|n ?)?\d{6})(?!\d))")
_SPOKEN_PASSPORT = re.compile(
    r"(?:паспорт\w*|сери[яиюей]+|загран\w*)[^\d\n\0]{0,40}?"
    r"(\d{2}[ \-]?\d{2}[^\d\n\0]{0,20}?\d{3}[ \-]?\d{3}|\d{2}[^\d\n\0]{0,12}?\d{7})(?!\d)"
)
_BIRTH = re.compile(r"(?<!\w)([ivxlcіхув1]{1,6} ?(-?) ?[a-zа-я]{2} ?-? ?(№|n[o°]?\.? |номер)? ?\d{6})(?!\d)")
_SPOKEN_BIRTH = re.compile(r"свидетельств\w*[^\d\n\0]{0,40}?(\d{3} ?\d{3})(?!\d)")
_BIRTH_WORD = re.compile(r"свидетельств|рожден")
_CODE_WORD = (
    r"(?<![а-яa-z])(?:код(?:|а|ы|у|ом|ик|ов)|смс\w*|sms|эсэмэс\w*|парол\w+|пин(?:код\w*)?|code|pin|otp|password)"
    r"(?![а-яa-z])"
)
_CODE = r"(?<![\d№])\d(?:[ \-]?\d){3,7}(?![\d%])"
_CODE_AFTER = re.compile(rf"{_CODE_WORD}(?=([^\d\n\0]{{0,30}}?)({_CODE}))")
_CODE_BEFORE = re.compile(rf"(?=(?<!\d)({_CODE})([^\d\n\0.!?]{{0,20}}?){_CODE_WORD})")
_NOT_A_CODE_WORD = re.compile(
    r"ошиб|error|регион|школ|класс|обращени|заявк|тикет|номер|подразделен|врем|№|домофон|услуг"
)
_MEASURE = re.compile(
    r" ?-?(?:г\b|го[дг]|лет|руб|р\b|₽|мин|час|сек|раз|шт|дн|недел|[./:]\d"
    r"|янв|фев|мар|апр|ма[йя]|июн|июл|авг|сен|окт|ноя|дек)"
)
_DATED = re.compile(r"(?:\d[./:]|обращени\w* |заявк\w* |тикет\w* |№ ?|за )$")
_PASSWORD = re.compile(r"(?:парол[ьяюе]м?|пасс|password|pass)(?: ?(?::|=|-) ?| {1,2})([^\s\0]*[0-9a-z][^\s\0]*)")


def _emails(text: str) -> Iterator[Span]:
    if "@" in text:
        yield from (found.span() for found in _EMAIL.finditer(text))
    if "at" in text or "собака" in text:
        yield from (found.span() for found in _SPOKEN_EMAIL.finditer(text))


def _snils(text: str) -> Iterator[Span]:
    for found in _SNILS.finditer(text):
        spoken = _SNILS_WORD.search(text[max(0, found.start(1) - 30) : found.end(1) + 20])
        if spoken or _SNILS_LAYOUT.fullmatch(found[1]) or _is_snils("".join(found.group(2, 3, 4)), found[5]):
            yield found.span(1)


def _is_snils(number: str, check: str) -> bool:
    """The check digits: Σ digit × (9…1), modulo 101, and 100 counts as 0 (rule of the Pension Fund)."""
    total = sum(int(digit) * weight for digit, weight in zip(number, range(9, 0, -1), strict=True))
    return total % 101 % 100 == int(check)


def _cards(text: str) -> Iterator[Span]:
    for found in _CARD.finditer(text):
        groups = list(re.finditer(r"\d+", found[1]))
        digits = ""
        for at, group in enumerate(groups):
            # A short group ends a card: what follows is another number.
            if len(digits) + len(group[0]) > 19 or (at and len(groups[at - 1][0]) < 3):
                break
            digits += group[0]
            if len(digits) >= 13 and _is_luhn(digits):
                yield found.start(1), found.start(1) + group.end()


def _is_luhn(digits: str) -> bool:
    """ISO/IEC 7812-1: every second digit from the right is doubled; the sum of all digits divides by ten."""
    doubled = (int(digit) * (2 if at % 2 else 1) for at, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _phones(text: str) -> Iterator[Span]:
    if "+" in text:
        for found in _FOREIGN_PHONE.finditer(text):
            if not re.match(rf"\+7{_PHONE_SEP}800", found[0]):
                yield found.span()
    for pattern in (_RUSSIAN_PHONE, _MOBILE, _CITY_PHONE, _SPOKEN_PHONE):
        for found in pattern.finditer(text):
            if not _is_hotline(text, found.start(1)):
                yield found.span(1)


def _is_hotline(text: str, start: int) -> bool:
    return re.search(r"(?:\+?7|8)[ \-.(]{0,3}$", text[max(0, start - 6) : start]) is not None and text.startswith(
        "800", start + (text[start] == "(")
    )


def _passports(text: str) -> Iterator[Span]:
    for pattern in (_PASSPORT_LAYOUT, _PASSPORT_SHORT, _SPOKEN_PASSPORT):
        yield from (found.span(1) for found in pattern.finditer(text))


def _birth_certificates(text: str) -> Iterator[Span]:
    for found in _BIRTH.finditer(text):
        if found[2] or found[3] or _BIRTH_WORD.search(text[max(0, found.start() - 40) : found.start()]):
            yield found.span(1)
    yield from (found.span(1) for found in _SPOKEN_BIRTH.finditer(text))


def _codes(text: str) -> Iterator[Span]:
    for found in _CODE_AFTER.finditer(text):
        if _may_be_code(text, found.span(2), found[1]):
            yield found.span(2)
    for found in _CODE_BEFORE.finditer(text):
        after = text[found.end(1) : found.end(1) + 40]
        if _may_be_code(text, found.span(1), found[2]) and not _NOT_A_CODE_WORD.search(after):
            yield found.span(1)


def _may_be_code(text: str, span: Span, between: str) -> bool:
    """Not an error's number, a year, a price, an age, a time, a date or a ticket's number."""
    start, end = span
    return not (
        _NOT_A_CODE_WORD.search(between) or _MEASURE.match(text, end) or _DATED.search(text[max(0, start - 14) : start])
    )


def whole_code(text: str) -> Iterator[Span]:
    found = re.fullmatch(r"\W*(\d(?:[ \-]?\d){3,7})\W*", text.replace(HIDDEN, "x"))
    if found:
        yield found.span(1)


def _passwords(text: str) -> Iterator[Span]:
    for found in _PASSWORD.finditer(text):
        value = found[1].rstrip(".,;:!?)»\"'")
        separated = not found[0].startswith(tuple(f"{word} " for word in _PASSWORD_WORDS)) or ":" in found[0]
        if value and "://" not in value and (separated or re.search(r"[a-z]", value)):
            yield found.start(1), found.start(1) + len(value)


_PASSWORD_WORDS = ("пароль", "пароля", "паролю", "пароле", "паролем", "пасс", "password", "pass")

FINDERS: list[tuple[str, Finder]] = [
    ("email", _emails),
    ("birth", _birth_certificates),
    ("snils", _snils),
    ("card", _cards),
    ("phone", _phones),
    ("passport", _passports),
    ("code", _codes),
    ("password", _passwords),
]
