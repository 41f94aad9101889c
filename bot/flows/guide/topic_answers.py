"""The screens of topics, of texts that were not understood, and of answers that the school gave before."""

from bot import texts_ru as texts
from bot.flows.guide.remedies import list_of_errors
from bot.flows.guide.steps import back_to_steps
from bot.flows.marked import Markup
from bot.flows.routes import Route
from bot.flows.screen import Button, Rows, School, Screen, await_repair


def topic(route: Route, school: School) -> Screen:
    """Draws the answer to a neighbouring problem or a question, with its links and where it comes from."""
    about = school.pack.topics[route.about or ""]
    rows = (
        *((Button(f"🔗 {link.label}", url=link.url),) for link in about.links),
        *(await_repair("topic") if about.is_outage else ()),
        (Button(texts.B_WRITE, route.to("write")),),
        (Button(texts.B_TO_STEPS, back_to_steps(route)),),
    )
    told = texts.TOPIC_OF_INSTRUCTION if about.from_instruction else texts.TOPIC
    return Screen(told.for_reader(route, advice=about.answer.for_reader(route)), rows)


def unknown(route: Route, school: School) -> Screen:
    """Draws «Не знаю»: the list of errors, a screenshot, the school."""
    return Screen(texts.UNKNOWN.for_reader(route, school=school.reference), _unknown_rows(route))


def unknown_again(route: Route, school: School) -> Screen:
    """Draws the second «не знаю» in a row: the school comes first."""
    return Screen(texts.UNKNOWN_AGAIN.for_reader(route, school=school.reference), _school_first(route))


def unknown_asked(route: Route, school: School) -> Screen:
    """Draws the answer to a question or a complaint that names no error: the school comes first."""
    return Screen(texts.UNKNOWN_ASKED.for_reader(route, school=school.reference), _school_first(route))


def school_answered(route: Route, answer: Markup, answer_id: int) -> Screen:
    """Draws what the school once answered to such a question."""
    rows = (
        (
            Button(texts.B_HELPED, data=f"anshelped:{answer_id}"),
            Button(texts.B_NOT_HELPED, data=f"ansnothelped:{answer_id}"),
        ),
        (Button(texts.B_WRITE, route.to("write")),),
        (Button(texts.B_TO_STEPS, back_to_steps(route)),),
    )
    return Screen(texts.SCHOOL_ANSWERED.for_reader(route, answer=answer), rows)


def school_answer_helped(route: Route) -> Screen:
    """Draws the screen after «Помогло» below such an answer."""
    return Screen(texts.SCHOOL_ANSWER_HELPED.for_reader(route), ((Button(texts.B_TO_STEPS, back_to_steps(route)),),))


def school_answer_not_helped(route: Route, school: School) -> Screen:
    """Draws the way to the school, for a family that the answer did not help."""
    return Screen(texts.SCHOOL_ANSWER_NOT_HELPED.for_reader(route, school=school.reference), _school_first(route))


def _unknown_rows(route: Route) -> Rows:
    return (
        (Button(texts.B_ERRORS, list_of_errors(route)),),
        (Button(texts.B_WRITE, route.to("write")),),
        (Button(texts.B_TO_STEPS, back_to_steps(route)),),
    )


def _school_first(route: Route) -> Rows:
    listed, write, steps = _unknown_rows(route)
    return (write, listed, steps)
