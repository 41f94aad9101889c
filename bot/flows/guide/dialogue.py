"""The finite-state dialogue of the guide: every screen, its words, and where each of its buttons leads."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from bot import texts_ru as texts
from bot.flows.guide import instruction
from bot.flows.guide.instruction import Error, Path, Reader, Topic, Wording
from bot.flows.marked import Markup, escape, fill, joined, marked
from bot.flows.route import Spot
from bot.flows.understanding.wordings import Recognition, Verdict

MISSES_BEFORE_TICKET = 2


@dataclass(frozen=True, slots=True)
class Button:
    """A button with its label: it leads to a screen, or does an action (`data`), or opens an address."""

    label: str
    to: Spot | None = None
    data: str | None = None
    url: str | None = None


Rows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class Screen:
    """What a person sees: HTML text and rows of buttons. A text that is no Markup holds somebody's words: escaped."""

    text: Markup
    rows: Rows = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", escape(self.text))

    @property
    def buttons(self) -> list["Button"]:
        """All the buttons, row after row."""
        return [button for row in self.rows for button in row]


@dataclass(frozen=True, slots=True)
class School:
    """What the installer told about the school and the diary; empty where not set."""

    name: str = ""
    contacts: str = ""
    diary_url: str = ""
    feedback_url: str = ""
    privacy_url: str = ""
    notice: str = ""
    retention_days: int = 90
    bot_username: str = ""

    @property
    def card(self) -> Markup:
        """Name and contacts in one HTML line."""
        return escape(", ".join(part for part in (self.name, self.contacts) if part))

    @property
    def reference(self) -> Markup:
        """The line of an answer that says where the school is found; empty where nothing is set."""
        return fill(texts.REMEDY_SCHOOL, school=self.card) if self.card else Markup()


def you(spot: Spot, name: str) -> Markup:
    """The text `name`, in its «ты» form where a child reads it and there is one; its `format` escapes the values."""
    text = getattr(texts, f"{name}_CHILD", None) if spot.is_child else None
    return marked(text or getattr(texts, name))


def view(spot: Spot, school: School) -> Screen:
    """The screen of a spot of the guide. Raises KeyError for a spot that only the ticket's screens know."""
    return _VIEWS[spot.kind](spot, school)


# --- who is writing --------------------------------------------------------------------------------------------------


def _role(spot: Spot, school: School) -> Screen:
    text = marked(texts.ROLE_WITH_ERROR) if spot.about else _notice(school) + fill(texts.ROLE, school=school.name)
    parent = Spot("whose", spot.about, reader=Reader.PARENT)
    pupil = Spot("age", spot.about, reader=Reader.PUPIL)
    return Screen(text, ((Button(texts.B_PARENT, parent), Button(texts.B_PUPIL, pupil)),))


def role_for_steps(spot: Spot) -> Screen:
    """The same question, put to somebody who says no more than that they cannot get in."""
    return Screen(marked(texts.ROLE_STEPS), _role(spot, School()).rows)


def _age(spot: Spot, school: School) -> Screen:
    under = start_of(Path.CHILD, Reader.PUPIL, spot.about)
    over = start_of(Path.ADULT_PUPIL, Reader.PUPIL, spot.about)
    back = Button(texts.B_BACK, Spot("role", spot.about))
    return Screen(marked(texts.AGE), ((Button(texts.B_UNDER_18, under), Button(texts.B_OVER_18, over)), (back,)))


def _whose(spot: Spot, school: School) -> Screen:
    text = marked(texts.WHOSE)
    if spot.error:
        text = fill(texts.WHOSE_WITH_ERROR, wording=instruction.wording_of(spot.error, Path.PARENT))
    choices = (
        (texts.B_SELF, Path.PARENT),
        (texts.B_HELP_CHILD, Path.CHILD),
        (texts.B_HELP_ADULT, Path.ADULT_PUPIL),
    )
    rows = tuple((Button(label, start_of(path, Reader.PARENT, spot.about)),) for label, path in choices)
    return Screen(text, (*rows, (Button(texts.B_BACK, Spot("role", spot.about)),)))


