"""An answer that is kept for everybody names and numbers nobody: the word that is in the way is told."""

import pytest

from bot.flows.ticket import answer_check
from bot.flows.understanding import is_common
from tests.pack import PACK


def in_the_way(text: str) -> str | None:
    return answer_check.in_the_way(
        text, people=["Мария", "Ясеня Петрушкина", "родитель"], class_name="7Б", number=17,
        is_common=lambda word: is_common(word, PACK),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Здравствуйте, Мария!", "Мария"),
        ("Марии всё ответили", "Марии"),
        ("здравствуйте, мария ивановна", "мария"),
        ("Ясене дневник открыли", "Ясене"),
        ("напишите ясеню петрушкину", "ясеню"),
        ("Обратитесь к Ольге Викторовне", "Ольге"),
        ("Обратитесь к Викторовне", "Викторовне"),
        ("Вам ответит Кузьмичёва", "Кузьмичёва"),
        ("Спросите Вознесенскую", "Вознесенскую"),
        ("Здравствуйте, Вера, всё готово", "Вера"),
        ("пётр ильич ответит", "пётр"),
        ("Данные 7Б поправили", "7Б"),
        ("Данные 7-б поправили", "7-б"),
        ("Обращение №17 закрыто", "№17"),
        ("Звоните +7 910 123-45-67", "+7 910 123-45-67"),
        ("Почта school@example.com", "school@example.com"),
        ("Напишите @olga_school", "@olga_school"),
        ("Группа t.me/olga_school", "t.me/olga_school"),
    ],
)
def test_a_name_or_a_number_is_in_the_way(text: str, word: str) -> None:
    assert in_the_way(text) == word


@pytest.mark.parametrize(
    "text",
    [
        "Здравствуйте! Учебники выдают в библиотеке с 25 августа, с 9:00 до 15:00.",
        "Данные в журнале исправили. Можно ещё раз войти в дневник через Госуслуги.",
        "Проверьте СНИЛС в личном кабинете на Госуслугах и подождите 3 дня.",
        "Ответим в марте или в мае. Люди в школе рады помочь, тема открыта.",
        "Школа Рязанской области. Родителям нужно дать согласие.",
        "17 кабинет, 7 урок, обращение №170, телефон на сайте школы.",
        "Любовь к чтению: вера, надежда и роза на обложке.",
        "Основное условие: согласие одного из родителей. Готово!",
    ],
)
def test_plain_words_are_not(text: str) -> None:
    assert in_the_way(text) is None


def test_the_built_in_answers_would_pass_themselves() -> None:
    from bot import texts_ru as texts

    assert [in_the_way(text) for _, text in texts.READY_ANSWERS.values()] == [None] * len(texts.READY_ANSWERS)
