"""A ticket once it was sent: no word of the family is lost, a repeated press is harmless, a reply means its ticket."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.handlers.family import message_data
from sandbox.telegram.errors import too_many
from sandbox.visible import labels_of, text_of
from storage import tickets
from tests.database_markers import on_sqlite
from tests.ticket_under_way import Talk, all_sent, begin, next_noon, none_on_its_way
from tests.world import ERRORS, World


async def closed(talk: Talk) -> None:
    """The school closes the ticket, and the family sees it."""
    await talk.world.desk.press("Решено", topic=talk.topic)
    await talk.family.sees("закрыла обращение")
    await all_sent(talk.world)


async def begins_second_form(talk: Talk) -> None:
    """The family is asked the class of another child while its first ticket is open."""
    family = talk.family
    await talk.world.begins(family, "parent>child")
    await family.says(ERRORS["child", "diary_not_found"])
    await family.sees("Что делать")
    await family.press("Написать в школу")
    await family.press("Ученика")
    await family.press("Это о другом ребёнке")
    await family.sees("классе")


# --- what was promised ------------------------------------------------------------------------------------------


@on_sqlite
@pytest.mark.parametrize("way", ["/start", "/cancel", "unknown", "form"])
async def test_words_kept_after_the_end_outlive_whatever_the_family_does_next(talk: Talk, way: str) -> None:
    world, family = talk.world, talk.family
    await closed(talk)
    await family.says("ПЕРВОЕ не работает")
    offer = await family.sees("всё написанное уйдёт")
    await world.begins(family, "parent")
    if way.startswith("/"):
        await family.says(way)
    elif way == "unknown":
        await family.says("куплю гараж недорого")
    else:
        await family.says(ERRORS["adult", "diary_not_found"])
        await family.press("Написать в школу")
        await family.press("Родителя")
        await family.press("Отмена")
    await family.settles()
    await family.press("Открыть снова", message=offer)
    await world.desk.sees("ПЕРВОЕ не работает", topic=talk.topic)
    await all_sent(world)
    assert sum("ПЕРВОЕ" in text for text in talk.topic.texts) == 1


@on_sqlite
async def test_words_kept_after_the_end_may_still_be_corrected(talk: Talk) -> None:
    await closed(talk)
    written = await talk.family.says("ПЕРВОЕ")
    await talk.family.sees("всё написанное уйдёт")
    await talk.family.edits(written, "ИСПРАВЛЕННОЕ")
    await talk.family.press("Открыть снова")
    await talk.world.desk.sees("ИСПРАВЛЕННОЕ", topic=talk.topic)
    assert not any("ПЕРВОЕ" in text for text in talk.topic.texts)


async def test_words_to_a_ticket_whose_texts_were_erased_are_kept_as_long_as_any(talk: Talk) -> None:
    world, family = talk.world, talk.family
    assert world.app is not None
    await closed(talk)
    world.clock.move(days=95)
    await world.looks()
    await family.press("Открыть снова")  # by the button alone: what is only written now is the guide's
    await talk.card_shows("открыто снова")
    await closed(talk)
    await family.says("через полгода снова не пускает")
    await family.sees("всё написанное уйдёт")
    await world.looks()
    await family.press("Открыть снова")
    await world.desk.sees("через полгода снова не пускает", topic=talk.topic)
    await all_sent(world)
    await closed(talk)
    await family.says("это уже никто не прочтёт")
    await family.sees("всё написанное уйдёт")
    world.clock.move(days=95)
    await world.looks()
    rows = await world.app.services.database.read(lambda c: tickets.messages(c, talk.number))
    assert not any(row.text for row in rows)


@on_sqlite
async def test_an_album_kept_after_the_end_is_answered_once_and_arrives_whole(talk: Talk) -> None:
    world, family = talk.world, talk.family
    await closed(talk)
    await family.sends_album([b"one", b"two", b"three"], caption="вот снимки")
    await family.sees("всё написанное уйдёт")
    await all_sent(world)
    assert sum("всё написанное уйдёт" in text for text in family.texts) == 1
    await family.press("Открыть снова")
    await world.desk.sees("вот снимки", topic=talk.topic)
    await all_sent(world)
    assert sum("photo" in message for message in talk.shown) == 3


async def test_words_written_while_the_school_opens_the_ticket_reach_it(
    unstarted_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = unstarted_world
    world.environment["WEBHOOK_URL"] = f"http://127.0.0.1:{world.environment['HTTP_PORT']}/hook"
    await world.start()
    talk = await begin(world)
    family = talk.family
    await closed(talk)
    masked_in, reached, gate = message_data.masked_in, asyncio.Event(), asyncio.Event()

    async def slow(*given: Any) -> Any:
        reached.set()
        await gate.wait()
        return await masked_in(*given)

    monkeypatch.setattr(message_data, "masked_in", slow)
    await family.says("а оценок не видно")
    await reached.wait()
    await talk.school("проверьте ещё раз")
    await world.eventually(lambda: any("проверьте ещё раз" in text for text in family.texts), what="the answer")
    gate.set()
    await world.desk.sees("а оценок не видно", topic=talk.topic)


# --- presses ----------------------------------------------------------------------------------------------------


async def repeated(world: World, begins: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Remembers what is pressed and written; gives a call that hands the newest so begun to the bot again."""
    assert world.app is not None
    handle, kept = world.app._intake.handle, []

    async def remembering(update: Any, **more: Any) -> Any:
        said = update.callback_query.data if update.callback_query else update.message and update.message.text
        if (said or "").startswith(begins):
            kept.append(update)
        return await handle(update, **more)

    monkeypatch.setattr(world.app._intake, "handle", remembering)

    async def again() -> None:
        await handle(kept[-1])
        await all_sent(world)

    return again


