"""A family is asked once which of several schools is theirs, and may change it; with one school nobody is asked."""

from __future__ import annotations

import pytest

from bot import texts_ru as texts
from storage import dialogues, schools
from tests.database_markers import on_sqlite
from tests.handover_link import link_handed_over, payload_of
from tests.world import ERRORS, World

PASTED = ERRORS["adult", "consent_required"]


async def with_schools(world: World, *more: tuple[str, str]) -> None:
    for slug, name in more or (("2", "Школа №2"), ("g2", "Гимназия №2")):
        await world.adds_school(slug, name)


async def leaves(world: World, school_id: int) -> None:
    assert world.app is not None
    await world.app.services.database.write(lambda c: schools.change(c, school_id, left_at=world.clock()))
    await world.looks()


async def test_what_a_family_came_with_is_answered_after_the_choice_also_after_a_restart(world: World) -> None:
    await with_schools(world)
    mother = world.person()
    await mother.says(PASTED)
    asked = await mother.sees("Из какой вы школы?")
    assert "Сообщение сохранил" in asked["text"] and mother.labels == ["Школа №43", "Школа №2", "Гимназия №2"]
    await world.restart()
    await mother.says("нет такой школы")
    await mother.sees("Такой школы я не нашёл")
    for forged in ("school:99", "school:x", "school:" + "9" * 30):
        assert await mother.taps(mother.screen or {}, forged) == "Этой школы в боте нет. Выберите другую."
    await mother.says("гимназыя 2")
    question = await mother.sees("Какая из них ваша?")
    await mother.says("школа 2")
    await mother.sees("Школа: Школа №2")
    await mother.sees("Кто пишет?")
    await world.all_sent()
    assert sum("Эта надпись мне знакома" in text for text in mother.texts) == 1
    assert await mother.taps(question, "school:2") == "Эта школа и выбрана"
    await mother.says("/start")
    await mother.sees("🏫 Школа №2")
    assert "🏫 Сменить школу" in mother.labels


@on_sqlite
async def test_what_is_no_name_of_a_school_is_kept_and_answered_after_the_choice(world: World) -> None:
    await with_schools(world)
    pupil = world.person("Петя")
    await pupil.says("/start")
    await pupil.sees("Из какой вы школы?")
    for told in ("не магу зайти((", "мне 13", "вчера вечером мы с мамой делали всё по бумажке и ничего не вышло"):
        await pupil.says(told)
        await pupil.settles()
        await world.all_sent()
        assert "Сообщение сохранил" in pupil.text, told
    await pupil.says("лицей")
    await pupil.sees("Такой школы я не нашёл")
    for small_talk in ("привет", "спасибо!", "нет"):
        await pupil.says(small_talk)
        asked = await pupil.sees("Из какой вы школы?")
        assert "не нашёл" not in asked["text"] and "сохранил" not in asked["text"], small_talk


async def test_links_buttons_and_commands_wait_for_the_choice_but_not_those_about_ones_own_data(world: World) -> None:
    early = world.person("Анна")
    await world.begins(early, "parent")
    await with_schools(world)
    await early.press("Готово")
    await early.sees("Шаг 2 из")
    pupil = world.person("Петя")
    await pupil.opens_link("child")
    await pupil.sees("Из какой ты школы?")
    for command, shown in {
        "/help": "/school",
        "/privacy": "хран",
        "/forget": "Удалить всё",
        "/ticket": "пока нет",
    }.items():
        await pupil.says(command)
        await pupil.sees(shown)
    await pupil.says("гимназия №2")
    first = await pupil.sees("Шаг 1 из")
    assert "Гимназия №2" in first["text"]
    father = world.person("Иван")
    await father.says("/cancel")
    await father.sees("Из какой вы школы?")
    await father.taps(father.screen or {}, "step:-:parent:parent:1")
    await father.sees("Из какой вы школы?")
    await father.press("Школа №2")
    await father.sees("Шаг 1 из")
    assert not world.violations


async def test_a_family_that_changes_schools_takes_no_ticket_along(world: World) -> None:
    second = await world.adds_school("2", "Школа №2")
    mother = world.person()
    assert await world.sends_ticket(mother, school="2") == 1
    await second.sees("№1 ·")
    await mother.says("/start")
    await mother.sees("Кто пишет?")
    await mother.press("Сменить школу")
    await mother.sees("Сейчас выбрана школа: Школа №2")
    await mother.press("Оставить прежнюю")
    await mother.says("/school")
    await mother.sees("Из какой вы школы?")
    await mother.says("43")
    changed = await mother.sees("Теперь школа другая: Школа №43")
    assert "остались в прежней школе" in changed["text"]
    await world.fills_form(mother, "parent", "второе обращение")
    preview = await mother.sees("Вот что получит школа")
    assert "🏫 Школа №43" in preview["text"]
    await mother.press("Отправить")
    await mother.sees("№1 отправлено")
    await world.desk.sees("№1 ·")
    await second.writes("ответ прежней школы", topic=second.topic("№1"))
    await mother.sees("ответ прежней школы", anywhere=True)
    await mother.says("/ticket")
    shown = await mother.sees("🏫 Школа №2")
    assert "🏫 Школа №43" in shown["text"] and "✍️ Дописать №1, Школа №2" in mother.labels
    assert "второе обращение" not in "\n".join(second.texts) and "прежней школы" not in "\n".join(world.desk.texts)


