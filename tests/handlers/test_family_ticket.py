"""A family's ticket, from the remedy to the school and back, as the family and the desk see it."""

from __future__ import annotations

import pytest

from bot import texts_ru as texts
from sandbox.visible import labels_of, same_label, text_of
from storage import reminders
from tests.database_markers import on_sqlite
from tests.ticket_under_way import PNG, Talk, begin
from tests.world import ERRORS, World


async def test_a_ticket_lives_its_whole_life(any_talk: Talk) -> None:
    talk, mother, desk = any_talk, any_talk.family, any_talk.world.desk
    card = text_of(talk.card)
    for known in ("родитель, Мария", "Ваш дневник не найден", "7Б", "Иванов Пётр", "второй день не пускает"):
        assert known in card
    assert ("Откуда: " in card) is (len(talk.world.channels) > 1)
    for wanted in ("Взять", "Данные исправлены", "Запросить уточнение", "Решено"):
        assert any(same_label(label, wanted) for label in labels_of(talk.card)), wanted
    if "topic" in talk.where:
        assert talk.topic.name == f"№{talk.number} · 7Б · Дневник не найден"
    else:
        await desk.writes("разговор о другом")
    await desk.press("Взять", message=talk.card)
    await talk.card_shows("Ольга")
    await talk.school("Проверили, исправили СНИЛС в журнале")
    await mother.sees("исправили СНИЛС", anywhere=True)
    await desk.sends_photo(PNG, caption="нажмите сюда", **talk.where)
    assert text_of(await talk.family_gets("photo")) == "нажмите сюда"
    assert any("Помогло" in label for message in mother.from_bot for label in labels_of(message))
    await talk.card_shows("ждём")
    await mother.says("сейчас попробую")
    relayed = await desk.sees("сейчас попробую")
    await mother.sends_photo(PNG, caption="не пускает")
    assert text_of(await talk.desk_gets("photo")) == "не пускает"
    if "reply_to" in talk.where:
        assert relayed["reply_to_message"]["message_id"] == talk.card["message_id"]
        await desk.writes("Ещё раз исправили", reply_to=relayed)
        await mother.sees("Ещё раз исправили", anywhere=True)
    await desk.press("Данные исправлены", message=talk.card)
    await mother.sees("Попробуйте войти", anywhere=True)
    await mother.press("Помогло")
    await mother.sees(f"обращение №{talk.number} закрыто", anywhere=True)
    await talk.card_shows("решено")
    if "topic" in talk.where:
        await talk.world.eventually(lambda: talk.topic.closed, what="the topic closed")
    assert await talk.status() == "solved" and not talk.world.violations
    assert not any("разговор о другом" in text for text in mother.texts)


@on_sqlite
async def test_not_helped_opens_it_again(world: World) -> None:
    mother = world.person()
    number = await world.sends_ticket(mother)
    topic = await world.topic_of(number)
    await world.desk.press("Данные исправлены", topic=topic)
    await mother.press("Не помогло")
    await mother.sees("Жаль")
    await world.desk.sees("не помогло", topic=topic)
    await world.eventually(lambda: "открыто снова" in text_of(world.desk.topic(f"№{number}").card))


async def test_two_taps_on_send_make_one_ticket(world: World) -> None:
    mother = world.person()
    await world.fills_form(mother, "parent", "не пускает")
    await mother.press_twice("Отправить")
    await mother.sees("отправлено в школу")
    await world.topic_of(1)
    other = world.person("Анна")
    assert await world.sends_ticket(other) == 2, "the second tap took no number"


@on_sqlite
async def test_a_child_is_told_before_sending_that_below_14_a_grown_up_consents(world: World) -> None:
    pupil = world.person("Петя")
    await world.fills_form(pupil, "child", "не пускает")
    assert "Тебе нет 14? Согласие даёт родитель или опекун" in pupil.text


@on_sqlite
async def test_the_preview_is_what_the_desk_reads_and_can_be_changed(world: World) -> None:
    mother = world.person()
    await world.fills_form(mother, "parent>child", "не пускает")
    preview = mother.text
    for told in (
        "Прочитают администраторы школы", "90 дней", "согласие на обработку этих данных", "оператор — Школа №43",
        "Отозвать: /forget", "/privacy",
    ):  # fmt: skip
        assert told in preview, told
    assert "нет 14" not in preview
    await mother.press("Изменить")
    await mother.press("Класс")
    await mother.says("5-а класс")
    await mother.sees("5А")
    await mother.says("ещё добавлю: с телефона")
    await mother.sees("ещё добавлю")
    shown = mother.text.partition("\n\n")[2].partition("\n\nПрочитают")[0]
    await mother.press("Отправить")
    topic = await world.topic_of(1)
    assert shown in text_of(topic.card)


