"""Who is writing and how old they are, read from what they typed; classes of a school, greetings and thanks too."""

import re

from bot.flows.guide.instruction import Path, Reader

_PARENT = re.compile(
    r"\b(мам[ауеы]?|мамочка|матушка|мать|пап[ауеы]?|отец|родител(?:ь(?:ница|нице)?|я|ю|ем|и|ей|ям|ями)|бабушк\w+|дедушк\w+|опекун\w*|отчим|мачеха"
    r"|законный\s+представител\w+)\b",
    re.IGNORECASE,
)
# Only an elder speaks of a son; a pupil speaks of itself.
_SOMEBODYS_CHILD = re.compile(
    r"\b(сын(?:а|у|ом|е|ок|ку|ка|уля|ули)?|сыночек|доч(?:ь|ери|ерью|ка|ке|ку|кой|ки|еньк\w+|ур\w*)"
    r"|реб[её]н(?:ок|ка|ку|ком|ке)|внук(?:а|у|ом)?|внуч\w+|подопечн\w+)\b",
    re.IGNORECASE,
)
_PUPIL = re.compile(r"\b(ученик|ученица|школьник|школьница|учащийся|учащаяся)\b", re.IGNORECASE)
_I_AM_PARENT = re.compile(rf"\bя\s+(?:[а-яё]+\s+)?{_PARENT.pattern}", re.IGNORECASE)
_I_AM_PUPIL = re.compile(rf"\bя\s+{_PUPIL.pattern}", re.IGNORECASE)
_OWN = re.compile(
    r"\b(сам|сама|самостоятельно|себ[яе]|мой|моя|мо[йю]|мое[йю]|моим|мо[её]|сво[йя]|свою|своей|своим|сво[её]м?)\b",
    re.IGNORECASE,
)
_PUPILS_ACCOUNT = re.compile(r"\b(детск\w+|учени(?:к|ц|ческ)\w*|школьн\w+|реб[её]н\w+)\b", re.IGNORECASE)
_PARENTS_ACCOUNT = re.compile(
    rf"{_PARENT.pattern}|\b(родительск\w+|мамин\w*|папин\w*|бабушкин\w*|муж(?:а|ем)?|жен(?:ы|ой)|взросл\w+)\b",
    re.IGNORECASE,
)
_DENIED = re.compile(r"\b(не|ни)\b", re.IGNORECASE)
_NEGATIVE = re.compile(r"[-−–—]\s*\d")
_NUMBER = re.compile(r"(?<![\d.,])(\d{1,3})(?:[.,]\d)?(?![\d]|[.,]\d)")
_NOT_YET = re.compile(
    r"\b(скоро|почти|ещ[её]\s+нет|нет|до|без\s+\w+|меньше|младше|будет|исполнится|неполн\w+)\b", re.IGNORECASE
)
_WORDS = {
    "шесть": 6, "семь": 7, "восемь": 8, "девять": 9, "десять": 10, "одиннадцать": 11, "двенадцать": 12,
    "тринадцать": 13, "четырнадцать": 14, "пятнадцать": 15, "шестнадцать": 16, "семнадцать": 17, "восемнадцать": 18,
    "девятнадцать": 19, "двадцать": 20,
}  # fmt: skip
_OF_WHOM = r"мне|ей|ему|реб[её]нку|сыну|дочери|дочке|внуку|внучке|ученику|ученице"
_AGE_IN_WORDS = re.compile(rf"\b(?:{'|'.join(_WORDS)})\b")
# Possessive and atomic throughout: a text that is no age costs one walk along it, never a search through its splits.
_ONLY_AGE = re.compile(
    rf"^\W*+(?>(?:{_OF_WHOM}|уже|сейчас|только|возраст|скоро|почти|ещ[её]|нет|до|меньше|младше|больше|старше|полных"
    r"|исполнилось|исполнится|будет|летом|осенью|зимой|весной|лет|годик\w*+|года|год|only|я)\W*+|\d{1,3}+\W*+"
    r"|с\s++половиной\W*+|(?:но|и|а)\W++(?=скоро|почти|уже)|(?:восем|один|две|три|четыр|пят|шест|сем|девят)надцать\W*+"
    r"|десять\W*+|двадцать\W*+)++$",
    re.IGNORECASE,
)
# An age in the middle of other words: «здравствуйте, мне 15», «сыну 10 лет, не входит».
_TOLD_AGE = re.compile(
    rf"\b(?:{_OF_WHOM})\s+(?:уже\s+|сейчас\s+|только\s+|скоро\s+|почти\s+|ещ[её]\s+нет\s+)*\d{{1,2}}"
    r"(?:\s*(?:лет|год\w*))?\s*(?:[,.!;)\n]|$)|(?<![\d.,])\d{1,2}\s*(?:лет|год|года|годик\w*)\b(?!\s*назад)",
    re.IGNORECASE,
)
_YOUNGEST, _OLDEST = 5, 30
_GROWN_UP = 18

