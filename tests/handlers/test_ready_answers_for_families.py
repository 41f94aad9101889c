"""A question that the school answered for families before is answered with it; what is only like it never is."""

from __future__ import annotations

from bot import texts_ru as texts
from sandbox.person import Person
from sandbox.visible import labels_of, text_of
from tests.handlers.test_ready_answers import BOOKS, looks_at, shows, told
from tests.ticket_under_way import Talk, under_way
from tests.world import World

ANSWERED = "Школа уже отвечала на похожий вопрос"


async def asks(person: Person, question: str) -> None:
    """A family comes to the guide and asks something there."""
    await person.opens_link("parent")
    await person.sees("Шаг 1 из")
    await person.says(question)


async def sends_question(world: World, person: Person, question: str) -> Talk:
    """A family sends a question that no pack answers to the school."""
    await asks(person, question)
    await person.press("Написать в школу")
    await person.sees("класс")
    await person.says("7Б")
    await person.sees("зовут")
    await person.press("Пропустить")
    await person.sees("Уже есть")
    await person.press("Пропустить")
    await person.press("Отправить")
    shown = await person.sees("отправлено в школу")
    number = int(text_of(shown).partition("№")[2].split()[0])
    return await under_way(world, person, number)


async def test_a_family_that_asks_the_same_gets_the_answer_of_the_school(either_world: World) -> None:
    world, desk = either_world, either_world.desk
    talk = await sends_question(world, world.person("Мария"), "Здравствуйте! Когда выдадут учебники?")
    look = await looks_at(talk, BOOKS, "/save Учебники")
    assert texts.B_SAVE_FOR_FAMILIES in labels_of(look)
    await desk.press("Для семей тоже", message=look)
    await shows(world, look, "На такой же вопрос отвечу семье сам")

    anna = world.person("Анна")
    await asks(anna, "подскажите пожалуйста, когда выдают учебники")
    shown = await anna.sees(ANSWERED)
    assert BOOKS in text_of(shown)
    assert labels_of(shown)[:3] == [texts.B_HELPED, texts.B_NOT_HELPED, texts.B_WRITE]
    await anna.press("Помогло")
    await anna.sees("Рад, что помогло")
    await anna.taps(shown, "anshelped:1")

    oleg = world.person("Олег")
    await asks(oleg, "А когда же будут выдавать учебники?")
    await oleg.sees(ANSWERED)
    await oleg.press("Не помогло")
    await oleg.sees("ваши слова уже вложу")
    await oleg.press("Написать в школу")
    await oleg.says("8А")
    await oleg.press("Пропустить")
    assert "когда же будут выдавать учебники" in text_of(await oleg.sees("Уже есть"))

    ivan = world.person("Иван")
    for other in ("Где выдают учебники?", "Когда выдадут учебники по физике?", "Когда выдадут учебники Пете?"):
        await asks(ivan, other)
        await ivan.sees("С этим лучше в школу")
    await asks(ivan, "Ваш дневник не найден")
    await ivan.sees("Что делать")
    assert not any(ANSWERED in text for text in ivan.texts), "what is only like it is never answered so"

    page = await told(talk, "/answers")
    assert "семьям 2, помогло 1" in text_of(page)
    assert "Ответила школа раньше: 2, помогло 1" in text_of(await told(talk, "/stats"))
    await desk.press("1. Учебники", message=page)
    await shows(world, page, "отвечаю семьям сам: 2, помогло 1")
    await desk.press("Не показывать семьям", message=page)
    await shows(world, page, "Семьям сам его не показываю")
    await asks(ivan, "Когда выдадут учебники?")
    await ivan.sees("С этим лучше в школу")


async def test_a_question_about_one_family_is_kept_for_no_other(world: World) -> None:
    """Nobody knows which question such an answer is for, and nothing of the family's words is kept."""
    from storage import saved_answers

    assert world.app is not None
    talk = await sends_question(world, world.person("Мария"), "Когда Пете Иванову из 7Б выдадут учебники?")
    look = await looks_at(talk, BOOKS, "/save Учебники")
    assert labels_of(look) == [texts.B_SAVE, texts.B_DROP] and texts.SAVE_LOOK_DESK_ONLY in text_of(look)
    await world.desk.press("Сохранить", message=look)
    await shows(world, look, "Сохранено")
    (kept,) = await world.app.services.database.read(lambda c: saved_answers.saved(c, 1))
    assert kept.question is None and not kept.for_families
    page = await told(talk, "/answers")
    await world.desk.press("1. Учебники", message=page)
    await shows(world, page, "неизвестно, на какой вопрос")
    await world.desk.taps(page, "answers:families_on:1:0")
    await asks(anna := world.person("Анна"), "Когда выдадут учебники?")
    await anna.sees("С этим лучше в школу")


async def test_an_answer_that_takes_the_place_of_another_keeps_its_own_question(world: World) -> None:
    desk, name = world.desk, "/save Сентябрь"
    talk = await sends_question(world, world.person("Мария"), "Здравствуйте! Когда выдадут учебники?")
    look = await looks_at(talk, BOOKS, name)
    await desk.press("Для семей тоже", message=look)
    await shows(world, look, "На такой же вопрос отвечу семье сам")

    again = await looks_at(talk, BOOKS + " Приходите с сумкой.", name)
    await desk.press("Заменить", message=again)
    await shows(world, again, "Сохранено")
    anna = world.person("Анна")
    await asks(anna, "подскажите пожалуйста, когда выдают учебники")
    assert "Приходите с сумкой" in text_of(await anna.sees(ANSWERED)), "it is the same question"

    pool = await sends_question(world, world.person("Олег"), "Когда начнётся запись в бассейн?")
    other = await looks_at(pool, "Запись откроется в сентябре, приходите в спортзал.", name)
    await desk.press("Заменить", message=other)
    await shows(world, other, "Этот дан на другой вопрос, поэтому семьям сам его не покажу")
    await asks(anna, "когда выдают учебники")
    await anna.sees("С этим лучше в школу")

    page = await told(pool, "/answers")
    await desk.press("1. Сентябрь", message=page)
    await shows(world, page, "Запись откроется")
    await desk.press("Показывать семьям", message=page)
    await shows(world, page, "отвечаю семьям сам")
    await asks(anna, "подскажите, когда начнётся запись в бассейн")
    assert "приходите в спортзал" in text_of(await anna.sees(ANSWERED))
