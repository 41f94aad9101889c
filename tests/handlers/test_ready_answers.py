"""A desk saves answers of its own, changes and offers them, in a forum and in a plain group."""

from __future__ import annotations

from bot import texts_ru as texts
from bot.schools import leaving
from sandbox.administrator import Administrator
from sandbox.telegram.errors import Json
from sandbox.telegram.errors import bad as refused
from sandbox.visible import labels_of, text_of
from tests.ticket_under_way import Talk, begin, under_way
from tests.world import World

BOOKS = "Учебники выдают в библиотеке с 25 августа."


async def looks_at(talk: Talk, answer: str, command: str) -> Json:
    """The school answers and replies to its answer with a command; gives the bot's reply to it."""
    said = await talk.school(answer)
    await talk.family.sees(answer, anywhere=True)
    return await told(talk, command, said)


async def told(talk: Talk, command: str, replied: Json | None = None) -> Json:
    """Somebody at the desk gives a command, as a reply or in the ticket's topic; gives the bot's reply to it."""
    where = {"reply_to": replied} if replied is not None else {"topic": talk.where.get("topic")}
    return await answer_to(talk.world, await talk.world.desk.writes(command, **where))


async def answer_to(world: World, written: Json) -> Json:
    """Gives the bot's reply to a message of the desk, once it stands there."""

    def replies() -> list[Json]:
        number = written["message_id"]
        return [m for m in world.desk.from_bot if m.get("reply_to_message", {}).get("message_id") == number]

    await world.eventually(lambda: bool(replies()), what=f"a reply to «{text_of(written)}»")
    return replies()[-1]


async def shows(world: World, message: Json, text: str) -> None:
    """Waits until a message of the bot at the desk shows this."""
    await world.eventually(lambda: text in text_of(now(world, message)), what=f"«{text}» in the message")


def now(world: World, message: Json) -> Json:
    """Gives a message of the support chat as it is now."""
    return next(m for m in world.desk.from_bot if m["message_id"] == message["message_id"])


async def saves(talk: Talk, answer: str, name: str, label: str = "Сохранить") -> None:
    """An administrator saves an answer."""
    look = await looks_at(talk, answer, f"/save {name}")
    await talk.world.desk.press(label, message=look)
    await shows(talk.world, look, f"Сохранено: «{name}»")


async def test_an_answer_is_saved_after_a_look_listed_sent_once_and_counted(any_talk: Talk) -> None:
    """The draft outlives a restart; of two who press at once one is told that it is done; «Помогло» counts."""
    talk, world, desk = any_talk, any_talk.world, any_talk.world.desk
    oleg = Administrator(desk.messenger, "Олег", chat=world.support)
    look = await looks_at(talk, BOOKS, "/save  Выдача   учебников")
    assert BOOKS in text_of(look) and "Новый готовый ответ «Выдача учебников»" in text_of(look)
    assert labels_of(look) == [texts.B_SAVE, texts.B_DROP], "from the ticket nobody sees which question this answers"
    assert text_of(await told(talk, "/answers")) == texts.ANSWERS_NONE
    await world.restart()
    async with world.at_once():
        await desk.press("Сохранить", message=look, wait=False)
        await oleg.press("Сохранить", message=look, wait=False)
    await shows(world, look, "Сохранено: «Выдача учебников»")
    listed = await told(talk, "/answers")
    assert "<b>" not in text_of(listed) and "1. Выдача учебников — ещё не отправляли" in text_of(listed)

    await desk.press("Запросить уточнение", message=talk.card)
    await talk.card_shows("1. Выдача учебников")  # the one of the same error stands first
    assert [label[:2] for label in labels_of(talk.card)] == ["1.", "2.", "3.", "4.", "5.", "← "]
    await desk.press("1. Выдача учебников", message=talk.card)
    await talk.card_shows("Семья получит:")
    got = sum(BOOKS in text for text in talk.family.texts)
    world.clock.move(seconds=61)
    async with world.at_once():
        await desk.press("Отправить", message=talk.card, wait=False)
        await oleg.taps(talk.card, f"sendready:{talk.number}:s1", wait=False)
    await world.eventually(lambda: sum(BOOKS in text for text in talk.family.texts) > got, what="the answer")
    await world.all_sent()
    assert sum(BOOKS in text for text in talk.family.texts) == got + 1, "it went once"
    await talk.family.press("Помогло")
    await world.eventually(lambda: any("помогло" in text.lower() for text in desk.texts), what="the family's word")
    await world.all_sent()
    assert "отправлен 1 раз, помогло 1" in text_of(await told(talk, "/answers"))
    # What helped in such a ticket stands first in the next one, with its counts.
    other = await begin(world, "Анна")
    await desk.press("Запросить уточнение", message=other.card)
    await other.card_shows("1. Выдача учебников — отправлен 1 раз, помогло 1")


