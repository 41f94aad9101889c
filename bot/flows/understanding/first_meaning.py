"""Gives the one meaning of a family's text: the kinds of meanings are tried in order, and the first fit counts."""

import unicodedata
from collections.abc import Callable
from dataclasses import replace
from functools import cache

from bot import texts_ru as texts
from bot.flows import masking
from bot.flows.content import Pack, Path, Reader
from bot.flows.screen import Button
from bot.flows.understanding import likeness, short_answers, talk, typed_labels, who_is_meant, who_writes
from bot.flows.understanding.examples import Act
from bot.flows.understanding.meaning import Context, Kind, Meaning
from bot.flows.understanding.recogniser import NOTHING_NAMED, Recogniser, Recognition, Verdict
from bot.flows.understanding.vocabulary import vocabulary_of
from bot.flows.understanding.who_is_meant import ANSWERED_SHORTLY, FEW


@cache
def recogniser_of(pack: Pack) -> Recogniser:
    """Gives the recogniser of a pack, whose model is read once. Raises ModelError."""
    return Recogniser(pack)


def recognise(text: str, pack: Pack, path: Path | None = None) -> Recognition:
    """Gives what a text names by this pack, and on whose path: see `Recogniser.recognise`."""
    return recogniser_of(pack).recognise(text, path)


def understand(text: str, context: Context) -> Meaning:
    """Gives the one meaning of what a family wrote. Never raises, whatever the text.

    `text` is what the family itself wrote: a message, or the caption of a picture, perhaps an empty one. Words beside a
    picture answer no question of the bot, so they are read for errors and topics, together with the picture's. Where
    neither names one, they may still ask for a person, or say that the advice did not help.
    """
    beside_picture = context.pictured is not None
    if context.here.kind in ANSWERED_SHORTLY and not beside_picture:
        meant = recogniser_of(context.pack).in_cyrillic(text)
        text = short_answers.without_courtesy(meant if short_answers.is_usual(meant) else text)
    in_order = _BESIDE_PICTURE if beside_picture else _IN_ORDER
    recognition = _beside_picture(text, context) if beside_picture else recognise(text, context.pack, context.path)
    found = (tried(text, context, recognition) for tried in in_order)
    return next(meaning for meaning in found if meaning)


def recognise_screen(text: str, pack: Pack, path: Path | None = None) -> Recognition:
    """Gives what a picture's text shows by this pack, and on whose path: see `Recogniser.recognise_screen`."""
    return recogniser_of(pack).recognise_screen(text, path)


def _beside_picture(text: str, context: Context) -> Recognition:
    """Gives what a caption and its picture name: the picture for sure, else the caption, else the picture."""
    shown = recognise_screen(context.pictured or "", context.pack, context.path)
    said = recognise(text, context.pack, context.path) if text else NOTHING_NAMED
    if said.error and shown.verdict is not Verdict.SURE:
        return said
    return shown if shown.error or not said.topic else said


def _empty(text: str, context: Context, recognition: Recognition) -> Meaning | None:
    says_something = any(unicodedata.category(sign)[0] not in "ZC" for sign in text)
    return None if says_something else Meaning(Kind.EMPTY)


def _button(text: str, context: Context, recognition: Recognition) -> Meaning | None:
    button = typed_labels.button_named(context.buttons, text)
    return Meaning(Kind.BUTTON, button=button) if button else None


def _agreed(text: str, context: Context, recognition: Recognition) -> Meaning | None:
    """Gives «Написать в школу» where it is offered, and a word or two agree to it."""
    is_agreed = context.here.kind == "write_offered" and typed_labels.agrees(text)
    return _pressed(texts.B_WRITE, context.buttons) if is_agreed else None


def _done(text: str, context: Context, recognition: Recognition) -> Meaning | None:
    """Gives «Готово» of the step that the family came from: «готово» below an answer to its question is about that."""
    return _pressed(texts.B_DONE, context.behind) if typed_labels.says_done(text) else None


def _not_yet(text: str, context: Context, recognition: Recognition) -> Meaning | None:
    """Gives a word that answers nothing where a step is not done yet, or is done and no button of the screen says so.

    «Пока не дала согласие» at a step and «дала согласие» below a remedy are no errors.
    """
    here = context.here.kind
    is_told = here in ("step", "end", "remedy") and typed_labels.says_not_yet(text)
    is_told = is_told or (here in ("end", "remedy") and typed_labels.says_done(text))
    return Meaning(Kind.STRAY_WORD) if is_told else None


def _pressed(label: str, buttons: tuple[Button, ...]) -> Meaning | None:
    button = next((one for one in buttons if one.label == label), None)
    return Meaning(Kind.BUTTON, button=button) if button else None


def _error(text: str, context: Context, recognition: Recognition) -> Meaning | None:
    """Gives the error that is named. Before a doubtful one goes the school's known answer to the same question.

    Words that answer the question on the screen, or a word or two that tell who writes, go before it, too.
    """
    if recognition.verdict is Verdict.DOUBTFUL:
        if who_is_meant.only_denies(text, context):
            return None
        known = _answered(text, context, recognition) or who_is_meant.told_in_few_words(text, context, recognition)
        return known or _told(Kind.ERROR, text, recognition)
    if recognition.error and who_is_meant.is_age_alone(text, context):
        return who_is_meant.role_told(text, context, recognition)  # «18 нету»: «нет» is of an error as well
    return _told(Kind.ERROR, text, recognition) if recognition.error else None