_ORDINALS = {
    "первый": "1", "второй": "2", "третий": "3", "четвертый": "4", "пятый": "5", "шестой": "6", "седьмой": "7",
    "восьмой": "8", "девятый": "9", "десятый": "10", "одиннадцатый": "11",
}  # fmt: skip
_ORDINAL = re.compile(r"\b(" + "|".join(f"{word[:-2]}(?:ый|ой|ий|ом|ем|ьем)" for word in _ORDINALS) + r")\b")
# It reads a text whose words are one space apart.
_CLASS = re.compile(
    r"^\W*(?:во? )?(?:кл(?:асс\w*)?\.? ?)?(1[01]|[1-9]) ?[-–—/\\]? ?(?:кл(?:асс\w*)?\.?(?!\w))? ?"
    r"[«\"']? ?([А-ЯЁA-Z])? ?[»\"']? ?(?:кл(?:асс\w*)?\.?)?\W*(?:[,.;]\s.*)?$",
    re.IGNORECASE,
)
_ENDING = re.compile(r"(?<=\d)-?й\b|(?<=\bв \d)-?м\b|(?<=\bв \d\d)-?м\b")  # «7-й Б», «в 7-м»
_LATIN_CLASS = str.maketrans("ABVGDEKMNOPCTYXZ", "АБВГДЕКМНОПСТУХЗ")


def read_role(text: str) -> Reader | None:
    """PARENT for «мама», «мой сын»; PUPIL for «я ученица»; None where nobody is named, or both are."""
    if _SOMEBODYS_CHILD.search(text):
        return Reader.PARENT
    parent, pupil = bool(_PARENT.search(text)), bool(_PUPIL.search(text))
    if parent != pupil:
        return Reader.PARENT if parent else Reader.PUPIL
    return None


def read_teller(text: str) -> Reader | None:
    """Who tells of an error: PARENT for «у сына», «я мама», PUPIL for «я ученик».

    A mother merely named tells nothing: a pupil writes «просит согласие мамы» as well.
    """
    if _SOMEBODYS_CHILD.search(text) or _I_AM_PARENT.search(text):
        return Reader.PARENT
    return Reader.PUPIL if _I_AM_PUPIL.search(text) else None


def names_child(text: str) -> bool:
    """Whether the text speaks of somebody's child, or of a pupil."""
    return bool(_SOMEBODYS_CHILD.search(text) or re.search(r"\b(учени[кц]|школьни[кц])\w*", text, re.IGNORECASE))


def speaks_of_other(text: str) -> bool:
    """Whether an age is somebody else's: «ей 12 лет»."""
    return bool(re.search(r"\b(ей|ему)\b", text, re.IGNORECASE))


def speaks_of_self(text: str) -> bool:
    """Whether an age is the writer's own: «мне 15»."""
    return bool(re.search(r"\bмне\b", text, re.IGNORECASE)) and not names_child(text)


def read_account(text: str, reader: Reader | None) -> Reader | None:
    """Under whose account one went in: PARENT for «мамина», PUPIL for «сына»; «под своей» is the reader's own.

    None where nobody is named, or both are, or somebody is named by a «не».
    """
    of_pupil, of_parent = bool(_PUPILS_ACCOUNT.search(text)) or names_child(text), bool(_PARENTS_ACCOUNT.search(text))
    if of_pupil == of_parent:
        unclear = of_pupil or not _OWN.search(text)
        return None if unclear or _DENIED.search(text) else reader
    if _DENIED.search(text):
        return None
    return Reader.PUPIL if of_pupil else Reader.PARENT


def read_whose(text: str) -> Path | None:
    """Whose login a parent means: PARENT for «мой», «мама», by the age for «сыну 10 лет», «18+»; None where untold."""
    age = read_age(text)
    if age is not None:
        return path_of_age(age)
    if names_child(text):
        return None
    return Path.PARENT if _OWN.search(text) or _PARENT.search(text) else None


def path_of_age(age: int) -> Path:
    """The pupil's path; eighteen exactly is a grown-up's."""
    return Path.ADULT_PUPIL if age >= _GROWN_UP else Path.CHILD


def read_age(text: str) -> int | None:
    """An age in years from «15», «мне 17 лет, помогите», «семнадцать»; «скоро 18» is 17. None for anything else.

    Ages below 5 and above 30 are taken for a slip of the finger.
    """
    if not _ONLY_AGE.match(text):
        told = _TOLD_AGE.findall(text)
        text = told[0] if len(told) == 1 else ""
    if _NEGATIVE.search(text):
        return None
    numbers = [int(found) for found in _NUMBER.findall(text)]
    numbers += sorted({_WORDS[word] for word in _AGE_IN_WORDS.findall(text.lower())})
    if len(numbers) == 2 and numbers[1] == numbers[0] + 1 and _NOT_YET.search(text):
        numbers.pop()  # «мне 17, но скоро 18»
    if len(numbers) != 1 or not _YOUNGEST <= numbers[0] <= _OLDEST:
        return None
    return numbers[0] - 1 if numbers[0] == _GROWN_UP and _NOT_YET.search(text) else numbers[0]


