"""Finds people's names in a text that is to be kept for everybody: given names, patronymics, surnames.

A family's own text is never searched so: it goes to the desk that has to know whom it is about.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache

from bot.flows.pack_files import PACKS

_LIST = PACKS / "talk" / "people.names"
_ORDINARY = "*"  # before a name that is a word of every day as well
_WORDS = re.compile(r"[^\W\d_]+")
_SENTENCE_END = re.compile(r"(?:^|[.!?…:;\n«(])\W*$")
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


def names_in(text: str, is_common: Callable[[str], bool]) -> Iterator[str]:
    """Gives the words of a text that name a person, as they stand there.

    `is_common` tells of a word in lower case whether families use it of anything but a person. A word with a capital
    letter and a surname's ending of which it says no counts as a name: rather one word too many is refused than a name
    kept.
    """
    for found in _WORDS.finditer(text):
        word, plain = found[0], found[0].lower().replace("ё", "е")
        capital = word[0].isupper()
        begins = bool(_SENTENCE_END.search(text[max(0, found.start() - 9) : found.start()]))
        addressed = text[found.end() : found.end() + 1] in (",", "!")
        kind = _listed().get(plain)
        if kind is not None:
            is_name = kind != _ORDINARY or (capital and (not begins or addressed))
        elif _is_patronymic(plain, capital):
            is_name = True
        else:
            is_surname = capital and not is_common(plain) and bool(_SURNAME.fullmatch(plain))
            is_name = is_surname and not (_ADJECTIVE.search(plain) and _PLACE.match(text, found.end()))
        if is_name:
            yield word


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
            plain = name.removeprefix(_ORDINARY).lower().replace("ё", "е")
            endings = next((cases for ends, cases in _CASES if plain.endswith(ends)), None)
            base = plain[:-1] if endings else plain
            for ending in endings or _AFTER_CONSONANT:
                forms.setdefault(base + ending, mark)
    return forms
