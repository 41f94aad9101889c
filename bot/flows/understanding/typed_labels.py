"""Finds the button that a typed text means: by its label, or by other words that people use for it."""

import re
from collections.abc import Iterable

from bot import texts_ru as texts
from bot.flows.screen import Button
from bot.flows.understanding.talk import THANKFUL

_BEFORE_WORDS = re.compile(r"^[^\w«(]+")
_BETWEEN_WORDS = re.compile(r"[^\w+]+")
_LONGEST = 40  # characters

_CANNOT = (
    r"не (получ\w+|смог\w*|могу|можем|может|мог|удал\w+|удается|заработал\w*|(во|за)ш(ел|ла|ли)|захо\w+|вход\w+"
    r"|(в|за)?пуск\w+|да[её]т)( (войти|зайти|вход|дневник|в дневник|в журнал))*"
)
_NOT_HELPED = r"не (помогло|помогает|помог|помогла)|бесполезно|безрезультатно"
_STILL = r"((да|нет|неа|увы|к сожалению|пока|все равно|все еще|так и|опять|тоже|и это|это|ничего|мне|нам) )*"

_ALREADY = r"((да|все|уже|наконец|теперь) )*"
_STEP_DONE = r"готов[оа]?|сделан[оы]|сделал[аи]?|заполнил[аи]?|создал[аи]?|дождал(ся|ась|ись)|проверили|дальше|далее"

# How else people say what stands on a button; of several labels the first is meant that the screen has.
_SAYINGS: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (re.compile(r"(номер |цифра |это )?(1|один|перв(ый|ая|ое|ую))( номер)?"), ("1",)),
    (re.compile(r"(номер |цифра |это )?(2|два|втор(ой|ая|ое|ую))( номер)?"), ("2",)),
    (re.compile(r"(номер |цифра |это )?(3|три|трет(ий|ья|ье|ью))( номер)?"), ("3",)),
    (re.compile(r"(номер |цифра |это )?(4|четыре|четверт(ый|ая|ое|ую))( номер)?"), ("4",)),
    (re.compile(r"друг(ое|ая|ой)|ни (одно|одна|то)( из них| ни другое)?"), (texts.B_OTHER,)),
    (
        re.compile(
            rf"{_ALREADY}({_STEP_DONE}|получилось|помогло|заработало|решилось|(во|за)ш(ел|ла|ли))"
            r"( войти| зайти| (а )?что дальше)?"
        ),
        (texts.B_SUCCEEDED, texts.B_HELPED, texts.B_DONE),
    ),
    (re.compile(_STILL + _CANNOT), (texts.B_FAILED, texts.B_NOT_HELPED, texts.B_ERROR)),
    (re.compile(f"{_STILL}({_NOT_HELPED})"), (texts.B_FAILED, texts.B_NOT_HELPED, texts.B_ERROR, texts.B_WRITE)),
    (re.compile(r"ошибка|(появилась |вышла |у меня )ошибка"), (texts.B_ERROR,)),
    (
        re.compile(r"назад|обратно|вернуться( назад)?|вернись|шаг назад|к шагам"),
        (texts.B_BACK, texts.B_TO_STEPS, texts.B_TO_PREVIEW),
    ),
    (
        re.compile(
            r"((да|я|мы|хочу|хотим|можно|давай|давайте|лучше|тогда|сам|сама|сами|надо) )*"
            r"((на)?пи(сать|шу|шем)|((создать|оставить|подать|отправить|написать) )?(обращение|заявк[ау]))"
            r"( (в школу|школе|сам|сама|сами))*"
        ),
        (texts.B_WRITE,),
    ),
    (re.compile(r"отмен(а|ить|и|ите)|передумал[аи]?|не отправля(й|йте|ть)"), (texts.B_CANCEL,)),
    (re.compile(r"измен(ить|и|ите)|исправ(ить|ь|ьте)|поменять"), (texts.B_EDIT,)),
    (re.compile(r"(от|вы)прав(ить|ь|ьте|ляй|ляйте|ляем)"), (texts.B_SEND,)),
    (re.compile(r"(да )?откр(ой|ойте|ыть|ывай|ывайте)( (снова|опять|заново|обращение))*"), (texts.B_REOPEN,)),
    (re.compile(r"(да )?добав(ить|ь|ьте|ляй|ляйте)( к обращению)?"), (texts.B_JOIN,)),
    (re.compile(r"(это )?(о|про|для) друго(м|го) ребенк[еа]|друго(й|го) ребен(ок|ка)"), (texts.B_OTHER_CHILD,)),
)

