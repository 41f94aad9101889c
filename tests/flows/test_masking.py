"""Masking: each kind in its customary forms, what must stay, formatting moved to fit, and any text at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import texts_ru as texts
from bot.flows.masking import Masked, mask, move_entities

HIDDEN = [
    ("snils", "112-233-445 95"),
    ("snils", "112 233 445 95"),
    ("snils", "11223344595"),
    ("snils", "112-233-445-95"),
    ("snils", "СНИЛС 123-456-789 00"),
    ("snils", "снилс ребёнка: 12345678900"),
    ("passport", "45 12 345678"),
    ("passport", "4512 345678"),
    ("passport", "4512 № 345678"),
    ("passport", "паспорт 4512345678"),
    ("passport", "паспорт серия 45 12 номер 345 678"),
    ("birth", "IV-ОБ № 123456"),
    ("birth", "iv-об 123456"),
    ("birth", "IV-ОБ №123456"),
    ("birth", "1V-OБ № 123456"),
    ("birth", "ІІ-МЮ № 654321"),
    ("birth", "свидетельство о рождении III ДД 123456"),
    ("phone", "+7 (910) 123-45-67"),
    ("phone", "+79101234567"),
    ("phone", "8 910 1234567"),
    ("phone", "8-910-123-45-67"),
    ("phone", "8(910)1234567"),
    ("phone", "89101234567"),
    ("phone", "8 (4912) 12-34-56"),
    ("phone", "(4912) 12-34-56"),
    ("phone", "910-123-45-67"),
    ("phone", "9101234567"),
    ("phone", "позвоните 12-34-56"),
    ("phone", "+375 29 123-45-67"),
    ("phone", "+1 (202) 555-0123"),
    ("email", "ivan.petrov+1@mail.ru"),
    ("email", "Иван@школа.рф"),
    ("email", "ivan @ mail.ru"),
    ("email", "ivan собака mail.ru"),
    ("card", "4111 1111 1111 1111"),
    ("card", "4111-1111-1111-1111"),
    ("card", "4111111111111111"),
    ("card", "3782 822463 10005"),
    ("code", "мой код 4412"),
    ("code", "код подтверждения: 123456"),
    ("code", "код из смс 44-12"),
    ("code", "пришло 4412 в смс"),
    ("code", "123 456 это код"),
    ("password", "пароль: qwerty1"),
    ("password", "Пароль - Qwerty_12"),
    ("password", "мой пароль qwerty123"),
]

STAYS = [
    "7Б",
    "11 А класс",
    "№17",
    "обращение 1234567",
    "обращение №123456, код не приходит",
    "12.05.2025",
    "с 01.09.2025 по 31.05.2026",
    "2025-2026 учебный год",
    "1 500 000 рублей",
    "мне 15 лет, школа №43",
    "в 12:30",
    "уроки 8 9 10 11 12 13 14",
    "оценки 5 4 3 5 5 2",
    "код ошибки 500",
    "код ошибки 5001",
    "код не приходит с 2024 года",
    "код не приходит уже 15 минут",
    "в 2025 году смс не приходит",
    "8 800 100-70-10",
    "8-800-100-70-10",
    "88001007010",
    "8 (800) 100-70-10",
    "+7 800 100 70 10",
    "пароль не подходит",
    "забыла пароль от Госуслуг",
    "4111 1111 1111 1112",
    "12345678901234567890123",
    "4412",
    "https://lk.gosuslugi.ru/profile/family",
    "напишите @school43",
]


@pytest.mark.parametrize(("kind", "text"), HIDDEN)
def test_is_hidden(kind: str, text: str) -> None:
    masked = mask(f"Вот: {text}, проверьте")
    assert masked.found == {kind}
    assert texts.MASKS[kind] in masked.text
    assert not any(letter.isdigit() for letter in masked.text)
    assert masked.text.startswith("Вот: ") and masked.text.endswith(", проверьте")


@pytest.mark.parametrize("text", STAYS)
def test_stays(text: str) -> None:
    assert mask(text) == Masked(text, frozenset())


@pytest.mark.parametrize(
    "text",
    [
        "8\u00a0910\u202f123‑45–67",
        "８９１０１２３４５６７",
        "8\u200b9\u200b1\u200b0\u200b1234567",
        "٨٩١٠١٢٣٤٥٦٧",
        "8\u2060-\u2060910 — 123 45 67",
    ],
)
def test_unusual_digits_spaces_and_dashes(text: str) -> None:
    assert mask(text).text == texts.MASKS["phone"]


def test_a_wrong_check_digit_is_not_a_snils_but_may_be_a_phone() -> None:
    assert mask("89101234567").found == {"phone"}
    assert mask("11223344596").found == frozenset()


def test_a_message_of_digits_is_a_code_only_where_one_was_spoken_of() -> None:
    assert mask(" 44 12 ").found == frozenset()
    assert mask(" 44 12 ", code_expected=True).text == f" {texts.MASKS['code']} "
    assert mask("7Б", code_expected=True).text == "7Б"


def test_everything_in_one_message() -> None:
    masked = mask("Иванов, 7Б, тел. 8 910 123-45-67, снилс 112-233-445 95, a@b.ru, код 1234")
    assert masked.found == {"phone", "snils", "email", "code"}
    assert masked.text.startswith("Иванов, 7Б, тел. [")


def test_formatting_moves_with_its_words() -> None:
    text = "😀 код 4412 и слово"
    masked = mask(text)
    mark = texts.MASKS["code"]
    assert masked.spans == ((7, 11, mark),)
    whole, inside, after, before, across = move_entities([(7, 4), (8, 2), (14, 5), (0, 2), (3, 6)], masked)
    assert whole == inside == (7, len(mark))
    assert after == (14 + len(mark) - 4, 5)
    assert before == (0, 2)
    assert across == (3, 4 + len(mark))
    assert masked.text.encode("utf-16-le")[after[0] * 2 : sum(after) * 2].decode("utf-16-le") == "слово"


def test_formatting_of_no_length_is_dropped() -> None:
    assert move_entities([(0, 0)], mask("код 4412")) == [None]


def _snils(number: str) -> str:
    total = sum(int(digit) * weight for digit, weight in zip(number, range(9, 0, -1), strict=True))
    return f"{total % 101 % 100:02}"


def _with_luhn(number: str) -> str:
    for last in "0123456789":
        digits = [int(digit) for digit in reversed(number + last)]
        doubled = [digit if at % 2 == 0 else digit * 2 - 9 * (digit > 4) for at, digit in enumerate(digits)]
        if sum(doubled) % 10 == 0:
            return number + last
    raise AssertionError(number)


def _digits(count: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=count, max_size=count)


snils_numbers = _digits(9).flatmap(
    lambda number: st.sampled_from(
        [
            f"{number}{_snils(number)}",
            f"{number[:3]}-{number[3:6]}-{number[6:]} {_snils(number)}",
            f"{number[:3]} {number[3:6]} {number[6:]} {_snils(number)}",
        ]
    )
)
phones = st.tuples(_digits(9), st.sampled_from(["+7{}", "8{}", "+7 {}", "8 {}", "8-{}"])).flatmap(
    lambda drawn: st.sampled_from(
        [
            drawn[1].format(shape.format(*(f"9{drawn[0]}"[a:b] for a, b in ((0, 3), (3, 6), (6, 8), (8, 10)))))
            for shape in ("{}{}{}{}", "({}) {}-{}-{}", " {} {} {} {}", "{}-{}-{}-{}", "({}){}{}{}")
        ]
    )
)
cards = st.tuples(st.sampled_from("2345"), _digits(14)).flatmap(
    lambda drawn: st.sampled_from(
        [
            (whole := _with_luhn(drawn[0] + drawn[1])),
            " ".join(whole[at : at + 4] for at in range(0, 16, 4)),
            "-".join(whole[at : at + 4] for at in range(0, 16, 4)),
        ]
    )
)
surroundings = st.text(st.characters(exclude_categories=["Nd", "Cs"]), max_size=40)
prose = st.text("абвгдежз кодсмспароль паспорт 123 №:;,.-+()@\n[]", max_size=40)


@given(
    st.one_of(surroundings, prose.map(lambda text: f"{text} ")),
    st.one_of(snils_numbers, phones, cards, st.emails()),
    st.one_of(surroundings, prose.map(lambda text: f" {text}")),
)
def test_nothing_generated_gets_through(before: str, secret: str, after: str) -> None:
    assert secret not in mask(f"{before}{secret}{after}").text


@given(
    st.one_of(
        st.text(st.characters(), max_size=200),
        prose,
        st.lists(st.sampled_from([t for _, t in HIDDEN] + STAYS)).map(" ".join),
    )
)
def test_masking_twice_is_masking_once(text: str) -> None:
    once = mask(text)
    assert mask(once.text) == Masked(once.text, frozenset())


@given(
    st.text(st.characters(), max_size=100), st.lists(st.tuples(st.integers(0, 120), st.integers(0, 120)), max_size=5)
)
def test_moved_formatting_stays_within_the_text(text: str, entities: list[tuple[int, int]]) -> None:
    text += " 8 910 123-45-67 "
    length = len(text.encode("utf-16-le", "surrogatepass")) // 2
    fitting = [(offset, size) for offset, size in entities if offset + size <= length]
    masked = mask(text)
    new_length = len(masked.text.encode("utf-16-le", "surrogatepass")) // 2
    for moved in move_entities(fitting, masked):
        assert moved is None or (moved[0] >= 0 and moved[1] > 0 and sum(moved) <= new_length)


@pytest.mark.parametrize(
    "text", ["1" * 4096, "1 " * 2048, "a@" * 2048, "код " * 1024, "8 9" * 1365, "iv" * 2048, "(" * 4096]
)
def test_a_long_text_is_masked_soon(text: str) -> None:
    import time

    began = time.perf_counter()
    mask(text)
    assert time.perf_counter() - began < 1
