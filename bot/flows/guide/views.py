"""Draws any screen of the guide by its route: one table from kinds of routes to drawing functions."""

from collections.abc import Callable

from bot.flows.guide import questions, remedies, steps, topic_answers
from bot.flows.routes import Route
from bot.flows.screen import School, Screen

_VIEWS: dict[str, Callable[[Route, School], Screen]] = {
    "role": questions.role,
    "age": questions.age,
    "whose": questions.whose,
    "step": steps.step,
    "end": steps.end,
    "done": steps.done,
    "errors": remedies.errors,
    "doubt": remedies.doubt,
    "other": remedies.other,
    "remedy": remedies.remedy,
    "login": remedies.login,
    "account": remedies.account,
    "wrong": remedies.wrong,
    "topic": topic_answers.topic,
    "unknown": topic_answers.unknown,
    "unknown_again": topic_answers.unknown_again,
}
DRAWN = frozenset(_VIEWS)  # the kinds of routes that `view` draws


def view(route: Route, school: School) -> Screen:
    """Draws the screen of a route of the guide. Raises KeyError for a route that only the ticket's screens know."""
    return _VIEWS[route.kind](route, school)