_YES = re.compile(r"(да|ага|угу|ура|конечно|верно|именно|точно|все (ок|хорошо|отлично|супер|в порядке|работает))( да)*")
_NO = re.compile(r"(нет|не|неа|нету|увы|к сожалению)( (нет|пока|еще|увы|к сожалению))*|пока нет|еще нет")
# What a question of the bot is answered with by «да» and by «нет», the first that the screen has.
_YES_IS = (texts.B_SUCCEEDED, texts.B_HELPED, texts.B_JOIN, texts.B_SEND, texts.B_SCHOOL_YES)
_NO_IS = (texts.B_FAILED, texts.B_NOT_HELPED, texts.B_OTHER, texts.B_SCHOOL_OTHER)

_AGREES = re.compile(
    r"((да|ага|угу|ок|окей|хорошо|ладно|давай|давайте|хочу|хотим|конечно|согласен|согласна|можно|пожалуйста|буду|тогда"
    r"|надо|нужно|отправить|отправляй|отправляйте|пиши|пишите|напишите) ?)+"
)
_DONE = re.compile(rf"{_ALREADY}({_STEP_DONE})( (а )?что дальше)?")

_KIND_WORDS = re.compile(rf"\b({THANKFUL}|большое|огромное|вам|тебе|пожалуйста|ура|здравствуйте|супер|отлично)\b")


_SKIPS = ("пропустить", "пропуск", "пропусти", "пропустим", "skip", "не надо", "не хочу")
_FORM_LABELS = {texts.B_CANCEL, texts.B_EDIT, texts.B_SEND, texts.B_TO_PREVIEW}


def button_named(buttons_shown: Iterable[Button], text: str) -> Button | None:
    """Gives the button that a text names by its label, or in other usual words; None where it names none of these."""
    said = _plain(text)
    buttons = {button.label: button for button in buttons_shown if not button.url}
    if says_skip(text):
        return buttons.get(texts.B_SKIP) or buttons.get(texts.B_TO_PREVIEW)
    if not said or len(text) > _LONGEST:
        return None
    for label, button in buttons.items():
        if _plain(label) == said:
            return button
    meant = " ".join(_KIND_WORDS.sub(" ", said).split())
    named = (label for saying, labels in _SAYINGS if saying.fullmatch(meant) for label in labels)
    labels = [*named, *_answers(buttons, said)]
    return next((buttons[label] for label in labels if label in buttons), None)


def _answers(buttons: dict[str, Button], said: str) -> tuple[str, ...]:
    """Gives the labels that «да» and «нет» mean on a screen with these buttons; none where they answer nothing."""
    if _YES.fullmatch(said):
        only_one = texts.B_OTHER in buttons and "2" not in buttons
        return (*_YES_IS, "1") if only_one else _YES_IS
    if _NO.fullmatch(said):
        # «Помогло?» with no «Не помогло» beside it: what is left is the school.
        return (*_NO_IS, texts.B_WRITE) if texts.B_HELPED in buttons else _NO_IS
    return ()


def agrees(text: str) -> bool:
    """Tells whether a few words take what the bot has just offered: «да, давайте», «хорошо»."""
    return bool(_AGREES.fullmatch(_plain(text)))


def says_done(text: str) -> bool:
    """Tells whether the words stand for «Готово» of a step: «сделали», «готово, что дальше»."""
    return bool(_DONE.fullmatch(_plain(text)))


def says_yes_or_no(text: str) -> bool:
    """Tells whether a text is a bare «да» or «нет»."""
    return bool(_YES.fullmatch(_plain(text)) or _NO.fullmatch(_plain(text)))


def names_form_button(text: str) -> bool:
    """Tells whether a text names a button of any screen of the ticket's form: it is a slip, and no answer."""
    said = _plain(text)
    return any(saying.fullmatch(said) and {*labels} & _FORM_LABELS for saying, labels in _SAYINGS) or says_skip(text)


def says_skip(text: str) -> bool:
    """Tells whether «Пропустить» was typed instead of pressed."""
    return _plain(text) in _SKIPS or text.strip() in ("-", "—")


def _plain(text: str) -> str:
    words = _BETWEEN_WORDS.sub(" ", _BEFORE_WORDS.sub("", text).lower().replace("ё", "е"))
    return words.strip()
