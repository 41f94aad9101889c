"""Answers typed in the ticket's form: a class among other words, and words that leave a question unanswered."""

import pytest

from bot import texts_ru as texts
from bot.flows.screen import School
from bot.flows.ticket import ticket_form
from bot.flows.ticket.ticket_form import Form
from bot.flows.understanding import button_named, names_form_button, read_class

FORM = Form(form_id="f", path="parent", reader="parent")


@pytest.mark.parametrize(
    ("text", "class_name"),
    [
        ("сын в 5а", "5А"), ("дочь в 5a", "5А"), ("она учится в 8г", "8Г"), ("ученик 6Б класса", "6Б"),
        ("Иванов Петя 7Б", "7Б"),
        ("дочь в 9 б учится", "9Б"), ("сын в 5 а классе", "5А"), ("учится в 10 в", "10В"),
        ("ученик 5 в класса", "5В"),
        ("учусь в 43 школе 6в", "6В"), ("с 1 сентября 5-а", "5А"), ("теперь мы «10-Б» класс", "10Б"),
    ],
)  # fmt: skip
def test_a_class_is_read_among_a_few_words(text: str, class_name: str) -> None:
    form, again = ticket_form.answered(FORM, "form_class", text)
    assert (form.class_name, again) == (class_name, None)


@pytest.mark.parametrize(
    "text",
    [
        "в 9 а сейчас пишет",
        "в 5 б и в 8 а классе",
        "3А и 7Б",
        "был 6б, сейчас 7б",
        "5-й кадетский",
        "школа №5а",
        "43 школа",
        "через 15м",
    ],
)
def test_no_class_is_guessed(text: str) -> None:
    form, again = ticket_form.answered(FORM, "form_class", text)
    assert form.class_name is None
    assert again
    assert read_class("Иванов Петя 7Б") is None, "elsewhere than at the question such a text is no class"


@pytest.mark.parametrize("kind", ["form_name", "form_words"])
@pytest.mark.parametrize("text", ["нет", "не скажу", "потом", "дальше", "Нечего добавить", "всё уже написала"])
def test_a_question_that_may_be_skipped_is_skipped_in_words(kind: str, text: str) -> None:
    button = button_named(ticket_form.view(kind, FORM, "", School()).buttons, text)
    assert button
    assert button.label == texts.B_SKIP
    assert not names_form_button(text), "below the question for the class, which may not be skipped, it is no slip"


@pytest.mark.parametrize("kind", ["form_class", "form_words"])
@pytest.mark.parametrize(
    "text", ["передумала, не надо заявку", "отмените обращение", "не хочу писать", "уже не нужно писать"]
)
def test_a_form_is_dropped_in_ones_own_words(kind: str, text: str) -> None:
    button = button_named(ticket_form.view(kind, FORM, "", School()).buttons, text)
    assert button
    assert button.label == texts.B_CANCEL
