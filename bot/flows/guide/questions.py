"""The first questions of the guide: who is writing, how old, whose login; and the deep links that skip them."""

import re
from dataclasses import dataclass, field

from bot import texts_ru as texts
from bot.flows.content import Pack, Path, Reader
from bot.flows.marked import fill, marked
from bot.flows.routes import Route
from bot.flows.screen import Button, Rows, School, Screen

_SIDE_BY_SIDE = 2  # buttons of an age in one row


def role(route: Route, school: School) -> Screen:
    """Draws the question «Кто пишет?»."""
    if route.about:
        return Screen(marked(texts.ROLE_WITH_ERROR), _role_rows(route))
    text = school.notice_above + fill(texts.ROLE, school=school.name)
    return Screen(text, (*_role_rows(route), *school.await_repair_row, *school.change_row))


def role_for_steps(route: Route) -> Screen:
    """Draws the same question, put to somebody who says no more than that they cannot get in."""
    return Screen(marked(texts.ROLE_STEPS), _role_rows(route))


def _role_rows(route: Route) -> Rows:
    parent = Button(texts.B_PARENT, next_question(Reader.PARENT, route.about))
    pupil = Button(texts.B_PUPIL, next_question(Reader.PUPIL, route.about))
    return ((parent, pupil),)


def age(route: Route, school: School) -> Screen:
    """Draws the question how old the pupil is: a button for each path that is for a pupil's login."""
    ages = tuple(
        Button(path.pupil_button, start_of(path, Reader.PUPIL, school.pack, route.about))
        for path in school.pack.of_owner(Reader.PUPIL)
        if path.pupil_button
    )
    back = Button(texts.B_BACK, Route("role", route.about))
    rows: Rows = (ages,) if len(ages) <= _SIDE_BY_SIDE else tuple((button,) for button in ages)
    return Screen(marked(texts.AGE), (*rows, (back,)))


def whose(route: Route, school: School) -> Screen:
    """Draws the question, to a parent, whose login it is: their own first, then the pupils'."""
    error = school.pack.error(route.about)
    text = fill(texts.WHOSE_WITH_ERROR, wording=error.wording_on(None)) if error else marked(texts.WHOSE)
    own = _parents_rows(route, school.pack.of_owner(Reader.PARENT), school.pack)
    back = Button(texts.B_BACK, Route("role", route.about))
    return Screen(text, (*own, *_pupils_rows(route, school.pack), (back,)))


def whose_age(route: Route, pack: Pack) -> Screen:
    """Draws the same question once the parent has said that it is about a pupil: what is left is the age."""
    back = Button(texts.B_BACK, Route("role", route.about))
    return Screen(marked(texts.WHOSE_AGE), (*_pupils_rows(route, pack), (back,)))


def _pupils_rows(route: Route, pack: Pack) -> Rows:
    return _parents_rows(route, pack.of_owner(Reader.PUPIL), pack)


def _parents_rows(route: Route, paths: list[Path], pack: Pack) -> Rows:
    return tuple(
        (Button(path.parent_button, start_of(path, Reader.PARENT, pack, route.about)),)
        for path in paths
        if path.parent_button
    )


def start_of(path: Path, reader: Reader, pack: Pack, about: str | None = None) -> Route:
    """Gives the route that a choice of path leads to: step 1, or the remedy of the error that was pasted before."""
    error = pack.error(about)
    if error and error.is_met_on(path):
        return Route("remedy", error.id, path, reader)
    return Route("step", None, path, reader, 1)


def next_question(reader: Reader | None, about: str | None = None) -> Route:
    """Gives the question that tells the path: to a parent whose login, to a pupil the age, to anybody else who writes.

    `about` is the error or the topic that they asked of before.
    """
    kind = {Reader.PARENT: "whose", Reader.PUPIL: "age", None: "role"}[reader]
    return Route(kind, about, None, reader)


# --- deep links ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DeepLink:
    """The thing that `/start <payload>` asks for: a route, or a hand-over's token."""

    route: Route | None = None
    token: str | None = field(default=None, repr=False)


_SCHOOL = re.compile(r"s_(?P<slug>[A-Za-z0-9-]{1,24})(?:_(?P<rest>.*))?", re.DOTALL)


def school_of_link(payload: str) -> tuple[str, str]:
    """Parts the payload of `/start` into the slug of a school, empty where it names none, and what stands behind it.

    `s_43` names the school «43»; `s_43_role_parent` leads on to what `role_parent` leads to.
    """
    found = _SCHOOL.fullmatch(payload)
    return (found["slug"].lower(), found["rest"] or "") if found else ("", payload)


def deep_link(payload: str, pack: Pack) -> DeepLink:
    """Reads the payload of `/start`; an unknown one opens the first question.

    A path's id opens it for the owner of the login, its `parents_link` for a parent who helps.
    """
    if payload.startswith("h_"):
        return DeepLink(token=payload[2:])
    links = {path.id: start_of(path, path.owner, pack) for path in pack.paths.values()}
    links |= {path.parents_link: start_of(path, Reader.PARENT, pack) for path in pack.paths.values()}
    links |= {"role_parent": next_question(Reader.PARENT), "role_pupil": next_question(Reader.PUPIL)}
    return DeepLink(route=links.get(payload or " ", Route("role")))
