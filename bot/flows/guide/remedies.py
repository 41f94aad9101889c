"""The screens of errors: the list, the choice in doubt, the remedy, the account; and which of them answers a text."""

from dataclasses import replace

from bot import texts_ru as texts
from bot.flows.content import Error, Pack, Path, Reader, Wording
from bot.flows.guide.questions import next_question, start_of
from bot.flows.guide.steps import back_to_steps, reminders
from bot.flows.marked import Sentence, fill, joined, marked
from bot.flows.routes import EVERY, Route, about_all
from bot.flows.screen import Button, Rows, School, Screen
from bot.flows.understanding import Recognition, Verdict

MISSES_BEFORE_TICKET = 2
MOST_CANDIDATES = 5  # errors that a doubtful message is asked about; their short ids fit callback data
_NUMBERS_IN_ROW = 4


# --- from what was recognised to a screen ----------------------------------------------------------------------------


def route_of_recognised(recognition: Recognition, route: Route, pack: Pack, misses: int) -> Route:
    """Gives the screen that answers a text at a route; `misses` counts the texts before it that nobody understood."""
    error = pack.error(recognition.error)
    if error and recognition.verdict is Verdict.SURE:
        return remedy_or_question(error, recognition.path, route.reader, route)
    if error:
        about = about_all(list(recognition.candidates or (error.id,))[:MOST_CANDIDATES])
        path = recognition.path or route.path
        reader = route.reader if path is None or route.reader in path.readers else path.owner
        return Route("doubt", about, path, reader, route.step if path == route.path else 0)
    if recognition.topic in pack.topics:
        return route.to("topic", recognition.topic)
    return route.to("unknown_again" if misses + 1 >= MISSES_BEFORE_TICKET else "unknown")


def remedy_or_question(error: Error, path: Path | None, reader: Reader | None, route: Route) -> Route:
    """Gives the remedy on its path, or the question that tells the path."""
    here = route.path
    if path is None and reader is Reader.PUPIL and here and here.is_child:
        return Route("login", error.id, here, reader, route.step)
    if path is None:
        return next_question(reader, error.id)
    if reader is None or reader not in path.readers:
        # The wording that decides for the child's path is shown to children alone, so it is the child who reads.
        reader = path.owner
    return Route("remedy", error.id, path, reader, route.step if path == here else 0)


# --- errors ----------------------------------------------------------------------------------------------------------


def errors(route: Route, school: School) -> Screen:
    """Draws «Появилась ошибка»: the error texts of the path, numbered."""
    return _choice(route, texts.ERRORS, school.pack.errors_on(route.path), school.pack)


def list_of_errors(route: Route) -> Route:
    """Gives the route of the errors' list: those of the path, or all of them where no path is known."""
    return route.to("errors" if route.path else "doubt", None if route.path else EVERY)


def doubt(route: Route, school: School) -> Screen:
    """Draws the error texts that a doubtful message may mean, numbered."""
    listed = school.pack.errors_on(route.path)
    if not route.path and {*route.abouts} in ({EVERY}, {*school.pack.errors}):
        return _choice(
            route, texts.ERRORS, listed, school.pack
        )  # all of them is the list of errors, and no guess at one
    shown = [(error, wording) for about in route.abouts for error, wording in listed if error.id == about]
    return _choice(route, texts.DOUBT, shown, school.pack)


def _choice(route: Route, told: Sentence, listed: list[tuple[Error, Wording]], pack: Pack) -> Screen:
    numbered = [fill(texts.NUMBERED_ERROR, number=n, text=wording.text) for n, (_, wording) in enumerate(listed, 1)]
    text = told.for_reader(route, texts=joined("\n\n", numbered))
    for note in dict.fromkeys(error.note for error, _ in listed if error.note):
        text += fill(texts.ERROR_NOTE, note=note)
    buttons = [Button(str(n), _chosen(route, *one, pack)) for n, one in enumerate(listed, 1)]
    buttons.append(Button(texts.B_OTHER, route.to("other")))
    back = Button(texts.B_BACK if route.path else texts.B_AGAIN, back_to_steps(route))
    return Screen(text, (*_in_rows(buttons), (back,)))


def _chosen(route: Route, error: Error, wording: Wording, pack: Pack) -> Route:
    decided = pack.path(wording.paths[0]) if len(wording.paths) == 1 else None
    return remedy_or_question(error, decided or route.path, route.reader, route)


def _in_rows(buttons: list[Button]) -> Rows:
    if len(buttons) <= _NUMBERS_IN_ROW + 1:
        return (tuple(buttons),)
    return tuple(tuple(buttons[at : at + _NUMBERS_IN_ROW]) for at in range(0, len(buttons), _NUMBERS_IN_ROW))


def other(route: Route, school: School) -> Screen:
    """Draws «Другое»: the bot asks for the text or a screenshot."""
    back = Button(texts.B_BACK, route.to("errors") if route.path else Route("role"))
    return Screen(texts.OTHER.for_reader(route), ((Button(texts.B_WRITE, route.to("write")),), (back,)))


