"""The finite-state dialogue of the guide: every screen, its words, and where each of its buttons leads."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from bot import texts_ru as texts
from bot.flows.guide import instruction
from bot.flows.guide.instruction import Error, Path, Reader, Topic, Wording
from bot.flows.marked import Markup, Sentence, escape, fill, joined, marked
from bot.flows.routes import Route
from bot.flows.understanding.wordings import Recognition, Verdict

MISSES_BEFORE_TICKET = 2


@dataclass(frozen=True, slots=True)
class Button:
    """A button with its label: it leads to a screen, or does an action (`data`), or opens an address."""

    label: str
    to: Route | None = None
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


def view(route: Route, school: School) -> Screen:
    """The screen of a route of the guide. Raises KeyError for a route that only the ticket's screens know."""
    return _VIEWS[route.kind](route, school)


# --- who is writing --------------------------------------------------------------------------------------------------


def _role(route: Route, school: School) -> Screen:
    text = marked(texts.ROLE_WITH_ERROR) if route.about else _notice(school) + fill(texts.ROLE, school=school.name)
    parent = Route("whose", route.about, reader=Reader.PARENT)
    pupil = Route("age", route.about, reader=Reader.PUPIL)
    return Screen(text, ((Button(texts.B_PARENT, parent), Button(texts.B_PUPIL, pupil)),))


def role_for_steps(route: Route) -> Screen:
    """The same question, put to somebody who says no more than that they cannot get in."""
    return Screen(marked(texts.ROLE_STEPS), _role(route, School()).rows)


def _age(route: Route, school: School) -> Screen:
    under = start_of(Path.CHILD, Reader.PUPIL, route.about)
    over = start_of(Path.ADULT_PUPIL, Reader.PUPIL, route.about)
    back = Button(texts.B_BACK, Route("role", route.about))
    return Screen(marked(texts.AGE), ((Button(texts.B_UNDER_18, under), Button(texts.B_OVER_18, over)), (back,)))


def _whose(route: Route, school: School) -> Screen:
    text = marked(texts.WHOSE)
    if route.error:
        text = fill(texts.WHOSE_WITH_ERROR, wording=instruction.wording_of(route.error, Path.PARENT))
    choices = (
        (texts.B_SELF, Path.PARENT),
        (texts.B_HELP_CHILD, Path.CHILD),
        (texts.B_HELP_ADULT, Path.ADULT_PUPIL),
    )
    rows = tuple((Button(label, start_of(path, Reader.PARENT, route.about)),) for label, path in choices)
    return Screen(text, (*rows, (Button(texts.B_BACK, Route("role", route.about)),)))


def whose_age(route: Route) -> Screen:
    """The same question once the parent has said that it is about a pupil: what is left is the age."""
    *_, helps_child, helps_adult, back = _whose(route, School()).rows
    return Screen(marked(texts.WHOSE_AGE), (helps_child, helps_adult, back))


def _login(route: Route, school: School) -> Screen:
    error = route.error or Error.DIARY_NOT_FOUND
    mine = route.to("remedy", error.value)
    parents = route.to("wrong", error.value)
    text = fill(texts.LOGIN_PUPIL, wording=instruction.wording_of(error, Path.PARENT))
    back = Button(texts.B_TO_STEPS, back_to_steps(route))
    return Screen(text, ((Button(texts.B_OF_PUPIL, mine), Button(texts.B_OF_PARENT, parents)), (back,)))


def start_of(path: Path, reader: Reader, about: str | None = None) -> Route:
    """Where a choice of path leads: to its step 1, or to the remedy of the error that was pasted before the choice."""
    if about and about in {error.value for error in Error}:
        return Route("remedy", about, path, reader)
    return Route("step", None, path, reader, 1)


# --- the steps -------------------------------------------------------------------------------------------------------


def _step(route: Route, school: School) -> Screen:
    assert route.path and route.reader
    steps = instruction.steps_of(route.path)
    step = steps[route.step - 1]
    text = fill(
        texts.STEP,
        number=route.step,
        total=len(steps),
        doer=_doer(route, step.doer),
        text=instruction.step_text(route.path, route.reader, route.step),
    )
    rows: list[tuple[Button, ...]] = []
    if step.link:
        rows.append((Button(f"🔗 {step.link.label}", url=step.link.url),))
    if step.logs_in and school.diary_url:
        rows.append((Button(texts.B_OPEN_DIARY, url=school.diary_url),))
    rows.append((Button(texts.B_BACK, _before(route)), Button(texts.B_DONE, _after(route))))
    rows.extend(_reminders(route))
    rows.append((Button(texts.B_ERROR, route.to("errors")),))
    return Screen((_notice(school) if route.step == 1 else Markup()) + text, tuple(rows))


