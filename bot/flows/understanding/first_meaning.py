"""A text that a family sends → its one meaning: what it may mean is tried in order, and the first that fits is it."""

import unicodedata
from collections.abc import Callable

from bot.flows import masking
from bot.flows.guide.instruction import Reader
from bot.flows.understanding import talk, typed_labels, who_writes
from bot.flows.understanding.meaning import Context, Kind, Meaning
from bot.flows.understanding.recogniser import NOTHING_NAMED, Recognition, Verdict, recognise

_SHORT = 6  # words: an answer to a question; more of them tell a story
_FEW = 2


def understand(text: str, context: Context) -> Meaning:
    """Gives the one meaning of what a family wrote. Never raises, whatever the text.

    `text` is what the family itself wrote: a message, or the caption of a picture, perhaps an empty one. Words beside a
    picture answer no question of the bot, so they are read for errors and topics alone, together with the picture's.
    """
    in_order = _IN_ORDER if context.pictured is None else _BESIDE_PICTURE
    found = (tried(text, context) for tried in in_order)
    return next(meaning for meaning in found if meaning)


def _empty(text: str, context: Context) -> Meaning | None:
    says_something = any(unicodedata.category(sign)[0] not in "ZC" for sign in text)
    return None if says_something else Meaning(Kind.EMPTY)


def _button(text: str, context: Context) -> Meaning | None:
    button = typed_labels.button_named(context.buttons, text)
    return Meaning(Kind.BUTTON, button=button) if button else None


def _named_in_text(text: str, context: Context) -> Meaning | None:
    recognition = recognise(text, context.path)
    if recognition.topic and talk.is_solved(text):
        return None  # a neighbouring problem that is told of as over needs no advice
    return _named(text, recognition)


def _named_in_quote(text: str, context: Context) -> Meaning | None:
    recognition = recognise(context.quoted, context.path) if context.quoted else NOTHING_NAMED
    return _named(text, recognition) if recognition.verdict is Verdict.SURE else None


def _named_in_picture(text: str, context: Context) -> Meaning | None:
    return _named(text, recognise("\n".join(filter(None, (text, context.pictured))), context.path))


def _named(text: str, recognition: Recognition) -> Meaning | None:
    if recognition.error:
        return _told(Kind.ERROR, text, recognition)
    return _told(Kind.TOPIC, text, recognition) if recognition.topic else None


def _role(text: str, context: Context) -> Meaning | None:
    asked, role = context.here.kind, who_writes.read_role(text)
    if asked == "whose" and role is not Reader.PUPIL:
        own_age = who_writes.read_age(text) if who_writes.speaks_of_self(text) else None
        if own_age is not None:
            return Meaning(Kind.ROLE, reader=Reader.PUPIL, path=who_writes.path_of_age(own_age))
        path = who_writes.read_whose(text) if _is_short(text) else None
        return Meaning(Kind.ROLE, reader=Reader.PARENT, path=path) if path else None
    age = who_writes.read_age(text) if asked in ("role", "age") else None
    if age is not None:
        is_of_other = role is Reader.PARENT or who_writes.speaks_of_other(text)
        reader = Reader.PARENT if is_of_other else Reader.PUPIL
        return Meaning(Kind.ROLE, reader=reader, path=who_writes.path_of_age(age))
    asks = asked in ("role", "age", "whose") and (_is_short(text) or _wants_in(text))
    return Meaning(Kind.ROLE, reader=role) if asks and role and role is not context.here.reader else None


def _account(text: str, context: Context) -> Meaning | None:
    if context.here.kind not in ("account", "login") or not _is_short(text):
        return None
    whose = who_writes.read_account(text, context.here.reader)
    return Meaning(Kind.ACCOUNT, reader=whose) if whose else None


def _greeting(text: str, context: Context) -> Meaning | None:
    return Meaning(Kind.GREETING) if talk.is_greeting(text) else None


def _thanks(text: str, context: Context) -> Meaning | None:
    if talk.is_thanks(text):
        return Meaning(Kind.THANKS)
    return Meaning(Kind.SOLVED) if talk.is_solved(text) else None


def _cannot_login(text: str, context: Context) -> Meaning | None:
    asked = context.here.kind
    is_told = (asked == "role" and _wants_in(text)) or (asked in ("step", "end") and talk.cannot_enter(text))
    return Meaning(Kind.CANNOT_LOGIN) if is_told else None


def _pupil_named(text: str, context: Context) -> Meaning | None:
    is_named = context.here.kind == "whose" and who_writes.names_child(text)
    return Meaning(Kind.PUPIL_NAMED) if is_named else None


def _bad_age(text: str, context: Context) -> Meaning | None:
    is_tried = context.here.kind == "role" and who_writes.looks_like_age(text)
    return Meaning(Kind.BAD_AGE) if is_tried else None


def _no_answer(text: str, context: Context) -> Meaning | None:
    """Each question takes words for a failed answer: that of the age any, the first one only a word or two."""
    asked = context.here.kind
    is_tried = asked == "age" or (asked in ("account", "login", "whose") and _is_short(text))
    return Meaning(Kind.NO_ANSWER) if is_tried or (asked == "role" and len(text.split()) <= _FEW) else None


def _stray_word(text: str, context: Context) -> Meaning | None:
    is_stray = typed_labels.says_yes_or_no(text) or typed_labels.names_form_button(text)
    return Meaning(Kind.STRAY_WORD) if is_stray else None


def _human(text: str, context: Context) -> Meaning | None:
    return Meaning(Kind.HUMAN) if talk.wants_school(text) else None


def _nothing(text: str, context: Context) -> Meaning | None:
    return _told(Kind.NOTHING, text, Recognition(path=context.path))


def _told(kind: Kind, text: str, recognition: Recognition) -> Meaning:
    return Meaning(
        kind,
        recognition=recognition,
        reader=who_writes.read_teller(text),
        is_question=talk.is_question(text),
        is_private=bool(masking.mask(text).found),
    )


def _wants_in(text: str) -> bool:
    return talk.cannot_enter(text) or talk.wants_help(text)


def _is_short(text: str) -> bool:
    return len(text.split()) <= _SHORT


_IN_ORDER: tuple[Callable[[str, Context], Meaning | None], ...] = (
    _empty,
    _button,
    _named_in_text,
    _named_in_quote,
    _role,
    _account,
    _greeting,
    _thanks,
    _cannot_login,
    _pupil_named,
    _bad_age,
    _no_answer,
    _stray_word,
    _human,
    _nothing,
)
_BESIDE_PICTURE = (_named_in_picture, _nothing)
