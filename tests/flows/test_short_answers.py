"""Short texts of families and what is read in them: role, age, class, whose login, complaints."""

from __future__ import annotations

from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.flows.content import Path, Reader
from bot.flows.understanding import school_class, talk, who_writes
from tests.pack import ADULT_PUPIL, CHILD, PACK, PARENT


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("мама", Reader.PARENT), ("я мама", Reader.PARENT), ("Папа!", Reader.PARENT), ("бабушка", Reader.PARENT),
        ("родитель", Reader.PARENT), ("я ученица", Reader.PUPIL), ("школьник", Reader.PUPIL),
        ("мама ученика", Reader.PARENT), ("здравствуйте", None), ("", None), ("мой сын", Reader.PARENT),
        ("ребёнок не может войти", Reader.PARENT), ("у дочки", Reader.PARENT), ("внучке", Reader.PARENT),
        ("я ученик, а мама не может", None),
    ],
)  # fmt: skip
def test_roles(text: str, role: Reader | None) -> None:
    assert who_writes.read_role(text) is role


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("15", 15), ("мне 17", 17), ("мне 17 лет", 17), ("18 лет", 18), ("18", 18), ("мне уже 18", 18),
        ("скоро 18", 17), ("почти 18", 17), ("мне ещё нет 18", 17), ("семнадцать", 17), ("восемнадцать лет", 18),
        ("150", None), ("-3", None), ("сто", None), ("0", None), ("45", None), ("7Б", None), ("15 или 16", None),
        ("1.5", None), ("у меня 3 ошибки", None), ("", None), ("лет", None), ("Здравствуйте, мне 15", 15),
        ("мне 17 лет, помогите войти", 17), ("меньше 18", 17), ("до 18", 17), ("17,5", 17), ("больше 18", 18),
        ("мне 18 будет летом", 17), ("18+", 18), ("сыну 10 лет, не входит", 10), ("мне 7 раз пишет", None),
        ("5 лет назад входил", None), ("мне пока нет 18 лет", 17), ("нет восемнадцати", 17), ("да, 18", 18),
        ("нет мне 16", 16), ("помогаю дочке, ей нет 18", 17), ("ему уже шестнадцать", 16), ("почти восемнадцати", 17),
        ("до восьми", None), ("нет, мне 18", 18), ("нет, мне уже 18", 18), ("нет. ему 18", 18), ("нет уже 18", 18),
        ("нет ему 18", 17), ("нет, мне нет 18", 17), ("нет, ещё нет 18", 17), ("мне 18, скоро 19", 18),
        ("сыну уже 18, будет 19 летом", 18), ("мне 17, скоро 18", 17), ("здравствуйте, нет, мне 18", 18),
        ("возраст - 15", 15), ("возраст - 15, помогите", 15),
        ("мне - 15 лет", 15), (" - 15", None), ("мне не исполнилось 18 лет", 17), ("18 лет ещё не исполнилось", 17),
        ("не достигла 18 лет", 17), ("дневник не найден, мне исполнится 18 лет в мае", 17), ("мне 18 лет нет", 17),
        ("мне будет 18 лет 5 мая", 17), ("мне нету 18 лет", 17), ("мне 18 лет дневник до сих пор не найден", 18),
        ("мне 18 лет нет уведомления", 18), ("нет доступа сыну 18 лет", 18), ("мне исполнилось 18 лет 5 мая", 18),
        ("мне 18 лет, но скоро экзамены", 18), ("у меня двое: 10 и 14 лет", None), ("не 18", None),
        ("Мне 18 лет. Через госуслуги не могу войти", 18), ("сыну 18 лет, будет входить сам", 18),
        ("мне 18 лет, через месяц 19", 18), ("школа 15, мне 12 лет", 12), ("гимназия 2, дочке 12 лет", 12),
        ("школа15, мне 12 лет", 12), ("спецшкола 15, мне 12 лет", 12),
    ],
)  # fmt: skip
def test_ages(text: str, age: int | None) -> None:
    assert who_writes.read_age(text) == age


