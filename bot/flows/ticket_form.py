"""The ticket's form: one question a message, the preview of exactly what will be sent, and the way back."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any

from bot import texts_ru as texts
from bot.flows import desk
from bot.flows.dialogue import Button, School, Screen, back_to_steps, you
from bot.flows.guides import Path, Reader
from bot.flows.spots import Spot

NAME_LIMIT = 64
WORDS_LIMIT = 3000
FILES_LIMIT = 20


@dataclass(frozen=True, slots=True)
class Form:
    """What the family has told so far. `files` are pictures and documents: dicts with `kind` and `file_id`."""

    form_id: str = ""
    error: str | None = None
    path: str | None = None
    reader: str | None = None
    step: int = 0
    class_name: str | None = None
    pupil_name: str | None = None
    words: str | None = None
    files: tuple[dict[str, Any], ...] = field(default=())
    name_asked: bool = False
    words_asked: bool = False
    second: bool = False
    album: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The form as it is stored with the dialogue."""
        return {**asdict(self), "files": list(self.files)}

    @property
    def spot(self) -> Spot:
        """Where in the guide the family stood when it began to write."""
        path = Path(self.path) if self.path else None
        return Spot("write", self.error, path, Reader(self.reader) if self.reader else None, self.step)

    @property
    def steps_done(self) -> int:
        """Whole steps of the guide behind the family."""
        return max(0, self.step - 1)


def from_json(stored: dict[str, Any]) -> Form:
    """The stored form; what an older version stored and this one does not know is left out."""
    known = {name: stored[name] for name in Form.__slots__ if name in stored}
    return Form(**{**known, "files": tuple(known.get("files") or ())})


def begin(form: Form, spot: Spot, form_id: str) -> Form:
    """A form for what the family looks at; pictures and words that they sent before go along."""
    return replace(
        form,
        form_id=form.form_id or form_id,
        error=spot.about if spot.error else None,
        path=spot.path.value if spot.path else None,
        reader=spot.reader.value if spot.reader else None,
        step=spot.step,
    )


def next_question(form: Form) -> str:
    """The first screen that is still to be answered."""
    if not form.class_name:
        return "form_class"
    if not form.pupil_name and not form.name_asked:
        return "form_name"
    if not form.words and not form.words_asked:
        return "form_words"
    return "form_preview"


def case_of(form: Form, first_name: str) -> desk.Case:
    """The case as the desk's card will show it."""
    return desk.Case(
        reader=form.reader, path=form.path, error=form.error, steps_done=form.steps_done, class_name=form.class_name,
        pupil_name=form.pupil_name, words=form.words, first_name=first_name, files=len(form.files),
    )  # fmt: skip


def view(kind: str, form: Form, first_name: str, school: School) -> Screen:
    """A screen of the form, by its kind."""
    spot = form.spot
    if kind == "form_class":
        return Screen(you(spot, "FORM_CLASS"), (_cancel(),))
    if kind == "form_name":
        return Screen(you(spot, "FORM_NAME"), ((Button(texts.B_SKIP, data="skip:name"),), _cancel()))
    if kind == "form_words":
        text = you(spot, "FORM_PICTURE_KEPT" if form.files else "FORM_WORDS")
        return Screen(text, ((Button(texts.B_SKIP, data="skip:words"),), _cancel()))
    if kind == "form_edit":
        return Screen(you(spot, "FORM_EDIT"), _edit_rows())
    if kind in ("edit_class", "edit_name", "edit_words"):
        asked = you(spot, kind.replace("edit_", "FORM_").upper())
        return Screen(asked, ((Button(texts.B_TO_PREVIEW, Spot("form_preview")),),))
    return _preview(form, first_name, school)


def _preview(form: Form, first_name: str, school: School) -> Screen:
    lines = "\n".join(desk.case_lines(case_of(form, first_name)))
    text = texts.FORM_PREVIEW.format(card=lines, days=plural(texts.DAYS, school.retention_days))
    rows = (
        (Button(texts.B_SEND, data=f"send:{form.form_id}"),),
        (Button(texts.B_EDIT, Spot("form_edit")), Button(texts.B_CANCEL, Spot("cancelled"))),
    )
    return Screen(text, rows)


def cancelled(form: Form) -> Screen:
    """What is left after «Отмена»: nothing was sent."""
    return Screen(you(form.spot, "FORM_CANCELLED"), ((Button(texts.B_TO_STEPS, back_to_steps(form.spot)),),))


def _cancel() -> tuple[Button, ...]:
    return (Button(texts.B_CANCEL, Spot("cancelled")),)


def _edit_rows() -> tuple[tuple[Button, ...], ...]:
    return (
        (Button(texts.B_EDIT_CLASS, Spot("edit_class")), Button(texts.B_EDIT_NAME, Spot("edit_name"))),
        (Button(texts.B_EDIT_WORDS, Spot("edit_words")),),
        (Button(texts.B_TO_PREVIEW, Spot("form_preview")),),
    )


def plural(forms: tuple[str, str, str], n: int) -> str:
    """«1 день», «3 дня», «90 дней»: the form of a Russian noun that goes with a number."""
    if n % 10 == 1 and n % 100 != 11:
        return forms[0].format(n=n)
    if n % 10 in (2, 3, 4) and n % 100 not in (12, 13, 14):
        return forms[1].format(n=n)
    return forms[2].format(n=n)
