"""Every change of a ticket's status, stored with who and when, shown by the card and the topic."""

from __future__ import annotations

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from sandbox.administrator import Administrator
from sandbox.visible import labels_of, text_of
from storage import tickets
from tests.database_markers import on_sqlite
from tests.ticket_under_way import Talk, all_sent, begin
from tests.world import ERRORS, World


async def test_taken_answered_and_solved_with_who_and_when(any_talk: Talk) -> None:
    talk, desk = any_talk, any_talk.world.desk
    assert "новое" in text_of(talk.card).lower()
    assert await desk.press("Взять", message=talk.card) == f"Обращение №{talk.number} у вас"
    await talk.card_shows("Ольга, ")
    assert not any("Взять" in label for label in labels_of(talk.card))
    await talk.school("Какой класс?")
    await talk.card_shows("ждём семью")
    await talk.family.says("седьмой")
    await talk.card_shows("семья, ")
    await desk.press("Решено", message=talk.card)
    await talk.family.sees("закрыла обращение")
    await talk.card_shows("решено")
    assert await talk.history() == [
        ("семья", "new"), ("Ольга", "in_work"), ("Ольга", "waiting_family"), ("семья", "in_work"), ("Ольга", "solved")
    ]  # fmt: skip


async def test_fixed_asks_the_family_and_their_word_closes_it_or_opens_it_again(either_talk: Talk) -> None:
    talk, desk = either_talk, either_talk.world.desk
    await desk.press("Данные исправлены", message=talk.card)
    await talk.family.sees("Попробуйте войти")
    assert await talk.status() == "waiting_family"
    await talk.family.press("Не помогло")
    await talk.card_shows("открыто снова")
    await desk.sees("не помогло. Обращение №1 снова ждёт школу")
    await desk.press("Данные исправлены", message=talk.card)
    await talk.family.sees("Попробуйте войти")
    await talk.family.press("Помогло")
    await talk.card_shows("решено")
    assert [to for _, to in await talk.history()] == ["new", "waiting_family", "reopened", "waiting_family", "solved"]


@on_sqlite
async def test_a_topic_shows_in_its_name_whose_turn_it_is_and_closes(world: World) -> None:
    talk = await begin(world)
    desk, name = world.desk, f"№{talk.number} · 7Б · Дневник не найден"
    assert talk.topic.name == name
    await desk.press("Взять", topic=talk.topic)
    await talk.card_shows("в работе")
    await all_sent(world)
    assert talk.topic.name == name, "it was the school's turn before"
    for label, mark in {"Данные исправлены": "⏳", "Решено": "✅"}.items():
        await desk.press(label, topic=talk.topic)
        await world.eventually(lambda mark=mark: talk.topic.name == f"{mark} {name}", what=f"{mark} on the topic")
    await world.eventually(lambda: talk.topic.closed, what="the topic closed")
    await talk.family.press("Открыть снова")
    await world.eventually(lambda: not talk.topic.closed and talk.topic.name == name, what="the topic open")
    assert len(desk.topics) == 1


@on_sqlite
@pytest.mark.parametrize("refuses", [False, True])
async def test_a_ticket_ends_and_begins_anew_in_the_same_topic(talk: Talk, refuses: bool) -> None:
    world = talk.world
    world.telegram.closed_topics_refuse = refuses
    await talk.school("готово")
    await talk.family.press("Помогло")
    await world.desk.sees("помогло", topic=talk.topic)
    await world.eventually(lambda: talk.topic.closed, what="the topic closed")
    await talk.family.press("Открыть снова")
    await world.desk.sees("открыла обращение", topic=talk.topic)
    await talk.family.says("опять не пускает")
    await world.desk.sees("опять не пускает", topic=talk.topic)
    # Messages go first: the topic is opened once the group's minute has room.
    world.clock.move(minutes=2)
    await world.looks()
    await world.eventually(lambda: not talk.topic.closed, what="the topic open")
    assert len(world.desk.topics) == 1


@on_sqlite
async def test_a_topic_closed_by_hand_is_solved_and_opened_by_hand_reopened(talk: Talk) -> None:
    desk = talk.world.desk
    await desk.closes_topic(talk.topic)
    await talk.family.sees("закрыла обращение")
    await talk.card_shows("решено")
    await desk.reopens_topic(talk.topic)
    await talk.card_shows("открыто снова")
    assert (await talk.history())[1:] == [("Ольга", "solved"), ("Ольга", "reopened")]