def looks_like_age(text: str) -> bool:
    """Whether the text is an attempt at an age, good or bad: «150», «-3», «сто». One of 1 to 4 is rather a choice."""
    return bool(
        re.fullmatch(
            r"\W*+(?![1-4]\W*+$)\d{1,4}+\W*+(?:лет|года?)?+\W*+|\W*+(?:сто|тысяча|ноль)\W*+|[-−–—]\s*+\d++",
            text.strip(),
            re.IGNORECASE,
        )
    )


def read_class(text: str) -> str | None:
    """A class as the school writes it, «7Б» or «11», from «7 б», «в 7-Б класс», «седьмой Б»; None for anything else."""
    plain = _ORDINAL.sub(_figure, " ".join(text.lower().replace("ё", "е").split()))
    found = _CLASS.match(_ENDING.sub("", plain))
    if not found:
        return None
    letter = (found.group(2) or "").upper().translate(_LATIN_CLASS)
    return found.group(1) + letter


def _figure(found: re.Match[str]) -> str:
    return next(figure for word, figure in _ORDINALS.items() if found[0].startswith(word[:-2]))


_GREETING = re.compile(
    r"^\W*(здравствуй(?:те)?|здрав?сьте|здрасте|привет\w*|хай|алло|добр(?:ый|ое|ого)\s+(?:день|дня|утро|утра|вечер\w*)"
    r"|доброго\s+времени\s+суток|салам|hello|hi)\b[\W\s]*(?:всем|вам)?\W*$",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"\b(спасибо|спасибки|спс|благодар\w+|пасиб\w*|супер|отлично|ура|здорово)\b|[👍🙏❤🎉👌]"
    r"|^\W*(ок|окей|хорошо|понятно|понял[аи]?|ясно)\b"
    r"|^\W*(?:да\W+|вс[её]\s+)*(?:получилось|заработало|помогло|вош[её]л|вошл[аи]|открылся|решилось)\W*$",
    re.IGNORECASE,
)
_TROUBLE = re.compile(
    r"\b(но|не|нет|опять|снова|ошибк\w+|вс[её]\s+равно|пишет|проблем\w+|сломал\w+|пропал\w*|помогите|когда|как|где"
    r"|почему|что\s+делать)\b|\?",
    re.IGNORECASE,
)


_SUCCEEDED = re.compile(
    r"\b(?:вс[её]|уже|теперь|наконец|дневник|журнал)\s+"
    r"(?:заработал[аои]?|работает|получилось|решилось|помогло|вош(?:[её]л|л[аи]))\b"
    r"|\b(?:вс[её]|наконец|дневник|журнал)\s+открыл(?:ось|ся)\b"
    r"|\bи\s+(?:заработал[аои]?|получилось|вош(?:[её]л|л[аи]))\W{0,9}$",
    re.IGNORECASE,
)
_SOMEBODY = re.compile(r"\b(кто|кто-то|кто-нибудь|чуж\w+|взлом\w+|мошенник\w*)\b", re.IGNORECASE)


_COMPLAINT = re.compile(
    r"\b(не|нельзя|ошибк\w+|пишет|пишут|выда[её]т|вход(?:ит|ить|им)?|войти|зайти|парол\w+|логин\w*|дневник(?:а|у|ом|е)?"
    r"|госуслуг\w*|есиа|согласи[еяю]|пускает|открывает\w*|работает|помогите|почему|зачем|что\s+делать)\b|\?",
    re.IGNORECASE,
)

_UNTOLD = re.compile(r"^\W*(?:я\s+)?не\s+(?:знаю|помню|хочу|скажу|важно|надо|нужно)\W*$", re.IGNORECASE)


def is_complaint(text: str) -> bool:
    """Whether an answer to «как зовут?» or «в каком классе?» tells of the trouble: «не пускает, пишет ошибку 999»."""
    return len(text.split()) > 1 and bool(_COMPLAINT.search(text)) and not _UNTOLD.match(text)


def is_greeting(text: str) -> bool:
    """Whether the text greets and no more."""
    return bool(_GREETING.match(text))


def is_thanks(text: str) -> bool:
    """Whether the text only thanks or agrees: «да, спасибо!», «ура, заработало», «👍» — and tells of no trouble."""
    return len(text) <= 120 and bool(_THANKS.search(text)) and not _TROUBLE.search(text)


def is_solved(text: str) -> bool:
    """Whether the text tells of a problem that is over: «впн отключила, всё заработало» — and of no other."""
    return len(text) <= 120 and bool(_SUCCEEDED.search(text)) and not (_TROUBLE.search(text) or _SOMEBODY.search(text))