async def test_colleagues_read_what_a_family_got_by_a_button(any_talk: Talk) -> None:
    """It is told once it has arrived, by whom; an answer to that line is one about the ticket."""
    talk, world, desk = any_talk, any_talk.world, any_talk.world.desk
    await desk.press_twice("Данные исправлены", message=talk.card)
    line = await desk.sees("Семья получила (отправитель: Ольга)")
    assert "Школа исправила данные" in text_of(line) and line in talk.shown and not labels_of(line)
    await desk.press("Запросить уточнение", message=talk.card)
    await talk.card_shows("Пришлите класс и имя")
    await desk.press(next(one for one in labels_of(talk.card) if "Пришлите класс" in one), message=talk.card)
    await talk.card_shows("Семья получит:")
    await desk.press("Отправить", message=talk.card)
    asked = texts.READY_ANSWERS["class_and_name"][1]
    await world.eventually(
        lambda: any("Семья получила" in one and asked in one for one in desk.texts), what="the second line"
    )
    await desk.writes("И ещё отчество", reply_to=line)
    await talk.family.sees("И ещё отчество", anywhere=True)
    await talk.family.says("Петрович")
    await desk.sees("Петрович")
    await world.all_sent()
    assert sum("Семья получила" in one for one in desk.texts) == 2, "each is told once"


async def test_where_no_wording_is_named_the_question_for_it_comes_first(either_world: World) -> None:
    world, desk, mother = either_world, either_world.desk, either_world.person("Мария")
    await mother.says("позовите человека")
    await mother.press("Написать в школу")
    await mother.says("7Б")
    await mother.press("Пропустить")
    await mother.sees("Что случилось")
    await mother.press("Пропустить")
    await mother.press("Отправить")
    await mother.sees("отправлено в школу")
    talk = await under_way(world, mother, 1)
    assert "Надпись: не названа" in text_of(talk.card)
    await desk.press("Запросить уточнение", message=talk.card)
    await desk.press("1. Что написано на экране?", message=talk.card)
    await desk.press("Отправить", message=talk.card)
    await mother.sees("что именно написано на экране")
    assert "Помогло" not in str(labels_of(mother.from_bot[-1]))
    for said in ("мы дали согласие", "сейчас посмотрю"):
        await mother.says(said)
        await desk.sees(said)
    assert "Надпись: не названа" in text_of(talk.card)
    await mother.says("пишет: ваш дневник не найден")
    await talk.card_shows("Надпись: «Ваш дневник не найден")
    await mother.says("а вчера просил согласие на обработку персональных данных")
    await desk.sees("а вчера просил")
    await world.all_sent()
    assert "Надпись: «Ваш дневник не найден" in text_of(talk.card), "what was named first stays"


async def test_what_a_button_said_is_told_again_in_a_new_topic_and_exported(talk: Talk) -> None:
    world, desk = talk.world, talk.world.desk
    await desk.press("Данные исправлены", message=talk.card)
    await desk.sees("Семья получила")
    await world.all_sent()
    await desk.deletes_topic(talk.topic)
    await talk.family.says("вошли!")
    assert "школа: Школа исправила данные" in text_of(await desk.sees("Последние сообщения"))
    assert world.app is not None
    file = await world.app.services.database.read(lambda c: leaving.export(c, 1, str))
    assert file is not None and "Школа исправила данные" in file.decode()


