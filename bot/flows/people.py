"""Who is writing and how old they are, read from what they typed; classes of a school too."""

import re

from bot.flows.guides import Reader

_PARENT = re.compile(
    r"\b(я\s+)?(мам[ауеы]?|мамочка|матушка|мать|пап[ауеы]?|отец|родител[ьяи]\w*|бабушк\w+|дедушк\w+|опекун\w*|отчим|мачеха"
    r"|законный\s+представител\w+)\b",
    re.IGNORECASE,
)
_PUPIL = re.compile(r"\b(учени[кц]\w*|ученица|школьни[кц]\w*|учащ\w+|реб[её]нок|сын|дочь|дочка)\b", re.IGNORECASE)
_SELF = re.compile(r"^\W*(я\s+)?(сам|сама|самостоятельно)\W*$", re.IGNORECASE)
_NEGATIVE = re.compile(r"[-−–—]\s*\d")
_NUMBER = re.compile(r"(?<![\d.,])(\d{1,3})(?![\d]|[.,]\d)")
_NOT_YET = re.compile(
    r"\b(скоро|почти|ещ[её]\s+нет|нет|без\s+\w+|меньше|младше|будет|исполнится|неполн\w+)\b", re.IGNORECASE
)
_ONLY_AGE = re.compile(
    r"^\W*(?:(?:мне|уже|сейчас|ей|ему|ребёнку|ребенку|возраст|скоро|почти|ещ[её]|нет|полных|исполнилось|исполнится|будет|лет|год|года|годик\w*|only|я)\W*|\d{1,3}\W*|[а-яё]+надцать\W*|восемнадцать\W*|десять\W*|двадцать\W*)+$",
    re.IGNORECASE,
)
_WORDS = {
    "шесть": 6, "семь": 7, "восемь": 8, "девять": 9, "десять": 10, "одиннадцать": 11, "двенадцать": 12,
    "тринадцать": 13, "четырнадцать": 14, "пятнадцать": 15, "шестнадцать": 16, "семнадцать": 17, "восемнадцать": 18,
    "девятнадцать": 19, "двадцать": 20,
}  # fmt: skip
_YOUNGEST, _OLDEST = 5, 30

_CLASS = re.compile(
    r"^(1[01]|[1-9])\s*[-–—]?\s*(?:класс\w*)?\s*[«\"']?\s*([А-ЯЁA-Z])?\s*[»\"']?\s*(?:класс\w*)?\s*\.?$", re.IGNORECASE
)
_LATIN_CLASS = str.maketrans("ABVGDEKMNOPCTYXZ", "АБВГДЕКМНОПСТУХЗ")


def read_role(text: str) -> Reader | None:
    """PARENT for «мама», PUPIL for «я ученица»; None where nobody is named, or both are."""
    parent, pupil = bool(_PARENT.search(text)), bool(_PUPIL.search(text))
    if parent != pupil:
        return Reader.PARENT if parent else Reader.PUPIL
    return None


def read_self(text: str) -> bool:
    """Whether the text says «сам» or «сама», and no more."""
    return bool(_SELF.match(text))


def read_age(text: str) -> int | None:
    """A pupil's age in years from «15», «мне 17 лет», «семнадцать»; «скоро 18» is 17. None for anything else.

    Ages below 5 and above 30 are taken for a slip of the finger.
    """
    if _NEGATIVE.search(text) or not _ONLY_AGE.match(text):
        return None
    numbers = [int(found) for found in _NUMBER.findall(text)]
    numbers += [age for word, age in _WORDS.items() if re.search(rf"\b{word}\b", text.lower())]
    if len(numbers) != 1 or not _YOUNGEST <= numbers[0] <= _OLDEST:
        return None
    return numbers[0] - 1 if numbers[0] == 18 and _NOT_YET.search(text) else numbers[0]


def looks_like_age(text: str) -> bool:
    """Whether the text is an attempt at an age, good or bad: «150», «-3», «сто»."""
    return bool(
        re.fullmatch(r"\W*\d{1,4}\W*(?:лет|год|года)?\W*|\W*(?:сто|тысяча|ноль)\W*", text.strip(), re.IGNORECASE)
    )


def read_class(text: str) -> str | None:
    """A class as the school writes it, «7Б» or «11», from «7 б», «7-Б класс», «7b»; None for anything else."""
    found = _CLASS.match(" ".join(text.split()))
    if not found:
        return None
    letter = (found.group(2) or "").upper().translate(_LATIN_CLASS)
    return found.group(1) + letter


_THANKS = re.compile(
    r"^\W*(большое\s+|огромное\s+)?(спасибо|спасибки|спс|благодар\w+|пасиб\w*|ок|окей|хорошо|понятно|ясно)\b",
    re.IGNORECASE,
)
_TROUBLE = re.compile(r"\b(но|не|нет|опять|снова|ошибк\w+|всё\s+равно|все\s+равно)\b", re.IGNORECASE)


def is_thanks(text: str) -> bool:
    """Whether the text only thanks or agrees: «спасибо», «ок, понятно» — and tells of no new trouble."""
    return len(text) <= 120 and bool(_THANKS.match(text)) and not _TROUBLE.search(text)