def whose_age(spot: Spot) -> Screen:
    """The same question once the parent has said that it is about a pupil: what is left is the age."""
    *_, helps_child, helps_adult, back = _whose(spot, School()).rows
    return Screen(marked(texts.WHOSE_AGE), (helps_child, helps_adult, back))


def _login(spot: Spot, school: School) -> Screen:
    error = spot.error or Error.DIARY_NOT_FOUND
    mine = spot.to("remedy", error.value)
    parents = spot.to("wrong", error.value)
    text = fill(texts.LOGIN_PUPIL, wording=instruction.wording_of(error, Path.PARENT))
    back = Button(texts.B_TO_STEPS, back_to_steps(spot))
    return Screen(text, ((Button(texts.B_OF_PUPIL, mine), Button(texts.B_OF_PARENT, parents)), (back,)))


def start_of(path: Path, reader: Reader, about: str | None = None) -> Spot:
    """Where a choice of path leads: to its step 1, or to the remedy of the error that was pasted before the choice."""
    if about and about in {error.value for error in Error}:
        return Spot("remedy", about, path, reader)
    return Spot("step", None, path, reader, 1)


# --- the steps -------------------------------------------------------------------------------------------------------


def _step(spot: Spot, school: School) -> Screen:
    assert spot.path and spot.reader
    steps = instruction.steps_of(spot.path)
    step = steps[spot.step - 1]
    text = fill(
        texts.STEP,
        number=spot.step,
        total=len(steps),
        doer=_doer(spot, step.doer),
        text=instruction.step_text(spot.path, spot.reader, spot.step),
    )
    rows: list[tuple[Button, ...]] = []
    if step.link:
        rows.append((Button(f"🔗 {step.link.label}", url=step.link.url),))
    if step.logs_in and school.diary_url:
        rows.append((Button(texts.B_OPEN_DIARY, url=school.diary_url),))
    rows.append((Button(texts.B_BACK, _before(spot)), Button(texts.B_DONE, _after(spot))))
    rows.extend(_reminders(spot))
    rows.append((Button(texts.B_ERROR, spot.to("errors")),))
    return Screen((_notice(school) if spot.step == 1 else Markup()) + text, tuple(rows))


def may_wait(spot: Spot) -> bool:
    """Whether the instruction says to wait at this screen: the check of the child's data, the consent."""
    if spot.kind == "step" and spot.path:
        return instruction.steps_of(spot.path)[spot.step - 1].waits
    return spot.kind == "remedy" and spot.error is Error.CONSENT_REQUIRED


def _reminders(spot: Spot) -> Rows:
    if not may_wait(spot):
        return ()
    tomorrow = Button(texts.B_REMIND_TOMORROW, data=f"remind:1:{spot.code}")
    in_3_days = Button(texts.B_REMIND_IN_3_DAYS, data=f"remind:3:{spot.code}")
    return ((tomorrow,), (in_3_days,))


def _doer(spot: Spot, doer: Reader) -> str:
    if doer is spot.reader:
        return texts.DOER_YOU_CHILD if spot.is_child else texts.DOER_YOU
    if doer is Reader.PARENT:
        return texts.DOER_PARENTS
    return texts.DOER_CHILD if spot.path is Path.CHILD else texts.DOER_PUPIL


def _after(spot: Spot) -> Spot:
    assert spot.path
    last = spot.step >= len(instruction.steps_of(spot.path))
    return spot.to("end" if last else "step", step=spot.step + 1)


def _before(spot: Spot) -> Spot:
    if spot.step > 1:
        return spot.to("step", step=spot.step - 1)
    return Spot("whose" if spot.reader is Reader.PARENT else "age", None, None, spot.reader)


def back_to_steps(spot: Spot) -> Spot:
    """The guide's step that the reader came from; the end of the guide, or its first screen, where there is none."""
    if not spot.path or not spot.reader:
        return Spot("role")
    if spot.step > len(instruction.steps_of(spot.path)):
        return spot.to("end")
    return spot.to("step", step=max(1, spot.step))