def write_offered(route: Route, school: School) -> Screen:
    """Draws «Написать в школу» for a family that asked for the school in words."""
    write = Button(texts.B_WRITE, route.to("write", route.about))
    return Screen(texts.WRITE_TYPED.for_reader(route), ((write,), (Button(texts.B_TO_STEPS, back_to_steps(route)),)))


# --- the remedy, and under whose account they are --------------------------------------------------------------------


def remedy(route: Route, school: School, also: Error | None = None) -> Screen:
    """Draws the meaning of an error and what to do; `also` is another error of the same message, which is mentioned."""
    error, path, reader = _error_of(route, school.pack), route.path, route.reader
    assert path and reader
    second = texts.REMEDY_ALSO.for_reader(route, wording=also.wording_on(path)) if also else ""
    text = fill(
        texts.REMEDY,
        notice=school.notice_above,
        wording=error.wording_on(path),
        remedy=error.remedies[path.id, reader],
        school=school.reference if error.needs_school else "",
        also=second,
    )
    rows: list[tuple[Button, ...]] = []
    if also:
        rows.append((Button(texts.B_SECOND_ERROR, route.to("remedy", also.id)),))
    if error.needs_school:
        rows.append((Button(texts.B_WRITE, route.to("account", error.id)),))
        if school.feedback_url:
            rows.append((Button(texts.B_FEEDBACK_FORM, url=school.feedback_url),))
    else:
        text += marked(texts.HELPED_QUESTION)
        rows.append((Button(texts.B_HELPED, route.to("done")), Button(texts.B_NOT_HELPED, route.to("write", error.id))))
    rows.extend(reminders(route, school.pack))
    rows.extend(school.await_repair_row)
    rows.append((Button(texts.B_TO_STEPS, back_to_steps(route)),))
    return Screen(text, tuple(rows))


def _error_of(route: Route, pack: Pack) -> Error:
    error = pack.error(route.about)
    assert error, route
    return error


def with_parent_choice(screen: Screen, route: Route) -> Screen:
    """Adds the way to its wording for a parent to a remedy whose reader was only guessed."""
    parent = Button(texts.B_PARENT, replace(route, reader=Reader.PARENT))
    return Screen(screen.text, (*screen.rows, (parent,)))


def with_other_age(screen: Screen, route: Route, before: Route, pack: Pack) -> Screen:
    """Adds the way back to a child's remedy for a pupil who said to be 18: the words decided, and the steps stay."""
    assert before.path
    grown_up = Button(before.path.pupil_button, start_of(before.path, Reader.PUPIL, pack, route.about))
    own_steps = Button(texts.B_TO_STEPS, back_to_steps(before))
    rows = tuple(tuple(own_steps if b.label == own_steps.label else b for b in row) for row in screen.rows)
    return Screen(marked(texts.PATH_OF_CHILD) + screen.text, (*rows, (grown_up,)))


def login(route: Route, school: School) -> Screen:
    """Draws the question whose login it is, to a child who has met the adults' wording."""
    error = _error_of(route, school.pack)
    of_pupil = Button(texts.B_OF_PUPIL, route.to("remedy", error.id))
    of_parent = Button(texts.B_OF_PARENT, route.to("wrong", error.id))
    text = fill(texts.LOGIN_PUPIL, wording=error.wording_on(school.pack.parents_path))
    return Screen(text, ((of_pupil, of_parent), (Button(texts.B_TO_STEPS, back_to_steps(route)),)))


def account(route: Route, school: School) -> Screen:
    """Draws the question under whose account they went in, before the form opens."""
    right, wrong_one = route.to("write", route.about), route.to("wrong", route.about)
    pupils_own = route.path is None or route.path.owner is Reader.PUPIL
    of_pupil = Button(texts.B_OF_PUPIL, right if pupils_own else wrong_one)
    of_parent = Button(texts.B_OF_PARENT, wrong_one if pupils_own else right)
    back = route.to("remedy", route.about) if route.about else back_to_steps(route)
    return Screen(texts.ACCOUNT.for_reader(route), ((of_pupil, of_parent), (Button(texts.B_BACK, back),)))


def wrong(route: Route, school: School) -> Screen:
    """Draws the advice to try the other account."""
    error = school.pack.error(route.about)
    assert route.path and route.reader
    text = route.path.own_account[route.reader]
    if route.is_child and error and error.for_parents:
        text += fill(texts.FOR_PARENTS, told=error.for_parents)
    asked = "login" if route.is_child and error and not error.needs_school else "account"
    rows = (
        *school.diary_row,
        (Button(texts.B_HELPED, route.to("done")), Button(texts.B_WRITE, route.to("write", route.about))),
        (Button(texts.B_BACK, route.to(asked, route.about)),),
    )
    return Screen(text + marked(texts.HELPED_QUESTION), rows)
