"""The ticket's form: asks for what a ticket needs, one question a message, and previews exactly what will be sent."""

import hashlib
import json
import re
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from bot import texts_ru as texts
from bot.flows import masking
from bot.flows.content import Pack, Reader
from bot.flows.guide.steps import back_to_steps
from bot.flows.marked import Markup, Sentence, fill, joined, marked
from bot.flows.plural import plural
from bot.flows.routes import Route
from bot.flows.screen import Button, School, Screen
from bot.flows.ticket import ticket_card
from bot.flows.understanding import class_and_more, is_complaint, read_class

NAME_LIMIT = 64
CLASS_LIMIT = 16  # UTF-16 units, as long as its column; what is longer stands whole in the words
WORDS_LIMIT = 12_000  # characters; what the card has no room for follows it as messages
WORDS_SHOWN = 500
FILES_LIMIT = 20
_SHORT_ANSWERS = ("form_class", "edit_class", "form_name", "edit_name")
_MORE_THAN_CLASS = re.compile(r"[,.;]\s")  # «7Б, Иванов» names a pupil as well
_EDIT_QUESTIONS = {
    "edit_class": texts.FORM_CLASS,
    "edit_name": texts.FORM_NAME_EDIT,  # a name that is changed has no «Пропустить» to speak of
    "edit_words": texts.FORM_WORDS,
}


@dataclass(frozen=True, slots=True)
class Form:
    """A form holds all that the family has told. `files` are pictures and documents: dicts with `kind` and `file_id`.

    `open_ticket` is the id of the ticket that was open when they began, `open_number` its number (None in a form stored
    by version 1.6.0 or older, where both are the same), and `joins` the id once they add to it. `silent_files` counts
    the last pictures, which came in an album behind its first one: no preview was shown for them. `beside` is what else
    is stored with the form and is none of it, such as what waits for the choice of a school: it stays as it is.
    """

    form_id: str = ""
    error: str | None = None
    path: str | None = None
    reader: str | None = None
    step: int = 0
    class_name: str | None = None
    class_refused: bool = False
    pupil_name: str | None = None
    words: str | None = None
    files: tuple[dict[str, Any], ...] = field(default=())
    name_asked: bool = False
    words_asked: bool = False
    open_ticket: int | None = None
    open_number: int | None = None
    joins: int | None = None
    album: str | None = None
    silent_files: int = 0
    beside: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Gives the form as it is stored with the dialogue."""
        own = {name: value for name, value in asdict(self).items() if name != "beside"}
        return {**self.beside, **own, "files": list(self.files)}

    def route(self, pack: Pack) -> Route:
        """Gives the screen of the guide from which the family began to write."""
        return Route("write", self.error, pack.path(self.path), Reader(self.reader) if self.reader else None, self.step)

    @property
    def steps_done(self) -> int:
        """Counts the whole steps of the guide that the family has done."""
        return max(0, self.step - 1)


def from_json(stored: dict[str, Any]) -> Form:
    """Reads the stored form; what is none of it, or what another version knew, is kept beside it."""
    known = {name: stored[name] for name in Form.__slots__ if name in stored}
    beside = {name: value for name, value in stored.items() if name not in known}
    return Form(**{**known, "files": tuple(known.get("files") or ()), "beside": beside})


def begin(form: Form, route: Route, pack: Pack, form_id: str, before: str = "") -> Form:
    """Begins a form for what the family looks at; pictures that they sent before go along.

    `before` is the screen that they come from: words that nobody knew there are about this, older ones are not.
    """
    error = route.about if pack.error(route.about) else None
    path = route.path.id if route.path else None
    goes_on = bool(form.form_id) and (form.error, form.path) == (error, path)
    words = form.words if goes_on or before in ("unknown", "unknown_again", "answered") else None
    return replace(
        form,
        form_id=form.form_id or form_id,
        error=error,
        path=path,
        reader=route.reader.value if route.reader else None,
        step=route.step,
        open_ticket=None,
        open_number=None,
        joins=None,
        words=words,
        words_asked=form.words_asked if goes_on else bool(words) and before == "unknown_again",
    )


def next_question(form: Form) -> str:
    """Gives the kind of the first screen that is still to be answered."""
    if not form.class_name and not form.joins:
        return "form_class"
    if not form.pupil_name and not form.joins and not form.name_asked:
        return "form_name"
    if not form.words_asked:
        return "form_words"
    return "form_preview"


def digest_of(form: Form) -> str:
    """Gives a short digest of all that the preview shows, by which «Отправить» below an older preview is recognised."""
    told: list[Any] = [form.error, form.path, form.reader, form.steps_done]
    told += [form.class_name, form.pupil_name, form.words, form.joins]
    files = [file["file_id"] for file in form.files[: max(0, len(form.files) - form.silent_files)]]
    return hashlib.sha256(json.dumps([*told, files]).encode()).hexdigest()[:8]


def may_be_sent(form: Form, digest: str, joins: int | None = None) -> bool:
    """Tells whether a preview's «Отправить» sends this form: it is complete, and is what that preview showed.

    `digest` is the button's, empty below a preview of version 1.8.5 or older; `joins` the ticket that it adds to.
    """
    is_complete = next_question(form) == "form_preview" and form.joins == joins
    return is_complete and digest in ("", digest_of(form))


def standing(kind: str, form: Form) -> str:
    """Gives the question that a button leads to now: that of an older form may name one that this form does not ask."""
    is_over = kind == "join" and form.open_ticket is None
    return next_question(form) if kind == "form_preview" or is_over else kind


def case_of(form: Form, first_name: str) -> ticket_card.Case:
    """Gives the case as the desk's card will show it."""
    return ticket_card.Case(
        reader=form.reader, path=form.path, error=form.error, steps_done=form.steps_done, class_name=form.class_name,
        pupil_name=form.pupil_name, words=form.words, first_name=first_name, files=len(form.files),
    )  # fmt: skip


