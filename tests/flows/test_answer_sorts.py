"""Messages of a school are answers, below which «Помогло» makes sense, or request or promise something."""

from __future__ import annotations

import pytest

from bot import texts_ru as texts
from bot.flows.ticket.answer_sorts import Sort, sort_of
from bot.tickets.answering import ANSWER_SHOWN, shown

SAID = {
    Sort.REQUEST: [
        "Пришлите, пожалуйста, класс и имя ученика",
        "Здравствуйте! Уточните отчество.",
        "Какой код ошибки на экране?",
        "Добрый день. Под чьей записью вы входите?",
        "Пришли снимок экрана, посмотрим",
        "Напишите сюда номер школы, сегодня разберёмся",
        "вы нас слышите?",
        texts.READY_ANSWERS["class_and_name"][1],
        texts.READY_ANSWERS["wording"][1],
    ],
    Sort.PROMISE: [
        "Ваш вопрос решаем, ответим завтра.",
        "Здравствуйте! Проверим и напишем вам.",
        "Уже смотрим",
        "Передали в поддержку, ждём ответа",
        "Подождите, пожалуйста, до понедельника",
        "Классный руководитель ответит вечером",
        "Данные исправим сегодня",
        "Попробуем разобраться, ответим завтра",
        "Пока не исправили, ждём ответа техподдержки",
        "Ещё не исправлено, передали в техподдержку",
        "Мы должны проверить данные, подождите",
        "Данные не внесли ещё, завтра внесём и сообщим",
    ],
    Sort.ANSWER: [
        "Проверили, исправили СНИЛС в журнале",
        "Попробуйте войти завтра",
        "Исправили! Если не получится, напишите нам",
        "Получилось войти?",
        "Учебники выдают в кабинете 5, он работает до 17",
        "Проверьте данные в личном кабинете и напишите, что вышло",
        "Согласие даёт родитель по ссылке. Если не выйдет, сообщите",
        "Проверили, ждём вас",
        "[фото]",
        "",
        "Входите под своей записью",
        "Теперь должно открыться",
        "Дневник должен заработать к вечеру, попробуйте",
        texts.READY_ANSWERS["fixed"][1],
        texts.READY_ANSWERS["parents_consent"][1],
        texts.FIXED.adult,
        texts.FIXED.child,
    ],
}


@pytest.mark.parametrize(("sort", "said"), [(sort, said) for sort, all_said in SAID.items() for said in all_said])
def test_a_message_is_an_answer_unless_its_words_request_or_promise(sort: Sort, said: str) -> None:
    assert sort_of(said) is sort
    assert sort_of(said.upper()) is sort


def test_what_is_kept_of_a_long_message_is_of_the_same_sort() -> None:
    said = "Здравствуйте! " + "Мы получили ваше обращение и снимок экрана. " * 14 + "Ответим вам завтра."
    kept = shown(said)
    assert sort_of(said) is sort_of(kept) is Sort.PROMISE
    assert len(kept) <= ANSWER_SHOWN and kept.endswith("Ответим вам завтра.")
