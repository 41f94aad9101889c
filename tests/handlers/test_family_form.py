"""The ticket's form when people type what they might press, write at length, or send more pictures than one."""

from __future__ import annotations

import pytest

from sandbox.person import Person
from sandbox.visible import text_of
from tests.ticket_under_way import Talk
from tests.world import ERRORS, World


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: the form is one column of the dialogue, and test_family_ticket.py sends it on both."""
    return sqlite_url


async def asked_for_the_class(world: World) -> Person:
    """Gives a parent whom a remedy did not help, at the first question of the form."""
    mother = world.person()
    await world.begins(mother, "parent>child")
    await mother.says(ERRORS["child", "consent_required"])
    await mother.press("Не помогло")
    await mother.sees("В каком классе")
    return mother


async def test_a_typed_button_acts_and_never_becomes_what_the_family_tells(world: World) -> None:
    mother = await asked_for_the_class(world)
    await mother.says("пропустить")
    await world.eventually(lambda: sum("В каком классе" in text for text in mother.texts) == 2)
    await mother.says("7Б")
    await mother.sees("Как зовут")
    await mother.says("Пропустить")
    await mother.sees("Что случилось")
    await mother.says("не приходит уведомление")
    await mother.sees("Вот что получит школа")
    await mother.says("Отправить")
    await mother.sees("нажмите кнопку «Отправить»")
    await mother.says("да")
    await world.eventually(lambda: sum("без неё ничего не уйдёт" in text for text in mother.texts) == 2)
    await mother.says("изменить")
    await mother.sees("Что поменять")
    await mother.says("Что случилось")
    await mother.sees("Расскажите своими словами")
    await mother.says("пропустить")
    shown = await mother.sees("Вот что получит школа")
    words = text_of(shown).partition("Своими словами:")[2].partition("Прочитают")[0]
    assert words.split() == ["не", "приходит", "уведомление"] and "Ученик:" not in text_of(shown)
    await mother.says("Отмена")
    await mother.sees("Обращение не отправлено")
    await mother.says("/ticket")
    await mother.sees("Обращений в школу пока нет")


async def test_cancel_typed_at_the_first_question_cancels(world: World) -> None:
    pupil = world.person("Петя")
    await world.begins(pupil, "child")
    await pupil.says(ERRORS["child", "consent_required"])
    await pupil.press("Не помогло")
    await pupil.sees("В каком ты классе")
    await pupil.says("отмена")
    await pupil.sees("Обращение не отправлено")
    await pupil.says("не могу войти")
    await pupil.sees("Что написано на экране")


async def test_words_at_the_question_of_joining_are_kept_and_yes_joins(talk: Talk) -> None:
    mother = talk.family
    await talk.world.begins(mother, "parent>child")
    await mother.says("какая-то абракадабра на экране")
    await mother.press("Написать в школу")
    await mother.sees("уже открыто")
    await mother.says("и кнопка серая")
    await mother.sees("Записал.")
    assert "уже открыто" in mother.text
    await mother.sends_photo(b"picture")
    await talk.world.eventually(lambda: sum("Записал." in text for text in mother.texts) == 2)
    await mother.says("нет")
    await mother.says("да")
    await mother.sees("Что случилось")
    assert "абракадабра на экране" in mother.text and "кнопка серая" in mother.text
    await mother.press("Пропустить")
    await mother.sees("Вложений: 1")
    await mother.press("Отправить")
    await mother.sees("Добавлено к обращению")
    await talk.world.desk.sees("кнопка серая")


async def test_another_matter_may_be_told_in_words(talk: Talk) -> None:
    mother = talk.family
    await talk.world.begins(mother, "parent>child")
    await mother.says(ERRORS["child", "consent_required"])
    await mother.press("Не помогло")
    await mother.sees("уже открыто")
    await mother.says("о другом ребёнке")
    await mother.sees("В каком классе")


async def test_what_happened_told_too_early_is_kept_and_becomes_no_class_and_no_name(either_world: World) -> None:
    mother = either_world.person()
    await either_world.begins(mother, "parent>child")
    await mother.press("Появилась ошибка")
    await mother.press("Другое")
    await mother.press("Написать в школу")
    await mother.sees("В каком классе")
    await mother.says("почему-то дневник не открывается")
    await mother.sees("Это записал")
    assert "В каком классе" in mother.text
    await mother.says("7Б")
    await mother.sees("Как зовут")
    await mother.says("Не пускает, пишет ошибку 999")
    await mother.sees("Это записал")
    assert "Как зовут" in mother.text and "Пропустить" in mother.labels
    await mother.says("Негода Пётр")
    await mother.sees("Что случилось")
    assert "пишет ошибку 999" in mother.text
    await mother.press("Пропустить")
    await mother.press("Отправить")
    await mother.sees("отправлено в школу")
    card = text_of(await either_world.desk.sees("Ученик: Негода Пётр"))
    assert "почему-то дневник не открывается" in card and "пишет ошибку 999" in card


async def test_who_tells_of_the_trouble_twice_in_place_of_a_class_goes_on_without_one(world: World) -> None:
    mother = await asked_for_the_class(world)
    await mother.says("не пускает на госуслуги")
    await mother.sees("Это записал")
    await mother.says("опять пишет ошибка 999 что делать")
    await mother.sees("Как зовут")
    await mother.press("Пропустить")
    await mother.sees("Что случилось")
    await mother.press("Пропустить")
    await mother.sees("Класс: —")
    await mother.press("Отправить")
    card = text_of(await world.desk.sees("Класс: —"))
    assert card.count("опять пишет ошибка 999 что делать") == 1 and "не пускает на госуслуги" in card
    await mother.press("Моё обращение")
    await mother.sees("Обращение №1")
    assert "—" not in mother.text


@pytest.mark.parametrize("tail", ["КОНЕЦ", "😀" * 20 + " КОНЕЦ"])
async def test_nothing_of_long_words_is_lost(either_world: World, tail: str) -> None:
    world, mother = either_world, either_world.person()
    await world.fills_form(mother, "parent", "начало " + "а" * 2490 + "б" * 1000)
    await mother.says("в" * 3500 + tail)
    await world.eventually(lambda: sum("Продолжение" in text for text in mother.texts) == 2)
    await mother.press("Отправить")
    await mother.sees("отправлено в школу")
    await world.desk.sees("КОНЕЦ")
    said = "".join(text_of(m) for m in world.desk.from_bot)
    card = next(text_of(m) for m in world.desk.from_bot if text_of(m).startswith("№1 ·"))
    assert "Продолжение" in card and "начало" in card
    assert (said.count("б") >= 1000, said.count("в") >= 3500, tail in said) == (True, True, True)


async def test_a_family_hears_when_no_more_words_fit(world: World) -> None:
    mother = world.person()
    await world.fills_form(mother, "parent", "а" * 4000)
    for _ in range(2):
        await mother.says("б" * 3900)
        await mother.settles()
    await mother.says("в" * 3900)
    await mother.sees("последнее сообщение я не добавил")
    await mother.press("Отправить")
    await mother.sees("отправлено в школу")


async def test_pictures_of_a_solved_problem_stay_behind(world: World) -> None:
    assert world.app is not None
    world.app.services.reader = None
    mother = world.person()
    await world.begins(mother, "parent")
    await mother.sends_photo(b"picture")
    await mother.sees("Не умею читать")
    await mother.says(ERRORS["adult", "consent_required"])
    await mother.press("Помогло")
    await mother.sees("дневник открывается")
    await mother.press("Начать сначала")
    await mother.press("Я родитель")
    await mother.press("Вхожу сам(а)")
    await mother.says(ERRORS["adult", "consent_required"])
    await mother.press("Не помогло")
    await mother.says("7Б")
    await mother.says("Пропустить")
    await mother.sees("Что случилось")
    assert "уже приложен" not in mother.text
    await mother.sends_photo(b"another")
    await mother.press("Пропустить")
    await mother.sees("Вложений: 1")
    await mother.press("Изменить")
    await mother.press("Убрать вложения")
    await mother.sees("Вот что получит школа")
    assert "Вложений" not in mother.text


async def test_an_album_at_the_preview_is_told_to_go_whole(world: World) -> None:
    mother = world.person()
    await world.fills_form(mother, "parent", "снимки ниже")
    await mother.sends_album([b"one", b"two", b"three"])
    await mother.sees("приложу все")


async def test_a_class_at_the_question_of_the_name_is_the_class_and_signs_are_no_name(world: World) -> None:
    """A family that answered the class in anger, or in two messages, has it put right as it goes on."""
    mother = await asked_for_the_class(world)
    await mother.says("какой класс вам ещё")
    await mother.says("не скажу")
    await mother.sees("Как зовут")
    await mother.says("ну ладно, 7 Б")
    await mother.sees("Что случилось")
    await mother.press("Пропустить")
    await mother.sees("Ученик: ну ладно, 7 Б")
    await mother.press("Изменить")
    await mother.press("Имя")
    for class_name, said in (("7 Б класс", "Класс записал"), ("11", "Класс записал"), ("😀 !", "Не разобрал имя")):
        await mother.says(class_name)
        await mother.sees(said)
        assert "Пропустить" not in mother.text + "".join(mother.labels)
    await mother.says("7Б, Иванов Пётр")
    shown = text_of(await mother.sees("Вот что получит школа"))
    assert "Ученик: 7Б, Иванов Пётр" in shown and "Класс: 11" in shown


async def test_a_telephone_at_the_question_of_the_name_is_no_name(world: World) -> None:
    """It is hidden, and a card with «Ученик: [телефон скрыт]» would tell the school of nobody."""
    mother = await asked_for_the_class(world)
    await mother.says("7Б")
    await mother.sees("Как зовут")
    await mother.says("89101234567")
    await mother.sees("Не разобрал имя")
    await mother.says("Петя Соколов")
    await mother.sees("Что случилось")
    await mother.press("Пропустить")
    assert "Ученик: Петя Соколов" in text_of(await mother.sees("Вот что получит школа"))


async def test_who_names_no_wording_is_told_why_words_are_needed_and_the_desk_sees_that_none_came(world: World) -> None:
    mother = world.person()
    await world.begins(mother, "parent>child")
    await mother.says("хочу поговорить с человеком")
    await mother.press("Написать в школу")
    await mother.says("7Б")
    await mother.sees("Как зовут")
    await mother.press("Пропустить")
    await mother.sees("Что случилось")
    assert "придётся переспрашивать" in mother.text
    await mother.press("Пропустить")
    await mother.press("Отправить")
    await mother.sees("отправлено в школу")
    card = text_of(await world.desk.sees("Класс: 7Б"))
    assert "Надпись: не названа" in card and "не из инструкции" not in card


async def test_a_class_that_is_longer_than_its_column_is_sent_and_none_of_it_is_lost(world: World) -> None:
    mother = await asked_for_the_class(world)
    for _ in range(2):
        await mother.says("подготовительная группа Б")
    await mother.sees("Как зовут")
    await mother.press("Пропустить")
    await mother.sees("Что случилось")
    assert "подготовительная группа Б" in mother.text
    await mother.press("Пропустить")
    await mother.press("Отправить")
    await mother.sees("отправлено в школу")
    assert "подготовительная группа Б" in text_of(await world.desk.sees("Класс: подготовительна…"))


async def test_a_sentence_behind_the_class_is_kept(world: World) -> None:
    mother = await asked_for_the_class(world)
    await mother.says("7Б, не могу войти, пишет ошибка 502")
    await mother.sees("Как зовут")
    await mother.press("Пропустить")
    await mother.sees("Что случилось")
    assert "не могу войти, пишет ошибка 502" in mother.text
