"""Reads from any text what people tell of themselves: parent or pupil, an age, whose login and whose account it is."""

import re
from collections.abc import Collection
from itertools import pairwise

from bot.flows.content import Pack, Path, Reader
from bot.flows.understanding import talk
from bot.flows.understanding.signs import sign_of
from bot.flows.understanding.spelling import words_of

# Signs of words.signs. Only a relative says «сын»; «ребёнок» stands on screens as well.
_CHILDS = frozenset(("CHILD", "KID"))
_PUPILS = frozenset((*_CHILDS, "PUPIL"))
_PUPILS_ACCOUNT = frozenset((*_PUPILS, "CHILD_ACCOUNT"))
_PARENTS = frozenset(("PARENT", "ELDER"))
_PARENTS_ACCOUNT = frozenset((*_PARENTS, "PARENT_ACCOUNT", "GROWN_ACCOUNT", "SPOUSE"))
_OWN = frozenset(("SELF", "MY", "OWN"))
_I_GO = frozenset(("I", "GO_I", "WENT", "WENT_F"))
_ACCOUNT_ALONE = 2  # words: «под родительской»
_I_ALONE = 2  # words: «я», «я захожу» answer who goes in; more of them tell something else
# Who names themselves so, and is neither a parent nor a pupil.
TEACHERS = frozenset(("учитель", "учительница", "педагог", "завуч", "классрук", "руководитель"))
_NOBODY = frozenset(("нет", "нету", "без"))
_NEAR_I = 2  # words behind «я» among which it is said who that is: «я его мама»
_NEGATIVE = re.compile(r"\s*+[-−–—]\s*+\d")  # at the beginning; «возраст - 15» has a dash
_NUMBER = re.compile(r"(?<![\d.,])(\d{1,3})(?:[.,]\d)?(?![\d]|[.,]\d)")
_NOT_YET = re.compile(
    r"\b(скоро|почти|нету?|до|без\s+\w+|меньше|младше|будет|исполн(?:ится|яется)|неполн\w+"
    r"|не\s+(?:исполн|достиг|стукн)\w*)\b",
    re.IGNORECASE,
)
_AGES_IN_WORDS = {
    "шесть": 6, "семь": 7, "восемь": 8, "девять": 9, "десять": 10, "одиннадцать": 11, "двенадцать": 12,
    "тринадцать": 13, "четырнадцать": 14, "пятнадцать": 15, "шестнадцать": 16, "семнадцать": 17, "восемнадцать": 18,
    "девятнадцать": 19, "двадцать": 20,
}  # fmt: skip
# «Мне нет восемнадцати»; the genitive of «восемь» alone has another stem.
_AGES_IN_WORDS |= {re.sub("осемь$", "осьмь", word)[:-1] + "и": age for word, age in _AGES_IN_WORDS.items()}
_OF_WHOM = r"мне|ей|ему|реб[её]нку|сыну|дочери|дочке|внуку|внучке|ученику|ученице"
_AGE_IN_WORDS = re.compile(rf"\b(?:{'|'.join(_AGES_IN_WORDS)})\b")
_FROM_TEN_ON = "|".join(word for word, age in _AGES_IN_WORDS.items() if age >= 10)
# Possessive and atomic throughout: the time that a text takes grows with its length and no faster.
_ONLY_AGE = re.compile(
    rf"^\W*+(?>(?:{_OF_WHOM}|уже|сейчас|только|возраст|скоро|почти|ещ[её]|пока|нету|нет|да|до|меньше|младше|больше|старше|полных"
    r"|исполнилось|исполнится|будет|летом|осенью|зимой|весной|лет|годик\w*+|года|год|only|я)\W*+|\d{1,3}+\W*+"
    rf"|с\s++половиной\W*+|(?:но|и|а)\W++(?=скоро|почти|уже)|(?:{_FROM_TEN_ON})\W*+)++$",
    re.IGNORECASE,
)
# A «нет» that answers something else: «нет, мне 18», «нет уже 18»; in «нет 18», «нет ему 18» it denies the age.
_ANSWERED_BEFORE = re.compile(
    r"(?:^\W*+|(?P<behind>(?<=[^\W\d])\s*+[^\w\s]\W*+))нет(?:\s*+[^\w\s]\W*+|\s++(?=уже\b))(?=\w)", re.IGNORECASE
)
# An age in the middle of other words, with what says that it is not reached: «здравствуйте, мне 15», «сыну нет 10 лет».
_TOLD_AGE = re.compile(
    rf"\b(?:{_OF_WHOM}|возраст)[\s:–—-]++(?:уже\s+|сейчас\s+|только\s+|скоро\s+|почти\s+|ещ[её]\s+|пока\s+|нету?\s+)*\d{{1,2}}"
    r"(?:\s*(?:лет|год\w*))?\s*(?:[,.!;)\n]|$|(?:есть\s+)?(?=я\s|как\s++(?!бы\b|раз\b|только\b)))"
    r"|(?:\b(?:скоро|почти|нету?|до)\s+)?(?<![\d.,])\d{1,2}\s*(?:лет|год|года|годик\w*)\b(?!\s*назад)",
    re.IGNORECASE,
)
_SMALL = rf"(?:(?:{_OF_WHOM}|мо(?:ей|ему)|наш(?:ей|ему)|уже|ещ[её]|пока|только|лишь|полных|лет|года?)\b\s*)"
# What says beside such an age that it is not reached: «не исполнилось 18 лет», «18 лет ему пока нет».
_NOT_YET_BEFORE = re.compile(rf"(?:{_NOT_YET.pattern}|\bне)\s+{_SMALL}{{0,4}}+$", re.IGNORECASE)
_NOT_YET_BEHIND = re.compile(
    rf"\s*+{_SMALL}{{0,4}}+(?:не\s+(?:исполн|достиг|стукн)|исполн(?:ится|яется)|стукнет|будет"
    r"|нету?(?:\s+(?:ещ[её]|пока))?\s*$)",
    re.IGNORECASE,
)
_CLAUSE_ENDS = re.compile(r"[,.!?…;:()\n]")
_ANOTHER_AGE = re.compile(r"(?<!\d)(?:[5-9]|1\d)\s*(?:и|или|,)\s*$", re.IGNORECASE)  # «10 и 14 лет»: two children
_OF_PLACE = re.compile(r"(?:\b[^\W\d]{0,8}?(?:школ|гимнази|лице|класс)[^\W\d]*+|№)\s*+\d{1,3}\s*+,\s*+$", re.IGNORECASE)
_OWN_AGE = re.compile(
    rf"\bмне\s++(?:(?:уже|ещ[её]|пока|только|сейчас|скоро|почти|нету?)\s++)*+(?:\d|{'|'.join(_AGES_IN_WORDS)})",
    re.IGNORECASE,
)
_AGE_TRIED = re.compile(
    r"\W*+(?![1-4]\W*+$)\d{1,4}+\W*+(?:лет|года?)?+\W*+|\W*+(?:сто|тысяча|ноль)\W*+|[-−–—]\s*+\d++", re.IGNORECASE
)
YOUNGEST, OLDEST = 5, 30
GROWN_UP = 18


