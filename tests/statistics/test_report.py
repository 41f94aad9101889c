"""The words and the picture's numbers of a period: what people read, and that it fits where Telegram shows it."""

from __future__ import annotations

import re
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.statistics import report
from storage.statistics import Period, Summary
from tests.pack import PACK

MOSCOW = ZoneInfo("Europe/Moscow")
LAST = date(2026, 3, 10)
CAPTION_LIMIT = 1024  # Bot API, sendPhoto


def summed(days: int = 30, **counts: object) -> Summary:
    empty: dict[str, object] = {
        "began": {}, "reached": {}, "done": {}, "errors": {}, "topics": {}, "unknown": 0, "answered": 0,
        "answered_helped": 0, "tickets": {}, "first_answer": None, "solution": None,
    }  # fmt: skip
    period = Period(LAST - timedelta(days=days - 1), LAST, MOSCOW)
    return Summary(period=period, **{**empty, **counts})  # type: ignore[arg-type]


def full(days: int = 30, scale: int = 1) -> Summary:
    return summed(
        days,
        began={"child": 12 * scale, "adult_pupil": 3 * scale, "parent": 8 * scale},
        reached={("child", n): (13 - n) * scale for n in range(2, 7)} | {("parent", 2): 7 * scale, ("parent", 3): 5},
        done={"child": 4 * scale, "parent": 5 * scale},
        errors={"diary_not_found": 31 * scale, "consent_required": 17 * scale},
        topics={"forgotten_password": 5, "no_code": 3, "account_limited": 2, "child_account": 1, "service_down": 1},
        unknown=9,
        tickets={LAST: 2 * scale, LAST - timedelta(days=1): scale},
        first_answer=42 * 60.0,
        solution=(5 * 60 + 10) * 60.0,
    )


def test_the_words_say_who_began_how_far_they_got_and_what_came_of_it() -> None:
    said = report.words(full(), PACK)
    assert "за 30 дней" in said and "09.02–10.03" in said
    assert "• <b>Ученик до 18:</b> начали 12, вошли 4\n   шаги 1–5: 12 → 11 → 10 → 9 → 8, все: 7" in said
    assert "• <b>Родитель:</b> начали 8, вошли 5\n   шаги 1–2: 8 → 7, все: 5" in said
    lines = re.sub(r"<[^>]+>", "", said).splitlines()
    assert max(len(line) for line in lines if "шаги" in line or "начали" in line) <= 45, "one line of a phone"
    assert "дневник не найден — 31, нужно согласие — 17, надпись не узнана — 9, забыт пароль — 5" in said
    assert "75% (9 из 12)" in said
    assert "<b>Обращений:</b> 3, в среднем 0,1 в день" in said
    assert "<b>Обращений:</b> 1, в среднем меньше 0,01 в день" in report.words(summed(366, tickets={LAST: 1}), PACK)
    assert "первый ответ — 42 мин, решение — 5 ч 10 мин" in said


def test_the_words_fit_under_a_picture_however_large_the_numbers() -> None:
    said = re.sub(r"<[^>]+>", "", report.words(full(366, scale=1_000_000), PACK))
    assert len(said.encode("utf-16-le")) // 2 <= CAPTION_LIMIT


@pytest.mark.parametrize(("days", "said"), [(30, "За 30 дней"), (1, "Сегодня"), (21, "За 21 день")])
def test_an_empty_period_is_said_in_words(days: int, said: str) -> None:
    assert report.words(summed(days), PACK).startswith(said)
    assert "ещё ничего не было" in report.words(summed(days), PACK)


def test_what_did_not_happen_is_not_made_up() -> None:
    said = report.words(summed(began={"parent": 2}), PACK)
    assert "<b>Ученик до 18:</b> никто не начинал" in said
    assert "Ошибок никто не присылал" in said
    assert "%" not in said and "медиана" not in said
    assert "решений ещё не было" in report.words(summed(first_answer=120.0), PACK)
    assert "первый ответ" not in report.words(summed(solution=120.0), PACK)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "меньше минуты"), (59, "меньше минуты"), (60, "1 мин"), (3540, "59 мин"), (3600, "1 ч"),
        (5 * 3600 + 600, "5 ч 10 мин"), (86400, "1 день"), (2 * 86400 + 3 * 3600, "2 дня 3 ч"), (-5, "меньше минуты"),
    ],
)  # fmt: skip
def test_durations_are_said_as_people_say_them(seconds: float, said: str) -> None:
    assert report.duration(seconds) == said


@pytest.mark.parametrize(
    ("text", "fits"),
    [("1", True), ("366", True), ("030", True), ("0", False), ("367", False), ("-5", False), ("", False),
     ("abc", False), ("٣", False), ("3.5", False), ("9" * 5000, False)],
)  # fmt: skip
def test_what_counts_as_a_number_of_days(text: str, fits: bool) -> None:
    assert report.is_days(text) is fits


def test_many_causes_are_shown_as_the_largest_and_the_rest() -> None:
    errors = report.picture(full(), PACK)["errors"]
    assert errors["labels"][:2] == ["Дневник не найден", "Нужно согласие"]
    assert errors["labels"][-1] == "Прочее"
    assert len(errors["labels"]) == report.ERRORS_SHOWN
    assert sum(errors["values"]) == 31 + 17 + 9 + 5 + 3 + 2 + 1 + 1


@pytest.mark.parametrize(
    ("days", "columns", "word"), [(1, 1, "дням"), (31, 31, "дням"), (32, 5, "недел"), (366, 53, "недел")]
)
def test_long_periods_are_shown_by_weeks_and_lose_no_ticket(days: int, columns: int, word: str) -> None:
    span = [LAST - timedelta(days=n) for n in range(days)]
    tickets = report.picture(summed(days, tickets=dict.fromkeys(span, 1)), PACK)["tickets"]
    assert len(tickets["values"]) == len(tickets["labels"]) == columns
    assert sum(tickets["values"]) == days
    assert word in tickets["title"]


def test_every_path_has_a_bar_for_each_step_the_end_and_the_success() -> None:
    child, adult, parent = report.picture(full(), PACK)["paths"]
    assert child["labels"] == ["Начали", "Шаг 2", "Шаг 3", "Шаг 4", "Шаг 5", "Все шаги", "Вошли"]
    assert child["values"] == [12, 11, 10, 9, 8, 7, 4]
    assert adult["values"] == [3, 0, 0, 0]
    assert parent["labels"] == ["Начали", "Шаг 2", "Все шаги", "Вошли"]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, "—"),
        (30, "< 1 мин"),
        (2520, "42 мин"),
        (5 * 3600 + 600, "5 ч"),
        (36 * 3600, "36 ч"),
        (72 * 3600, "3 дня"),
    ],
)
def test_the_tiles_show_round_times(seconds: float | None, said: str) -> None:
    assert report.picture(summed(first_answer=seconds, unknown=1), PACK)["tiles"][2][0] == said
