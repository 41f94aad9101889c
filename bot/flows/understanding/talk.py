"""Recognises by patterns a question, a call for help, and a trouble that is told where a name or a class was asked.

The other acts of talk are recognised by the learned model.
"""

import re

_HELP = re.compile(
    r"\b(?:помоги|помощь|помочь|выруч|подскаж)\w*|\bне\s+(?:понима\w+|понял[аи]?|знаю|разобрал\w*)|\bне\s*понятно\b"
    r"|\bчто\s+(?:мне\s+)?делать\b",
    re.IGNORECASE,
)
_QUESTION = re.compile(
    r"\?\W{0,40}+$|^\W*(?:а\s+|и\s+)?(?:где|как|какой|какая|какие|сколько|когда|куда|кто|почему|зачем|можно|что)\b(?!-)"
    r"|\bне\s+(?:нахожу|найду|вижу|видно|видим|могу|нашл[аи]|наш[её]л)\b"
    r"|\b(?:раздела?|портфолио|кнопк[аи]|вкладк[аи]|ссылк[аи]|уведомлени[ея])\s+нет(?:у)?\b",
    re.IGNORECASE,
)
_COMPLAINT = re.compile(
    r"\b(не|нельзя|ошибк\w+|пишет|пишут|выда[её]т|вход(?:ит|ить|им)?|войти|зайти|парол\w+|логин\w*|дневник(?:а|у|ом|е)?"
    r"|госуслуг\w*|есиа|согласи[еяю]|пускает|открывает\w*|работает|помогите|почему|зачем|что\s+делать)\b|\?",
    re.IGNORECASE,
)
_UNTOLD = re.compile(r"^\W*(?:я\s+)?не\s+(?:знаю|помню|хочу|скажу|важно|надо|нужно)\W*$", re.IGNORECASE)
# What «теперь» and the like are followed by where all is well: «теперь захожу», «снова всё работает».
_WELL = (
    r"(?:(?:я|мы|он|она|нам|у\s+\w+|сын|дочка|дочь|реб[её]нок|дневник|все|вс[её]|тоже|и)\s+){0,3}+(?:вс[её]\b|спасибо|ок\b|ясно|понятн"
    r"|работа|заработ|захо|заш|вош|входи|ви(?:жу|дим|дно)\b(?!\s+(?:ошиб|друг|нов))|откры|получ|могу|можем|смог|знаю|норм|хорош|отлич|порядок"
    r"|пуска[ею]т|пустил|понял|разобрал|буд(?:у|ем)\s+знать|можно\s+(?:войти|зайти))"
)
_BUT = re.compile(
    rf"\b(?:но|почти|бы|наполовину|ненадолго)\b|\bне\s|\b(?:снова|опять|теперь)\b(?!\W+{_WELL})"
    # What asks for more, or tells of another's: «спасибо, проверьте ещё сына», «ура! вопрос ещё по старшей».
    r"|\b(?:провер|посмотр|подскаж|исправ|поправ|помог|добав|удал|верн|сдел)(?:ите|ьте|айте)\b|\bскажите\b(?!\W+спасибо)"
    r"|\bоднако\b|\bтолько\b(?!\s+(?:что|сейчас|сегодня|утром|вчера|после|благодаря|с)\b)"
    r"|\bещ[её]\b(?!\s*раз|\W*$|\s+(?:вчера|утром|в|на|с|и|спасибо|больше)\b)"
    r"|\b(?:есть|ещ[её]|друг\w{1,4}|нов\w{1,4}|один)\s+вопрос|\bчуж\w+|\bа\s+(?:там|вот|у|как|что|где|когда)\b",
    re.IGNORECASE,
)
_LONGEST_CALL = 14  # words: a longer text tells what help is wanted for


def is_over_in_part(text: str) -> bool:
    """Tells whether thanks take themselves back: «помогло, но теперь другая ошибка», «почти помогло»."""
    return _BUT.search(text) is not None


def is_complaint(text: str) -> bool:
    """Tells whether an answer to «как зовут?» or «в каком классе?» is about the trouble: «не пускает, ошибка 999»."""
    return len(text.split()) > 1 and bool(_COMPLAINT.search(text)) and not _UNTOLD.match(text)


def wants_help(text: str) -> bool:
    """Tells whether a short text asks for help as such: «помогите», «что делать»."""
    return len(text.split()) <= _LONGEST_CALL and bool(_HELP.search(text))


def is_question(text: str) -> bool:
    """Tells whether a text asks in its own words, rather than repeats what stands on the screen."""
    return bool(_QUESTION.search(text.strip())) or wants_help(text)