def read_role(text: str) -> Reader | None:
    """Gives PARENT for «мама», «мой сын»; PUPIL for «я ученица»; None where nobody is named, or both are."""
    signs = _signs(text)
    if not signs.isdisjoint(_CHILDS):
        return Reader.PARENT
    if signs.isdisjoint(_PARENTS):
        return Reader.PUPIL if "PUPIL" in signs else None
    return None if _says_i_am(text, {"PUPIL"}) else Reader.PARENT


def read_teller(text: str) -> Reader | None:
    """Gives who tells of an error: PARENT for «у сына», «я мама», PUPIL for «я ученик».

    A mother merely named tells nothing: a pupil writes «просит согласие мамы» as well.
    """
    if not _signs(text).isdisjoint(_CHILDS) or _says_i_am(text, _PARENTS):
        return Reader.PARENT
    return Reader.PUPIL if _says_i_am(text, {"PUPIL"}) else None


def is_of_parent(text: str) -> bool:
    """True where only a parent can have written it: «сыну 12 лет», «я мама». A pupil quotes «ребёнка» from a screen."""
    return "CHILD" in _signs(text) or _says_i_am(text, _PARENTS)


def is_pupil(text: str) -> bool:
    """Tells whether the writer says to be the pupil: «я ученик», «учусь»; «ученик» alone may be anybody's."""
    return _says_i_am(text, {"PUPIL"}) or (
        {"PUPIL", "I"} <= _signs(text) and _signs(text).isdisjoint(_PARENTS | _CHILDS)
    )