async def test_cancel_sends_nothing(world: World) -> None:
    mother = world.person()
    await world.fills_form(mother, "parent", "не пускает")
    await mother.press("Отмена")
    await mother.sees("не отправлено")
    await mother.press("К шагам")
    await mother.sees("Шаг 1 из 2")
    assert world.desk.topics == []


@on_sqlite
async def test_the_account_question_may_solve_it_on_the_spot(world: World) -> None:
    pupil = world.person("Петя")
    await world.begins(pupil, "child")
    await pupil.says(ERRORS["child", "diary_not_found"])
    await pupil.press("Написать в школу")
    await pupil.sees("Под чьей учётной записью")
    await pupil.press("Родителя")
    await pupil.sees("попробуй войти под своей детской учётной записью; это не из инструкции школы")
    await pupil.press("Написать в школу")
    await pupil.sees("В каком ты классе")


@on_sqlite
async def test_not_helped_after_consent_opens_the_form(world: World) -> None:
    mother = world.person()
    await world.begins(mother, "parent")
    await mother.says(ERRORS["adult", "consent_required"])
    await mother.sees("Помогло?")
    await mother.press("Не помогло")
    await mother.sees("В каком классе")


@on_sqlite
async def test_a_second_miss_offers_the_ticket_with_the_text_in_it(world: World) -> None:
    mother = world.person()
    await world.begins(mother, "parent")
    await mother.says("какая-то абракадабра на экране номер один")
    await mother.sees("Такой надписи я не знаю")
    await mother.says("и вторая абракадабра на экране")
    await mother.sees("тоже не знаю")
    assert "Написать в школу" in mother.labels[0]
    await mother.press("Написать в школу")
    await mother.says("7Б")
    await mother.press("Пропустить")
    await mother.sees("вторая абракадабра")


@on_sqlite
async def test_a_new_problem_joins_the_open_ticket(world: World) -> None:
    mother = world.person()
    number = await world.sends_ticket(mother)
    topic = await world.topic_of(number)
    await world.begins(mother, "parent")
    await mother.says(ERRORS["adult", "consent_required"])
    await mother.press("Не помогло")
    await mother.sees(f"№{number} уже открыто")
    await mother.press("Добавить к обращению")
    await mother.sees("Что случилось")
    await mother.says("теперь просят согласие")
    await mother.sees("Вот что получит школа")
    shown = mother.text.partition("\n\n")[2].partition("\n\nПрочитают")[0]
    assert not any("просят согласие" in text for text in topic.texts), "nothing goes before «Отправить»"
    await mother.press("Отправить")
    await mother.sees("Добавлено")
    await world.desk.sees("необходимо согласие", topic=topic)
    assert len(world.desk.topics) == 1 and any(shown in text for text in topic.texts)


@on_sqlite
async def test_another_child_opens_a_second_ticket(world: World) -> None:
    mother = world.person()
    first = await world.sends_ticket(mother)
    await world.begins(mother, "parent>child")
    await mother.says(ERRORS["child", "consent_required"])
    await mother.press("Не помогло")
    await mother.press("Это о другом ребёнке")
    await mother.sees("В каком классе")
    await mother.says("2В")
    await mother.press("Пропустить")
    await mother.press("Пропустить")
    await mother.press("Отправить")
    await mother.sees("отправлено")
    await world.desk.finds_topic(f"№{first + 1} · 2В")


@on_sqlite
async def test_my_ticket_is_shown_withdrawn_and_opened_again(world: World) -> None:
    mother = world.person()
    number = await world.sends_ticket(mother)
    topic = await world.topic_of(number)
    await mother.says("/ticket")
    await mother.sees("ещё не взяла")
    await mother.press("Отозвать")
    await mother.sees("отозвано")
    await world.desk.sees("отозвала", topic=topic)
    await mother.press("Открыть снова")
    await mother.sees("снова открыто")
    await world.eventually(lambda: not world.desk.topic(f"№{number}").closed)


@on_sqlite
async def test_after_the_end_thanks_open_nothing_and_words_are_kept(world: World) -> None:
    mother = world.person()
    number = await world.sends_ticket(mother)
    topic = await world.topic_of(number)
    await world.desk.press("Решено", topic=topic)
    await mother.sees("закрыла обращение")
    await mother.says("спасибо большое!")
    await mother.sees("Пожалуйста")
    await mother.says("снова не пускает, та же надпись")
    await mother.sees("откройте его снова")
    await mother.press("Открыть снова")
    await world.desk.sees("снова не пускает", topic=topic)


