"""The words by which a ticket is found, what is sought by a query, and names that may be one pupil's."""

from __future__ import annotations

import pytest

from bot.flows.ticket.like_pupils import is_same_pupil
from bot.flows.ticket.search_words import LIMIT, MOST_TERMS, number_in, sought_in, words_of


def test_words_have_one_spelling_and_a_class_is_a_word() -> None:
    assert words_of("Ёлкин Пётр", None, "") == {"елкин", "петр"}
    for written in ("7Б", "7 б", "7-Б", "7«Б»", "7B"):
        assert {"7б", "7"} <= words_of(written), written
    assert words_of("а 11") == {"11"}, "a single letter tells nothing"
    assert words_of("№17, не пускает_в дневник!") == {"17", "не", "пускает", "дневник"}
    assert max(map(len, words_of("я" * 2 * LIMIT))) == LIMIT


def found_by(query: str) -> list[str]:
    return [one.word + ("." if one.whole else "") for one in sought_in(query)]


@pytest.mark.parametrize(
    ("query", "sought"),
    [
        ("Иванова", ["иванов"]),
        ("дневнику", ["дневник"]),
        ("Ёжик", ["ежик"]),
        ("7 б Иванов и", ["7б", "иванов"]),
        ("7B", ["7б"]),
        ("№17", ["17."]),
        ("7", ["7."]),
        ("снилс снилс", ["снилс"]),
        ("<b>ива</b>", ["ива"]),
        ("'; DROP TABLE tickets; --", ["drop", "table", "tickets"]),
        ("%_*", []),
        ("и", []),
        ("", []),
    ],
)
def test_a_query_seeks_words_without_their_endings_and_whole_numbers(query: str, sought: list[str]) -> None:
    assert found_by(query) == sought


def test_a_query_of_many_words_is_bounded() -> None:
    assert len(sought_in(" ".join(f"слово{n}" for n in range(50)))) == MOST_TERMS


def test_what_is_sought_is_found_in_another_case_of_the_word() -> None:
    told = words_of("Иванову Петру не открывается дневник")
    for query in ("Иванов", "Иванова", "Иванову", "дневника", "открывается"):
        assert all(any(word.startswith(one.word) for word in told) for one in sought_in(query)), query


def test_a_query_may_name_a_ticket() -> None:
    assert [number_in(query) for query in ("17", " №17 ", "17 б", "7Б", "", "9" * 30, "٣")] == [17, 17] + [None] * 5


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Иванов Пётр", "Петр Иванов"),
        ("Иванов Пётр", "иванов п."),
        ("И. Петров", "Петров Иван Сергеевич"),
        ("Иванова Ивана", "Иванов Иван"),
        ("Сидорова Анна-Мария", "Сидорова Анна Мария"),
        ("Смирнова Ольга", "Смирнова Олга"),
    ],
)
def test_names_of_one_pupil_are_alike(one: str, other: str) -> None:
    assert is_same_pupil(one, other) and is_same_pupil(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Иванов Пётр", "Иванов Сергей"),
        ("Петров Саша", "Петров Паша"),
        ("Пётр", "Пётр"),
        ("Иванов Пётр", "Иванов"),
        ("И. П.", "И. П."),
        ("Иванов П.", "Иванов С."),
        ("", ""),
        ("Иванов Пётр", None),
        ("123 456", "123 456"),
    ],
)
def test_names_of_two_pupils_or_of_nobody_are_not_alike(one: str | None, other: str | None) -> None:
    assert not is_same_pupil(one, other) and not is_same_pupil(other, one)
