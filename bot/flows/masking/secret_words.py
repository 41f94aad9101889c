"""Finds one-time codes and passwords."""

import re
from collections.abc import Iterator

from bot.flows.masking.text_numbers import MASKED, MEASURE, PHONE_SEP, Span, beginnings, is_numbered, layout, layouts

_IN_HOTLINE = re.compile(rf"(?<!\d)(?:\+?7|8){PHONE_SEP}800{PHONE_SEP}(?:\d{PHONE_SEP}){{0,6}}+$")
_CODE_WORD = (
    r"(?<![а-яa-z])(?:код(?:|а|ы|у|ом|е|ов|ами|ик\w{0,12})|(?:смс|эсэмэс|цифр|пуш)\w{0,12}|sms|п[ао]рол\w{1,12}"
    r"|пин(?:код\w{0,12})?|code|kod|pin|otp|password)(?![а-яa-z])"
)
_CARD_CODE = re.compile(r"(?<![a-zа-я])c[vw][vc]2?(?![a-zа-я\d])[ :\-–=№]{0,4}(?:код )?(\d{3})(?!\d)")
_CODE = r"(?<![\d№])\d(?:[ \-]?\d){3,7}(?![\d%])"
_CODE_DIGITS = layouts("4,5,6,7,8,2 2,3 3,2 2 2,4 4,2 2 2 2,1 1 1 1,1 1 1 1 1,1 1 1 1 1 1,2 3,3 2,3 1")
_CODE_AFTER = re.compile(rf"{_CODE_WORD}(?=([^\d\0]{{0,40}}?)({_CODE}))")
_CODE_BEFORE = re.compile(
    rf"(?=(?<!\d)({_CODE})([^\d\0.!?\n]{{0,25}}?|\n(?:это|вот)[^\d\0.!?\n]{{0,15}}?){_CODE_WORD}())"
)
_NOT_A_CODE_WORD = re.compile(
    r"ошиб|error|oshib|регион|region|школ|лице[йяюе]|гимнази|класс|кабинет|обращени|заявк|заявлени|тикет|номер|подразделен|врем|№|домофон"
    r"|(?<!гос)услуг|индекс|страны|город"
)
# Behind the word for a code: the word for another number, or a number of its own.
_OTHER_NEXT = re.compile(rf"[^\n.?!,\d\0]{{0,10}}?(?:{_NOT_A_CODE_WORD.pattern})|(?:[ :\-]{{1,3}}|:\n)[\d\0]")
_DATED = re.compile(r"(?:\d[./:]|обращени\w* |заявк\w* |тикет\w* |№ ?|за )$")
_YEARS = re.compile(r"(?:19|20)\d\d(?: ?- ?(?:20)?\d\d)?")
_CLOCK = re.compile(r"(?:[01]?\d|2[0-3])[ \-][0-5]\d")
_WHEN = re.compile(r"(?:^|[^\w])(?:с|в|до|по|от|за|к|на|после|около|примерно)[ \n]$")
_NUMBERS = re.compile(r"\d(?:[ \-]?\d)*+")
_WORDS = re.compile(r"[^\W\d_]{2,}+")
_FEW_WORDS = 4
_BESIDE_CODE = re.compile(r"приш|вот\b|это\b|подош|подход|верн|ввел|ввод|ввож|спасибо|пожалуйста")
_IT_IS = re.compile(r"\W*+(?:(?:это|вот|ваш|мой|мне|был|такой|подтвержд\w*+|приш[её]?л\w*+|из|для|входа|смс)\W*+)*+")


def codes(text: str) -> Iterator[Span]:
    """Finds one-time codes, and the codes of bank cards, beside a word that names them."""
    yield from (found.span(1) for found in _CARD_CODE.finditer(text))
    for found in _CODE_AFTER.finditer(text):
        start = found.start(2)
        ends = [end for lengths, end in beginnings(text, *found.span(2)) if lengths in _CODE_DIGITS]
        # «A52 2021» is a telephone's name.
        if ends and not (found[1] and text[start - 1].isalpha()) and _may_be_code(text, (start, ends[0]), found[1]):
            yield start, ends[0]
    for found in _CODE_BEFORE.finditer(text):
        named = layout(found[1]) not in _CODE_DIGITS or text[found.start() - 1 : found.start()].isalpha()
        other = _OTHER_NEXT.match(text, found.end(3))
        if not named and not other and _may_be_code(text, found.span(1), found[2]):
            yield found.span(1)


def _may_be_code(text: str, span: Span, between: str) -> bool:
    """Tells whether it may be a code: not the number of an error or a ticket, a year, price, age, time or hotline."""
    start, end = span
    before = text[max(0, start - 14) : start]
    return not (
        _NOT_A_CODE_WORD.search(between)
        or MEASURE.match(text, end)
        or _DATED.search(before)
        or is_numbered(text, start)
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
    """Finds the only number of a text that says hardly anything else: «482913», «вот 482913», «482913 не подошёл»."""
    found = list(_NUMBERS.finditer(text.replace(MASKED, "x")))
    if len(found) != 1 or len(_WORDS.findall(text)) > _FEW_WORDS:
        return
    (start, end), number = found[0].span(), found[0][0]
    if layout(number) not in _CODE_DIGITS or text[start - 1 : start].isalpha() or text[end : end + 1].isalpha():
        return
    is_moment = _YEARS.fullmatch(number) or _CLOCK.fullmatch(number)
    speaks_of_code = _BESIDE_CODE.search(text) and not is_moment and not names_other_number(text)
    if not any(map(str.isalpha, text)) or (speaks_of_code and _may_be_code(text, (start, end), "")):
        yield start, end


def every_number(text: str) -> Iterator[Span]:
    """Finds every number of four digits or more, whatever stands beside it."""
    yield from (found.span() for found in re.finditer(r"\d(?:[ \-]?\d){3,}+", text))


_PASSWORD_WORD = r"(?<![а-яa-z])(?:п[ао]рол[ьяюе]м?|пасс|пасс?в[оа]рд|password|pass|p[ao]rol'?)(?![а-яa-z])"
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


def passwords(text: str) -> Iterator[Span]:
    """Finds passwords beside a word that names them."""
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