@on_sqlite
async def test_an_anonymous_administrator_closes_a_topic_too(talk: Talk) -> None:
    hidden = Administrator(talk.world.telegram, "Директор", chat=talk.world.support, anonymous=True)
    await hidden.closes_topic(talk.topic)
    await talk.family.sees("закрыла обращение")
    assert (await talk.history())[-1] == ("администратор", "solved")


async def test_a_message_to_a_closed_topic_opens_it_where_telegram_refuses_it(talk: Talk) -> None:
    talk.world.telegram.closed_topics_refuse = True
    talk.topic.topic.closed = True  # closed by hand while the bot was told nothing
    await talk.family.says("вы там?")
    await talk.world.desk.sees("вы там?", topic=talk.topic)
    assert not talk.topic.closed


async def test_a_message_from_the_school_opens_a_solved_ticket_again(either_talk: Talk) -> None:
    talk = either_talk
    await talk.world.desk.press("Решено", message=talk.card)
    await talk.family.sees("закрыла обращение")
    await talk.school("Забыл дописать: войдите через Госуслуги")
    await talk.family.sees("Забыл дописать")
    await talk.card_shows("открыто снова")
    assert await talk.status() == "reopened"
    await talk.family.press("Помогло")
    await talk.card_shows("решено")


@on_sqlite
async def test_the_desk_opens_a_solved_ticket_by_its_button(talk: Talk) -> None:
    desk = talk.world.desk
    await desk.press("Решено", message=talk.card)
    await talk.card_shows("решено")
    await desk.press("Открыть снова", message=talk.card)
    await talk.card_shows("открыто снова")
    assert (await talk.history())[-1] == ("Ольга", "reopened")


async def test_withdrawn_by_the_family(either_talk: Talk) -> None:
    talk = either_talk
    await talk.family.says("/ticket")
    await talk.family.press("Отозвать")
    await talk.world.desk.sees("отозвала")
    await talk.card_shows("решено")
    assert (await talk.history())[-1] == ("семья", "solved")


@on_sqlite
async def test_words_on_their_way_arrive_although_the_ticket_is_withdrawn(talk: Talk) -> None:
    world = talk.world
    world.telegram.closed_topics_refuse = True
    world.telegram.latency = 0.2
    for n in range(3):
        await talk.family.says(f"слово {n}")
    await talk.family.says("/ticket")
    await talk.family.press("Отозвать")
    world.telegram.latency = 0.0
    for n in range(3):
        await world.desk.sees(f"слово {n}", topic=talk.topic)
    await world.eventually(lambda: talk.topic.closed, what="the topic closed")


async def test_pressed_twice_changes_nothing_the_second_time(talk: Talk) -> None:
    desk = talk.world.desk
    card = talk.card
    await desk.press_twice("Взять", message=card)
    await desk.press_twice("Данные исправлены", message=card)
    await talk.family.sees("Попробуйте войти")
    await desk.press_twice("Решено", message=card)
    await talk.family.sees("закрыла обращение")
    await talk.family.press_twice("Открыть снова")
    await desk.sees("открыла обращение")
    assert [to for _, to in await talk.history()] == ["new", "in_work", "waiting_family", "solved", "reopened"]
    for words, texts in (("Попробуйте войти", talk.family.texts), ("открыла обращение", desk.texts)):
        assert sum(words in text for text in texts) == 1, words


async def test_one_tap_shows_a_ready_answer_and_another_sends_it(any_talk: Talk) -> None:
    from bot import texts_ru as texts

    talk, desk = any_talk, any_talk.world.desk
    for label, answer in texts.READY_ANSWERS.values():
        await desk.press("Запросить уточнение", message=talk.card)
        await talk.card_shows(label)
        button = next(one for one in labels_of(talk.card) if label in one)
        await desk.press(button, message=talk.card)
        await talk.card_shows(answer)
        assert answer not in talk.family.text
        await desk.press("Отправить", message=talk.card)
        await talk.family.sees(answer)
        await talk.world.eventually(lambda: any("Решено" in one for one in labels_of(talk.card)), what="the buttons")
    assert await talk.status() == "waiting_family"
    await desk.press("Запросить уточнение", message=talk.card)
    await talk.card_shows("Готовые ответы")
    await desk.press("Назад", message=talk.card)
    await talk.world.eventually(lambda: "Готовые ответы" not in text_of(talk.card), what="the card as it was")


