"""The table of finders of personal data, one for each kind, in the order in which they look.

The finders read a folded text (masked_text.py): lower case, ASCII digits, plain spaces and dashes, nothing invisible.
Families write a label on one line and its number on the next, so a gap between them may hold a line break.
"""

import re
from collections.abc import Iterator

from bot.flows.masking.checked_numbers import CARD_LAYOUT, cards, is_luhn, snils
from bot.flows.masking.identity_papers import birth_certificates, passports
from bot.flows.masking.named_numbers import documents, logins, long_numbers, numbered_by_word
from bot.flows.masking.phones import is_phone, phones
from bot.flows.masking.secret_words import codes, passwords
from bot.flows.masking.text_numbers import AT_HOTLINE, DATE, MEASURE, Finder, Span, is_ticket

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


def emails(text: str) -> Iterator[Span]:
    if "@" in text:
        yield from (found.span() for found in _EMAIL.finditer(text))
    if "at" in text or "собак" in text or "собач" in text:
        yield from (found.span() for found in _SPOKEN_EMAIL.finditer(text))


# --- the finders in their order --------------------------------------------------------------------------------------


def _named(find: Finder) -> Finder:
    """Makes a finder that passes over a date, a hotline or a price which stands near the word of the given finder."""

    def found(text: str) -> Iterator[Span]:
        for start, end in find(text):
            if not (DATE.match(text, start) or AT_HOTLINE.match(text, start) or MEASURE.match(text, end)):
                yield start, end

    return found


def _unnamed(find: Finder) -> Finder:
    """Makes a finder that also passes over the number of a ticket, an error, an order, a fine."""

    def found(text: str) -> Iterator[Span]:
        for start, end in _named(find)(text):
            if not (is_ticket(text, start) or _PUBLIC_BEFORE.search(text[max(0, start - 40) : start])):
                yield start, end

    return found


_PUBLIC_BEFORE = re.compile(
    r"(?:(?<!\w)(?:уин|огрн(?:ип)?|кпп|бик|октмо)|(?:заявлени|обращени|заявк)\w{0,3}+ (?:на|в|от|с) \w{1,12}+"
    r"|(?:заявлени|обращени|заявк|запрос|тикет)\w{0,3}+,?(?: [а-я]{1,20}+){0,2}? (?:под )?номер(?:ом)?"
    r"|(?<!\w)(?:request|trace|event|error|correlation)[ \-_]?id)"
    r"[ №:=]{0,3}$"
)

FINDERS: list[tuple[str, Finder]] = [
    ("email", emails),
    ("document", _named(numbered_by_word)),
    ("birth", birth_certificates),
    ("snils", snils),
    ("card", cards),
    ("phone", phones),
    ("passport", passports),
    ("password", passwords),  # before the codes, which would take «2012» out of «Маша2012»
    ("code", codes),
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
        if is_phone(text, found.span(1)):
            yield found.span(1)


def _cards_apart(text: str) -> Iterator[Span]:
    """Finds the sixteen digits of cards, but no row of four prices."""
    for found in CARD_LAYOUT.finditer(text):
        prices = all(group.endswith("0") for group in re.findall(r"\d+", found[1]))
        if not prices and is_luhn("".join(re.findall(r"\d", found[1]))):
            yield found.span(1)


def _spelled_runs(text: str) -> Iterator[Span]:
    """Finds ten digits or more that are said like a phone or a document: with hundreds, or one by one from an 8."""
    for found in _SPELLED_RUN.finditer(text):
        digits = re.sub(r"\D", "", found[1])
        if re.fullmatch(r"[78]?9\d{9}", digits) or re.search(r"(?<!\d)[1-9]\d\d(?!\d)", found[1]):
            yield found.span(1)


APART: list[tuple[str, Finder]] = [
    ("snils", _named(snils)),
    ("card", _unnamed(_cards_apart)),
    ("phone", _phones_apart),
    ("passport", _named(passports)),
]
SPELLED: list[tuple[str, Finder]] = [*FINDERS, ("number", _unnamed(_spelled_runs))]
