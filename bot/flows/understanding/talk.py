"""What people say beside an inscription: that they cannot get in, that they want help or the school, a question."""

import re

_LONGEST_WORDS = 14
_IN = r"(?:во?йти|зайти|вход\w*|захо\w+|дневник\w*|журнал\w*|госуслуг\w*|авториз\w+)"
_CANNOT = re.compile(
    rf"\bне\s+(?:могу|можем|может|смог\w*|получа\w+|получил\w+|удал\w+|уда[её]тся|выходит)\b.*\b{_IN}"
    rf"|\b{_IN}\b.*\bне\s+(?:могу|можем|может|смог\w*|получа\w+|получил\w+|удал\w+|уда[её]тся|выходит|пускает)"
    r"|\bне\s+(?:захо\w+|вход(?:ит|им|ят)|(?:в|за)?пуска\w+)",
    re.IGNORECASE,
)
_HELP = re.compile(
    r"\b(помоги\w*|помощь|помочь|выручай\w*|подскажи\w*|не\s+(?:понима\w+|понял[аи]?|понятно|знаю|разобрал\w*)"
    rf"|что\s+(?:мне\s+)?делать|как\s+(?:мне\s+|нам\s+)?(?:же\s+)?{_IN})\b",
    re.IGNORECASE,
)
_SCHOOL = re.compile(
    r"^\W*(?:(?:я|мы|можно|хочу|хотим|хотел[аи]?|нужно|надо|как|бы|давайте|позовите|соедините|свяжите|меня|сами?|вы)\W+)*"
    r"(?:(?:на)?пи(?:сать|шите|шу)(?:\s+вы)?(?:\s+(?:в\s+школу|школе|админ\w+))?|в\s+школу|связаться\s+со?\s+школой"
    r"|(?:с\s+)?(?:оператор\w*|админ\w*|(?:живо\w+\s+)?человек\w*))\W*$",
    re.IGNORECASE,
)
_QUESTION = re.compile(
    r"\?\W{0,40}+$|^\W*(?:а\s+|и\s+)?(?:где|как|какой|какая|какие|сколько|когда|куда|кто|почему|зачем|можно(?:\s+ли)?|что)\b(?!-)"
    r"|\bне\s+(?:нахожу|найду|вижу|видно|видим|могу\s+найти|нашл[аи]|наш[её]л|понима\w+|понятно|знаю)\b"
    r"|\b(?:раздела?|портфолио|кнопк[аи]|вкладк[аи]|ссылк[аи]|уведомлени[ея])\s+нет(?:у)?\b",
    re.IGNORECASE,
)


def cannot_enter(text: str) -> bool:
    """Whether a short text says no more than that one cannot get in."""
    return _is_short(text) and bool(_CANNOT.search(text))


def wants_help(text: str) -> bool:
    """Whether a short text asks for help as such: «помогите», «как войти в дневник?»."""
    return _is_short(text) and bool(_HELP.search(text))


def wants_school(text: str) -> bool:
    """Whether somebody asks for the school or for a human being."""
    return bool(_SCHOOL.match(text))


def is_question(text: str) -> bool:
    """Whether a text asks or complains in its own words rather than shows what stands on the screen."""
    return bool(_QUESTION.search(text.strip()) or wants_help(text) or cannot_enter(text))


def _is_short(text: str) -> bool:
    return len(text.split()) <= _LONGEST_WORDS and not re.search(r"[«\"]", text)
