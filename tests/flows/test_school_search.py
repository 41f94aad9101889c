"""A family's school is found by what they type: number, name with slips, link's word; never another number first."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.flows.guide import school_question
from bot.flows.routes import Route
from bot.flows.school_search import MOST, FoundSchools, SchoolNames

NAMES = SchoolNames(
    [
        (1, "143", "Школа №143"), (2, "43", "Школа №43"), (3, "g2", "Гимназия №2"), (4, "2", "Школа №2"),
        (5, "pushkin", "Школа имени А. С. Пушкина"), (6, "lom", "Ломоносовская гимназия"),
        (7, "k-5", "Школа №5, Касимов"), (8, "s-5", "Школа №5, Скопин"), (9, "77", ""),
    ]
)  # fmt: skip
HUNDREDS = SchoolNames((number, str(number), f"Школа №{number}") for number in range(1, 2001))


@pytest.mark.parametrize(
    ("text", "school"),
    [
        ("43", 2), ("школа 43", 2), ("№43", 2), ("Школа № 043.", 2), ("сош43", 2), ("из 43-й школы", 2),
        ("143", 1), ("гимназия 2", 3), ("pushkin", 5), ("касимов школа 5", 7), ("ломоносовская гимназия", 6), ("77", 9),
        ("7 класс школа 43", 2), ("сын в 7Б, школа 43", 2), ("мы в 5 классе 43 школы", 2),
    ],
)  # fmt: skip
def test_a_school_that_is_named_is_found_beyond_doubt(text: str, school: int) -> None:
    found = NAMES.found_by(text)
    assert found.is_exact and found.ids[0] == school, found


@pytest.mark.parametrize(
    ("text", "schools"),
    [
        ("Шкала имени Пушкина", (5,)), ("ломоносовская гимназыя", (6,)), ("пушкин", (5,)), ("школа 2", (4, 3)),
        ("школа 5", (7, 8)), ("5 скопен", (8, 7)),
    ],
)  # fmt: skip
def test_a_name_with_slips_or_of_several_schools_is_asked_about(text: str, schools: tuple[int, ...]) -> None:
    found = NAMES.found_by(text)
    assert not found.is_exact and found.ids == schools, found


@pytest.mark.parametrize("text", ["", "14", "мне 15", "да", "🙂", "²", "9" * 4000, "Ваш дневник не найден", "школа"])
def test_what_names_no_school_finds_none(text: str) -> None:
    assert NAMES.found_by(text) == FoundSchools(says_school=text == "школа")


@given(st.text(max_size=300))
def test_no_text_breaks_the_search_and_no_other_number_is_offered(text: str) -> None:
    found = HUNDREDS.found_by(text)
    assert len(found.ids) <= MOST and found.count >= len(found.ids)
    said = {int(number) for number in re.findall(r"\d+", text) if number.isdecimal()}
    assert not said or set(found.ids) <= said


@given(st.integers(1, 2000))
def test_a_number_alone_finds_the_school_of_that_number(number: int) -> None:
    assert HUNDREDS.found_by(f"школа {number}") == FoundSchools((number,), 1, is_exact=True, says_school=True)


def test_few_schools_stand_as_buttons_hundreds_are_asked_for() -> None:
    few = SchoolNames([(1, "1", "Школа №1"), (2, "b", "Школа №1"), (3, "3", "Очень " * 20)])
    labels = [button.label for button in school_question.asked(few, Route("role")).buttons]
    assert labels[:2] == ["Школа №1 (1)", "Школа №1 (b)"] and len(labels[2]) <= 60
    assert school_question.asked(HUNDREDS, Route("role")).rows == ()
    same = SchoolNames((number, f"a{number}", "Лицей искусств") for number in range(1, 30))
    shown = school_question.found(same, same.found_by("лицей искусств"), Route("role"))
    assert len(shown.buttons) == MOST and "29" in shown.text


@pytest.mark.parametrize(("screen", "school"), [("school", None), ("school:7", 7), ("school:x", None), ("role", None)])
def test_the_stored_screen_says_which_school_is_to_be_confirmed(screen: str, school: int | None) -> None:
    assert school_question.candidate_in(screen) == school
    assert school_question.is_asked(screen) == screen.startswith("school")