@on_sqlite
async def test_the_card_shows_the_first_name_only(world: World) -> None:
    mother = world.person("Мария", last_name="Петрова-Водкина", username="secret_name")
    number = await world.sends_ticket(mother)
    topic = await world.topic_of(number)
    assert "родитель, Мария" in text_of(topic.card)
    everything = " ".join([*topic.texts, topic.name])
    assert "Петрова-Водкина" not in everything and "secret_name" not in everything and str(mother.id) not in everything


@on_sqlite
async def test_a_child_is_addressed_as_a_child(world: World) -> None:
    talk = await begin(world, "Петя", "child")
    await world.desk.press("Данные исправлены", topic=talk.topic)
    await talk.family.sees("Попробуй войти")
    await world.desk.press("Решено", topic=talk.topic)
    await talk.family.sees("открой его снова")


@on_sqlite
async def test_my_ticket_shows_its_state_and_the_last_answer(talk: Talk) -> None:
    await talk.school("Проверили журнал, ошибка в отчестве")
    await talk.family.sees("ошибка в отчестве")
    await talk.family.says("/ticket")
    shown = await talk.family.sees(f"№{talk.number}")
    assert "ошибка в отчестве" in text_of(shown) and any("Отозвать" in label for label in labels_of(shown))


async def test_a_new_problem_joins_or_is_about_another_child(either_talk: Talk) -> None:
    talk, world = either_talk, either_talk.world
    family = talk.family
    await world.begins(family, "parent")
    await family.says(ERRORS["adult", "consent_required"])
    await family.sees("Что делать")
    await family.press("Не помогло")
    await family.press("Добавить к обращению")
    await family.press("Пропустить")
    await family.press("Отправить")
    joined = await world.desk.sees("необходимо согласие")
    await world.desk.writes("это согласие родителя", reply_to=joined)
    await family.sees("это согласие родителя")
    await world.begins(family, "parent>child")
    await family.says(ERRORS["child", "consent_required"])
    await family.sees("Что делать")
    await family.press("Не помогло")
    await family.press("Это о другом ребёнке")
    await family.sees("классе")
    await family.says("2В")
    await family.press("Пропустить")
    await family.press("Пропустить")
    await family.press("Отправить")
    await world.desk.sees(f"№{talk.number + 1} ·")
    await family.says("это про младшего")
    relayed = await world.desk.sees("это про младшего")
    await world.desk.writes("и ответ про младшего", reply_to=relayed)
    await family.sees("и ответ про младшего")
    await talk.school("а это про старшего")
    await family.sees("а это про старшего")
    await family.says("понял про старшего")
    about = await world.desk.sees("понял про старшего")
    if "topic" in talk.where:
        assert about["message_thread_id"] == talk.topic.id
    else:
        assert about["reply_to_message"]["message_id"] == talk.card["message_id"]


async def test_an_answer_to_a_ticket_that_the_school_opened_again_puts_it_in_work(either_talk: Talk) -> None:
    talk = either_talk
    await talk.world.desk.press("Решено", message=talk.card)
    await talk.family.sees("закрыла обращение")
    await talk.school("Уточните, пожалуйста, отчество")
    await talk.family.sees("Уточните")
    assert await talk.status() == "reopened"
    await talk.family.says("Петрович")
    await talk.world.desk.sees("Петрович")
    assert (await talk.history())[-1] == ("семья", "in_work")


@on_sqlite
async def test_words_after_not_helped_leave_the_ticket_open_again(talk: Talk) -> None:
    await talk.school("Попробуйте ещё раз")
    await talk.family.press("Не помогло")
    await talk.family.says("всё то же")
    await talk.world.desk.sees("всё то же")
    assert await talk.status() == "reopened"


