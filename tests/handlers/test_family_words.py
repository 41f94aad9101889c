"""Families answer the bot's questions in their own words: «да», «мамина», «не могу войти», «сколько ждать?»."""

from __future__ import annotations

import re

import pytest

from bot import texts_ru as texts
from sandbox.person import Person
from sandbox.visible import labels_of, text_of
from tests.handlers.test_family_together import token_of
from tests.handlers.test_ready_answers import BOOKS, looks_at, shows
from tests.handlers.test_ready_answers_for_families import sends_question
from tests.ticket_under_way import Talk, all_sent
from tests.world import ERRORS, World


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: what words mean is decided without one."""
    return sqlite_url


async def test_yes_and_no_answer_the_bots_own_questions(world: World) -> None:
    mother = world.person()
    for said, seen in (
        ("Да!", "дневник открывается"),
        ("ура", "дневник открывается"),
        ("нет", "Что написано на экране"),
    ):
        await world.begins(mother, "parent")
        await mother.press("Готово")
        await mother.press("Готово")
        await mother.sees("Получилось войти")
        await mother.says(said)
        await mother.sees(seen)
    await mother.says("/start parent")
    await mother.says(ERRORS["adult", "consent_required"])
    await mother.sees("Помогло?")
    await mother.says("да не помогло")
    await mother.sees("ответьте «да»")
    await mother.says("да")
    await mother.sees("В каком классе")


async def test_the_pupil_hears_of_a_consent_that_helped_in_other_words(world: World) -> None:
    pupil, mother = world.person("Петя"), world.person()
    await world.begins(pupil, "child")
    await pupil.says(ERRORS["child", "consent_required"])
    await pupil.sees("Помогло?")
    await mother.opens_link(token_of(pupil))
    await mother.sees("Ребёнок просит помочь")
    await mother.says("помогло, спасибо большое!")
    await mother.sees("дневник открывается")
    await pupil.sees("Родители всё сделали")


async def test_a_bare_yes_that_answers_nothing_changes_nothing(world: World) -> None:
    mother = world.person()
    await world.begins(mother, "parent")
    await mother.says("да")
    await world.eventually(lambda: sum("Шаг 1 из 2" in text for text in mother.texts) == 2)


async def test_a_grown_up_pupil_is_not_made_a_child_in_silence(world: World) -> None:
    pupil = world.person("Олег")
    await world.begins(pupil, "adult_pupil")
    await pupil.says(ERRORS["child", "consent_required"])
    await pupil.sees("показывают ученикам до 18")
    assert "одного из родителей" in pupil.text
    await pupil.press("Мне уже 18")
    await pupil.sees("вы не дали согласие")
    await pupil.says(ERRORS["child", "diary_not_found"])
    await pupil.sees("показывают ученикам до 18")
    await pupil.press("К шагам")
    await pupil.sees("Шаг 1 из 2")


@pytest.mark.parametrize(
    ("path", "said", "seen"),
    [
        ("parent", "моя", "В каком классе"), ("parent", "сына", "Выйдите и попробуйте"),
        ("parent", "Родителя", "В каком классе"), ("parent", "под своей захожу", "В каком классе"),
        ("parent>child", "ребенка", "В каком классе"), ("parent>child", "под своей", "войти под детской"),
        ("child", "мамина", "под своей детской"), ("child", "под своей", "В каком ты классе"),
        ("parent", "не знаю", "Не понял, чья запись"),
    ],
)  # fmt: skip
async def test_whose_account_it_was_may_be_told_in_own_words(world: World, path: str, said: str, seen: str) -> None:
    reader = world.person()
    await world.begins(reader, path)
    await reader.says(ERRORS["child" if path.endswith("child") else "adult", "diary_not_found"])
    await reader.press("Написать в школу")
    await reader.sees("Под чьей учётной записью")
    await reader.says(said)
    await reader.sees(seen)


async def test_a_child_with_the_adults_wording_may_tell_whose_login_it_was(world: World) -> None:
    pupil = world.person("Петя")
    await world.begins(pupil, "child")
    await pupil.says(ERRORS["adult", "diary_not_found"])
    await pupil.sees("Под чьей учётной записью ты входишь")
    await pupil.says("не помню")
    await pupil.sees("Не понял, чья запись")
    await pupil.says("под маминой")
    await pupil.sees("под своей детской")


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        ("не могу войти", "пройдём вход по шагам"), ("здравствуйте, не могу зайти в дневник", "пройдём вход по шагам"),
        ("помогите", "пройдём вход по шагам"),
        ("войти не получается у дочери 7 класс", "Под чьей учётной записью нужен вход"),
        ("Когда будет родительское собрание?", "С этим лучше в школу"),
    ],
)  # fmt: skip
async def test_the_commonest_first_words_get_on(world: World, said: str, seen: str) -> None:
    mother = world.person()
    await mother.says(said)
    await mother.sees(seen)


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        ("не нахожу раздел", "«Семья и дети» открывается"), ("школьное портфолио не вижу", "«Школьное портфолио»"),
        ("сколько ждать?", "Точного срока в инструкции школы нет"),
    ],
)  # fmt: skip
async def test_a_question_at_a_step_is_answered(world: World, said: str, seen: str) -> None:
    mother = world.person()
    await world.begins(mother, "parent>child")
    await mother.says(said)
    await mother.sees("Так в инструкции школы")
    assert seen in mother.text
    await mother.press("К шагам")
    await mother.sees("Шаг 1 из 5")


@pytest.mark.parametrize("said", ["помощь", "Когда будет родительское собрание?"])
async def test_a_question_at_a_step_leads_to_the_school_with_its_words(world: World, said: str) -> None:
    mother = world.person()
    await world.begins(mother, "parent>child")
    await mother.says(said)
    await mother.sees("С этим лучше в школу")
    assert "надписи я не знаю" not in mother.text
    await mother.press("Написать в школу")
    await mother.says("7Б")
    await mother.press("Пропустить")
    await mother.sees(said)


async def test_a_yes_to_the_offered_school_opens_the_form_with_the_words_before(world: World) -> None:
    """Also after a restart in between, and where the same is said twice at once."""
    mother, pupil = world.person(), world.person("Петя")
    await world.begins(mother, "parent>child")
    await mother.says("в дневнике пропали замечания за четверть")
    await mother.sees("Пока не понял")
    await mother.says("позовите человека")
    await mother.sees("Тогда напишите в школу")
    await world.restart()
    await mother.says("да, давайте")
    await mother.sees("В каком классе")
    await mother.says("7Б")
    await mother.press("Пропустить")
    await mother.sees("пропали замечания за четверть")
    await world.begins(pupil, "child")
    await pupil.says("напишу")
    await pupil.sees("Тогда напиши в школу")
    async with world.at_once():
        await pupil.says("сам напишу")
        await pupil.says("обращение")
    await pupil.settles()
    await world.all_sent()
    assert "класс" in pupil.text and pupil.labels == ["Отмена"]


async def test_done_below_an_answer_is_done_with_the_step(world: World) -> None:
    mother = world.person()
    await world.begins(mother, "parent>child")
    await mother.says("а где это семья и дети")
    await mother.sees("Не помогло или остался вопрос")
    await mother.says("готово")
    await mother.sees("Шаг 2 из 5")
    await mother.says("ты бот или живой?")
    await mother.sees("Я бот, помощник школы")
    assert "✅ Готово" in mother.labels
    stranger = world.person("Анна")
    await stranger.says("синяя лошадь бежит по полю весь день")
    await stranger.sees("Пока не понял")
    await stranger.says("законный представитель")
    await stranger.sees("Под чьей учётной записью")
    await stranger.says("свой аккаунт")
    await stranger.sees("Шаг 1 из 2")


async def test_who_wants_the_school_gets_there(world: World) -> None:
    mother = world.person()
    await world.begins(mother, "parent")
    await mother.says("хочу написать в школу")
    await mother.sees("Тогда напишите в школу")
    await mother.says("отмена")
    await mother.sees("Шаг 1 из 2")
    await mother.says("здравствуйте, всё равно не могу зайти в дневник")
    await mother.sees("Что написано на экране")
    await mother.says(ERRORS["adult", "diary_not_found"])
    await mother.sees("Что делать")
    await mother.says("не помогло")
    await mother.sees("Под чьей учётной записью вы вошли")
    assert {"Ученика", "Родителя"} <= set(labels_of(mother.screen or {}))
    await mother.press("Назад")
    await mother.says("напишите вы")
    await mother.sees("Под чьей учётной записью вы вошли")


async def test_a_ticket_that_has_ended_is_opened_again_by_a_word(either_talk: Talk) -> None:
    talk, mother, desk = either_talk, either_talk.family, either_talk.world.desk
    await desk.press("Решено", message=talk.card)
    await mother.sees("закрыла обращение")
    for said in ("опять не пускает", "а завтра контрольная", "ау"):
        await mother.says(said)
        await mother.settles()
    await mother.sees("откройте его снова")
    await mother.says("Открыть снова")
    await mother.sees("снова открыто")
    await desk.sees("ау")
    await talk.card_shows("открыто снова")
    assert sum("откройте его снова" in text for text in mother.texts) == 2, (
        "once by the school, once for what she wrote"
    )
    after = "\n".join(desk.texts).partition("Семья открыла обращение")[2]
    at = [after.find(said) for said in ("опять не пускает", "а завтра контрольная", "ау")]
    assert -1 < at[0] < at[1] < at[2], "the word comes first, then all that she wrote, in its order"
    assert not any("Открыть снова" in text_of(m) for m in desk.from_bot)


async def test_a_pupil_who_was_taken_for_a_parent_may_tell_the_age(world: World) -> None:
    pupil = world.person("Петя")
    await pupil.says("/start role_parent")
    await pupil.says("мне 15")
    await pupil.sees("Попроси маму или папу")
    await pupil.says("/start role_pupil")
    await pupil.says("мне 17, но скоро 18")
    await pupil.sees("Шаг 1 из 5")


async def test_a_neighbouring_problem_that_is_over_gets_no_advice(world: World) -> None:
    mother = world.person()
    await world.begins(mother, "parent")
    await mother.says("впн отключила, всё заработало, спасибо")
    await mother.sees("Пожалуйста!")
    await mother.says("отключите VPN")
    await mother.sees("Отключите VPN и прокси")


# What a family says to come to screens with buttons that act, or that are not of its stored screen.
# «>» stands before what it presses, «!» says that it has sent a ticket before.
SCREENS = (
    ("/start parent",), ("/start parent", ERRORS["adult", "consent_required"]),
    (ERRORS["child", "consent_required"],),
    (f"{ERRORS['child', 'consent_required']}. {ERRORS['child', 'diary_not_found']}",),
    ("/start parent", "сайт лежит"), ("/start parent", "/help"), ("/start parent", "/forget"),
    ("/start parent", "когда выдают учебники"), ("/start parent", "когда выдают учебники", ">Помогло"),
    ("/start parent", "когда выдают учебники", ">Не помогло"),
    ("!", "/start"), ("!", "/start", "/ticket"), ("!", "/start", "/ticket", ">Отозвать"),
)  # fmt: skip


@pytest.mark.slow
async def test_every_label_that_a_family_sees_does_typed_what_its_press_does(world: World) -> None:
    talk = await sends_question(world, world.person("Мария"), "Когда выдадут учебники?")
    look = await looks_at(talk, BOOKS, "/save Учебники")
    await world.desk.press("Для семей тоже", message=look)
    await shows(world, look, "На такой же вопрос отвечу семье сам")
    await world.desk.writes("/notice Дневник на ремонте")
    await world.desk.sees("Готово, семьи увидят")
    for steps in SCREENS:
        shown = await stands(world, steps)
        for label in [one for one in shown.labels if one not in shown.urls and one != texts.B_FORGET]:
            pressing, typing = await stands(world, steps), await stands(world, steps)
            notice = await pressing.press(label)
            pressed = notice or await said(pressing)
            await typing.says(label)
            typed = await said(typing)
            if typed in (texts.WRITE_TYPED.adult, texts.WRITE_TYPED.child):  # what opens the form is offered before
                world.clock.move(seconds=2)
                await typing.says("Написать в школу")
                typed = await said(typing)
            assert typed == pressed or (notice and typed.startswith(notice)), (steps, label)


async def stands(world: World, steps: tuple[str, ...]) -> Person:
    person = world.person("Анна")
    for step in steps:
        world.clock.move(seconds=2)
        if step == "!":
            await world.sends_ticket(person)
            await all_sent(world)
        elif step.startswith(">"):
            await person.press(step[1:])
        else:
            await person.says(step)
        await person.settles()
    world.clock.move(seconds=2)
    return person


async def said(person: Person) -> str:
    await person.settles()
    return re.sub(r"№\d+", "№", person.text)


@pytest.mark.parametrize(
    ("path", "said", "seen"),
    [
        ("parent", "давайте заново", "Кто пишет?"), ("parent", "удалите мои данные", "Удалить всё, что я о вас знаю?"),
        ("parent", "что с моей заявкой?", "Обращений в школу пока нет"),
        ("parent", "ой, я не родитель, а ученик", "Сколько тебе лет?"),
        ("child", "я мама", "Кто будет входить в дневник?"),
        ("parent", "ещё не сделала", "Шаг 1 из 2"),
    ],
)  # fmt: skip
async def test_a_wish_at_a_step_in_own_words_is_met(world: World, path: str, said: str, seen: str) -> None:
    reader = world.person()
    await world.begins(reader, path)
    await reader.says(said)
    await reader.sees(seen)


async def test_a_child_without_parents_is_led_to_the_school_and_not_to_mother_and_father(world: World) -> None:
    for link, said in (
        ("", "у меня нет родителей, мне 12"), ("", "мне 13, я из детского дома"),
        ("child", "у меня нет родителей"), ("child", "родителей нет, что делать"), ("child", "мои мама и папа умерли"),
        ("child", "я воспитанник детского дома"), ("role_pupil", "нет у меня ни мамы, ни папы"),
    ):  # fmt: skip
        child = world.person("Петя")
        if link:
            await child.opens_link(link)
        await child.says(said)
        await child.sees("вместо мамы и папы")
        assert "Попроси" not in child.text and "На экране" not in child.text, said
    nobody_told = world.person()
    await nobody_told.says("родителей нет")
    await nobody_told.sees("об опекунах и детских домах в ней ничего нет")


async def test_a_teacher_is_told_whom_the_bot_is_for_and_not_asked_for_an_age(world: World) -> None:
    for said in (
        "учитель", "я учитель", "Классный руководитель 5А", "я классный руководитель, как отправить родителям",
        "Здравствуйте, я учитель, у меня в классе ученик не может войти в дневник",
    ):  # fmt: skip
        teacher = world.person("Ольга")
        await teacher.says(said)
        await teacher.sees("Я помогаю войти в дневник семьям")
        await teacher.press("Я родитель")
    for said, seen in (
        ("я мама, учитель сказал зайти сюда", "Под чьей учётной записью"), ("я ученик, учитель сказал", "Сколько тебе"),
        ("я учитель, а мой сын в 7Б", "Под чьей учётной записью"), ("я учитель и мама", "Под чьей учётной записью"),
    ):  # fmt: skip
        other = world.person()
        await other.says("/start")
        await other.says(said)
        await other.sees(seen)


async def test_whose_age_is_told_is_who_writes_and_keeps_the_trouble_beside_it(world: World) -> None:
    for said in ("мне 12, помогает мама", "я с мамой, мне 10"):
        pupil = world.person("Петя")
        await pupil.says(said)
        await pupil.sees("Делают родители")
    asked = world.person("Петя")
    await asked.opens_link("role_pupil")
    await asked.says("а если родители не хотят?")
    await asked.sees("Хватит одного из родителей")
    await asked.says("13")
    await asked.sees("Делают родители")
    pupil = world.person("Петя")
    await pupil.says("мне 12, код не приходит")
    await pupil.sees("Попробуй войти с компьютера")
    await pupil.press("К шагам")
    await pupil.sees("Делают родители")