def may_wait(route: Route) -> bool:
    """Whether the instruction says to wait at this screen: the check of the child's data, the consent."""
    if route.kind == "step" and route.path:
        return instruction.steps_of(route.path)[route.step - 1].waits
    return route.kind == "remedy" and route.error is Error.CONSENT_REQUIRED


def _reminders(route: Route) -> Rows:
    if not may_wait(route):
        return ()
    tomorrow = Button(texts.B_REMIND_TOMORROW, data=f"remind:1:{route.code}")
    in_3_days = Button(texts.B_REMIND_IN_3_DAYS, data=f"remind:3:{route.code}")
    return ((tomorrow,), (in_3_days,))


def _doer(route: Route, doer: Reader) -> Markup:
    if doer is route.reader:
        return texts.DOER_YOU.for_reader(route)
    if doer is Reader.PARENT:
        return marked(texts.DOER_PARENTS)
    return marked(texts.DOER_CHILD if route.path is Path.CHILD else texts.DOER_PUPIL)


def _after(route: Route) -> Route:
    assert route.path
    last = route.step >= len(instruction.steps_of(route.path))
    return route.to("end" if last else "step", step=route.step + 1)


def _before(route: Route) -> Route:
    if route.step > 1:
        return route.to("step", step=route.step - 1)
    return Route("whose" if route.reader is Reader.PARENT else "age", None, None, route.reader)


def back_to_steps(route: Route) -> Route:
    """The guide's step that the reader came from; the end of the guide, or its first screen, where there is none."""
    if not route.path or not route.reader:
        return Route("role")
    if route.step > len(instruction.steps_of(route.path)):
        return route.to("end")
    return route.to("step", step=max(1, route.step))


def _end(route: Route, school: School) -> Screen:
    assert route.path
    past = len(instruction.steps_of(route.path)) + 1
    yes = Button(texts.B_SUCCEEDED, route.to("done", step=past))
    no = Button(texts.B_FAILED, route.to("errors", step=past))
    back = Button(texts.B_BACK, route.to("step", step=past - 1))
    rows: list[tuple[Button, ...]] = [(Button(texts.B_OPEN_DIARY, url=school.diary_url),)] if school.diary_url else []
    return Screen(texts.END.for_reader(route), (*rows, (yes, no), (back,)))


def _done(route: Route, school: School) -> Screen:
    return Screen(texts.DONE.for_reader(route), ((Button(texts.B_AGAIN, Route("role")),),))


# --- errors and remedies ---------------------------------------------------------------------------------------------


def _errors(route: Route, school: School) -> Screen:
    return _choice(route, texts.ERRORS, wordings_for(route.path))


def _doubt(route: Route, school: School) -> Screen:
    wanted = (route.about or "").split("+")
    shown = [w for about in wanted for w in wordings_for(route.path) if w.error.value == about]
    # All of them is the list of errors, and no guess at one.
    told = texts.ERRORS if route.about == ALL_ERRORS and not route.path else texts.DOUBT
    return _choice(route, told, tuple(shown))


def _choice(route: Route, told: Sentence, wordings: tuple[Wording, ...]) -> Screen:
    numbered = [fill(texts.NUMBERED_ERROR, number=n, text=w.text) for n, w in enumerate(wordings, 1)]
    text = told.for_reader(route, texts=joined("\n\n", numbered))
    if any(w.error is Error.DIARY_NOT_FOUND for w in wordings):
        text += marked(texts.FORM_LINK_NOTE)
    buttons = [Button(str(n), _chosen(route, w)) for n, w in enumerate(wordings, 1)]
    back = Button(texts.B_BACK if route.path else texts.B_AGAIN, back_to_steps(route))
    return Screen(text, ((*buttons, Button(texts.B_OTHER, route.to("other"))), (back,)))


def _chosen(route: Route, wording: Wording) -> Route:
    decided = wording.paths[0] if len(wording.paths) == 1 else None
    return remedy_or_question(wording.error, decided or route.path, route.reader, route)