@on_sqlite
async def test_thanks_that_ask_for_more_after_the_end_are_not_lost(world: World) -> None:
    mother = world.person()
    number = await world.sends_ticket(mother)
    topic = await world.topic_of(number)
    await world.desk.press("Решено", topic=topic)
    await mother.sees("закрыла обращение")
    await mother.sends_photo(PNG, caption="спасибо, вот что теперь пишет")
    await mother.sees("откройте его снова")
    await mother.says("спасибо, проверьте ещё сына из 3а")
    await mother.settles()
    await mother.press("Открыть снова")
    await world.desk.sees("проверьте ещё сына", topic=topic)
    await world.desk.sees("вот что теперь пишет", topic=topic)


async def test_pictures_go_along(world: World) -> None:
    mother = world.person()
    await world.fills_form(mother, "parent", "снимок ниже")
    await mother.press("Изменить")
    await mother.press("Что случилось")
    await mother.sends_photo(b"not really a picture")
    await mother.sees("Вложений: 1")
    await mother.press("Отправить")
    topic = await world.topic_of(1)
    await world.eventually(lambda: any("photo" in m for m in topic.messages))


async def test_personal_data_never_reaches_the_desk(world: World) -> None:
    mother = world.person()
    await world.fills_form(mother, "parent", "мой СНИЛС 112-233-445 95, звоните +7 910 123-45-67")
    assert "112-233" not in mother.text and "[СНИЛС скрыт]" in mother.text and "910" not in mother.text
    assert "не присылайте" in mother.text
    await mother.press("Отправить")
    topic = await world.topic_of(1)
    await mother.says("почта ivan@mail.ru")
    await world.desk.sees("[почта скрыта]", topic=topic)
    assert not any("112-233" in t or "ivan@" in t or "910 123" in t for t in topic.texts)


@on_sqlite
@pytest.mark.parametrize("typed", ["7Б", "7 б", "11", "10-А", "7б класс"])
async def test_classes_are_taken_as_people_write_them(world: World, typed: str) -> None:
    mother = world.person()
    await world.begins(mother, "parent")
    await mother.press("Появилась ошибка")
    await mother.press("Другое")
    await mother.press("Написать в школу")
    await mother.says(typed)
    await mother.sees("Как зовут")


@on_sqlite
async def test_an_answer_brings_a_family_back_from_the_guide(world: World) -> None:
    mother = world.person()
    number = await world.sends_ticket(mother)
    topic = await world.topic_of(number)
    await mother.says("/start")
    await mother.sees("Кто пишет")
    assert any("Моё обращение" in label for label in labels_of(mother.screen or {}))
    await world.desk.writes("Какой у ребёнка класс?", topic=topic)
    await mother.sees("Какой у ребёнка класс?")
    await mother.says("седьмой бэ")
    await world.desk.sees("седьмой бэ", topic=topic)


async def test_an_album_in_the_form_is_answered_once_and_arrives_as_one(world: World) -> None:
    mother = world.person()
    await world.fills_form(mother, "parent", "снимки ниже")
    await mother.press("Изменить")
    await mother.press("Что случилось")
    before = len(mother.from_bot)
    await mother.sends_album([b"one", b"two", b"three"])
    await mother.settles()
    await world.eventually(lambda: len(mother.from_bot) > before)
    assert len(mother.from_bot) == before + 1
    await mother.says("/ticket")
    await mother.sees("пока нет")
    await mother.press("Отправить", message=mother.from_bot[before])
    topic = await world.topic_of(1)
    await world.eventually(lambda: sum("photo" in m for m in topic.messages) == 3)
    groups = {m.get("media_group_id") for m in topic.messages if "photo" in m}
    assert len(groups) == 1 and None not in groups


async def test_small_talk_is_not_what_happened(world: World) -> None:
    mother = world.person()
    await world.begins(mother, "parent")
    await mother.says("что-то тут странное и непонятное")
    await mother.sees("Такой надписи я не знаю")
    await mother.says(ERRORS["adult", "consent_required"])
    await mother.press("Не помогло")
    await mother.says("7Б")
    await mother.press("Пропустить")
    await mother.sees("Что случилось")
    assert "странное" not in mother.text
    await mother.press("Пропустить")
    await mother.sees("Вот что получит школа")
    assert "странное" not in mother.text


@on_sqlite
async def test_words_that_nobody_knew_are_shown_with_the_question(world: World) -> None:
    mother = world.person()
    await world.begins(mother, "parent")
    await mother.says("какая-то абракадабра на <экране>")
    await mother.press("Написать в школу")
    await mother.says("7Б")
    await mother.press("Пропустить")
    await mother.sees("Уже есть")
    assert "абракадабра на <экране>" in mother.text
    await mother.says("и кнопка серая")
    await mother.sees("Вот что получит школа")
    assert "абракадабра" in mother.text and "кнопка серая" in mother.text