def _end(spot: Spot, school: School) -> Screen:
    assert spot.path
    past = len(instruction.steps_of(spot.path)) + 1
    yes = Button(texts.B_SUCCEEDED, spot.to("done", step=past))
    no = Button(texts.B_FAILED, spot.to("errors", step=past))
    back = Button(texts.B_BACK, spot.to("step", step=past - 1))
    rows: list[tuple[Button, ...]] = [(Button(texts.B_OPEN_DIARY, url=school.diary_url),)] if school.diary_url else []
    return Screen(you(spot, "END"), (*rows, (yes, no), (back,)))


def _done(spot: Spot, school: School) -> Screen:
    return Screen(you(spot, "DONE"), ((Button(texts.B_AGAIN, Spot("role")),),))


# --- errors and remedies ---------------------------------------------------------------------------------------------


def _errors(spot: Spot, school: School) -> Screen:
    return _choice(spot, "ERRORS", wordings_for(spot.path))


def _doubt(spot: Spot, school: School) -> Screen:
    wanted = (spot.about or "").split("+")
    shown = [w for about in wanted for w in wordings_for(spot.path) if w.error.value == about]
    # All of them is the list of errors, and no guess at one.
    return _choice(spot, "ERRORS" if spot.about == ALL_ERRORS and not spot.path else "DOUBT", tuple(shown))


def _choice(spot: Spot, name: str, wordings: tuple[Wording, ...]) -> Screen:
    numbered = [fill(texts.NUMBERED_ERROR, number=n, text=w.text) for n, w in enumerate(wordings, 1)]
    text = you(spot, name).format(texts=joined("\n\n", numbered))
    if any(w.error is Error.DIARY_NOT_FOUND for w in wordings):
        text += marked(texts.FORM_LINK_NOTE)
    buttons = [Button(str(n), _chosen(spot, w)) for n, w in enumerate(wordings, 1)]
    back = Button(texts.B_BACK if spot.path else texts.B_AGAIN, back_to_steps(spot))
    return Screen(text, ((*buttons, Button(texts.B_OTHER, spot.to("other"))), (back,)))


def _chosen(spot: Spot, wording: Wording) -> Spot:
    decided = wording.paths[0] if len(wording.paths) == 1 else None
    return remedy_or_question(wording.error, decided or spot.path, spot.reader, spot)


def wordings_for(path: Path | None) -> tuple[Wording, ...]:
    """The error texts that this path's screens show; every one where the path is not known."""
    return tuple(w for w in instruction.WORDINGS if path is None or path in w.paths)


def _other(spot: Spot, school: School) -> Screen:
    back = Button(texts.B_BACK, spot.to("errors") if spot.path else Spot("role"))
    return Screen(you(spot, "OTHER"), ((Button(texts.B_WRITE, spot.to("write")),), (back,)))


def _remedy(spot: Spot, school: School, also: Error | None = None) -> Screen:
    error, path, reader = spot.error, spot.path, spot.reader
    assert error and path and reader
    asks_school = error is Error.DIARY_NOT_FOUND
    second = you(spot, "REMEDY_ALSO").format(wording=instruction.wording_of(also, path)) if also else ""
    text = fill(
        texts.REMEDY,
        notice=_notice(school),
        wording=instruction.wording_of(error, path),
        remedy=instruction.remedy_text(error, path, reader),
        school=school.reference if asks_school else "",
        also=second,
    )
    if not asks_school:
        text += marked(texts.HELPED_QUESTION)
    rows: list[tuple[Button, ...]] = []
    if also:
        rows.append((Button(texts.B_SECOND_ERROR, spot.to("remedy", also.value)),))
    if asks_school:
        rows.append((Button(texts.B_WRITE, spot.to("account", error.value)),))
        if school.feedback_url:
            rows.append((Button(texts.B_FEEDBACK_FORM, url=school.feedback_url),))
    else:
        rows.append(
            (Button(texts.B_HELPED, spot.to("done")), Button(texts.B_NOT_HELPED, spot.to("write", error.value)))
        )
    rows.extend(_reminders(spot))
    rows.append((Button(texts.B_TO_STEPS, back_to_steps(spot)),))
    return Screen(text, tuple(rows))