def wordings_for(path: Path | None) -> tuple[Wording, ...]:
    """The error texts that this path's screens show; every one where the path is not known."""
    return tuple(w for w in instruction.WORDINGS if path is None or path in w.paths)


def _other(route: Route, school: School) -> Screen:
    back = Button(texts.B_BACK, route.to("errors") if route.path else Route("role"))
    return Screen(texts.OTHER.for_reader(route), ((Button(texts.B_WRITE, route.to("write")),), (back,)))


def _remedy(route: Route, school: School, also: Error | None = None) -> Screen:
    error, path, reader = route.error, route.path, route.reader
    assert error and path and reader
    asks_school = error is Error.DIARY_NOT_FOUND
    second = texts.REMEDY_ALSO.for_reader(route, wording=instruction.wording_of(also, path)) if also else ""
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
        rows.append((Button(texts.B_SECOND_ERROR, route.to("remedy", also.value)),))
    if asks_school:
        rows.append((Button(texts.B_WRITE, route.to("account", error.value)),))
        if school.feedback_url:
            rows.append((Button(texts.B_FEEDBACK_FORM, url=school.feedback_url),))
    else:
        rows.append(
            (Button(texts.B_HELPED, route.to("done")), Button(texts.B_NOT_HELPED, route.to("write", error.value)))
        )
    rows.extend(_reminders(route))
    rows.append((Button(texts.B_TO_STEPS, back_to_steps(route)),))
    return Screen(text, tuple(rows))


def remedy_with_second(route: Route, school: School, also: Error) -> Screen:
    """The remedy of the more specific error, with the other one of the same message mentioned."""
    return _remedy(route, school, also)


def with_parent_choice(screen: Screen, route: Route) -> Screen:
    """A remedy whose reader was only guessed, with the way to its wording for a parent."""
    parent = Button(texts.B_I_AM_PARENT, replace(route, reader=Reader.PARENT))
    return Screen(screen.text, (*screen.rows, (parent,)))


def with_other_age(screen: Screen, route: Route, before: Route) -> Screen:
    """A child's remedy for a pupil who said to be 18: the words decided, that is told, and the steps stay."""
    grown_up = Button(texts.B_OVER_18, start_of(Path.ADULT_PUPIL, Reader.PUPIL, route.about))
    own_steps = Button(texts.B_TO_STEPS, back_to_steps(before))
    rows = tuple(tuple(own_steps if b.label == own_steps.label else b for b in row) for row in screen.rows)
    return Screen(marked(texts.PATH_OF_CHILD) + screen.text, (*rows, (grown_up,)))


def _account(route: Route, school: School) -> Screen:
    right, wrong = route.to("write", route.about), route.to("wrong", route.about)
    pupils_own = route.path is not Path.PARENT
    of_pupil = Button(texts.B_OF_PUPIL, right if pupils_own else wrong)
    of_parent = Button(texts.B_OF_PARENT, wrong if pupils_own else right)
    back = Button(texts.B_BACK, route.to("remedy", route.about or Error.DIARY_NOT_FOUND.value))
    return Screen(texts.ACCOUNT.for_reader(route), ((of_pupil, of_parent), (back,)))


def _wrong(route: Route, school: School) -> Screen:
    text = {
        Path.CHILD: texts.WRONG_ACCOUNT_CHILD.for_reader(route),
        Path.ADULT_PUPIL: marked(texts.WRONG_ACCOUNT_ADULT_PUPIL),
        Path.PARENT: marked(texts.WRONG_ACCOUNT_PARENT),
    }[route.path or Path.PARENT]
    if route.is_child and route.error:
        text += marked(texts.WRONG_ACCOUNT_FOR_PARENTS[route.error.value])
    rows: list[tuple[Button, ...]] = [(Button(texts.B_OPEN_DIARY, url=school.diary_url),)] if school.diary_url else []
    rows.append((Button(texts.B_HELPED, route.to("done")), Button(texts.B_WRITE, route.to("write", route.about))))
    asked = "login" if route.is_child and route.error is Error.CONSENT_REQUIRED else "account"
    rows.append((Button(texts.B_BACK, route.to(asked, route.about)),))
    return Screen(text + marked(texts.HELPED_QUESTION), tuple(rows))


def _notice(school: School) -> Markup:
    return fill(texts.NOTICE, notice=school.notice) if school.notice else Markup()


