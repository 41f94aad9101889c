"""The turn of a ticket, as the desk and the family see it, whatever moved it before."""

from __future__ import annotations

import pytest

from bot import texts_ru as texts
from sandbox.visible import labels_of, text_of
from tests.ticket_under_way import Talk, next_noon


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: storage/test_ticket_status.py has whose turn it is on both."""
    return sqlite_url


async def answers_a_solved_ticket(talk: Talk) -> None:
    """The school closes the ticket, and writes to it all the same."""
    await talk.world.desk.press("Решено", message=talk.card)
    await talk.family.sees("закрыла обращение")
    await talk.school("Проверьте ещё раз, пожалуйста")
    await talk.family.sees("Проверьте ещё раз")
    await talk.world.all_sent()


def asking(talk: Talk) -> list[str]:
    """The messages that ask the family «Помогло»."""
    return [text_of(m) for m in talk.family.from_bot if any("Помогло" in label for label in labels_of(m))]


async def test_a_card_offers_to_take_what_nobody_has_taken(talk: Talk) -> None:
    def offered() -> bool:
        return any("Взять" in label for label in labels_of(talk.card))

    assert offered()
    await talk.school("Какой класс?")
    await talk.family.sees("Какой класс?")
    await talk.world.eventually(lambda: not offered(), what="a card without «Взять»")
    await answers_a_solved_ticket(talk)
    await talk.card_shows("открыто снова")
    assert offered()
    # Open again by the school's answer it is the family's turn, as the topic shows, until the family says more.
    assert talk.topic.name.startswith("⏳")
    await talk.family.press("Не помогло")
    await talk.world.desk.sees("не помогло. Обращение №1 снова ждёт школу", topic=talk.topic)
    await talk.world.all_sent()
    assert talk.topic.name.startswith("№1") and offered() and await talk.status() == "reopened"
    assert [to for _, to in await talk.history()] == ["new", "waiting_family", "solved", "reopened"]


async def test_whoever_takes_a_ticket_by_an_old_card_waits_for_the_family_all_the_same(talk: Talk) -> None:
    world, take = talk.world, f"take:{talk.number}"
    next_noon(world)
    await answers_a_solved_ticket(talk)
    assert await world.desk.taps(talk.card, take) == texts.TAKEN.format(number=talk.number)
    assert await talk.status() == "waiting_family"
    assert await world.desk.taps(talk.card, take) == texts.ALREADY_SO
    assert await talk.status() == "waiting_family"
    world.clock.move(days=3, hours=1)
    await world.looks()
    await talk.family.sees("три дня назад")


async def test_a_family_whose_ban_ends_is_waited_for_also_in_a_ticket_that_was_opened_again(talk: Talk) -> None:
    world = talk.world
    next_noon(world)
    await answers_a_solved_ticket(talk)
    await talk.school("/ban")
    await world.desk.sees("больше не может писать")
    await talk.school("/unban")
    await world.desk.sees("снова может писать")
    world.clock.move(days=3, hours=1)
    await world.looks()
    await talk.family.sees("три дня назад")


async def test_only_the_newest_message_of_the_school_asks_whatever_moved_the_ticket(talk: Talk) -> None:
    world, family = talk.world, talk.family

    async def asks(*words: str) -> None:
        await world.all_sent()
        await world.eventually(
            lambda: [any(w in m for w in words) for m in asking(talk)] == [True] * len(words), what=f"{words} asking"
        )

    await talk.school("первый ответ")
    await talk.school("второй ответ")
    await asks("второй ответ")
    await family.says("пробуем")
    await asks("второй ответ")
    await world.desk.press("Данные исправлены", message=talk.card)
    await family.sees("Попробуйте войти")
    await asks("Попробуйте войти")
    await family.press("Не помогло")
    await asks()
    await talk.school("третий ответ")
    await asks("третий ответ")
    await world.desk.press("Решено", message=talk.card)
    await asks()
    await talk.school("четвёртый ответ")
    await asks("четвёртый ответ")
    await family.press("Помогло")
    await asks()


async def test_a_request_and_a_promise_ask_nothing_and_the_newest_answer_does(either_talk: Talk) -> None:
    talk, world = either_talk, either_talk.world
    next_noon(world)
    for said in ("Пришлите, пожалуйста, номер школы", "Ваш вопрос решаем, ответим завтра."):
        await talk.school(said)
        await talk.family.sees(said)
    # Of a promise the school is reminded, not the family.
    world.clock.move(days=3, hours=1)
    await world.looks()
    await world.desk.sees("школа обещала ответить, семья ждёт с")
    await world.all_sent()
    assert await talk.status() == "in_work" and not asking(talk)
    assert not any("три дня назад" in text for text in talk.family.texts)
    await world.desk.press("Запросить уточнение", message=talk.card)
    await world.desk.press("2. Пришлите класс и имя", message=talk.card)
    await world.desk.press("Отправить", message=talk.card)
    await talk.family.sees("Нужны класс и имя")
    await world.all_sent()
    assert await talk.status() == "waiting_family" and not asking(talk)
    # A family that does not answer is reminded of what was asked.
    world.clock.move(days=3, hours=1)
    await world.looks()
    reminder = await talk.family.sees("Школа спросила вас три дня назад", anywhere=True)
    await world.all_sent()
    assert asking(talk) == [text_of(reminder)]
    await talk.school("Исправили, попробуйте войти")
    await talk.family.sees("Исправили")
    await talk.school("Если не выйдет, не страшно: посмотрим ещё раз")
    await talk.family.sees("не страшно")
    await world.all_sent()
    assert asking(talk) == ["Исправили, попробуйте войти"], "what is promised below an answer leaves it its question"
    await talk.family.press("Помогло")
    await talk.card_shows("решено")
