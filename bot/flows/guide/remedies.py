"""The screens of errors: the list, the doubt, the remedy, the account; those of topics and of «не знаю»."""

from dataclasses import replace

from bot import texts_ru as texts
from bot.flows.guide import instruction
from bot.flows.guide.instruction import Error, Path, Reader, Topic, Wording
from bot.flows.guide.questions import next_question, start_of
from bot.flows.guide.steps import back_to_steps, reminders
from bot.flows.marked import Sentence, fill, joined, marked
from bot.flows.routes import Route
from bot.flows.screen import Button, Rows, School, Screen
from bot.flows.understanding import Recognition, Verdict

MISSES_BEFORE_TICKET = 2
ALL_ERRORS = "+".join(error.value for error in Error)


# --- from what was recognised to a screen ----------------------------------------------------------------------------


def route_of_recognised(recognition: Recognition, route: Route, misses: int) -> Route:
    """Gives the screen that answers a text at a route; `misses` counts the texts before it that nobody understood."""
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
        return next_question(reader, error.value)
    if reader is None or reader not in instruction.readers_of(path):
        # The words that decide for the child's path are shown to the child: it is the child who reads them.
        reader = Reader.PARENT if path is Path.PARENT else Reader.PUPIL
    return Route("remedy", error.value, path, reader, route.step if path is route.path else 0)


# --- errors ----------------------------------------------------------------------------------------------------------


def errors(route: Route, school: School) -> Screen:
    """«Появилась ошибка»: the error texts of the path, numbered."""
    return _choice(route, texts.ERRORS, wordings_for(route.path))


def doubt(route: Route, school: School) -> Screen:
    """The error texts that a doubtful message may mean, numbered."""
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


def other(route: Route, school: School) -> Screen:
    """«Другое»: the bot asks for the text or a screenshot."""
    back = Button(texts.B_BACK, route.to("errors") if route.path else Route("role"))
    return Screen(texts.OTHER.for_reader(route), ((Button(texts.B_WRITE, route.to("write")),), (back,)))


# --- the remedy, and under whose account they are --------------------------------------------------------------------


def remedy(route: Route, school: School, also: Error | None = None) -> Screen:
    """The meaning of an error and what to do; `also` is another error of the same message, which is mentioned."""
    error, path, reader = route.error, route.path, route.reader
    assert error and path and reader
    asks_school = error is Error.DIARY_NOT_FOUND
    second = texts.REMEDY_ALSO.for_reader(route, wording=instruction.wording_of(also, path)) if also else ""
    text = fill(
        texts.REMEDY,
        notice=school.notice_above,
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
    rows.extend(reminders(route))
    rows.append((Button(texts.B_TO_STEPS, back_to_steps(route)),))
    return Screen(text, tuple(rows))


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


def login(route: Route, school: School) -> Screen:
    """The question whose login it is, to a child who has met the adults' wording."""
    error = route.error or Error.DIARY_NOT_FOUND
    of_pupil = Button(texts.B_OF_PUPIL, route.to("remedy", error.value))
    of_parent = Button(texts.B_OF_PARENT, route.to("wrong", error.value))
    text = fill(texts.LOGIN_PUPIL, wording=instruction.wording_of(error, Path.PARENT))
    return Screen(text, ((of_pupil, of_parent), (Button(texts.B_TO_STEPS, back_to_steps(route)),)))


def account(route: Route, school: School) -> Screen:
    """The question under whose account they went in, before the form opens."""
    right, wrong_one = route.to("write", route.about), route.to("wrong", route.about)
    pupils_own = route.path is not Path.PARENT
    of_pupil = Button(texts.B_OF_PUPIL, right if pupils_own else wrong_one)
    of_parent = Button(texts.B_OF_PARENT, wrong_one if pupils_own else right)
    back = Button(texts.B_BACK, route.to("remedy", route.about or Error.DIARY_NOT_FOUND.value))
    return Screen(texts.ACCOUNT.for_reader(route), ((of_pupil, of_parent), (back,)))


def wrong(route: Route, school: School) -> Screen:
    """The advice to try the other account."""
    text = {
        Path.CHILD: texts.WRONG_ACCOUNT_CHILD.for_reader(route),
        Path.ADULT_PUPIL: marked(texts.WRONG_ACCOUNT_ADULT_PUPIL),
        Path.PARENT: marked(texts.WRONG_ACCOUNT_PARENT),
    }[route.path or Path.PARENT]
    if route.is_child and route.error:
        text += marked(texts.WRONG_ACCOUNT_FOR_PARENTS[route.error.value])
    asked = "login" if route.is_child and route.error is Error.CONSENT_REQUIRED else "account"
    rows = (
        *school.diary_row,
        (Button(texts.B_HELPED, route.to("done")), Button(texts.B_WRITE, route.to("write", route.about))),
        (Button(texts.B_BACK, route.to(asked, route.about)),),
    )
    return Screen(text + marked(texts.HELPED_QUESTION), rows)


# --- topics, and what nobody understood ------------------------------------------------------------------------------


def topic(route: Route, school: School) -> Screen:
    """The answer to a neighbouring problem, with its link."""
    about = Topic(route.about or "")
    link = instruction.TOPIC_LINKS[about]
    rows = (
        (Button(f"🔗 {link.label}", url=link.url),),
        (Button(texts.B_WRITE, route.to("write")),),
        (Button(texts.B_TO_STEPS, back_to_steps(route)),),
    )
    advice = texts.TOPICS[about.value].for_reader(route)
    return Screen(texts.TOPIC.for_reader(route, advice=advice), rows)


def unknown(route: Route, school: School) -> Screen:
    """«Не знаю»: the list of errors, a screenshot, the school."""
    return Screen(texts.UNKNOWN.for_reader(route, school=school.reference), _unknown_rows(route))


def unknown_again(route: Route, school: School) -> Screen:
    """The second «не знаю» in a row: the school comes first."""
    return Screen(texts.UNKNOWN_AGAIN.for_reader(route, school=school.reference), _school_first(route))


def unknown_asked(route: Route, school: School) -> Screen:
    """The answer to a question or a complaint that names no error: the school comes first."""
    return Screen(texts.UNKNOWN_ASKED.for_reader(route, school=school.reference), _school_first(route))


def _unknown_rows(route: Route) -> Rows:
    listed = route.to("errors") if route.path else route.to("doubt", ALL_ERRORS)
    return (
        (Button(texts.B_ERRORS, listed),),
        (Button(texts.B_WRITE, route.to("write")),),
        (Button(texts.B_TO_STEPS, back_to_steps(route)),),
    )


def _school_first(route: Route) -> Rows:
    listed, write, steps = _unknown_rows(route)
    return (write, listed, steps)