# --- what the recogniser said ----------------------------------------------------------------------------------------


def heard(recognition: Recognition, route: Route, misses: int) -> Route:
    """Gives the screen that answers a pasted text at a route; `misses` counts the texts before it that nobody knew."""
    if recognition.error and recognition.verdict is Verdict.SURE:
        return remedy_or_question(recognition.error, recognition.path, route.reader, route)
    if recognition.error:
        about = "+".join(error.value for error in recognition.candidates or (recognition.error,))
        path = recognition.path or route.path
        reader = route.reader if path is None or route.reader in instruction.readers_of(path) else Reader.PARENT
        return Route("doubt", about, path, reader, route.step if path is route.path else 0)
    if recognition.topic:
        return route.to("topic", recognition.topic.value)
    return route.to("unknown_again" if misses + 1 >= MISSES_BEFORE_TICKET else "unknown")


def remedy_or_question(error: Error, path: Path | None, reader: Reader | None, route: Route) -> Route:
    """The remedy on its path, or the question that tells the path."""
    if path is None and reader is Reader.PUPIL and route.path is Path.CHILD:
        return Route("login", error.value, route.path, reader, route.step)
    if path is None:
        kind = {Reader.PARENT: "whose", Reader.PUPIL: "age", None: "role"}[reader]
        return Route(kind, error.value, None, reader)
    if reader is None or reader not in instruction.readers_of(path):
        # The words that decide for the child's path are shown to the child: it is the child who reads them.
        reader = Reader.PARENT if path is Path.PARENT else Reader.PUPIL
    return Route("remedy", error.value, path, reader, route.step if path is route.path else 0)


def _unknown(route: Route, school: School) -> Screen:
    rows = (
        (Button(texts.B_ERRORS, route.to("errors" if route.path else "doubt", None if route.path else ALL_ERRORS)),),
        (Button(texts.B_WRITE, route.to("write")),),
        (Button(texts.B_TO_STEPS, back_to_steps(route)),),
    )
    return Screen(texts.UNKNOWN.for_reader(route, school=school.reference), rows)


def unknown_asked(route: Route, school: School) -> Screen:
    """The answer to a question or a complaint that quotes nothing: the school comes first."""
    errors, write, steps = _unknown(route, school).rows
    return Screen(texts.UNKNOWN_ASKED.for_reader(route, school=school.reference), (write, errors, steps))


def _unknown_again(route: Route, school: School) -> Screen:
    errors, write, steps = _unknown(route, school).rows
    return Screen(texts.UNKNOWN_AGAIN.for_reader(route, school=school.reference), (write, errors, steps))


def _topic(route: Route, school: School) -> Screen:
    topic = Topic(route.about or "")
    link = instruction.TOPIC_LINKS[topic]
    rows = (
        (Button(f"🔗 {link.label}", url=link.url),),
        (Button(texts.B_WRITE, route.to("write")),),
        (Button(texts.B_TO_STEPS, back_to_steps(route)),),
    )
    advice = texts.TOPICS[topic.value].for_reader(route)
    return Screen(texts.TOPIC.for_reader(route, advice=advice), rows)


ALL_ERRORS = "+".join(error.value for error in Error)

_VIEWS: dict[str, Callable[[Route, School], Screen]] = {
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


DRAWN = frozenset(_VIEWS)  # the kinds of routes that `view` draws


@dataclass(frozen=True, slots=True)
class DeepLink:
    """What `/start <payload>` asks for: a route, or a hand-over's token."""

    route: Route | None = None
    token: str | None = field(default=None, repr=False)


_LINKS = {
    "child": start_of(Path.CHILD, Reader.PUPIL),
    "adult_pupil": start_of(Path.ADULT_PUPIL, Reader.PUPIL),
    "parent": start_of(Path.PARENT, Reader.PARENT),
    "p_child": start_of(Path.CHILD, Reader.PARENT),
    "p_adult": start_of(Path.ADULT_PUPIL, Reader.PARENT),
    "role_parent": Route("whose", reader=Reader.PARENT),
    "role_pupil": Route("age", reader=Reader.PUPIL),
}


def deep_link(payload: str) -> DeepLink:
    """What the payload of `/start` opens; an unknown one opens the first question."""
    if payload.startswith("h_"):
        return DeepLink(token=payload[2:])
    return DeepLink(route=_LINKS.get(payload, Route("role")))
