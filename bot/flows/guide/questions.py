"""The first questions of the guide: who is writing, how old, whose login; and the deep links that skip them."""

from dataclasses import dataclass, field

from bot import texts_ru as texts
from bot.flows.guide import instruction
from bot.flows.guide.instruction import Error, Path, Reader
from bot.flows.marked import fill, marked
from bot.flows.routes import Route
from bot.flows.screen import Button, School, Screen


def role(route: Route, school: School) -> Screen:
    """«Кто пишет?»"""
    text = marked(texts.ROLE_WITH_ERROR) if route.about else school.notice_above + fill(texts.ROLE, school=school.name)
    parent = Button(texts.B_PARENT, next_question(Reader.PARENT, route.about))
    pupil = Button(texts.B_PUPIL, next_question(Reader.PUPIL, route.about))
    return Screen(text, ((parent, pupil),))


def role_for_steps(route: Route) -> Screen:
    """The same question, put to somebody who says no more than that they cannot get in."""
    return Screen(marked(texts.ROLE_STEPS), role(route, School()).rows)


def age(route: Route, school: School) -> Screen:
    """The question how old the pupil is."""
    under = start_of(Path.CHILD, Reader.PUPIL, route.about)
    over = start_of(Path.ADULT_PUPIL, Reader.PUPIL, route.about)
    back = Button(texts.B_BACK, Route("role", route.about))
    return Screen(marked(texts.AGE), ((Button(texts.B_UNDER_18, under), Button(texts.B_OVER_18, over)), (back,)))


def whose(route: Route, school: School) -> Screen:
    """The question, to a parent, whose login it is."""
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
    *_, helps_child, helps_adult, back = whose(route, School()).rows
    return Screen(marked(texts.WHOSE_AGE), (helps_child, helps_adult, back))


def start_of(path: Path, reader: Reader, about: str | None = None) -> Route:
    """Gives the route that a choice of path leads to: step 1, or the remedy of the error that was pasted before."""
    if about and about in {error.value for error in Error}:
        return Route("remedy", about, path, reader)
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


_LINKS = {
    "child": start_of(Path.CHILD, Reader.PUPIL),
    "adult_pupil": start_of(Path.ADULT_PUPIL, Reader.PUPIL),
    "parent": start_of(Path.PARENT, Reader.PARENT),
    "p_child": start_of(Path.CHILD, Reader.PARENT),
    "p_adult": start_of(Path.ADULT_PUPIL, Reader.PARENT),
    "role_parent": next_question(Reader.PARENT),
    "role_pupil": next_question(Reader.PUPIL),
}


def deep_link(payload: str) -> DeepLink:
    """Reads the payload of `/start`; an unknown one opens the first question."""
    if payload.startswith("h_"):
        return DeepLink(token=payload[2:])
    return DeepLink(route=_LINKS.get(payload, Route("role")))