def view(kind: str, form: Form, first_name: str, school: School) -> Screen:
    """Draws a screen of the form, by its kind."""
    route = form.route(school.pack)
    if kind == "join":
        return Screen(fill(texts.JOIN, number=form.open_number or form.open_ticket), _join_rows(form, route))
    if kind == "form_class":
        return Screen(texts.FORM_CLASS.for_reader(route), (_cancel(),))
    if kind == "form_name":
        return Screen(texts.FORM_NAME.for_reader(route), ((Button(texts.B_SKIP, data="skip:name"),), _cancel()))
    if kind == "form_words":
        return Screen(_words_question(form, route), ((Button(texts.B_SKIP, data="skip:words"),), _cancel()))
    if kind == "form_edit":
        return Screen(marked(texts.FORM_EDIT), _edit_rows(form))
    if kind in _EDIT_QUESTIONS:
        return Screen(_EDIT_QUESTIONS[kind].for_reader(route), ((Button(texts.B_TO_PREVIEW, Route("form_preview")),),))
    return _preview(form, first_name, school)


def _words_question(form: Form, route: Route) -> Markup:
    is_told = form.error or form.words or form.files
    asked = texts.FORM_WORDS if is_told else texts.FORM_WORDS_NEEDED
    text = asked.for_reader(route) + (marked(texts.FORM_PICTURES_READY) if form.files else Markup())
    if form.words:
        text += texts.FORM_WORDS_READY.for_reader(route, words=ticket_card.shortened(form.words, WORDS_SHOWN))
    return text


def answered(form: Form, kind: str, text: str, has_file: bool = False) -> tuple[Form, Sentence | None]:
    """Puts an answer into the form. Gives the form, and the sentence that asks again where it was no answer.

    `text` is masked; it is empty where only a picture came.
    """
    if kind in ("form_preview", "form_edit") and not text:
        return form, None
    if kind == "join":
        return _with_words(form, text) if text else (form, texts.JOIN_KEPT)
    if kind == "form_edit" and (named := read_class(text)):
        return replace(form, class_name=named), None
    if kind in _SHORT_ANSWERS and is_complaint(text) and not read_class(text):
        return _told_early(form, kind, text)
    if kind in ("form_class", "edit_class"):
        return _with_class(form, text)
    if kind in ("form_name", "edit_name"):
        return _with_name(form, text, kind)
    if kind == "edit_words":
        return replace(form, words=text or form.words, words_asked=True), None
    if not text:
        return form, texts.FORM_PICTURE_KEPT if has_file else texts.FORM_WORDS
    told, again = _with_words(form, text)
    return (form, again) if again == texts.FORM_WORDS_FULL else (replace(told, words_asked=True), None)


def asked_again(form: Form, kind: str, again: Sentence, has_file: bool, school: School) -> Screen:
    """Puts the question of a screen once more, in the words of `again`; a picture that came along is kept."""
    screen = view(kind, form, "", school)
    text = again.for_reader(form.route(school.pack), question=screen.text)
    if has_file and again not in (texts.FORM_PICTURE_KEPT, texts.JOIN_KEPT):
        text = fill(texts.FORM_PICTURE_EARLY, question=text)
    return Screen(text, screen.rows)