async def test_an_answer_of_a_button_that_is_refused_is_none(talk: Talk) -> None:
    world, desk = talk.world, talk.world.desk
    world.telegram.fault(refused("CHAT_SOMETHING_NEW"), 999, "sendMessage", chat=talk.family.id)
    await desk.press("Данные исправлены", message=talk.card)
    await desk.sees("Не доставлено")
    await world.all_sent()
    assert await talk.status() == "in_work"
    assert not any("Семья получила" in one for one in desk.texts)


async def test_an_answer_is_opened_edited_renamed_switched_and_deleted(either_talk: Talk) -> None:
    talk, world, desk = either_talk, either_talk.world, either_talk.world.desk
    await saves(talk, BOOKS, "Учебники")
    await saves(talk, "Справку выдаёт канцелярия.", "Справка")
    page = await told(talk, "/answers")
    await desk.press("2. Учебники", message=page)
    await shows(world, page, "Ещё не отправляли")
    got = len(talk.family.from_bot)

    await desk.press("Изменить", message=now(world, page))
    await shows(world, page, "новый текст")
    for bad, refusal in (("Спросите Марию Ивановну", "мешает «Марию»"), ("/nonsense", "Такой команды нет")):
        assert refusal in text_of(await answer_to(world, await desk.writes(bad, reply_to=page)))
    photo = await desk.sends_photo(b"photo", reply_to=page)
    assert text_of(await answer_to(world, photo)) == texts.SAVE_NOT_TEXT
    written = await desk.writes("Учебники выдают в кабинете 5 <3", reply_to=page)
    assert "изменён" in text_of(await answer_to(world, written))
    await shows(world, page, "в кабинете 5 <3")
    await desk.edits(written, "Учебники выдают в кабинете 6")
    await desk.sees("Готовый ответ от этой правки не изменился")
    assert "в кабинете 5 <3" in text_of(now(world, page))

    await desk.press("Переименовать", message=now(world, page))
    await shows(world, page, "новое название")
    for bad, refusal in (("справка", "уже есть"), ("Имя " * 30, "слишком длинное"), ("Класс Петра", "мешает «Петра»")):
        assert refusal in text_of(await answer_to(world, await desk.writes(bad, reply_to=page)))
    await answer_to(world, await desk.writes("Книги", reply_to=page))
    await shows(world, page, "Книги")

    await desk.press("Запросить уточнение", message=talk.card)
    await talk.card_shows("Книги")
    await desk.press(next(one for one in labels_of(talk.card) if "Книги" in one), message=talk.card)
    await talk.card_shows("в кабинете 5")
    await desk.press("Удалить", message=now(world, page))
    await shows(world, page, "Удалить этот ответ?")
    assert "удалён" in await desk.press("Да, удалить", message=now(world, page))
    await shows(world, page, "Ответы школы: 1")
    # It was deleted while somebody looked at it: nothing goes, and the card shows what there is.
    assert await desk.press("Отправить", message=talk.card) == texts.READY_ANSWER_GONE
    await world.eventually(lambda: "Книги" not in text_of(talk.card), what="the list of today")
    assert await desk.taps(now(world, page), "answers:open:1:0") == texts.ANSWER_GONE
    await world.all_sent()
    assert len(talk.family.from_bot) == got, "nothing of all that went to the family"


async def test_what_cannot_be_saved_is_told_and_why(either_talk: Talk) -> None:
    talk, world, desk = either_talk, either_talk.world, either_talk.world.desk
    answer = await talk.school(BOOKS)
    await talk.family.sees(BOOKS, anywhere=True)
    await talk.family.says("Спасибо, а где это?")
    familys = await desk.sees("а где это?")
    photo = await desk.sends_photo(b"photo", "Учебники здесь", **talk.where)
    await talk.family.sees("Учебники здесь", anywhere=True)

    cases = [
        ("/save", answer, "Напишите название"),
        ("/save " + "Ж" * 300, answer, "слишком длинное: 300"),
        ("/save Ответ для 7-б", answer, "мешает «7-б»"),
        ("/save Для Иванова", answer, "мешает «Иванова»"),
        ("/save Учебники", familys, "Это слова семьи"),
        ("/save Учебники", photo, "без снимков"),
        ("/save Учебники", talk.card, "ответьте командой"),
    ]
    for command, replied, refusal in cases:
        assert refusal in text_of(await told(talk, command, replied)), command
    general = await desk.writes("/save Учебники")
    assert text_of(await answer_to(world, general)) == texts.SAVE_WHERE
    for said, word in (
        ("Здравствуйте, Мария! Всё поправили.", "Мария"),
        ("Пете уже можно войти.", "Пете"),
        ("Спросите Кузьмичёву в канцелярии.", "Кузьмичёву"),
        ("Звоните 8 910 123-45-67.", "8 910 123-45-67"),
        ("По обращению №1 всё поправили.", "№1"),
        ("Пишите @olga_school43.", "@olga_school43"),
        ("У 7 «Б» всё готово.", "7 «Б"),
    ):
        assert f"мешает «{word}»" in text_of(await looks_at(talk, said, "/save Готово")), said
    assert text_of(await told(talk, "/answers")) == texts.ANSWERS_NONE


