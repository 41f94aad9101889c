"""Draws the message that the service works again, for a family that asked to be told."""

from bot import texts_ru as texts
from bot.flows.guide.remedies import list_of_errors
from bot.flows.routes import Route
from bot.flows.screen import Button, School, Screen

WORKS = "works:yes"  # «Получилось» of a family that stands on no path, whose last screen no route names


def repaired(route: Route, school: School) -> Screen:
    """Draws the message, with «Получилось» and «Не получилось»; `route` tells who reads it."""
    path = route.path
    if path and route.reader:
        past = len(path.steps) + 1
        yes = Button(texts.B_SUCCEEDED, route.to("done", step=past))
        no = Button(texts.B_FAILED, route.to("errors", step=past))
    else:
        yes = Button(texts.B_SUCCEEDED, data=WORKS)
        no = Button(texts.B_FAILED, list_of_errors(route))
    return Screen(texts.REPAIRED_FAMILY.for_reader(route), (*school.diary_row, (yes, no)))