def _with_words(form: Form, text: str) -> tuple[Form, Sentence]:
    words = f"{form.words}\n{text}" if form.words else text
    if len(words) > WORDS_LIMIT:
        return form, texts.FORM_WORDS_FULL
    return replace(form, words=words), texts.JOIN_KEPT


def _told_early(form: Form, kind: str, text: str) -> tuple[Form, Sentence | None]:
    """Keeps what they tell before they are asked for it: it is neither a class nor a name.

    Who tells more where the class was asked for again goes on without one.
    """
    told, again = _with_words(form, text)
    if again == texts.FORM_WORDS_FULL:
        return form, again
    if kind in ("form_class", "edit_class") and form.class_refused:
        return replace(told, class_name=form.class_name or texts.CLASS_UNTOLD, class_refused=False), None
    return replace(told, class_refused=kind in ("form_class", "edit_class")), texts.FORM_TOLD_EARLY


def _with_class(form: Form, text: str) -> tuple[Form, Sentence | None]:
    """Asks once more for a class that cannot be read, then takes it as it was written: a class may have any name."""
    if not text:
        return form, texts.FORM_CLASS
    named, more = class_and_more(text)
    if named is None and not form.class_refused:
        return replace(form, class_refused=True), texts.FORM_CLASS_AGAIN
    written = " ".join(text.split())
    short = ticket_card.shortened(written, CLASS_LIMIT)
    more = written if named is None and short != written else more
    told, again = _with_words(form, more) if more else (form, None)
    if again == texts.FORM_WORDS_FULL:
        return form, again
    return replace(told, class_name=named or short, class_refused=False), None


def _with_name(form: Form, text: str, kind: str) -> tuple[Form, Sentence | None]:
    """Takes a name; a class told, or told anew, at this question is the class; signs or a hidden number are no name."""
    name = " ".join(text.split())
    if len(name) > NAME_LIMIT:
        return form, texts.FORM_NAME_AGAIN
    if not name:
        return form, _EDIT_QUESTIONS.get(kind, texts.FORM_NAME)
    if (named := read_class(name)) and not _MORE_THAN_CLASS.search(name):
        return replace(form, class_name=named), texts.FORM_CLASS_TAKEN
    if not any(map(str.isalpha, masking.without_marks(name))):
        return form, texts.FORM_NAME_NOT_READ_EDIT if kind == "edit_name" else texts.FORM_NAME_NOT_READ
    return replace(form, pupil_name=name, name_asked=True), None


def _preview(form: Form, first_name: str, school: School) -> Screen:
    lines = joined("\n", ticket_card.case_lines(case_of(form, first_name), school.pack))
    days = plural(texts.DAYS, school.retention_days)
    gets_it = fill(texts.FORM_PREVIEW_SCHOOL, school=school.name) if school.one_of_several else ""
    minor = marked(texts.FORM_PREVIEW_MINOR) if form.route(school.pack).is_child else ""
    text = fill(texts.FORM_PREVIEW, school=gets_it, card=lines, minor=minor, operator=school.data_operator, days=days)
    sends = f"send:{form.form_id}:{digest_of(form)}"
    if form.joins:
        sends = f"add:{form.form_id}:{digest_of(form)}:{form.joins}"
    rows = (
        (Button(texts.B_SEND, data=sends),),
        (Button(texts.B_EDIT, Route("form_edit")), Button(texts.B_CANCEL, Route("cancelled"))),
    )
    return Screen(text, rows)


def cancelled(form: Form, pack: Pack) -> Screen:
    """Draws the screen after «Отмена», which says that nothing was sent."""
    return Screen(marked(texts.FORM_CANCELLED), ((Button(texts.B_TO_STEPS, back_to_steps(form.route(pack))),),))


def _cancel() -> tuple[Button, ...]:
    return (Button(texts.B_CANCEL, Route("cancelled")),)


def _join_rows(form: Form, route: Route) -> tuple[tuple[Button, ...], ...]:
    other = texts.B_OTHER_MATTER if route.reader is Reader.PUPIL else texts.B_OTHER_CHILD
    return (
        (Button(texts.B_JOIN, data=f"join:{form.open_ticket}"),),
        (Button(other, data=f"second:{form.form_id}"),),
        _cancel(),
    )


def _edit_rows(form: Form) -> tuple[tuple[Button, ...], ...]:
    drop = ((Button(texts.B_DROP_FILES, data="skip:files"),),) if form.files else ()
    return (
        (Button(texts.B_EDIT_CLASS, Route("edit_class")), Button(texts.B_EDIT_NAME, Route("edit_name"))),
        (Button(texts.B_EDIT_WORDS, Route("edit_words")),),
        *drop,
        (Button(texts.B_TO_PREVIEW, Route("form_preview")),),
    )