async def test_a_form_in_hand_is_dropped_with_a_word(world: World) -> None:
    await with_schools(world)
    mother = world.person()
    await world.fills_form(mother, "parent", "не отправлено", school="2")
    await mother.says("/school")
    await mother.press("Оставить прежнюю")
    await mother.sees("Вот что получит школа")
    await mother.says("/school")
    await mother.press("Гимназия №2")
    await mother.sees("обращение не отправлено")
    await mother.says("/start")
    await mother.sees("🏫 Гимназия №2")


async def test_a_hand_over_and_a_school_that_left(world: World) -> None:
    await with_schools(world)
    child = world.person("Петя")
    await child.opens_link("s_2_child")
    await child.sees("Шаг 1 из")
    link = payload_of(link_handed_over(child))
    mother, father = world.person("Мария"), world.person("Иван")
    await mother.opens_link(link)
    await mother.sees("Шаг 1 из")
    await mother.says("/start")
    await mother.sees("🏫 Школа №2")
    await father.opens_link("s_g2")
    await father.sees("🏫 Гимназия №2")
    await father.opens_link(link)
    await father.sees("из неё прислали ссылку")
    early = world.person("Вера")
    await early.says("/school")
    await early.press("Школа №43")
    await leaves(world, 1)
    await early.says("здравствуйте")
    asked = await early.sees("Из какой вы школы?")
    assert "Школа №43 больше не пользуется этим ботом" in asked["text"]
    await with_schools(world, ("44", "Школа №44"))
    await leaves(world, 2)
    await mother.says(PASTED)
    asked = await mother.sees("Из какой вы школы?")
    assert "Школа №2 больше не пользуется этим ботом" in asked["text"]
    await child.says(ERRORS["child", "consent_required"])
    asked = await child.sees("Из какой ты школы?")
    assert "Спроси в школе" in asked["text"]
    assert await child.taps(asked, "school:99") == texts.SCHOOL_GONE.child
    stranger = world.person("Анна")
    await stranger.opens_link("s_2_role_parent")
    asked = await stranger.sees("Из какой вы школы?")
    assert "Школа №2 больше не пользуется" in asked["text"] and "Школа №2" not in stranger.labels
    await stranger.says("школа 44")
    await stranger.sees("Под чьей учётной записью")


@on_sqlite
@pytest.mark.parametrize("chosen", ["Гимназия №2", "Школа №2", "Оставить прежнюю"])
async def test_a_picture_sent_before_the_choice_loses_no_text_that_waits_for_it(world: World, chosen: str) -> None:
    await with_schools(world)
    mother = world.person()
    await mother.opens_link("s_2_parent")
    await mother.sees("Шаг 1 из")
    await mother.says("/school")
    await mother.sees("Из какой вы школы?")
    await mother.says(PASTED)
    await mother.sees("Сообщение сохранил")
    question = mother.screen
    await mother.sends_photo(b"picture")
    await mother.settles()
    await world.all_sent()
    await mother.press(chosen, message=question)
    await mother.sees("Перейдите по ссылке из уведомления и дайте согласие", anywhere=True)


async def test_a_picture_waits_for_the_choice_and_its_words_are_masked(world: World) -> None:
    await with_schools(world)
    mother = world.person()
    await mother.sends_photo(b"no picture", PASTED + ", мой СНИЛС 112-233-445 95")
    asked = await mother.sees("Из какой вы школы?")
    assert "Снимок сохранил" in asked["text"] and "Номера документов" in asked["text"]
    assert world.app is not None
    stored = await world.app.services.database.read(lambda c: dialogues.load(c, mother.id))
    assert "112-233" not in str(stored.form) and "СНИЛС скрыт" in str(stored.form)
    await mother.sends_sticker()
    await mother.press("Школа №2")
    await mother.sees("Эта надпись мне знакома", anywhere=True)
    stored = await world.app.services.database.read(lambda c: dialogues.load(c, mother.id))
    assert "came_with" not in stored.form and stored.school_id == 2


@on_sqlite
async def test_one_school_is_never_asked_for(world: World) -> None:
    mother = world.person()
    await mother.says("/school")
    await mother.sees("Такой команды нет")
    await mother.says("/start")
    await mother.sees("Кто пишет?")
    assert "Сменить школу" not in " ".join(mother.labels)
    assert await mother.taps(mother.screen or {}, "school:1")
    await mother.sees("Кто пишет?")
