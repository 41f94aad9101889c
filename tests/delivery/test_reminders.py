"""The clock makes things due: silence of three days, an hour of working time without an answer."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from sandbox.telegram.bot_api import Refused
from sandbox.visible import labels_of
from storage import bans, family_erasing
from tests.clock_moments import moscow
from tests.database_markers import on_sqlite
from tests.ticket_under_way import Talk, all_sent, begin, next_noon
from tests.world import World


def counted(texts: list[str], words: str) -> int:
    """Counts the texts that have these words."""
    return sum(words in text for text in texts)


async def test_silence_is_reminded_of_once_then_ends_the_ticket_and_can_be_undone(any_talk: Talk) -> None:
    talk, world = any_talk, any_talk.world
    next_noon(world)
    await talk.school("Попробуйте ещё раз")
    await talk.family.sees("Попробуйте ещё раз")
    world.clock.move(days=2, hours=23)
    await world.looks()
    assert counted(talk.family.texts, "три дня назад") == 0
    world.clock.move(hours=2)
    for _ in range(3):
        await world.looks()
    reminder = await talk.family.sees("три дня назад", anywhere=True)
    await world.eventually(lambda: any("Помогло" in label for label in labels_of(reminder)), what="its buttons")
    world.clock.move(days=2, hours=23)
    await world.looks()
    assert counted(talk.family.texts, "три дня назад") == 1 and await talk.status() == "waiting_family"
    world.clock.move(hours=2)
    await world.looks()
    await talk.family.sees("я закрыл обращение")
    assert await talk.history() == [("семья", "new"), ("Ольга", "waiting_family"), ("бот", "solved")]
    await talk.card_shows("решено")
    await talk.family.press("Открыть снова")
    await talk.card_shows("открыто снова")
    await talk.family.says("простите, болели")
    await world.desk.sees("простите, болели")


@on_sqlite
async def test_a_silent_family_is_reminded_by_day(talk: Talk) -> None:
    world = talk.world
    next_noon(world)
    world.clock.move(hours=10)
    await talk.school("Попробуйте ещё раз")
    await talk.family.sees("Попробуйте ещё раз")
    world.clock.move(days=3, hours=1)  # 23:00
    await world.brings_nothing_to(talk.family)
    world.clock.move(hours=10, minutes=1)
    await world.looks()
    await talk.family.sees("три дня назад")


@on_sqlite
async def test_a_family_that_writes_in_time_is_not_reminded(talk: Talk) -> None:
    world = talk.world
    await talk.school("Какой класс?")
    await talk.family.sees("Какой класс?")
    world.clock.move(days=2)
    await talk.family.says("седьмой")
    await world.desk.sees("седьмой", topic=talk.topic)
    world.clock.move(days=30)
    await world.looks()
    assert counted(talk.family.texts, "три дня назад") == 0 and await talk.status() == "in_work"


@on_sqlite
async def test_a_new_answer_of_the_school_begins_the_three_days_anew(talk: Talk) -> None:
    world = talk.world
    next_noon(world)
    await talk.school("первый ответ")
    await talk.family.sees("первый ответ")
    world.clock.move(days=2)
    await talk.school("второй ответ")
    await talk.family.sees("второй ответ")
    world.clock.move(days=2)
    await world.looks()
    assert counted(talk.family.texts, "три дня назад") == 0
    world.clock.move(days=1, hours=1)
    await world.looks()
    await talk.family.sees("три дня назад")
    assert sum(any("Не помогло" in label for label in labels_of(m)) for m in talk.family.from_bot) >= 1


@on_sqlite
@pytest.mark.parametrize(
    ("hours", "sent", "quiet", "called"),
    [
        ("", moscow(25, 10), moscow(25, 10, 58), moscow(25, 11, 2)),
        ("", moscow(25, 22), moscow(26, 9, 58), moscow(26, 10, 2)),
        ("Mon-Fri 08:00-17:00", moscow(22, 16, 30), moscow(25, 8, 28), moscow(25, 8, 32)),
        ("Mon-Fri 08:00-17:00; off 2030-11-25..2030-11-26", moscow(22, 16, 30), moscow(26, 12), moscow(27, 8, 32)),
    ],
    ids=["by day", "over night", "over a weekend", "over holidays"],
)
async def test_an_hour_of_working_time_calls_a_new_ticket_up_once(
    unstarted_world: World, hours: str, sent: float, quiet: float, called: float
) -> None:
    world = unstarted_world
    world.environment["WORKING_HOURS"] = hours
    world.clock.set_to(sent - 3600)
    await world.start()
    mother = world.person()
    await world.fills_form(mother, "parent", "второй день не пускает")
    world.clock.set_to(sent)
    world.clock.stop()
    await mother.press("Отправить")
    await mother.settles()
    world.clock.go()
    await world.topic_of(1)
    world.clock.stop()
    world.clock.set_to(quiet)
    await world.looks()
    assert counted(world.desk.texts, "ждёт ответа") == 0
    world.clock.set_to(called)
    for _ in range(3):
        await world.looks()
    world.clock.go()  # the list of the morning and the week's report may stand before it
    told = await world.desk.sees("№1 · 7Б · Дневник не найден: ждёт ответа")
    assert "message_thread_id" not in told, "it is called up in the general topic"
    world.clock.move(days=7)
    await world.looks()
    await all_sent(world)
    assert counted(world.desk.texts, "ждёт ответа") == 1


@on_sqlite
async def test_taken_or_answered_tickets_are_not_called_up(unstarted_world: World) -> None:
    world = unstarted_world
    world.clock.set_to(moscow(25, 10))
    await world.start()
    taken, answered = await begin(world), await begin(world, "Анна")
    await world.desk.press("Взять", topic=taken.topic)
    await taken.card_shows("в работе")
    await answered.school("Смотрим")
    await answered.family.sees("Смотрим")
    world.clock.move(hours=5)
    await world.looks()
    assert counted(world.desk.texts, "ждёт ответа") == 0


@on_sqlite
async def test_a_call_up_in_a_plain_group_may_be_replied_to(unstarted_world: World) -> None:
    world = unstarted_world
    del world.support.info["is_forum"]
    world.clock.set_to(moscow(25, 10))
    await world.start()
    talk = await begin(world)
    world.clock.move(hours=2)
    await world.looks()
    told = await world.desk.sees("ждёт ответа")
    await world.desk.writes("уже смотрим", reply_to=told)
    await talk.family.sees("уже смотрим")


async def test_a_step_of_the_upkeep_that_fails_holds_up_no_other(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    world = talk.world
    next_noon(world)
    await talk.school("Попробуйте ещё раз")
    await talk.family.sees("Попробуйте ещё раз")

    async def fails(*_: object) -> int:
        raise RuntimeError("too many arguments")

    monkeypatch.setattr(family_erasing, "erase_old_texts", fails)
    world.clock.move(days=3, hours=1)
    await world.looks()
    await talk.family.sees("три дня назад")
    assert "a step of the upkeep failed: _erase_old_texts" in caplog.text


async def test_one_family_whose_reminder_fails_holds_up_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = await begin(world, "Мария"), await begin(world, "Анна")
    next_noon(world)
    for talk in (first, second):
        await talk.school("Попробуйте ещё раз")
        await talk.family.sees("Попробуйте ещё раз")
    banned = bans.is_banned

    async def fails(connection: AsyncConnection, school_id: int, family_id: int | None) -> bool:
        if family_id == first.family.id:
            await connection.execute(text("SELECT * FROM nowhere"))
        return await banned(connection, school_id, family_id)

    monkeypatch.setattr(bans, "is_banned", fails)
    world.clock.move(days=3, hours=1)
    await world.looks()
    await second.family.sees("три дня назад")
    assert "something that was due failed: remind" in caplog.text
    monkeypatch.setattr(bans, "is_banned", banned)
    await world.looks()
    await first.family.sees("три дня назад")


async def test_an_answer_to_a_solved_ticket_waits_for_the_family_like_any_other(talk: Talk) -> None:
    world = talk.world
    next_noon(world)
    await talk.school("Исправили")
    await talk.family.press("Помогло")
    await talk.card_shows("решено")
    await talk.school("Проверьте ещё раз, пожалуйста")
    await talk.family.sees("Проверьте ещё раз")
    world.clock.move(days=3, hours=1)
    await world.looks()
    await talk.family.sees("три дня назад")
    world.clock.move(days=3, hours=1)
    await world.looks()
    await talk.family.sees("я закрыл обращение")
    await talk.card_shows("решено")


@on_sqlite
async def test_a_family_is_not_asked_about_an_answer_that_was_not_delivered(talk: Talk) -> None:
    world = talk.world
    next_noon(world)
    for method in ("copyMessage", "sendVoice", "sendAudio", "sendDocument"):
        refusal = Refused(400, "Bad Request: VOICE_MESSAGES_FORBIDDEN")
        world.telegram.fault(refusal, 99, method=method, chat=talk.family.chat_id)
    for times in (1, 2):
        await world.desk.sends_voice(**talk.where)
        await world.eventually(lambda n=times: counted(world.desk.texts, "Не доставлено") == n, what="the refusal")
        assert await talk.status() == "in_work", f"{times} answers that the family never had are none"
    world.clock.move(days=3, hours=1)
    await world.looks()
    await all_sent(world)
    assert counted(talk.family.texts, "три дня назад") == 0


@on_sqlite
async def test_a_ready_answer_that_was_not_delivered_is_none(talk: Talk) -> None:
    world = talk.world
    refusal = Refused(400, "Bad Request: SOMETHING_NEW")
    world.telegram.fault(refusal, 99, method="sendMessage", chat=talk.family.chat_id)
    await world.desk.press("Данные исправлены", topic=talk.topic)
    await world.desk.sees("Не доставлено", topic=talk.topic, limit=30)
    assert await talk.status() == "in_work"