def remedy_with_second(spot: Spot, school: School, also: Error) -> Screen:
    """The remedy of the more specific error, with the other one of the same message mentioned."""
    return _remedy(spot, school, also)


def with_parent_choice(screen: Screen, spot: Spot) -> Screen:
    """A remedy whose reader was only guessed, with the way to its wording for a parent."""
    parent = Button(texts.B_I_AM_PARENT, replace(spot, reader=Reader.PARENT))
    return Screen(screen.text, (*screen.rows, (parent,)))


def with_other_age(screen: Screen, spot: Spot, before: Spot) -> Screen:
    """A child's remedy for a pupil who said to be 18: the words decided, that is told, and the steps stay."""
    grown_up = Button(texts.B_OVER_18, start_of(Path.ADULT_PUPIL, Reader.PUPIL, spot.about))
    own_steps = Button(texts.B_TO_STEPS, back_to_steps(before))
    rows = tuple(tuple(own_steps if b.label == own_steps.label else b for b in row) for row in screen.rows)
    return Screen(marked(texts.PATH_OF_CHILD) + screen.text, (*rows, (grown_up,)))


def _account(spot: Spot, school: School) -> Screen:
    right, wrong = spot.to("write", spot.about), spot.to("wrong", spot.about)
    pupils_own = spot.path is not Path.PARENT
    of_pupil = Button(texts.B_OF_PUPIL, right if pupils_own else wrong)
    of_parent = Button(texts.B_OF_PARENT, wrong if pupils_own else right)
    back = Button(texts.B_BACK, spot.to("remedy", spot.about or Error.DIARY_NOT_FOUND.value))
    return Screen(you(spot, "ACCOUNT"), ((of_pupil, of_parent), (back,)))


def _wrong(spot: Spot, school: School) -> Screen:
    text = {
        Path.CHILD: marked(texts.WRONG_ACCOUNT_CHILD_BY_PUPIL if spot.is_child else texts.WRONG_ACCOUNT_CHILD),
        Path.ADULT_PUPIL: marked(texts.WRONG_ACCOUNT_ADULT_PUPIL),
        Path.PARENT: marked(texts.WRONG_ACCOUNT_PARENT),
    }[spot.path or Path.PARENT]
    if spot.is_child and spot.error:
        text += marked(texts.WRONG_ACCOUNT_FOR_PARENTS[spot.error.value])
    rows: list[tuple[Button, ...]] = [(Button(texts.B_OPEN_DIARY, url=school.diary_url),)] if school.diary_url else []
    rows.append((Button(texts.B_HELPED, spot.to("done")), Button(texts.B_WRITE, spot.to("write", spot.about))))
    asked = "login" if spot.is_child and spot.error is Error.CONSENT_REQUIRED else "account"
    rows.append((Button(texts.B_BACK, spot.to(asked, spot.about)),))
    return Screen(text + marked(texts.HELPED_QUESTION), tuple(rows))


def _notice(school: School) -> Markup:
    return fill(texts.NOTICE, notice=school.notice) if school.notice else Markup()


# --- what the recogniser said ----------------------------------------------------------------------------------------


def heard(recognition: Recognition, spot: Spot, misses: int) -> Spot:
    """The screen that answers a pasted text; `spot` is where the reader stands, `misses` the unknown ones before it."""
    if recognition.error and recognition.verdict is Verdict.SURE:
        return remedy_or_question(recognition.error, recognition.path, spot.reader, spot)
    if recognition.error:
        about = "+".join(error.value for error in recognition.candidates or (recognition.error,))
        path = recognition.path or spot.path
        reader = spot.reader if path is None or spot.reader in instruction.readers_of(path) else Reader.PARENT
        return Spot("doubt", about, path, reader, spot.step if path is spot.path else 0)
    if recognition.topic:
        return spot.to("topic", recognition.topic.value)
    return spot.to("unknown_again" if misses + 1 >= MISSES_BEFORE_TICKET else "unknown")