def is_teacher(text: str, is_answer: bool) -> bool:
    """Tells whether a teacher writes: «я учитель», and where a text only answers that, «классный руководитель 5А».

    A child makes a parent of them: «я учитель, мой сын в 7Б», «я учитель и мама».
    """
    words = words_of(text)
    is_parent_too = any(word == "и" and sign_of(behind) in _PARENTS for word, behind in pairwise(words))
    if is_parent_too or is_of_parent(text) or TEACHERS.isdisjoint(words):
        return False
    behind_i = [words[at + 1 : at + 1 + _NEAR_I] for at, word in enumerate(words) if word == "я"]
    behind_i = [told for told in behind_i if "не" not in told and not any(sign_of(one) in _PUPILS for one in told)]
    says_i_am = any(not TEACHERS.isdisjoint(told) for told in behind_i)
    return says_i_am or (is_answer and "не" not in words and _signs(text).isdisjoint(_PARENTS | _PUPILS))


def names_child(text: str) -> bool:
    """Tells whether the text speaks of somebody's child, or of a pupil."""
    return not _signs(text).isdisjoint(_PUPILS_ACCOUNT)


def speaks_of_other(text: str) -> bool:
    """Tells whether an age is somebody else's: «ей 12 лет»."""
    return "THEIRS" in _signs(text)


def speaks_of_self(text: str) -> bool:
    """Tells whether an age is the writer's own: «мне 15»."""
    return "I" in _signs(text) and _signs(text).isdisjoint(_PUPILS)


def tells_own_minority(text: str, age: int) -> bool:
    """Tells whether an age below 18 is the writer's own, whoever else is named: «мне 12, помогает мама»."""
    return age < GROWN_UP and _OWN_AGE.search(text) is not None


def has_no_parent(text: str) -> bool:
    """Tells whether a text names parents to say that they are not there: «родителей нет», «без мамы»."""
    return not _signs(text).isdisjoint(_PARENTS) and not _NOBODY.isdisjoint(words_of(without_answer_before(text)))


def denies(text: str) -> bool:
    """Tells whether there is a «не», a «нет» or the like in a text."""
    return "NOT" in _signs(text)


def read_account(text: str, reader: Reader | None) -> Reader | None:
    """Gives the account that was used: PARENT for «мамина», PUPIL for «сына»; «под своей» is the reader's own.

    None where nobody is named, or both are, or there is a «не».
    """
    signs = _signs(text)
    of_pupil, of_parent = not signs.isdisjoint(_PUPILS_ACCOUNT), not signs.isdisjoint(_PARENTS_ACCOUNT)
    if denies(text) or (of_pupil and of_parent):
        return None
    if of_pupil or of_parent:
        return Reader.PUPIL if of_pupil else Reader.PARENT
    return reader if _is_own(text) else None


