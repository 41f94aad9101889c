"""The screens of the guide's steps, from the first to the question whether it worked, and the way back to them."""

from bot import texts_ru as texts
from bot.flows.content import Pack, Reader
from bot.flows.marked import Markup, fill, marked
from bot.flows.routes import Route
from bot.flows.screen import Button, Rows, School, Screen


def step(route: Route, school: School) -> Screen:
    """Draws one step of the path."""
    assert route.path and route.reader
    steps = route.path.steps
    now = steps[route.step - 1]
    text = fill(
        texts.STEP,
        number=route.step,
        total=len(steps),
        doer=_doer(route, now.doer),
        text=now.text[route.reader],
    )
    rows: Rows = (
        *(((Button(f"🔗 {now.link.label}", url=now.link.url),),) if now.link else ()),
        *(school.diary_row if now.logs_in else ()),
        (Button(texts.B_BACK, _before(route)), Button(texts.B_DONE, _after(route))),
        *reminders(route, school.pack),
        (Button(texts.B_ERROR, route.to("errors")),),
        *(school.await_repair_row if route.step == 1 else ()),
    )
    return Screen((school.notice_above if route.step == 1 else Markup()) + text, rows)


def may_wait(route: Route, pack: Pack) -> bool:
    """Tells whether the reader may have to wait here: at a step that says so, and only where they act themselves."""
    if route.kind == "step" and route.path:
        return route.path.steps[route.step - 1].waits
    error = pack.error(route.about) if route.kind == "remedy" else None
    return error is not None and not error.needs_school


def reminders(route: Route, pack: Pack) -> Rows:
    """Gives the rows of buttons that ask to be reminded of a screen at which one waits."""
    if not may_wait(route, pack):
        return ()
    tomorrow = Button(texts.B_REMIND_TOMORROW, data=f"remind:1:{route.code}")
    in_3_days = Button(texts.B_REMIND_IN_3_DAYS, data=f"remind:3:{route.code}")
    return ((tomorrow,), (in_3_days,))


def _doer(route: Route, doer: Reader) -> Markup:
    if doer is route.reader:
        return texts.DOER_YOU.for_reader(route)
    if doer is Reader.PARENT:
        return marked(texts.DOER_PARENTS)
    return marked(texts.DOER_CHILD if route.path and route.path.is_child else texts.DOER_PUPIL)


def _after(route: Route) -> Route:
    assert route.path
    last = route.step >= len(route.path.steps)
    return route.to("end" if last else "step", step=route.step + 1)


def _before(route: Route) -> Route:
    if route.step > 1:
        return route.to("step", step=route.step - 1)
    return Route("whose" if route.reader is Reader.PARENT else "age", None, None, route.reader)


def back_to_steps(route: Route) -> Route:
    """Gives the guide's step that the reader came from; where there is none, the end or the first screen."""
    if not route.path or not route.reader:
        return Route("role")
    if route.step > len(route.path.steps):
        return route.to("end")
    return route.to("step", step=max(1, route.step))


def end(route: Route, school: School) -> Screen:
    """Draws the question «Получилось войти?» after the last step."""
    assert route.path
    past = len(route.path.steps) + 1
    yes = Button(texts.B_SUCCEEDED, route.to("done", step=past))
    no = Button(texts.B_FAILED, route.to("errors", step=past))
    back = Button(texts.B_BACK, route.to("step", step=past - 1))
    return Screen(texts.END.for_reader(route), (*school.diary_row, (yes, no), (back,)))


def done(route: Route, school: School) -> Screen:
    """Draws the last screen: it worked."""
    return Screen(texts.DONE.for_reader(route), ((Button(texts.B_AGAIN, Route("role")),),))
