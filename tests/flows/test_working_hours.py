"""The school's working hours: how they are written, and how working time is counted by them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.flows.working_hours import EVERY_DAY_9_20, EXAMPLE, WorkingHours, clamp_to_daytime, daily, parse

MOSCOW = ZoneInfo("Europe/Moscow")
BERLIN = ZoneInfo("Europe/Berlin")  # moves its clocks, as Moscow no longer does
HOUR = 3600.0


def moscow(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=MOSCOW)


SCHOOL = parse(EXAMPLE)


@pytest.mark.parametrize(
    ("text", "moment", "is_open"),
    [
        (EXAMPLE, "2026-11-23 08:00", True),  # Monday
        (EXAMPLE, "2026-11-23 07:59:59", False),
        (EXAMPLE, "2026-11-23 16:59:59", True),
        (EXAMPLE, "2026-11-23 17:00", False),
        (EXAMPLE, "2026-11-28 09:30", True),  # Saturday
        (EXAMPLE, "2026-11-29 09:30", False),  # Sunday
        (EXAMPLE, "2026-12-31 10:00", False),
        (EXAMPLE, "2027-01-10 10:00", False),
        (EXAMPLE, "2027-01-11 10:00", True),
        ("mon-fri 8:00-17:00; OFF 2026-11-04", "2026-11-04 10:00", False),
        ("Mon-Fri 08:00-12:00, 13:00-17:00", "2026-11-23 12:30", False),
        ("Mon-Fri 08:00-12:00, 13:00-17:00", "2026-11-23 13:30", True),
        ("Mon,Wed 08:00-12:00;", "2026-11-24 09:00", False),
        ("Mon,Wed 08:00-12:00;", "2026-11-25 09:00", True),
        ("Sat-Mon 00:00-24:00", "2026-11-29 23:59", True),
        ("Пн–Пт 08:00–17:00", "2026-11-23 10:00", True),
    ],
)
def test_the_setting_says_when_the_school_answers(text: str, moment: str, is_open: bool) -> None:
    assert parse(text).is_open(moscow(moment)) is is_open


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "ни один рабочий день"),
        (" ; ", "ни один рабочий день"),
        ("off 2026-11-04", "ни один рабочий день"),
        ("every day", "не понимаю «every day»"),
        ("Mon-Fri", "не понимаю «mon-fri»"),
        ("Mon-Foo 08:00-17:00", "нет такого дня недели: «foo»"),
        ("Mon 8-17", "часы пишутся так"),
        ("Mon 08:00-17:00,", "лишняя запятая"),
        ("Mon 08:00-24:30", "нет такого времени"),
        ("Mon 08:60-09:00", "нет такого времени"),
        ("Mon 17:00-08:00", "конец должен быть позже начала"),
        ("Mon 08:00-17:00; off 31.12.2026", "дата пишется так"),
        ("Mon 08:00-17:00; off 2026-02-30", "дата пишется так"),
        ("Mon 08:00-17:00; off 2027-01-10..2026-12-31", "последний выходной раньше первого"),
    ],
)
def test_a_wrong_setting_is_told_what_is_wrong_and_shown_an_example(text: str, said: str) -> None:
    with pytest.raises(ValueError) as refused:
        parse(text)
    assert said in str(refused.value)
    assert EXAMPLE in str(refused.value)


@given(st.text(alphabet="MonFriSat offПн0123456789:-.,; \n", max_size=40))
def test_any_other_text_is_hours_or_a_clear_refusal(text: str) -> None:
    try:
        assert any(parse(text).week)
    except ValueError as refused:
        assert EXAMPLE in str(refused)


def test_the_next_opening_is_found_over_the_evening_the_weekend_and_the_holidays() -> None:
    assert SCHOOL.next_open(moscow("2026-11-23 10:00")) == moscow("2026-11-23 10:00")
    assert SCHOOL.next_open(moscow("2026-11-23 18:00")) == moscow("2026-11-24 08:00")
    assert SCHOOL.next_open(moscow("2026-11-28 12:00")) == moscow("2026-11-30 08:00")
    assert SCHOOL.next_open(moscow("2026-12-30 17:00")) == moscow("2027-01-11 08:00")


def test_where_nobody_ever_works_there_is_no_opening() -> None:
    never = WorkingHours(week=((),) * 7)
    always_off = parse("Mon-Sun 08:00-17:00; off 2000-01-01..9999-12-31")
    for hours in (never, always_off):
        assert hours.next_open(moscow("2026-11-23 10:00")) is None
        assert hours.working_seconds_between(moscow("2026-11-23 10:00"), moscow("2027-11-23 10:00")) == 0.0
        assert not hours.is_open(moscow("2026-11-23 10:00"))


def test_an_hour_of_working_time_runs_on_after_the_weekend() -> None:
    asked = moscow("2026-11-28 11:30")  # half an hour before Saturday's end
    assert SCHOOL.working_seconds_between(asked, moscow("2026-11-30 08:30")) == HOUR


def test_hours_that_touch_or_overlap_are_counted_once() -> None:
    hours = parse("Mon 08:00-12:00; Mon 10:00-14:00; Mon 14:00-15:00")
    assert hours.week[0] == ((480, 900),)
    assert hours.working_seconds_between(moscow("2026-11-23 00:00"), moscow("2026-11-24 00:00")) == 7 * HOUR


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-10-26", 24)])
def test_a_day_when_the_clocks_move_has_as_many_hours_as_really_pass(day: str, hours: int) -> None:
    begin = datetime.fromisoformat(day).replace(tzinfo=BERLIN)
    around_the_clock = parse("Mon-Sun 00:00-24:00")
    assert around_the_clock.working_seconds_between(begin, begin + timedelta(days=1)) == hours * HOUR


def test_a_moment_in_another_zone_is_compared_as_the_same_moment() -> None:
    start = moscow("2026-11-23 08:00")
    assert SCHOOL.working_seconds_between(start, datetime(2026, 11, 23, 6, 0, tzinfo=UTC)) == HOUR


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        SCHOOL.is_open(datetime(2026, 11, 23, 10, 0))


@pytest.mark.parametrize(
    ("moment", "clamped"),
    [
        ("2026-11-23 03:00", "2026-11-23 09:00"),
        ("2026-11-23 09:00", "2026-11-23 09:00"),
        ("2026-11-23 19:59", "2026-11-23 19:59"),
        ("2026-11-23 20:00", "2026-11-24 09:00"),
    ],
)
def test_a_reminder_at_night_waits_for_the_morning(moment: str, clamped: str) -> None:
    assert clamp_to_daytime(moscow(moment), 9, 20) == moscow(clamped)


MINUTES = st.tuples(st.integers(0, 1439), st.integers(1, 1440)).filter(lambda pair: pair[0] < pair[1])


def written(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


@st.composite
def any_hours(draw: st.DrawFn) -> WorkingHours:
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    parts = draw(st.lists(st.tuples(st.sampled_from(days), MINUTES), min_size=1, max_size=8))
    off = draw(st.lists(st.dates(datetime(2026, 3, 1).date(), datetime(2026, 4, 30).date()), max_size=3))
    lines = [f"{day} {written(begin)}-{written(end)}" for day, (begin, end) in parts]
    return parse("; ".join(lines + [f"off {day}" for day in off]))


def moments(zone: ZoneInfo) -> st.SearchStrategy[datetime]:
    begin = datetime(2026, 3, 20, tzinfo=UTC)
    return st.integers(0, 20 * 24 * 3600).map(lambda seconds: (begin + timedelta(seconds=seconds)).astimezone(zone))


HOURS = st.one_of(st.just(SCHOOL), st.just(EVERY_DAY_9_20), st.just(daily(0, 24)), any_hours())
THREE = st.tuples(moments(BERLIN), moments(BERLIN), moments(BERLIN)).map(
    lambda three: sorted(three, key=lambda moment: moment.astimezone(UTC))
)


@given(HOURS, THREE)
def test_working_time_adds_up_and_never_runs_back(hours: WorkingHours, three: list[datetime]) -> None:
    first, middle, last = three
    whole = hours.working_seconds_between(first, last)
    parts = hours.working_seconds_between(first, middle) + hours.working_seconds_between(middle, last)
    assert whole == parts
    really_passed = (last.astimezone(UTC) - first.astimezone(UTC)).total_seconds()
    assert 0.0 <= hours.working_seconds_between(first, middle) <= whole <= really_passed
    assert hours.working_seconds_between(last, first) == 0.0


@given(HOURS, moments(BERLIN))
def test_the_next_opening_is_open_and_nothing_before_it_is(hours: WorkingHours, moment: datetime) -> None:
    opening = hours.next_open(moment)
    assert opening is not None
    assert hours.is_open(opening)
    assert hours.working_seconds_between(moment, opening) == 0.0
    assert hours.is_open(moment) == (opening.astimezone(UTC) == moment.astimezone(UTC))