def read_whose(text: str, pack: Pack) -> Path | None:
    """Gives the path of the login that a parent means: their own for «мой», «мама»; by the age for «сыну 10 лет»."""
    age = read_age(text)
    if age is not None:
        return pack.path_of_age(age)
    signs = _signs(text)
    if names_child(text) or {"YOUTH", "MY"} <= signs:  # «мой мальчик»
        return None
    is_account = "PARENT_ACCOUNT" in signs and len(words_of(text)) <= _ACCOUNT_ALONE and not talk.is_question(text)
    return pack.parents_path if _is_own(text) or is_account or not signs.isdisjoint(_PARENTS) else None


def _is_own(text: str) -> bool:
    signs = _signs(text)
    return not signs.isdisjoint(_OWN) or ("I" in signs and signs <= _I_GO and len(words_of(text)) <= _I_ALONE)


def read_age(text: str) -> int | None:
    """Gives an age in years from «15», «мне 17 лет, помогите», «семнадцать»; «скоро 18» is 17. None for anything else.

    Ages below 5 and above 30 are taken for a slip.
    """
    is_denied = False
    if not _ONLY_AGE.match(text):
        told = list(_TOLD_AGE.finditer(text))
        if len(told) != 1 or _names_another(text[: told[0].start()]):
            return None
        text, is_denied = told[0][0], _is_denied_around(text, *told[0].span())
    if _NEGATIVE.match(text):
        return None
    text = without_answer_before(text)
    numbers = [int(found) for found in _NUMBER.findall(text)]
    numbers += sorted({_AGES_IN_WORDS[word] for word in _AGE_IN_WORDS.findall(text.lower())})
    if len(numbers) == 2 and numbers[1] == numbers[0] + 1 and _NOT_YET.search(text):
        return numbers[0] if numbers[0] >= YOUNGEST else None  # «мне 17, но скоро 18»
    if len(numbers) != 1 or not YOUNGEST <= numbers[0] <= OLDEST:
        return None
    return numbers[0] - 1 if numbers[0] == GROWN_UP and (is_denied or _NOT_YET.search(text)) else numbers[0]


def _is_denied_around(text: str, start: int, end: int) -> bool:
    """Tells whether the words beside an age, within its clause, say that it is not reached yet."""
    before = _CLAUSE_ENDS.split(text[:start])[-1]
    behind = "" if _CLAUSE_ENDS.match(text, end - 1) else _CLAUSE_ENDS.split(text[end:])[0]
    return bool(_NOT_YET_BEFORE.search(before) or _NOT_YET_BEHIND.match(behind))


def _names_another(before: str) -> bool:
    """Tells whether the words before an age name the age of another child: «10 и 14 лет»."""
    return _ANOTHER_AGE.search(before) is not None and not _OF_PLACE.search(before)


def without_answer_before(text: str) -> str:
    """Leaves out a «нет» that says nothing of the age behind it: «нет, мне 18» is «мне 18»."""
    return _ANSWERED_BEFORE.sub(lambda found: ", " if found["behind"] else "", text, count=1)


def age_in_words(word: str) -> int | None:
    """Gives the age that a number word names: 16 for «шестнадцать» and for «шестнадцати»."""
    return _AGES_IN_WORDS.get(word)


def looks_like_age(text: str) -> bool:
    """Tells whether a text tries to give an age: «150», «-3», «сто». A figure from 1 to 4 is rather a choice."""
    return bool(_AGE_TRIED.fullmatch(text.strip()))


def _signs(text: str) -> frozenset[str]:
    return frozenset(map(sign_of, words_of(text)))


def _says_i_am(text: str, who: Collection[str]) -> bool:
    words = words_of(text)
    for at in (at for at, word in enumerate(words) if word == "я"):
        told = [sign for sign in map(sign_of, words[at + 1 : at + 1 + _NEAR_I]) if sign in _PUPILS | _PARENTS]
        if told[:1] and told[0] in who:
            return True
    return False
