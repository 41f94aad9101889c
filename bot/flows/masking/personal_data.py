"""Finds personal data in a text: patterns and check digits, one finder for each kind of number.

The finders read a folded text (see hiding.py): lower case, ASCII digits, plain spaces and dashes, nothing invisible.
Families write a label on one line and its number on the next, so a gap between them may hold a line break.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from bot.flows.masking.named_numbers import documents, logins, long_numbers, numbered_by_word

HIDDEN = "\0"  # stands for each mark while the text is searched: no pattern reaches across it
Span = tuple[int, int]
Finder = Callable[[str], Iterable[Span]]

# --- numbers that are nobody's secret --------------------------------------------------------------------------------

# No pattern below may go back over what it has passed more than a few times: endings and gaps have a longest length,
# and whatever nothing else could take is possessive (`*+`). The longest message is read in milliseconds so.
_ENDED = r"\w{0,20}+"
_TICKET = rf"(?:ошиб|заявлени|обращени|заявк|тикет|запрос|заказ|договор|квитанци|билет|инцидент){_ENDED}|error|чек\w?+"
_PLACE = rf"(?:школ|лице[йяюе]|гимнази|кабинет|приказ|справк){_ENDED}"
_ON_THE_WAY = r"(?:[ :№#\-(«\"]++|(?:номер|код|цифр)\w*+|code|(?:n|от|под|с)\b)*+\n?"
# A word's ending, and up to eight digits that stand against it, which may as well be the number that is looked for.
_END = r"[^\W\d]{0,12}+\d{0,8}"
_TICKET_BEFORE = re.compile(rf"(?:{_TICKET}){_ON_THE_WAY}$")
_NUMBERED = re.compile(rf"(?:{_TICKET}|{_PLACE}){_ON_THE_WAY}$")
_MEASURE = re.compile(
    r" ?-?(?:г\b|го[дг]|лет\b|руб|р\b|₽|тыс|балл|мин(?:\b|ут)|час(?:\b|а\b|ов)|сек(?:\b|унд)|раза?\b|шт(?:\b|ук)"
    r"|дн(?:\b|я|ей)|недел|учебн|человек|[./:]\d|янв|фев|мар(?:\b|та?\b)|апр|ма[йя]\b|июн|июл|авг|сен(?:\b|тяб)|окт(?:\b|яб)"
    r"|ноя(?:\b|бр)|дек(?:\b|аб))"
)
_DATE = re.compile(r"(?:0?[1-9]|[12]\d|3[01])[./](?:0?[1-9]|1[0-2])[./]\d|(?:19|20)\d\d([-./])\d\d\1\d\d(?!\d)")


def _is_numbered(text: str, start: int) -> bool:
    """Tells whether the number follows a word for something that is numbered: an error, a ticket, a school."""
    return _NUMBERED.search(text[max(0, start - 40) : start]) is not None


def _is_ticket(text: str, start: int) -> bool:
    """Tells whether the number is that of a ticket. Places do not count: after «позвонила в школу» comes a phone."""
    return _TICKET_BEFORE.search(text[max(0, start - 40) : start]) is not None


def _beginnings(text: str, start: int, end: int) -> Iterator[tuple[tuple[int, ...], int]]:
    """Gives the beginnings of a row of digits, longest first: the way that each is parted, and its end."""
    groups = list(re.compile(r"\d+").finditer(text, start, end))
    for last in range(len(groups), 0, -1):
        yield tuple(len(group[0]) for group in groups[:last]), groups[last - 1].end()


def _layout(digits: str) -> tuple[int, ...]:
    return tuple(map(len, re.findall(r"\d+", digits)))


def _layouts(rows: str) -> frozenset[tuple[int, ...]]:
    return frozenset(tuple(map(int, row.split())) for row in rows.split(","))


# --- e-mail ----------------------------------------------------------------------------------------------------------

_LOCAL_PART = r"[^\s@<>()\[\],;:\"«»\0]"
_PROVIDER = (
    r"(?:e?mail|gmail|googlemail|yandex|ya|bk|list|inbox|rambler|icloud|outlook|hotmail|yahoo|mail"
    r"|мейл|мэйл|маил|майл|емейл|гмейл|джимейл|гмаил|яндекс|рамблер|инбокс|бк|лист)"
)
_ENDING = r"(?: ?(?:[.,]|\(?точка\)?|dot)? ?(?:ru|com|net|by|kz|ру|ком|рф)(?!\w))"
_EMAIL = re.compile(
    rf"(?<!{_LOCAL_PART}){_LOCAL_PART}+ ?@ ?"
    rf"(?:[\w\-]+(?:\.[\w\-]+)+|{_PROVIDER}(?!\w){_ENDING}?|[\w\-]+ \. ?[a-z]{{2,}})"
)
_AT = r"(?:[(\[](?:at|собака|собачка)[)\]]|собака|собачка)"
_SPOKEN_EMAIL = re.compile(
    rf"(?<![\w.+\-])[a-z0-9][\w.+\-]* ?{_AT} ?(?:[\w\-]+\.[a-zа-я]{{2,}}|{_PROVIDER}(?!\w){_ENDING}?)"
)


def _emails(text: str) -> Iterator[Span]:
    if "@" in text:
        yield from (found.span() for found in _EMAIL.finditer(text))
    if "at" in text or "собак" in text or "собач" in text:
        yield from (found.span() for found in _SPOKEN_EMAIL.finditer(text))


# --- СНИЛС -----------------------------------------------------------------------------------------------------------

_SEP = r"(?:[ \-._/]{0,3}|\n)"
_SNILS = re.compile(rf"(?<!\d)(?=((\d{{3}}){_SEP}(\d{{3}}){_SEP}(\d{{3}}){_SEP}(\d{{2}}))(?!\d))")
_SNILS_LAYOUT = re.compile(r"\d{3}-\d{3}-\d{3}[ \-]\d{2}")
_SNILS_WORD = re.compile(r"снилс|страхов|snils")
# Without its two check digits it is still the number.
_SPOKEN_SNILS = re.compile(
    rf"(?:снилс|страхов(?=\w){_END}|snils)[^\d\0]{{0,40}}?(?<!\d)(\d(?:{_SEP}\d){{8}}(?:{_SEP}\d{_SEP}\d)?)(?!\d)"
)

_CALLED_PHONE = re.compile(r"(?<!\w)(?:тел|звон|позвон|набер|моб|сот|в[ао][тц]с?ап)")


def _snils(text: str) -> Iterator[Span]:
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
    if _DATE.match(text, start) or _AT_HOTLINE.match(text, start) or _is_ticket(text, start):
        return True
    return _CALLED_PHONE.search(text[max(0, start - 12) : start]) is not None


def _is_snils(number: str, check: str) -> bool:
    """Checks the digits: Σ digit × (9…1), modulo 101, and 100 counts as 0 (rule of the Pension Fund)."""
    total = sum(int(digit) * weight for digit, weight in zip(number, range(9, 0, -1), strict=True))
    return total % 101 % 100 == int(check)


# --- cards -----------------------------------------------------------------------------------------------------------

_CARD = re.compile(r"(?<!\d)(?=(\d{3,19}(?:(?:[ \-]{1,2}|\n)\d{1,19}){0,6}))")
_CARD_LAYOUT = re.compile(r"(?<!\d)(?=(\d{4}(?:(?:[ \-]{1,2}|\n)\d{4}){3})(?!\d))")
# With a slip of the finger a card is still a card.
_SPOKEN_CARD = re.compile(r"карт(?:[аыеу]|ой|очк\w{0,12})(?!\w)[^\d\0]{0,40}?(\d(?:(?:[ \-]{0,2}|\n)\d){15,18})(?!\d)")


def _cards(text: str) -> Iterator[Span]:
    for pattern in (_CARD_LAYOUT, _SPOKEN_CARD):
        yield from (found.span(1) for found in pattern.finditer(text))
    for found in _CARD.finditer(text):
        if not _is_ticket(text, found.start(1)):
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
        if len(digits) >= 13 and _is_luhn(digits):
            yield found.start(1), end


def _is_luhn(digits: str) -> bool:
    """Checks by ISO/IEC 7812-1: every second digit from the right is doubled; the sum of all digits divides by ten."""
    doubled = (int(digit) * (2 if at % 2 else 1) for at, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


# --- phones ----------------------------------------------------------------------------------------------------------

_PHONE_SEP = r"[ \-.()/]{0,3}"
_HOTLINE = rf"(?:\+?7|8){_PHONE_SEP}800(?!\d{{8}})"
_AT_HOTLINE = re.compile(_HOTLINE)
_IN_HOTLINE = re.compile(rf"(?<!\d)(?:\+?7|8){_PHONE_SEP}800{_PHONE_SEP}(?:\d{_PHONE_SEP}){{0,6}}+$")
_HOTLINE_BEFORE = re.compile(rf"(?<!\d)(?:\+?7|8){_PHONE_SEP}(800{_PHONE_SEP})?$")
# How people part the ten digits. Others («9000 2000 30») are no phone.
_TEN_DIGITS = _layouts(
    "10,3 7,3 3 4,3 3 2 2,3 2 2 3,3 2 3 2,3 4 3,3 1 3 3,3 2 5,3 3 1 3,3 5 2,3 1 2 2 2,3 2 2 2 1,6 4,6 2 2,7 3,4 6"
    ",4 2 2 2,4 2 4,4 3 3,5 5,5 1 2 2,5 3 2,5 2 3,2 2 2 2 2,1 3 3 3,1 2 3 2 2,1 2 3 4,1 1 1 1 1 1 1 1 1 1"
)
_LOCAL_DIGITS = _layouts("5,6,7,1 2 2,2 2 2,3 2 2,3 3,3 4,2 3,3 2,2 2 3,2 3 2")
_FOREIGN_PHONE = re.compile(rf"\+(?=\d)(?:{_PHONE_SEP}\d){{9,15}}(?!\d)")
_RUSSIAN_PHONE = re.compile(rf"(?<!\d)(?!{_HOTLINE})(?=((?:\+?7|8){_PHONE_SEP}([3-9](?:{_PHONE_SEP}\d){{9}}))(?!\d))")
_MOBILE = re.compile(rf"(?<!\d)(?=(\(?(9(?:{_PHONE_SEP}\d){{9}}))(?!\d))")
_CITY_PHONE = re.compile(
    rf"(?<!\d)(?=(\(\d{{3,5}}\){_PHONE_SEP}\d{{1,3}}[ \-]?\d{{2}}[ \-]?\d{{2}})(?!\d))"
    r"|(?<![\d\-.])(?=((?:[348]\d{2} \d{3}|[348]\d{3}[ \-]\d{2}|[348]\d{4}[ \-]\d|\d{3})-\d{2}-\d{2})(?![\d\-]))"
)
_SPOKEN_PHONE = re.compile(
    r"(?:(?:телефон|звони|позвони|дозвон|набер|мобильн|сотов|вотсап|вацап|ватсап|вайбер|контакт|домашн|городск)"
    rf"{_END}|тел\b\.?|whatsapp|viber|для связи)"
    rf"(?:[^\d\0]|\d\d?[.:]\d\d(?![\d.\-])){{0,30}}?(?<![\w:№#])(?!{_HOTLINE})([(]?\d(?:{_PHONE_SEP}\d){{4,10}})(?![\d:])"
)
_OWN_NUMBER = re.compile(rf"номер{_END}[^\d\0№]{{0,20}}?(?<!\w)(\d{{1,3}}-\d\d-\d\d)(?![\d\-])")


def _phones(text: str) -> Iterator[Span]:
    if "+" in text:
        for found in _FOREIGN_PHONE.finditer(text):
            if not re.match(rf"\+7{_PHONE_SEP}800", found[0]):
                yield found.span()
    for pattern in (_RUSSIAN_PHONE, _MOBILE):
        for found in pattern.finditer(text):
            if _layout(found[2]) in _TEN_DIGITS and _is_phone(text, found.span(1)):
                yield found.span(1)
    for pattern in (_CITY_PHONE, _OWN_NUMBER):
        for found in pattern.finditer(text):
            span = found.span(found.lastindex or 0)
            if _is_phone(text, span):
                yield span
    for found in _SPOKEN_PHONE.finditer(text):
        yield from _local_phone(text, found)


def _local_phone(text: str, found: re.Match[str]) -> Iterator[Span]:
    """Gives the longest beginning of a row of digits that is parted like a phone: «27-45-67 12 мая» ends before 12."""
    start = found.start(1)
    if _is_ticket(text, start) or _DATE.match(text, start):
        return
    for lengths, end in _beginnings(text, *found.span(1)):
        if sum(lengths) in (9, 10, 11) or lengths in _LOCAL_DIGITS:
            if _is_phone(text, (start, end)) and not _MEASURE.match(text, end):
                yield start, end
            return


def _is_phone(text: str, span: Span) -> bool:
    """Tells whether it is a phone: not the rest of a hotline, nor the number of a ticket, which comes in one piece."""
    start, end = span
    before = _HOTLINE_BEFORE.search(text[max(0, start - 12) : start])
    if before and (before[1] or text.startswith("800", start + (text[start] == "("))):
        return False
    return not (text[start:end].isdigit() and _is_ticket(text, start))


# --- passports and birth certificates --------------------------------------------------------------------------------

_NUMBER_SIGN = r"(?:№|#|n[o°]?\b\.?|номер\w{0,12}|ном\.)"
_PASSPORT_LAYOUT = re.compile(rf"(?<!\d)(?=(\d{{2}} \d{{2}}[ ,\n]{{1,2}}(?:{_NUMBER_SIGN} ?)?\d{{3}} ?\d{{3}})(?!\d))")
_PASSPORT_SHORT = re.compile(
    rf"(?<!\d)(?=((?!19\d\d|20\d\d)\d{{4}} {{1,2}}(?:{_NUMBER_SIGN} ?)?\d{{6}}"
    rf"|\d{{4}},? ?{_NUMBER_SIGN} ?\d{{6}})(?!\d))"
)
_SPOKEN_PASSPORT = re.compile(
    rf"(?:(?:паспорт|загран){_END}|пасп\b|сери[яиюей]{{1,4}})[^\d\0]{{0,40}}?(?<!\d)"
    r"((?!\d{4} г)\d{2}[ \-]?\d{2}(?:[^\d\0\n]|\n(?!\n)){0,20}?\d{3}[ \-]?\d{3}|\d{2}[^\d\0]{0,12}?\d{7}"
    r"|\d{6}[^\d\0]{1,5}сери\w{1,12}[^\d\0]{0,3}\d{2} ?\d{2})(?!\d)"
)
# «П», «Ш» and ones stand for Roman numerals as often as the right letters do.
_ROMAN = r"[ivxlcіхувпш1|]{1,6}"
_BIRTH = re.compile(
    rf"(?<!\w)((?:({_ROMAN})|\d{{1,2}}) ?(-?) ?[a-zа-я]{{2}}(?![a-zа-я])"
    rf"[ ,:;\-\n]{{0,3}}({_NUMBER_SIGN})?[ :\n]{{0,3}}\d{{3}} ?\d{{3}})(?!\d)"
)
_BIRTH_WORD = re.compile(r"свидетельств|св-в|свид\b|рожд|метрик")
_SPOKEN_BIRTH = re.compile(
    rf"(?:(?:свидетельств|св-в|метрик){_END}|свид\b|св\. о рожд)"
    r"[^\d\0]{0,50}+(?:\d{1,2} ?-? ?[а-яa-z]{2}\b[^\d\0]{0,20}+){0,3}(?<![\d\-])(\d{3} ?\d{3})(?!\d)"
)


def _passports(text: str) -> Iterator[Span]:
    for pattern in (_PASSPORT_LAYOUT, _PASSPORT_SHORT):
        for found in pattern.finditer(text):
            if not _is_ticket(text, found.start(1)) and not _MEASURE.match(text, found.end(1)):
                yield found.span(1)
    yield from (found.span(1) for found in _SPOKEN_PASSPORT.finditer(text))


def _birth_certificates(text: str) -> Iterator[Span]:
    for found in _BIRTH.finditer(text):
        roman, dash, sign = found.group(2, 3, 4)
        spoken = _BIRTH_WORD.search(text[max(0, found.start() - 40) : found.start()])
        # «в ЛК № 123456»: a lone Cyrillic letter without a dash is a preposition.
        if spoken or (
            roman and (dash or re.fullmatch("[ivxі]+", roman) or (sign and not re.fullmatch("[а-я]", roman)))
        ):
            yield found.span(1)
    for found in _SPOKEN_BIRTH.finditer(text):
        if not _is_ticket(text, found.start(1)):
            yield found.span(1)


# --- codes and passwords ---------------------------------------------------------------------------------------------

_CODE_WORD = (
    r"(?<![а-яa-z])(?:код(?:|а|ы|у|ом|е|ов|ами|ик\w{0,12})|(?:смс|эсэмэс|цифр|пуш)\w{0,12}|sms|п[ао]рол\w{1,12}"
    r"|пин(?:код\w{0,12})?|code|pin|otp|password)(?![а-яa-z])"
)
_CARD_CODE = re.compile(r"(?<![a-zа-я])c[vw][vc]2?(?![a-zа-я\d])[ :\-–=№]{0,4}(?:код )?(\d{3})(?!\d)")
_CODE = r"(?<![\d№])\d(?:[ \-]?\d){3,7}(?![\d%])"
_CODE_DIGITS = _layouts("4,5,6,7,8,2 2,3 3,2 2 2,4 4,2 2 2 2,1 1 1 1,1 1 1 1 1,1 1 1 1 1 1,2 3,3 2,3 1")
_CODE_AFTER = re.compile(rf"{_CODE_WORD}(?=([^\d\0]{{0,40}}?)({_CODE}))")
_CODE_BEFORE = re.compile(
    rf"(?=(?<!\d)({_CODE})([^\d\0.!?\n]{{0,25}}?|\n(?:это|вот)[^\d\0.!?\n]{{0,15}}?){_CODE_WORD}())"
)
_NOT_A_CODE_WORD = re.compile(
    r"ошиб|error|регион|школ|лице[йяюе]|гимнази|класс|кабинет|обращени|заявк|заявлени|тикет|номер|подразделен|врем|№|домофон"
    r"|(?<!гос)услуг|индекс|страны|город"
)
# Behind the word for a code: the word for another number, or a number of its own.
_OTHER_NEXT = re.compile(rf"[^\n.?!,\d\0]{{0,10}}?(?:{_NOT_A_CODE_WORD.pattern})|(?:[ :\-]{{1,3}}|:\n)[\d\0]")
_DATED = re.compile(r"(?:\d[./:]|обращени\w* |заявк\w* |тикет\w* |№ ?|за )$")
_YEARS = re.compile(r"(?:19|20)\d\d(?: ?- ?(?:20)?\d\d)?")
_CLOCK = re.compile(r"(?:[01]?\d|2[0-3])[ \-][0-5]\d")
_WHEN = re.compile(r"(?:^|[^\w])(?:с|в|до|по|от|за|к|на|после|около|примерно)[ \n]$")
_IT_IS = re.compile(r"\W*+(?:(?:это|вот|ваш|мой|мне|был|такой|подтвержд\w*+|приш[её]?л\w*+|из|для|входа|смс)\W*+)*+")


def _codes(text: str) -> Iterator[Span]:
    yield from (found.span(1) for found in _CARD_CODE.finditer(text))
    for found in _CODE_AFTER.finditer(text):
        start = found.start(2)
        ends = [end for lengths, end in _beginnings(text, *found.span(2)) if lengths in _CODE_DIGITS]
        # «A52 2021» is a telephone's name.
        if ends and not (found[1] and text[start - 1].isalpha()) and _may_be_code(text, (start, ends[0]), found[1]):
            yield start, ends[0]
    for found in _CODE_BEFORE.finditer(text):
        named = _layout(found[1]) not in _CODE_DIGITS or text[found.start() - 1 : found.start()].isalpha()
        other = _OTHER_NEXT.match(text, found.end(3))
        if not named and not other and _may_be_code(text, found.span(1), found[2]):
            yield found.span(1)


def _may_be_code(text: str, span: Span, between: str) -> bool:
    """Tells whether it may be a code: not the number of an error or a ticket, a year, price, age, time or hotline."""
    start, end = span
    before = text[max(0, start - 14) : start]
    return not (
        _NOT_A_CODE_WORD.search(between)
        or _MEASURE.match(text, end)
        or _DATED.search(before)
        or _is_numbered(text, start)
        or _IN_HOTLINE.search(text[max(0, start - 20) : start])
        or _is_moment(text[start:end], before, between)
    )


def _is_moment(number: str, before: str, between: str) -> bool:
    """Tells whether the number is a moment, as in «в 18 00», «с 2024»; but «код 2024» is a code."""
    if _YEARS.fullmatch(number):
        return _WHEN.search(before) is not None or not _IT_IS.fullmatch(between)
    return _CLOCK.fullmatch(number) is not None and _WHEN.search(before) is not None


def names_code(text: str) -> bool:
    """Tells whether a text speaks of a one-time code, and not of the code of an error."""
    found = re.search(_CODE_WORD, text)
    return found is not None and not _NOT_A_CODE_WORD.search(text, found.end(), found.end() + 12)


def names_other_number(text: str) -> bool:
    """Tells whether a text speaks of the number of an error, a class, a ticket and the like."""
    return _NOT_A_CODE_WORD.search(text) is not None


def whole_code(text: str) -> Iterator[Span]:
    """Finds the only number of a text that holds nothing else."""
    found = re.fullmatch(r"\W*(\d(?:[ \-]?\d){3,7})\W*", text.replace(HIDDEN, "x"))
    if found and _layout(found[1]) in _CODE_DIGITS:
        yield found.span(1)


def every_number(text: str) -> Iterator[Span]:
    """Finds every number of four digits or more, whatever stands beside it."""
    yield from (found.span() for found in re.finditer(r"\d(?:[ \-]?\d){3,}+", text))


_PASSWORD_WORD = r"(?<![а-яa-z])(?:п[ао]рол[ьяюе]м?|пасс|password|pass)(?![а-яa-z])"
_QUOTE = r"[«\"'(]?"
_VALUE = r"([^\s\0]*[0-9a-z][^\s\0]*)"
_BETWEEN = r"(?:[ \n](?!не\b|забы|потеря)[а-я]{1,20}){0,4}"
_PASSWORD = re.compile(rf"{_PASSWORD_WORD}(?:{_BETWEEN} ?[:=]| ?-) ?\n?{_QUOTE}{_VALUE}")
_PASSWORD_BESIDE = re.compile(rf"{_PASSWORD_WORD}({_BETWEEN})[ \n]{{1,2}}{_QUOTE}{_VALUE}")
_PASSWORD_IN_RUSSIAN = re.compile(
    rf"{_PASSWORD_WORD} ?[:=] ?\n?"
    r"(?!не|забы|потер|сброс|восст|смен|измен|ошиб|введ|вводи?|проб|прав|верн|помог|подход|так|мой|свой|где|как|что|друг|стар|нов|тот|есть|нет)"
    r"([а-я][^\s\0,;.]{3,})(?=[,;.]| *(?:\n|$))"
)
# «Qwerty12 - пароль», «Qwerty12 это мой пароль»: the word stands after what it names.
_PASSWORD_BEFORE_WORD = re.compile(
    rf"(?<![^\s«\"'(])(?=[^\s\0]{{0,40}}?[a-z])(?=[^\s\0]{{0,40}}?[\d!#$%^&*_+=])([^\s\0]{{6,40}}+)"
    rf" ?(?:- ?|это |вот )(?:мой |наш |его |её |ее )?{_PASSWORD_WORD}"
)
_LOGIN_AND_PASSWORD = re.compile(
    rf"логин\w*(?: ?[,/+]| и)? ?{_PASSWORD_WORD}(?: ?[:=\-])?[ \n]{{1,2}}"
    r"([^\s\0]+[ ,/;\n]{1,3}[^\s\0]*[0-9a-z][^\s\0]*)"
)
_NO_PASSWORD = re.compile(
    r"telegram|whatsapp|google|gmail|iphone|android|yandex|windows|samsung|xiaomi|chrome|safari|mos\.ru"
)


def _passwords(text: str) -> Iterator[Span]:
    for found in _LOGIN_AND_PASSWORD.finditer(text):
        if re.search(r"[a-z]", found[1]):
            yield found.span(1)
    for found in (*_PASSWORD.finditer(text), *_PASSWORD_IN_RUSSIAN.finditer(text)):
        value = _trimmed(found[1])
        if len(value) >= 3 and "://" not in value:
            yield found.start(1), found.start(1) + len(value)
    for found in _PASSWORD_BEFORE_WORD.finditer(text):
        value = _trimmed(found[1])
        if "://" not in value and not _NO_PASSWORD.match(value):
            yield found.start(1), found.start(1) + len(value)
    for found in _PASSWORD_BESIDE.finditer(text):
        value = _trimmed(found[2])
        if _looks_like_password(value, beside=not found[1] and found[0].startswith(("парол", "порол"))):
            yield found.start(2), found.start(2) + len(value)


def _trimmed(value: str) -> str:
    return value.rstrip(".,;:!?)»\"'")


def _looks_like_password(value: str, *, beside: bool) -> bool:
    """Tells whether a word has digits or signs among its letters; beside «пароль» a long Latin word counts, too."""
    if len(value) < 6 or "://" in value or _NO_PASSWORD.match(value) or not re.search(r"[a-zа-я]", value):
        return False
    return re.search(r"[0-9!#$%^&*_+=]", value) is not None or (beside and re.fullmatch(r"[a-z]+", value) is not None)


def _named(find: Finder) -> Finder:
    """Makes a finder that passes over a date, a hotline or a price which stands near the word of the given finder."""

    def found(text: str) -> Iterator[Span]:
        for start, end in find(text):
            if not (_DATE.match(text, start) or _AT_HOTLINE.match(text, start) or _MEASURE.match(text, end)):
                yield start, end

    return found


def _unnamed(find: Finder) -> Finder:
    """Makes a finder that also passes over the number of a ticket, an error, an order, a fine."""

    def found(text: str) -> Iterator[Span]:
        for start, end in _named(find)(text):
            if not (_is_ticket(text, start) or _PUBLIC_BEFORE.search(text[max(0, start - 40) : start])):
                yield start, end

    return found


_PUBLIC_BEFORE = re.compile(
    r"(?:(?<!\w)(?:уин|огрн(?:ип)?|кпп|бик|октмо)|(?:заявлени|обращени|заявк)\w{0,3}+ (?:на|в|от|с) \w{1,12}+"
    r"|(?:заявлени|обращени|заявк|запрос|тикет)\w{0,3}+,?(?: [а-я]{1,20}+){0,2}? (?:под )?номер(?:ом)?"
    r"|(?<!\w)(?:request|trace|event|error|correlation)[ \-_]?id)"
    r"[ №:=]{0,3}$"
)

FINDERS: list[tuple[str, Finder]] = [
    ("email", _emails),
    ("document", _named(numbered_by_word)),
    ("birth", _birth_certificates),
    ("snils", _snils),
    ("card", _cards),
    ("phone", _phones),
    ("passport", _passports),
    ("password", _passwords),  # before the codes, which would take «2012» out of «Маша2012»
    ("code", _codes),
    ("document", _unnamed(documents)),
    ("document", _unnamed(logins)),
    ("number", _unnamed(long_numbers)),  # what none of the others knows
]


# --- what is found only in another reading of the text (see other_spellings.py) ---------------------------------------

_MOBILE_APART = re.compile(
    r"(?<!\d)(?=((?:[78][ \-]?)?9\d\d(?:[ \-]?\d{3}[ \-]?\d\d[ \-]?\d\d|[ \-]\d{4}[ \-]\d{3}"
    r"|[ \-]\d\d[ \-](?:\d{3}[ \-]\d\d|\d\d[ \-]\d{3})))(?!\d))"
)
_SPELLED_RUN = re.compile(r"(?<!\d)(?=(\d(?:[ \-]{0,2}\d){9,24}+))")


def _phones_apart(text: str) -> Iterator[Span]:
    """Finds mobile phones whose code stands in one piece: times and school marks never look so."""
    for found in _MOBILE_APART.finditer(text):
        if _is_phone(text, found.span(1)):
            yield found.span(1)


def _cards_apart(text: str) -> Iterator[Span]:
    """Finds the sixteen digits of cards, but no row of four prices."""
    for found in _CARD_LAYOUT.finditer(text):
        prices = all(group.endswith("0") for group in re.findall(r"\d+", found[1]))
        if not prices and _is_luhn("".join(re.findall(r"\d", found[1]))):
            yield found.span(1)


def _spelled_runs(text: str) -> Iterator[Span]:
    """Finds ten digits or more that are said like a phone or a document: with hundreds, or one by one from an 8."""
    for found in _SPELLED_RUN.finditer(text):
        digits = re.sub(r"\D", "", found[1])
        if re.fullmatch(r"[78]?9\d{9}", digits) or re.search(r"(?<!\d)[1-9]\d\d(?!\d)", found[1]):
            yield found.span(1)


APART: list[tuple[str, Finder]] = [
    ("snils", _named(_snils)),
    ("card", _unnamed(_cards_apart)),
    ("phone", _phones_apart),
    ("passport", _named(_passports)),
]
SPELLED: list[tuple[str, Finder]] = [*FINDERS, ("number", _unnamed(_spelled_runs))]