@pytest.mark.parametrize(
    "text",
    ["1" * 40 + "x", "12345678901 4510 123456 89151234567 Иванов Пётр", "12 " * 1300 + "x", "годика" * 600 + "x"],
)
@pytest.mark.timeout(10)
def test_a_text_that_only_begins_like_an_age_ends_the_reading(text: str) -> None:
    assert who_writes.read_age(text) is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("7Б", "7Б"), ("7 б", "7Б"), ("7-Б", "7Б"), ("10 «А»", "10А"), ("11", "11"), ("5а класс", "5А"),
        ("7 класс Б", "7Б"), ("7b", "7Б"), ("12А", None), ("0", None), ("класс", None), ("", None), ("7ББ", None),
        ("класс 7Б", "7Б"), ("в 7Б", "7Б"), ("в 7М", "7М"), ("в 7м б", "7Б"),
        ("в 7м классе", "7"), ("7. класс", "7"), ("7. У", "7У"), ("7.Б", "7Б"),
        ("7. у меня не входит", None), ("7. Иванов Пётр", "7"), ("1. Не заходит второй день", None),
        ("7 б кл.", "7Б"), ("7/Б", "7Б"), ("7Б, Иванов", "7Б"), ("седьмой Б", "7Б"),
        ("во втором Б", "2Б"), ("7-й «Б»", "7Б"), ("в 5-м классе", "5"), ("9 кадетский", None),
    ],
)  # fmt: skip
def test_classes(text: str, name: str | None) -> None:
    assert school_class.read_class(text) == name


@pytest.mark.parametrize(
    ("text", "reader"),
    [
        ("сын заходит, пишет ваш дневник не найден", Reader.PARENT), ("я мама, дневник не найден", Reader.PARENT),
        ("я ученик 7 класса, дневник не найден", Reader.PUPIL), ("просит согласие мамы", None), ("", None),
    ],
)  # fmt: skip
def test_who_tells_of_an_error(text: str, reader: Reader | None) -> None:
    assert who_writes.read_teller(text) is reader


@pytest.mark.parametrize(
    ("text", "parents"),
    [
        ("Сын 12 лет, дневник требует согласие", True), ("я его мама", True), ("внучке пишет не найден", True),
        ("дочерняя компания", False), ("данные ребёнка не найдены", False), ("мама не дала согласие", False),
        ("мне 13, просит согласие родителей", False), ("", False),
    ],
)  # fmt: skip
def test_only_a_parent_can_have_written_it(text: str, parents: bool) -> None:
    assert who_writes.is_of_parent(text) is parents


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("мой", PARENT), ("свою", PARENT), ("мама", PARENT), ("сама", PARENT),
        ("ребенку 10 лет", CHILD), ("10", CHILD), ("18+", ADULT_PUPIL),
        ("сыну уже 18", ADULT_PUPIL), ("сына", None), ("помогаю дочке", None), ("бубубу", None),
    ],
)  # fmt: skip
def test_whose_login_a_parent_means(text: str, path: Path | None) -> None:
    assert who_writes.read_whose(text, PACK) == path


def test_a_letter_that_comes_as_two_characters_is_one() -> None:
    assert who_writes.read_whose(normalize("NFD", "под своей"), PACK) is PARENT
    assert who_writes.read_whose(normalize("NFD", "мой"), PACK) is PARENT
    assert school_class.read_class(normalize("NFD", "11 Й")) == "11Й"


@given(st.text())
def test_any_text_is_read_without_harm(text: str) -> None:
    age = who_writes.read_age(text)
    assert age is None or 5 <= age <= 30
    name = school_class.read_class(text)
    assert name is None or len(name) <= 3
    assert who_writes.read_role(text) in (None, *Reader)


@pytest.mark.parametrize(
    "text",
    ["Не пускает, пишет ошибку 999", "дневник не найден", "не могу войти", "что делать?", "просит согласие родителя"],
)
def test_a_complaint_is_no_name(text: str) -> None:
    assert talk.is_complaint(text)


@pytest.mark.parametrize(
    "text",
    ["Петя Иванов", "Негода Пётр", "Иванова-Дневникова Анна", "не знаю", "Не скажу!", "кадетский", "7Б", "Ким", "нет"],
)
def test_a_name_is_no_complaint(text: str) -> None:
    assert not talk.is_complaint(text)
