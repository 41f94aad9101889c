"""A channel's limits as waiting times: how long before one more may go."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.channels.abilities import TELEGRAM
from bot.pace import Limit
from sandbox.telegram.telegram_pace import Window


def test_nothing_waits_before_the_limit_and_then_for_the_oldest() -> None:
    limit = Limit(3, 60)
    assert limit.wait([], 100) == 0 == limit.wait([98, 99], 100)
    assert limit.wait([50, 98, 99], 100) == 10
    assert limit.wait([50, 60, 99], 100, 2) == 20, "two more wait for two to leave the window"
    assert limit.wait([30, 98, 99], 100) == 0, "what left the window counts no more"


def test_more_than_the_limit_at_once_waits_for_an_empty_window() -> None:
    assert Limit(1, 1).wait([99.5], 100, 10) == 0.5 and Limit(1, 1).wait([], 100, 10) == 0


@given(st.lists(st.floats(0, 400), min_size=1, max_size=80), st.floats(0, 0.9))
def test_who_waits_as_told_never_meets_the_limit(wishes: list[float], lateness: float) -> None:
    """Sent as the limit allows, and counted by Telegram up to a second later, nothing comes too fast."""
    window, now = Window(20, 60), 0.0
    sent: list[float] = []
    for wish in sorted(wishes):
        now = max(now, wish)
        now += TELEGRAM.in_group.wait(sent, now)
        sent.append(now)
        arrival = now + (lateness if len(sent) % 2 else 0.0)
        assert window.wait(max(arrival, window.times[-1] if window.times else 0.0)) == 0
        window.add(max(arrival, window.times[-1] if window.times else 0.0))


def test_moments_that_a_clock_put_back_left_ahead_count_no_more() -> None:
    limit = Limit(20, 61)
    assert limit.wait([4600.0] * 20, 1000) == 0 and limit.room([4600.0] * 20, 1000) == 20
    assert limit.wait([1001.0] * 20, 1000) == 61, "another replica's clock, a second ahead, counts as now"
