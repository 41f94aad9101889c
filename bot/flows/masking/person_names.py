"""Finds people's names in a text that is to be kept for everybody: given names, patronymics, surnames.

A family's own text is never searched so: it goes to the desk that has to know whom it is about.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache

from bot.flows.pack_files import PACKS
from bot.flows.plain_letters import plain_letters

_LIST = PACKS / "talk" / "people.names"
_ORDINARY = "*"  # before a name that is a word of every day as well
_WORDS = re.compile(r"[^\W\d_]+")
_CYRILLIC = re.compile(r"[А-ЯЁа-яё]")
_SENTENCE_END = re.compile(r"^\W*+$|(?:^|(?<=\w))[^\w.!?…:;\n«(]*+[.!?…:;\n«(]\W*+$")
# Endings of cases by how the name itself ends.
_CASES = (
    (("а",), ("а", "ы", "и", "е", "у", "ой", "ою")),
    (("я",), ("я", "и", "е", "ю", "ей", "ею", "й")),
    (("й",), ("й", "я", "ю", "ем", "е", "и")),
    (("ь",), ("ь", "я", "ю", "ем", "е", "и", "ью")),
)
_AFTER_CONSONANT = ("", "а", "у", "ом", "е", "ы", "ым", "ой", "ых", "ами", "ыми")
_PATRONYMIC = re.compile(
    r"(?P<father>[а-я]{2,})(?:[ое]вич|[ое]вн(?=.)|(?:(?<=иль)|(?<=лук)|(?<=куз[ьъ]м)|(?<=фом)|(?<=никит)|(?<=сав))ич"
    r"|(?:(?<=иль)|(?<=лук)|(?<=кузьм)|(?<=фом))иничн(?=.)|(?<=никит)ичн(?=.))(?:[аыеуи]|ой|ою|ем|ей)?"
)
_SURNAME = re.compile(
    r"[а-я]{2,}(?:(?:[ое]в|[иы]н)(?:а|у|ым|ой|е|ы|ых)?|[сц]к(?:ий|ая|ого|ому|ой|им|ую)"
    r"|(?:енк|чук|швили|дзе|оглы|кызы|янц?|ян)[аоуеы]?(?:ом)?)"
)

_ADJECTIVE = re.compile(r"[сц]к(?:ий|ая|ого|ому|ой|им|ую)$")
_PLACE = re.compile(
    r"\s{1,3}(?:област|кра[йя]|район|улиц|ул\.|школ|город|федерац|округ|республик|гимнази|лице[йя]|язык)", re.IGNORECASE
)
# Words with a capital letter that name no person: services, messengers, browsers, what an exam or a paper is called.
_SERVICES = re.compile(
    r"(?:госуслуг|сферум|минцифр|минпросвещ|яндекс|вконтакт|телеграм|вайбер|андроид|айфон|росси)[а-я]*|рязан(?:ь|и|ью|ск[а-я]+)"
    r"|(?:сбер|гугл|хром|вотсап|ватсап)[а-я]{0,2}|логин(?:а|у|е|ом|ы)?|макс(?:а|е|у|ом)?"
    r"|мфц|есиа|егэ|огэ|впр|снилс|инн"
)
_LETTER_WORDS = frozenset("АВИКОСУЯ")  # words of a letter, which are no initials
_RUN = re.compile(r"(?<!\w)[А-ЯЁ](?:[а-яё]+(?!\w)|\.)(?:[ \-]?[А-ЯЁ](?:[а-яё]+(?!\w)|\.|(?!\w))){0,3}")
# Behind one of these a capital letter says nothing: a sentence, a quotation, a button or a line of a screen begins.
_BEGINS = re.compile(r"(?:^|(?<=\w))[\s,)»\]]*+[^\w\s,)»\]]\W*+$")
_BEFORE = 9  # characters before a word that are looked at


def mask_names(text: str, is_common: Callable[[str], bool], stand_in: str) -> str:
    """Puts `stand_in` for the names of persons in a text that is to be shown as an example.

    Masked are the names of `names_in`, and of the words with a capital letter those that begin nothing and that
    `is_common` does not know; initials and unknown words beside a name go with it. Services and sections («Госуслуги»,
    «Семья и дети») are no persons.
    """

    def may_be_name(begin: int, end: int) -> bool:
        word = text[begin:end]
        if len(word) == 1:
            return word not in _LETTER_WORDS or text[end : end + 1] == "."
        plain = plain_letters(word)
        return not (is_common(plain) or _SERVICES.fullmatch(plain))

    named = set(_name_spans(text, is_common))
    letter = _CYRILLIC.search(text)
    first = letter.start() if letter else 0  # the clock and the bars of a phone's screen may stand before it
    masked: list[tuple[int, int]] = []
    runs = [found.span() for found in _RUN.finditer(text)]
    for begin, end in runs:
        words = [found.span() for found in _WORDS.finditer(text, begin, end)]
        parts = [span for span in words if span in named or may_be_name(*span)]
        begins = begin == first or bool(_BEGINS.search(text[max(0, begin - _BEFORE) : begin]))
        if any(span in named or (span[1] - span[0] > 1 and not (begins and span[0] == begin)) for span in parts):
            last, behind = parts[-1]
            masked.append((parts[0][0], behind + (behind - last == 1 and text[behind : behind + 1] == ".")))
    masked += [span for span in named if not any(begin <= span[0] < end for begin, end in runs)]
    for begin, end in sorted(masked, reverse=True):
        text = text[:begin] + stand_in + text[end:]
    return text


def names_in(text: str, is_common: Callable[[str], bool]) -> Iterator[str]:
    """Gives the words of a text that name a person, as they stand there.

    `is_common` tells of a word in lower case whether families use it of anything but a person. A word with a capital
    letter and a surname's ending of which it says no counts as a name: rather one word too many is refused than a name
    kept.
    """
    return (text[begin:end] for begin, end in _name_spans(text, is_common))


def _name_spans(text: str, is_common: Callable[[str], bool]) -> Iterator[tuple[int, int]]:
    for found in _WORDS.finditer(text):
        word, plain = found[0], plain_letters(found[0])
        capital = word[0].isupper()
        begins = bool(_SENTENCE_END.search(text[max(0, found.start() - _BEFORE) : found.start()]))
        addressed = text[found.end() : found.end() + 1] in (",", "!", ":")
        if _SERVICES.fullmatch(plain):
            continue
        kind = _listed().get(plain)
        if kind is not None:
            is_name = kind != _ORDINARY or (capital and (not begins or addressed))
        elif _is_patronymic(plain, capital):
            is_name = True
        else:
            is_surname = capital and not is_common(plain) and bool(_SURNAME.fullmatch(plain))
            is_name = is_surname and not (_ADJECTIVE.search(plain) and _PLACE.match(text, found.end()))
        if is_name:
            yield found.span()


def is_listed(word: str) -> bool:
    """Tells whether a word in lower case, with «е» for «ё», is a form of a listed name that is no ordinary word."""
    return _listed().get(word) == ""


def listed_forms() -> Iterable[str]:
    """Gives every form of every listed name, those too that are ordinary words, in lower case, with «е» for «ё»."""
    return _listed()


def _is_patronymic(plain: str, capital: bool) -> bool:
    """Tells whether a word is a patronymic; without a capital letter only where its father's name is a listed one."""
    found = _PATRONYMIC.fullmatch(plain)
    if found is None or capital:
        return found is not None
    return any(found["father"] + end in _listed() for end in ("", "й", "ь", "я", "а"))


@cache
def _listed() -> dict[str, str]:
    """Gives every form of every listed name, with the mark of an ordinary word where it has one. Raises OSError."""
    forms: dict[str, str] = {}
    for line in _LIST.read_text("utf-8").splitlines():
        for name in line.split() if not line.startswith("#") else ():
            mark = _ORDINARY if name.startswith(_ORDINARY) else ""
            plain = plain_letters(name.removeprefix(_ORDINARY))
            endings = next((cases for ends, cases in _CASES if plain.endswith(ends)), None)
            base = plain[:-1] if endings else plain
            for ending in endings or _AFTER_CONSONANT:
                forms.setdefault(base + ending, mark)
    return forms
