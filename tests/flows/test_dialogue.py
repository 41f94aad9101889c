"""The dialogue as a machine: every button leads to a screen that exists, and fits into a button."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from bot.channels.abilities import CHANNELS, SHORTEST_TEXT
from bot.flows import routes
from bot.flows.content import Path, Reader
from bot.flows.guide import questions, remedies
from bot.flows.guide.views import view
from bot.flows.routes import EVERY, Route
from bot.flows.screen import School, Screen
from bot.flows.understanding import Recognition, Verdict
from bot.flows.utf16 import units
from tests.pack import CHILD, ERRORS, PACK, PATHS

SCHOOL = School(
    "Школа №43", "8 (4912) 00-00-00", "https://e-school.example.ru", "https://form.example.ru", "", "объявление"
)
DRAWN_ELSEWHERE = {
    "write", "join", "form_class", "form_name", "form_words", "form_preview", "form_edit", "edit_class", "edit_name",
    "edit_words", "cancelled", "mine", "help", "privacy", "forget",
}  # fmt: skip


def reachable() -> dict[Route, Screen]:
    """Every screen that buttons lead to from the first question, from each error and from each topic."""
    waiting = [Route("role"), *(Route("role", error) for error in ERRORS), Route("doubt", EVERY)]
    for path in PATHS:
        for reader in path.readers:
            waiting += [Route(kind, None, path, reader, 1) for kind in ("unknown", "unknown_again")]
            waiting += [Route("topic", topic, path, reader, 1) for topic in PACK.topics]
    waiting += [Route("login", error, CHILD, Reader.PUPIL) for error in ERRORS]
    seen: dict[Route, Screen] = {}
    while waiting:
        route = waiting.pop()
        if route in seen or route.kind in DRAWN_ELSEWHERE:
            continue
        seen[route] = view(route, SCHOOL)
        waiting += [button.to for row in seen[route].rows for button in row if button.to]
    return seen


REACHABLE = reachable()


def test_every_screen_has_a_way_on_and_every_button_fits() -> None:
    assert len(REACHABLE) > 100
    for route, screen in REACHABLE.items():
        buttons = [button for row in screen.rows for button in row]
        assert [b for b in buttons if b.to or b.data], f"a dead end: {route.code}"
        for button in buttons:
            code = button.data or (button.to.code if button.to else "")
            assert len(code.encode()) <= min(channel.callback_bytes for channel in CHANNELS)
            assert button.url or code
        for channel in CHANNELS:
            assert len(screen.rows) <= channel.button_rows and len(buttons) <= channel.buttons
            for row in screen.rows:
                has_link = any(button.url for button in row)
                assert len(row) <= (channel.buttons_beside_link if has_link else channel.buttons_in_row)
        assert units(screen.text) <= SHORTEST_TEXT


def test_what_a_button_carries_is_read_back() -> None:
    for route in REACHABLE:
        assert routes.parse(route.code, PACK) == route


@given(st.text(max_size=64))
def test_any_callback_data_is_read_or_refused(data: str) -> None:
    route = routes.parse(data, PACK)
    if route is not None and route.kind not in DRAWN_ELSEWHERE:
        assert view(route, SCHOOL).rows


def test_every_forged_combination_is_drawn_or_refused() -> None:
    parts = (
        [*sorted(routes.GUIDE | routes.STORED), "x"],
        ["-", *ERRORS, "+".join(ERRORS), "every", "no_code", "x"],
        ["-", "child", "adult_pupil", "parent", "x"],
        ["-", "pupil", "parent", "x"],
        ["0", "1", "5", "6", "99", "-1", "x", ""],
    )
    for forged in product(*parts):
        route = routes.parse(":".join(forged), PACK)
        if route is not None and route.kind not in DRAWN_ELSEWHERE:
            assert view(route, SCHOOL).text


@given(
    st.sampled_from([None, *ERRORS]), st.sampled_from([None, *PATHS]), st.sampled_from([None, *PACK.topics]),
    st.sampled_from([None, *PATHS]), st.sampled_from([None, *Reader]), st.integers(0, 6), st.integers(0, 3),
    st.sampled_from([Verdict.SURE, Verdict.DOUBTFUL]),
)  # fmt: skip
def test_whatever_was_recognised_has_an_answer(
    error: str | None, decided: Path | None, topic: str | None, path: Path | None, reader: Reader | None, step: int,
    misses: int, verdict: Verdict,
) -> None:  # fmt: skip
    if path and reader not in path.readers:
        reader = None
    step = min(step, len(path.steps) + 1) if path and reader else 0
    here = Route("step" if path and reader and 0 < step <= len(path.steps) else "role", None, path, reader, step)
    heard = Recognition(
        error, decided, 0.9 if error else 0.0, verdict if error else Verdict.NONE, None if error else topic,
        candidates=(error,) if error else (),
    )  # fmt: skip
    answer = remedies.route_of_recognised(heard, here, PACK, misses)
    assert routes.parse(answer.code, PACK) == answer
    assert view(answer, SCHOOL).rows


def test_a_choice_of_path_shows_step_one_itself() -> None:
    for path in PATHS:
        for reader in path.readers:
            assert questions.start_of(path, reader, PACK) == Route("step", None, path, reader, 1)


@given(st.text(max_size=64))
def test_any_payload_of_a_deep_link_opens_something(payload: str) -> None:
    link = questions.deep_link(payload, PACK)
    assert link.token is not None or link.route is not None