def _topic(text: str, context: Context, recognition: Recognition) -> Meaning | None:
    if not recognition.topic or who_is_meant.only_denies(text, context):
        return None
    told = _told(Kind.TOPIC, text, recognition)
    age = who_writes.read_age(text) if context.path is None else None
    if age is None:
        return told
    is_own = who_writes.tells_own_minority(text, age) or who_writes.speaks_of_self(text)
    reader = told.reader or (Reader.PUPIL if is_own else None)
    return replace(told, reader=reader, path=context.pack.path_of_age(age)) if reader else told


def _answered(text: str, context: Context, recognition: Recognition) -> Meaning | None:
    """Gives what the school has answered for families to a question that surely asks the same."""
    if not context.answered or context.pictured is not None:
        return None
    found = likeness.likest(text, context.answered, vocabulary_of(context.pack))
    return replace(_told(Kind.ANSWERED, text, recognition), answer=found) if found is not None else None


def _named_in_quote(text: str, context: Context, recognition: Recognition) -> Meaning | None:
    quoted = recognise(context.quoted, context.pack, context.path) if context.quoted else NOTHING_NAMED
    if quoted.verdict is not Verdict.SURE and not quoted.topic:
        return None
    return _told(Kind.ERROR if quoted.error else Kind.TOPIC, text, quoted)


def _talk(text: str, context: Context, recognition: Recognition) -> Meaning | None:
    """Gives an act of talk that is answered alike wherever the family stands."""
    kind = _KINDS.get(recognition.act) if recognition.act else None
    return _told(kind, text, recognition) if kind else None


def _cannot_login(text: str, context: Context, recognition: Recognition) -> Meaning | None:
    asked = context.here.kind
    is_told = recognition.act is Act.CANNOT_LOGIN and asked in ("role", "step", "end")
    return Meaning(Kind.CANNOT_LOGIN) if is_told or (asked == "role" and talk.wants_help(text)) else None


def _bad_age(text: str, context: Context, recognition: Recognition) -> Meaning | None:
    is_tried = context.here.kind == "role" and who_writes.looks_like_age(text)
    return Meaning(Kind.BAD_AGE) if is_tried else None


def _no_answer(text: str, context: Context, recognition: Recognition) -> Meaning | None:
    """Gives the meaning of a failed answer: to the question for the age any text is one, to the first a word or two."""
    asked = context.here.kind
    is_tried = asked == "age" or (asked in ("account", "login", "whose") and who_is_meant.is_short(text))
    return Meaning(Kind.NO_ANSWER) if is_tried or (asked == "role" and len(text.split()) <= FEW) else None


def _stray_word(text: str, context: Context, recognition: Recognition) -> Meaning | None:
    is_stray = typed_labels.says_yes_or_no(text) or typed_labels.names_form_button(text)
    return Meaning(Kind.STRAY_WORD) if is_stray else None


def _way_on(text: str, context: Context, recognition: Recognition) -> Meaning | None:
    """Gives what a caption asks for beside a picture in which nothing is named: a person, or further advice."""
    act = recognise(text, context.pack, context.path).act if text else None
    return _told(_KINDS[act], text, recognition) if act in (Act.HUMAN, Act.NOT_SOLVED) else None


def _nothing(text: str, context: Context, recognition: Recognition) -> Meaning | None:
    return _told(Kind.NOTHING, text, recognition)


def _told(kind: Kind, text: str, recognition: Recognition) -> Meaning:
    return Meaning(
        kind,
        recognition=recognition,
        reader=who_writes.read_teller(text),
        is_of_parent=who_writes.is_of_parent(text),
        is_question=recognition.act is Act.CANNOT_LOGIN or talk.is_question(text),
        is_private=bool(masking.mask(text).found),
    )


_KINDS = {
    Act.GREETING: Kind.GREETING,
    Act.THANKS: Kind.THANKS,
    Act.SOLVED: Kind.SOLVED,
    Act.NOT_SOLVED: Kind.NOT_SOLVED,
    Act.HUMAN: Kind.HUMAN,
    Act.COMPLAINT: Kind.COMPLAINT,
    Act.ABOUT_BOT: Kind.ABOUT_BOT,
}
_IN_ORDER: tuple[Callable[[str, Context, Recognition], Meaning | None], ...] = (
    _empty,
    _button,
    _agreed,
    _done,
    _not_yet,
    _error,
    who_is_meant.teacher_told,
    who_is_meant.role_told,
    who_is_meant.account_told,
    _topic,
    _named_in_quote,
    _cannot_login,
    _talk,
    _answered,
    who_is_meant.pupil_named,
    _bad_age,
    _no_answer,
    _stray_word,
    _nothing,
)
_BESIDE_PICTURE = (_error, _topic, _named_in_quote, _way_on, _nothing)