async def test_helped_that_telegram_repeats_does_not_close_what_the_school_opened(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = await repeated(talk.world, "helped", monkeypatch)
    await talk.school("исправили")
    await talk.family.press("Помогло")
    await talk.card_shows("решено")
    await talk.school("стойте, проверьте завтра")
    await talk.family.sees("стойте", anywhere=True)
    said = len(talk.family.texts)
    await again()
    assert await talk.status() == "reopened"
    assert len(talk.family.texts) == said


@on_sqlite
async def test_a_repeated_withdrawal_shows_the_ticket_as_it_is(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    again = await repeated(talk.world, "withdraw", monkeypatch)
    await talk.family.says("/ticket")
    await talk.family.press("Отозвать")
    await talk.card_shows("решено")
    await talk.school("а мы всё исправили")
    await talk.family.sees("а мы всё исправили", anywhere=True)
    await again()
    assert await talk.status() == "reopened"
    shown = [m for m in talk.family.from_bot if "школа ответила и ждёт вас" in text_of(m)]
    assert shown and any("Отозвать" in label for label in labels_of(shown[-1]))


@on_sqlite
async def test_a_repeated_erasing_spares_what_was_sent_since(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    world, family = talk.world, talk.family
    again = await repeated(world, "forget", monkeypatch)
    await family.says("/forget")
    await family.press("Удалить всё")
    await family.sees("всё удалено", anywhere=True)
    number = await world.sends_ticket(family)
    await again()
    await family.says("/ticket")
    await family.sees(f"Обращение №{number}")
    await family.says("это вы видите?")
    await world.desk.sees("это вы видите?")


async def test_a_repeated_cancel_keeps_what_was_asked_for_since(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    again = await repeated(world, "/cancel", monkeypatch)
    next_noon(world)
    mother = world.person()
    await world.begins(mother, "parent>child")
    await mother.says("/cancel")
    await mother.settles()
    await world.begins(mother, "parent>child")
    await mother.press("Готово")
    await mother.press("Напомнить завтра")
    await again()
    await world.begins(mother, "parent>child")
    await mother.press("Готово")
    world.clock.move(days=1, hours=1)
    await world.looks()
    await mother.sees("Вы просили напомнить", anywhere=True)


async def test_a_repeated_way_out_of_the_form_spares_the_next_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = await repeated(world, "cancelled", monkeypatch)
    mother = world.person()
    for _ in range(2):
        await world.begins(mother, "parent")
        await mother.says(ERRORS["adult", "diary_not_found"])
        await mother.press("Написать в школу")
        await mother.press("Родителя")
        await mother.sees("класс")
        if not [m for m in mother.from_bot if "не отправлено" in text_of(m)]:
            await mother.press("Отмена")
            await mother.sees("не отправлено")
    await again()
    await mother.says("7Б")
    await mother.sees("зовут")


@on_sqlite
async def test_a_press_under_a_ticket_that_was_erased_is_answered_clearly(talk: Talk) -> None:
    await talk.school("исправили")
    asked = await talk.family.sees("исправили")
    data = asked["reply_markup"]["inline_keyboard"][-1][0]["callback_data"]
    await talk.family.says("/forget")
    await talk.family.press("Удалить всё")
    await all_sent(talk.world)
    assert "Этого обращения больше нет" in await talk.family.taps(asked, data)


async def test_many_taps_on_helped_are_one_answer_and_meet_no_limit(talk: Talk) -> None:
    world, family = talk.world, talk.family
    assert world.app is not None
    await talk.school("исправили")
    asked = await family.sees("исправили")
    await all_sent(world)
    world.clock.move(seconds=2)
    world.telegram.strict_pace = True
    for _ in range(10):
        world.telegram.press(family.id, family.id, asked["message_id"], f"helped:{talk.number}")
    await family.sees("обращение №1 закрыто", anywhere=True)
    await family.settles()
    await all_sent(world)
    assert sum("обращение №1 закрыто" in text for text in family.texts) == 1
    assert world.telegram.pace.refused == 0 and world.app.services.pace.crowded.until == 0


@on_sqlite
async def test_one_chat_that_telegram_slows_down_holds_up_nobody_else(world: World) -> None:
    assert world.app is not None
    slowed, other, third = (world.person(name) for name in ("Анна", "Борис", "Вера"))
    services = world.app.services
    services.pace.note_refusal(slowed.id, 30, services.clock())
    services.pace.note_refusal(slowed.id, 60, services.clock())
    assert services.pace.crowded.until == 0
    await other.says("/start")
    await other.sees("Кто пишет")
    services.pace.note_refusal(other.id, 30, services.clock())
    assert services.pace.crowded.until > services.clock(), "several chats: it is the bot that is too fast"
    await third.says("/start")
    await third.settles()
    assert not third.from_bot


# --- whose ticket, and in which words ------------------------------------------------------------------------------


async def test_a_reply_goes_to_the_ticket_that_it_answers(talk: Talk) -> None:
    world, family = talk.world, talk.family
    await begins_second_form(talk)
    await family.says("5А")
    await family.press("Пропустить")
    await family.press("Пропустить")
    await family.press("Отправить")
    number = talk.number + 1
    second = Talk(world, family, number, {"topic": await world.topic_of(number)})
    await talk.school("первый вопрос")
    first_question = await family.sees("первый вопрос")
    await second.school("второй вопрос")
    await family.sees("второй вопрос")
    await all_sent(world)
    await family.replies(first_question, "ответ на первый")
    await world.desk.sees("ответ на первый", topic=talk.topic)
    await world.begins(family, "parent")
    await family.replies(first_question, "не помогло, всё так же")
    await world.desk.sees("не помогло, всё так же", topic=talk.topic)
    await family.says("и ещё одно")
    await world.desk.sees("и ещё одно", topic=talk.topic)


async def test_a_reply_to_what_the_bot_says_of_a_ticket_is_the_tickets_too(talk: Talk) -> None:
    world, family = talk.world, talk.family
    await world.desk.press("Данные исправлены", topic=talk.topic)
    asked = await family.sees("Попробуйте войти")
    await all_sent(world)
    await world.begins(family, "parent")
    await family.replies(asked, "так и не вошли")
    await world.desk.sees("так и не вошли", topic=talk.topic)


async def test_a_child_is_addressed_as_a_child_also_after_start(world: World) -> None:
    talk = await begin(world, "Петя", "child")
    child = talk.family
    await child.says("/start")
    await child.sees("Кто пишет")
    await talk.school("Попробуй теперь")
    await child.sees("Попробуй теперь")
    await child.says("мой телефон 8 900 123-45-67")
    await child.sees("Больше их не присылай", anywhere=True)
    await child.says("/ticket")
    await child.press("Дописать")
    await child.sees("Пиши сюда")
    await world.desk.press("Решено", topic=talk.topic)
    await child.sees("открой его снова")
    await child.says("опять не пускает")
    await child.sees("открой его снова: всё написанное уйдёт")
    await child.says("/start")
    await child.sees("Кто пишет")
    for command, words in (("/help", "жми /start"), ("/forget", "знаю?")):
        await child.says(command)
        await child.sees(words)
    assert "о тебе знаю" in child.text


@on_sqlite
@pytest.mark.parametrize("path", ["child", "adult_pupil"])
async def test_a_pupil_with_an_open_ticket_is_asked_about_another_matter(world: World, path: str) -> None:
    talk = await begin(world, "Петя", path)
    pupil = talk.family
    await world.begins(pupil, path)
    await pupil.says(ERRORS["child" if path == "child" else "adult", "diary_not_found"])
    await pupil.press("Написать в школу")
    await pupil.press("Ученика")
    await pupil.sees("уже открыто")
    assert "Это о другом" in pupil.labels


# --- the form in the middle of a conversation ------------------------------------------------------------------------


@on_sqlite
async def test_an_answer_in_the_middle_of_another_form_leaves_the_form(talk: Talk) -> None:
    world, family = talk.world, talk.family
    await begins_second_form(talk)
    await talk.school("По первому: готово")
    answer = await family.sees("По первому: готово")
    await all_sent(world)
    await family.says("5А")
    await family.sees("зовут")
    await family.replies(answer, "спасибо, вошли")
    await world.desk.sees("спасибо, вошли", topic=talk.topic)
    await family.press("Не помогло", message=answer)
    await family.says("/ticket")
    await family.press("К обращению")
    await family.sees("зовут")
    await family.says("Маша")
    await family.sees("Что случилось")
    await family.press("Пропустить")
    await family.press("Отправить")
    await world.desk.sees(f"№{talk.number + 1} ·")
    assert not any("5А" in text or "Маша" in text for text in talk.topic.texts)


@on_sqlite
async def test_a_correction_in_the_form_says_how_to_make_it(world: World) -> None:
    mother = world.person()
    await world.begins(mother, "parent")
    await mother.says(ERRORS["adult", "diary_not_found"])
    await mother.press("Написать в школу")
    await mother.press("Родителя")
    await mother.sees("класс")
    written = await mother.says("7Б")
    await mother.sees("зовут")
    await mother.edits(written, "7В")
    shown = await mother.sees("осталось прежнее")
    assert "Изменить" in text_of(shown) and "зовут" in text_of(shown)


@on_sqlite
async def test_a_correction_of_what_the_ticket_was_made_of_goes_to_the_school(world: World) -> None:
    mother = world.person()
    await world.begins(mother, "parent")
    await mother.says(ERRORS["adult", "diary_not_found"])
    await mother.press("Написать в школу")
    await mother.press("Родителя")
    await mother.says("7Б")
    await mother.press("Пропустить")
    await mother.sees("Что случилось")
    words = await mother.says("не пускает с марта")
    await mother.press("Отправить")
    await mother.sees("отправлено в школу")
    await mother.edits(words, "не пускает с мая")
    await world.desk.sees("не пускает с мая")


async def test_a_caption_that_is_corrected_in_the_guide_is_read_again(world: World) -> None:
    mother = world.person()
    await world.begins(mother, "parent")
    sent = await mother.sends_photo(b"screen", ERRORS["adult", "consent_required"])
    await mother.sees("Помогло?")
    await mother.edits(sent, ERRORS["adult", "diary_not_found"])
    await mother.sees("На экране: «Ваш дневник не найден")


@on_sqlite
async def test_the_reminder_of_a_silent_family_leads_back_to_the_school(talk: Talk) -> None:
    world, family = talk.world, talk.family
    next_noon(world)
    await talk.school("Исправили")
    await family.sees("Исправили")
    await all_sent(world)
    await world.begins(family, "parent")
    world.clock.move(days=3, hours=1)
    await world.looks()
    await family.sees("три дня назад")
    await family.says("вошли, спасибо вам")
    await world.desk.sees("вошли, спасибо вам", topic=talk.topic)


async def test_a_solved_ticket_that_the_school_wrote_to_waits_for_the_family_also_when_taken(talk: Talk) -> None:
    world, family = talk.world, talk.family
    next_noon(world)
    await closed(talk)
    await talk.school("Как у вас дела?")
    await family.sees("Как у вас дела?")
    await all_sent(world)
    await family.says("/ticket")
    await family.sees("школа ответила и ждёт вас")
    await talk.card_shows("открыто снова")
    await world.desk.press("Взять", topic=talk.topic)
    await talk.card_shows("ждём семью")
    world.clock.move(days=3, hours=1)
    await world.looks()
    await family.sees("три дня назад")


@on_sqlite
async def test_my_ticket_shows_the_schools_words_without_tags(talk: Talk) -> None:
    await talk.world.desk.press("Данные исправлены", topic=talk.topic)
    await talk.family.sees("Попробуйте войти")
    await talk.family.says("/ticket")
    shown = await talk.family.sees("Последний ответ школы")
    assert "<b>" not in text_of(shown) and "Помогло?" in text_of(shown)


@on_sqlite
async def test_quick_corrections_are_one_edit_at_the_desk(talk: Talk) -> None:
    world, family = talk.world, talk.family
    written = await family.says("слово 0")
    await world.desk.sees("слово 0", topic=talk.topic)
    await all_sent(world)
    fault = world.telegram.fault(too_many(30), method="editMessageText", chat=world.support.id)
    await family.edits(written, "слово 1")
    await world.eventually(lambda: fault.times == 0, what="the first edit slowed down")
    await none_on_its_way(world)
    for n in range(2, 6):
        await family.edits(written, f"слово {n}")
    await family.settles()
    world.clock.move(seconds=31)
    await world.desk.sees("слово 5", topic=talk.topic)
    await all_sent(world)
    edits = [call["text"] for call in world.calls("editMessageText") if str(call.get("text")).startswith("слово")]
    assert edits == ["слово 1", "слово 5"]


async def test_a_picture_that_is_read_while_the_school_answers_is_answered_too(talk: Talk) -> None:
    world, family = talk.world, talk.family
    assert world.app is not None
    await world.begins(family, "parent")

    class Slow:
        async def read(self, data: bytes) -> str:
            await talk.school("Проверили, ждём вас")
            await world.eventually(lambda: any("Проверили" in text for text in family.texts), what="the answer")
            return ERRORS["adult", "consent_required"]

    world.app.services.reader = Slow()  # type: ignore[assignment]
    await family.sends_photo(b"screen")
    await family.sees("необходимо согласие", anywhere=True)
    await all_sent(world)
    await family.says("а это школе")
    await world.desk.sees("а это школе", topic=talk.topic)