async def test_a_second_answer_of_a_name_takes_its_place_only_when_asked(either_talk: Talk) -> None:
    talk, world, desk = either_talk, either_talk.world, either_talk.world.desk
    await saves(talk, BOOKS, "Учебники")
    look = await looks_at(talk, "Учебники выдают в сентябре.", "/save УЧЕБНИКИ")
    assert "«УЧЕБНИКИ» уже есть" in text_of(look) and labels_of(look) == [texts.B_REPLACE, texts.B_DROP]
    await desk.press("Отмена", message=look)
    await shows(world, look, texts.SAVE_DROPPED)
    assert await desk.taps(look, "answers:keep:2:0") == texts.ALREADY_SO, "what was dropped cannot be saved"
    # Two drafts of one name: the second to be saved finds it taken, and asks.
    drafts = [await looks_at(talk, f"Справка готова, шаг {n}.", "/save Справка") for n in (1, 2)]
    await desk.press("Сохранить", message=drafts[0])
    assert "уже есть" in await desk.press("Сохранить", message=drafts[1])
    await shows(world, drafts[1], "Заменить его текст")
    await desk.press("Заменить", message=now(world, drafts[1]))
    await shows(world, drafts[1], "Сохранено")
    page = await told(talk, "/answers")
    await desk.press("1. Справка", message=page)
    await shows(world, page, "шаг 2.")


async def test_many_answers_are_paged_and_outlive_the_family_and_the_texts_they_came_from(either_talk: Talk) -> None:
    from storage import saved_answers

    talk, world, desk = either_talk, either_talk.world, either_talk.world.desk
    assert world.app is not None
    await saves(talk, BOOKS, "Учебники")
    for number in range(1, 10):
        name = f"Ответ {number:02}"
        values = {"name": name, "key": saved_answers.key_of(name), "text": "Да.", "matter": None, "question": None}
        await world.app.services.database.write(
            lambda c, values=values: saved_answers.add_draft(c, world.clock(), desk_id=1, **values)
        )
    page = await told(talk, "/answers")
    assert "Ответы школы: 10. Страница 1 из 2" in text_of(page)
    await desk.press("Дальше", message=page)
    await shows(world, page, "Страница 2 из 2")
    assert "10. Учебники" in labels_of(now(world, page))
    await desk.press("Запросить уточнение", message=talk.card)
    await talk.card_shows("Страница 1 из 2")
    await desk.press("Дальше", message=talk.card)
    await talk.card_shows("Страница 2 из 2")
    await desk.press("Раньше", message=talk.card)
    await talk.card_shows("1. Учебники")
    # A ticket whose texts are erased by their age, then a family that takes its data back.
    await desk.press("Назад", message=talk.card)
    await desk.press("Решено", message=talk.card)
    await talk.card_shows("решено")
    world.clock.move(days=91)
    await world.looks()
    assert "Тексты стёрты" in text_of(await answer_to(world, await desk.writes("/ticket 1")))
    await talk.family.says("/forget")
    await talk.family.press("Удалить всё")
    await talk.family.sees("всё удалено", anywhere=True)
    general = await desk.writes("/answers")
    assert "Ответы школы: 10" in text_of(await answer_to(world, general))