@on_sqlite
async def test_not_helped_is_told_once_of_a_ticket_that_is_open_again(talk: Talk) -> None:
    world, family = talk.world, talk.family
    await world.desk.press("Решено", message=talk.card)
    await family.sees("закрыла обращение")
    await talk.school("Забыли дописать: войдите заново")
    answer = await family.sees("Забыли дописать")
    await family.press_twice("Не помогло")
    await world.desk.sees("не помогло", topic=talk.topic)
    await world.eventually(lambda: not labels_of(answer), what="no buttons under an answer that did not help")
    await all_sent(world)
    assert sum("не помогло" in text for text in talk.topic.texts) == 1


@on_sqlite
async def test_fixed_pressed_again_asks_the_family_once(talk: Talk) -> None:
    desk = talk.world.desk
    assert await desk.press("Данные исправлены", message=talk.card) == "Отправляю семье"
    await talk.family.sees("Попробуйте войти")
    await all_sent(talk.world)
    assert await desk.press("Данные исправлены", message=talk.card) == "Уже сделано"
    await all_sent(talk.world)
    assert sum("Попробуйте войти" in text for text in talk.family.texts) == 1
    await talk.family.says("не вышло")
    await desk.sees("не вышло")
    assert await desk.press("Данные исправлены", message=talk.card) == "Отправляю семье"


@on_sqlite
@pytest.mark.parametrize("how", ["button", "message", "topic"])
async def test_words_written_after_the_end_arrive_whoever_opens_the_ticket(talk: Talk, how: str) -> None:
    world, desk = talk.world, talk.world.desk
    await desk.press("Решено", topic=talk.topic)
    await talk.family.sees("закрыла обращение")
    await world.eventually(lambda: talk.topic.closed, what="the topic closed")
    await talk.family.says("снова не пускает")
    await talk.family.sees("всё написанное уйдёт")
    if how == "button":
        await desk.press("Открыть снова", topic=talk.topic)
    elif how == "message":
        await talk.school("Как у вас дела?")
    else:
        await desk.reopens_topic(talk.topic)
    await desk.sees("снова не пускает", topic=talk.topic)
    await all_sent(world)
    assert sum("снова не пускает" in text for text in talk.topic.texts) == 1


@on_sqlite
async def test_words_written_after_the_end_wait_for_their_own_ticket(world: World) -> None:
    desk = world.desk
    first = await begin(world)
    await desk.press("Решено", topic=first.topic)
    await first.family.sees("закрыла обращение")
    number = await world.sends_ticket(first.family)
    second = Talk(world, first.family, number, {"topic": await world.topic_of(number)})
    await desk.press("Решено", topic=second.topic)
    await second.family.sees(f"закрыла обращение №{number}")
    await second.family.says("это о втором")
    await second.family.sees("всё написанное уйдёт")
    await first.school("а это о первом")
    await first.family.sees("а это о первом")
    await all_sent(world)
    assert not any("это о втором" in text for text in desk.texts)
    await desk.press("Открыть снова", topic=second.topic)
    await desk.sees("это о втором", topic=second.topic)


async def test_a_problem_added_by_two_taps_is_said_to_be_added(talk: Talk) -> None:
    world, family = talk.world, talk.family
    await world.begins(family, "parent")
    await family.says(ERRORS["adult", "consent_required"])
    await family.sees("Что делать")
    await family.press("Не помогло")
    await family.press("Добавить к обращению")
    await family.press("Пропустить")
    await family.press_twice("Отправить")
    await family.sees(f"Добавлено к обращению №{talk.number}")
    await world.desk.sees("необходимо согласие", topic=talk.topic)
    assert sum("необходимо согласие" in text for text in talk.topic.texts) == 1


async def test_my_ticket_shows_many_open_tickets_in_one_message(talk: Talk) -> None:
    world = talk.world
    assert world.app is not None

    async def many(connection: AsyncConnection) -> None:
        first = await tickets.get(connection, talk.number)
        assert first is not None
        for n in range(12):
            await tickets.create(
                connection, actor="семья", desk_id=1, family_id=first.family_id, form_id=f"form{n}", turn="school",
                consent_at=0.0, created_at=0.0, updated_at=0.0, class_name="7Б", error="diary_not_found",
                last_answer="🙂" * 250,
            )  # fmt: skip

    await world.app.services.database.write(many)
    await talk.family.says("/ticket")
    await talk.family.sees("Обращение №13")
    assert not world.telegram.violations