@on_sqlite
async def test_a_class_that_cannot_be_read_is_taken_the_second_time(world: World) -> None:
    mother = world.person()
    await world.begins(mother, "parent")
    await mother.says(ERRORS["adult", "consent_required"])
    await mother.press("Не помогло")
    await mother.sends_photo(b"picture")
    await mother.sees("Снимок приложу")
    assert "В каком классе" in mother.text
    await mother.says("кадетский девятый")
    await mother.sees("Не разобрал класс")
    await mother.says("9 кадетский корпус имени Суворова")
    await mother.sees("Как зовут")
    await mother.says("пропустить")
    await mother.sees("Что случилось")
    assert "Снимок экрана уже приложен" in mother.text
    await mother.press("Пропустить")
    await mother.sees("9 кадетский кор…")


@on_sqlite
async def test_a_picture_and_a_class_sent_to_the_preview_are_understood(world: World) -> None:
    mother = world.person()
    await world.fills_form(mother, "parent", "не пускает")
    await mother.sends_photo(b"picture")
    await mother.sees("Вложений: 1")
    await mother.press("Изменить")
    await mother.sees("Что поменять")
    await mother.says("8В")
    await mother.sees("Класс: 8В")
    assert "не пускает" in mother.text
    await mother.press("Изменить")
    await mother.press("Имя")
    await mother.sees("Как зовут")
    assert "пропустить" not in mother.text


async def test_a_filled_form_is_not_dropped_in_silence(world: World) -> None:
    mother = world.person()
    await world.fills_form(mother, "parent", "не пускает")
    await mother.says("/start")
    await mother.sees("обращение не отправлено")
    assert "Кто пишет" in mother.text
    await mother.says("/start")
    await world.eventually(lambda: "Кто пишет" in mother.text and "не отправлено" not in mother.text)


@on_sqlite
async def test_cancel_in_a_tickets_conversation_drops_the_form_and_the_reminders_behind_it(world: World) -> None:
    talk = await begin(world)
    mother = talk.family
    await talk.school("Проверили, всё в порядке.")
    answer = await mother.sees("Проверили, всё в порядке.")
    await world.begins(mother, "parent")
    await mother.says(ERRORS["adult", "consent_required"])
    await mother.press("Напомнить завтра")
    await mother.press("Не помогло")
    await mother.press("Это о другом ребёнке")
    await mother.sees("В каком классе")
    await mother.press("Не помогло", message=answer)
    await mother.sees("Жаль. Школа уже знает")
    await mother.says("/cancel")
    await mother.sees(texts.CANCELLED)
    assert mother.labels == [texts.B_MINE]
    await mother.says("/cancel")
    await mother.sees("Отменять нечего: обращение №1")
    await mother.says("и снова ошибка")
    await world.desk.sees("и снова ошибка", topic=talk.topic)
    assert world.app is not None
    assert not await world.app.services.database.read(lambda c: reminders.of_family(c, mother.id))


@on_sqlite
async def test_cancel_does_not_leave_a_sent_ticket(world: World) -> None:
    mother = world.person()
    number = await world.sends_ticket(mother, walked=True)
    topic = await world.topic_of(number)
    await mother.says("/cancel")
    await mother.sees("Отменять нечего")
    old = next(m for m in mother.from_bot if "Отмена" in labels_of(m))
    await mother.press("Отмена", message=old)
    await mother.sees("нечего заполнять")
    await mother.says("и с телефона не пускает")
    await world.desk.sees("и с телефона не пускает", topic=topic)


@on_sqlite
async def test_a_withdrawn_ticket_is_called_so_and_thanks_for_it_are_modest(world: World) -> None:
    mother = world.person()
    number = await world.sends_ticket(mother)
    await world.topic_of(number)
    await mother.says("/ticket")
    shown = await mother.sees("ещё не взяла")
    await mother.press("Отозвать")
    await mother.sees("отозвано")
    await mother.says("ок")
    await mother.sees("Пожалуйста")
    assert "помогло" not in mother.text
    await mother.says("/ticket")
    await mother.sees(f"№{number} · отозвано")
    await mother.taps(shown, f"talk:{number}")
    await mother.sees("уже закрыто")
    await mother.press("Открыть снова")
    await mother.sees("снова открыто")


@on_sqlite
async def test_an_old_withdraw_button_of_a_solved_ticket_says_that_it_is_closed(world: World) -> None:
    mother = world.person()
    number = await world.sends_ticket(mother)
    topic = await world.topic_of(number)
    await mother.says("/ticket")
    shown = await mother.sees("ещё не взяла")
    await world.desk.press("Данные исправлены", topic=topic)
    await mother.press("Помогло")
    await mother.sees("закрыто")
    await mother.taps(shown, f"withdraw:{number}")
    await mother.sees("уже закрыто")
    await mother.says("Да, спасибо!")
    await mother.sees("Рад, что помогло")
