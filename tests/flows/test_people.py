"""Who is writing and how old they are, from what they typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.flows import people
from bot.flows.guides import Reader


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("мама", Reader.PARENT), ("я мама", Reader.PARENT), ("Папа!", Reader.PARENT), ("бабушка", Reader.PARENT),
        ("родитель", Reader.PARENT), ("я ученица", Reader.PUPIL), ("школьник", Reader.PUPIL),
        ("мама ученика", None), ("здравствуйте", None), ("", None),
    ],
)  # fmt: skip
def test_roles(text: str, role: Reader | None) -> None:
    assert people.read_role(text) is role


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("15", 15), ("мне 17", 17), ("мне 17 лет", 17), ("18 лет", 18), ("18", 18), ("мне уже 18", 18),
        ("скоро 18", 17), ("почти 18", 17), ("мне ещё нет 18", 17), ("семнадцать", 17), ("восемнадцать лет", 18),
        ("150", None), ("-3", None), ("сто", None), ("0", None), ("45", None), ("7Б", None), ("15 или 16", None),
        ("1.5", None), ("у меня 3 ошибки", None), ("", None), ("лет", None),
    ],
)  # fmt: skip
def test_ages(text: str, age: int | None) -> None:
    assert people.read_age(text) == age


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("7Б", "7Б"), ("7 б", "7Б"), ("7-Б", "7Б"), ("10 «А»", "10А"), ("11", "11"), ("5а класс", "5А"),
        ("7 класс Б", "7Б"), ("7b", "7Б"), ("12А", None), ("0", None), ("класс", None), ("", None), ("7ББ", None),
    ],
)  # fmt: skip
def test_classes(text: str, name: str | None) -> None:
    assert people.read_class(text) == name


@pytest.mark.parametrize(
    ("text", "thanks"),
    [
        ("спасибо", True), ("Спасибо большое!", True), ("ок, понятно", True), ("огромное спасибо вам", True),
        ("спасибо, но не помогло", False), ("не работает", False), ("спасибо, опять ошибка", False), ("", False),
    ],
)  # fmt: skip
def test_thanks(text: str, thanks: bool) -> None:
    assert people.is_thanks(text) is thanks


@given(st.text())
def test_any_text_is_read_without_harm(text: str) -> None:
    age = people.read_age(text)
    assert age is None or 5 <= age <= 30
    name = people.read_class(text)
    assert name is None or len(name) <= 3
    assert people.read_role(text) in (None, *Reader)
