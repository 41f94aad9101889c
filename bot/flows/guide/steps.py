"""The screens of the guide's steps, from the first to the question whether it worked, and the way back to them."""

from bot import texts_ru as texts
from bot.flows.guide import instruction
from bot.flows.guide.instruction import Error, Path, Reader
from bot.flows.marked import Markup, fill, marked
from bot.flows.routes import Route
from bot.flows.screen import Button, Rows, School, Screen


def step(route: Route, school: School) -> Screen:
    """One step of the path."""
    assert route.path and route.reader
    steps = instruction.steps_of(route.path)
    now = steps[route.step - 1]
    text = fill(
        texts.STEP,
        number=route.step,
        total=len(steps),
        doer=_doer(route, now.doer),
        text=instruction.step_text(route.path, route.reader, route.step),
    )
    rows: Rows = (
        *(((Button(f"🔗 {now.link.label}", url=now.link.url),),) if now.link else ()),
        *(school.diary_row if now.logs_in else ()),
        (Button(texts.B_BACK, _before(route)), Button(texts.B_DONE, _after(route))),
        *reminders(route),
        (Button(texts.B_ERROR, route.to("errors")),),
    )
    return Screen((school.notice_above if route.step == 1 else Markup()) + text, rows)


def may_wait(route: Route) -> bool:
    """True where the instruction says to wait at this screen: the check of the child's data, the consent."""
    if route.kind == "step" and route.path:
        return instruction.steps_of(route.path)[route.step - 1].waits
    return route.kind == "remedy" and route.error is Error.CONSENT_REQUIRED


def reminders(route: Route) -> Rows:
    """The rows of buttons that ask to be reminded of a screen at which one waits."""
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


def end(route: Route, school: School) -> Screen:
    """«Получилось войти?»"""
    assert route.path
    past = len(instruction.steps_of(route.path)) + 1
    yes = Button(texts.B_SUCCEEDED, route.to("done", step=past))
    no = Button(texts.B_FAILED, route.to("errors", step=past))
    back = Button(texts.B_BACK, route.to("step", step=past - 1))
    return Screen(texts.END.for_reader(route), (*school.diary_row, (yes, no), (back,)))


def done(route: Route, school: School) -> Screen:
    """The last screen: it worked."""
    return Screen(texts.DONE.for_reader(route), ((Button(texts.B_AGAIN, Route("role")),),))
