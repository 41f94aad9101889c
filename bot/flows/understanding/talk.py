"""Recognises acts of talk by their words: greeting, thanks, «получилось», «не могу войти», the wish for the school."""

import re

_LONGEST_WORDS = 14
_LONGEST_THANKS = 120  # characters
_QUOTES = re.compile(r"[«\"]")
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
_GREETING = re.compile(
    r"^\W*(здравствуй(?:те)?|здрав?сьте|здрасте|привет\w*|хай|алло|добр(?:ый|ое|ого)\s+(?:день|дня|утро|утра|вечер\w*)"
    r"|доброго\s+времени\s+суток|салам|hello|hi)\b(?:\W+(?:всем|вам))?\W*$",
    re.IGNORECASE,
)
THANKFUL = r"спасибо|спасибки|спс|благодар\w+"
_THANKS = re.compile(
    rf"\b({THANKFUL}|пасиб\w*|супер|отлично|ура|здорово)\b|[👍🙏❤🎉👌]"
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
    """Tells whether an answer to «как зовут?» or «в каком классе?» is about the trouble: «не пускает, ошибка 999»."""
    return len(text.split()) > 1 and bool(_COMPLAINT.search(text)) and not _UNTOLD.match(text)


def is_greeting(text: str) -> bool:
    """Tells whether a text is a greeting and nothing more."""
    return bool(_GREETING.match(text))


def is_thanks(text: str) -> bool:
    """Tells whether a text only thanks or agrees: «да, спасибо!», «ура, заработало», «👍» — and tells of no trouble."""
    return len(text) <= _LONGEST_THANKS and bool(_THANKS.search(text)) and not _TROUBLE.search(text)


def is_solved(text: str) -> bool:
    """Tells whether a text is about a problem that is over: «впн отключила, всё заработало» — and of no other."""
    is_told = len(text) <= _LONGEST_THANKS and bool(_SUCCEEDED.search(text))
    return is_told and not (_TROUBLE.search(text) or _SOMEBODY.search(text))


def cannot_enter(text: str) -> bool:
    """Tells whether a short text says no more than that one cannot get in."""
    return _is_short(text) and bool(_CANNOT.search(text))


def wants_help(text: str) -> bool:
    """Tells whether a short text asks for help as such: «помогите», «как войти в дневник?»."""
    return _is_short(text) and bool(_HELP.search(text))


def wants_school(text: str) -> bool:
    """Tells whether somebody asks for the school or for a human being."""
    return bool(_SCHOOL.match(text))


def is_question(text: str) -> bool:
    """Tells whether a text asks or complains in its own words, rather than repeats what stands on the screen."""
    return bool(_QUESTION.search(text.strip()) or wants_help(text) or cannot_enter(text))


def _is_short(text: str) -> bool:
    return len(text.split()) <= _LONGEST_WORDS and not _QUOTES.search(text)