def remedy_or_question(error: Error, path: Path | None, reader: Reader | None, spot: Spot) -> Spot:
    """The remedy on its path, or the question that tells the path."""
    if path is None and reader is Reader.PUPIL and spot.path is Path.CHILD:
        return Spot("login", error.value, spot.path, reader, spot.step)
    if path is None:
        kind = {Reader.PARENT: "whose", Reader.PUPIL: "age", None: "role"}[reader]
        return Spot(kind, error.value, None, reader)
    if reader is None or reader not in instruction.readers_of(path):
        # The words that decide for the child's path are shown to the child: it is the child who reads them.
        reader = Reader.PARENT if path is Path.PARENT else Reader.PUPIL
    return Spot("remedy", error.value, path, reader, spot.step if path is spot.path else 0)


def _unknown(spot: Spot, school: School) -> Screen:
    rows = (
        (Button(texts.B_ERRORS, spot.to("errors" if spot.path else "doubt", None if spot.path else ALL_ERRORS)),),
        (Button(texts.B_WRITE, spot.to("write")),),
        (Button(texts.B_TO_STEPS, back_to_steps(spot)),),
    )
    return Screen(you(spot, "UNKNOWN").format(school=school.reference), rows)


def unknown_asked(spot: Spot, school: School) -> Screen:
    """The answer to a question or a complaint that quotes nothing: the school comes first."""
    errors, write, steps = _unknown(spot, school).rows
    return Screen(you(spot, "UNKNOWN_ASKED").format(school=school.reference), (write, errors, steps))


def _unknown_again(spot: Spot, school: School) -> Screen:
    errors, write, steps = _unknown(spot, school).rows
    return Screen(you(spot, "UNKNOWN_AGAIN").format(school=school.reference), (write, errors, steps))


def _topic(spot: Spot, school: School) -> Screen:
    topic = Topic(spot.about or "")
    link = instruction.TOPIC_LINKS[topic]
    rows = (
        (Button(f"🔗 {link.label}", url=link.url),),
        (Button(texts.B_WRITE, spot.to("write")),),
        (Button(texts.B_TO_STEPS, back_to_steps(spot)),),
    )
    advice = marked((texts.TOPICS_CHILD if spot.is_child else texts.TOPICS)[topic.value])
    return Screen(you(spot, "TOPIC").format(advice=advice), rows)


ALL_ERRORS = "+".join(error.value for error in Error)

_VIEWS: dict[str, Callable[[Spot, School], Screen]] = {
    "role": _role,
    "age": _age,
    "whose": _whose,
    "login": _login,
    "step": _step,
    "end": _end,
    "done": _done,
    "errors": _errors,
    "doubt": _doubt,
    "other": _other,
    "remedy": _remedy,
    "account": _account,
    "wrong": _wrong,
    "unknown": _unknown,
    "unknown_again": _unknown_again,
    "topic": _topic,
}


DRAWN = frozenset(_VIEWS)  # the kinds of spots that `view` draws


@dataclass(frozen=True, slots=True)
class DeepLink:
    """What `/start <payload>` asks for: a spot, or a hand-over's token."""

    spot: Spot | None = None
    token: str | None = field(default=None, repr=False)


_LINKS = {
    "child": start_of(Path.CHILD, Reader.PUPIL),
    "adult_pupil": start_of(Path.ADULT_PUPIL, Reader.PUPIL),
    "parent": start_of(Path.PARENT, Reader.PARENT),
    "p_child": start_of(Path.CHILD, Reader.PARENT),
    "p_adult": start_of(Path.ADULT_PUPIL, Reader.PARENT),
    "role_parent": Spot("whose", reader=Reader.PARENT),
    "role_pupil": Spot("age", reader=Reader.PUPIL),
}


def deep_link(payload: str) -> DeepLink:
    """What the payload of `/start` opens; an unknown one opens the first question."""
    if payload.startswith("h_"):
        return DeepLink(token=payload[2:])
    return DeepLink(spot=_LINKS.get(payload, Spot("role")))
