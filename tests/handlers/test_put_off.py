"""«Отложить»: a ticket is put away for some days, is left in peace meanwhile, and comes back in the morning."""

from __future__ import annotations

import asyncio

from bot import texts_ru as texts
from sandbox.administrator import Administrator
from sandbox.visible import labels_of, text_of
from tests.clock_moments import moscow
from tests.database_markers import on_sqlite
from tests.ticket_under_way import Talk, begin
from tests.world import World


async def put_off(talk: Talk, day: str) -> str:
    """Presses «Отложить» on the card, then a day; gives the words that answer the press."""
    world = talk.world
    await world.desk.press("Отложить", message=talk.card)
    await world.eventually(lambda: day in labels_of(talk.card), what="the days on the card")
    return await world.desk.press(day, message=talk.card)


async def is_put_off(talk: Talk, *, shown: bool) -> None:
    """Waits until the card shows that the ticket is put off, or does not."""
    await talk.world.eventually(
        lambda: ("отложено до" in text_of(talk.card)) is shown and "✅ Решено" in labels_of(talk.card),
        what=f"put off on the card: {shown}",
    )


async def test_a_ticket_is_put_away_and_comes_back_in_the_morning_with_one_word(either_world: World) -> None:
    world, desk = either_world, either_world.desk
    world.clock.set_to(moscow(26, 12))
    talk = await begin(world)
    await desk.press("Взять", message=talk.card)
    await desk.press("Отложить", message=talk.card)
    await world.eventually(lambda: "Понедельник" in labels_of(talk.card), what="the days")
    assert labels_of(talk.card) == ["Завтра", "Понедельник", "Через 3 дня", texts.B_BACK]
    await desk.press("Назад", message=talk.card)
    await is_put_off(talk, shown=False)
    assert await put_off(talk, "Через 3 дня") == "Обращение №1 отложено до 29.11 09:00"
    await is_put_off(talk, shown=True)
    for day, hour, minute in ((28, 10, 0), (29, 8, 59)):
        world.clock.set_to(moscow(day, hour, minute))
        await world.looks()
        await world.all_sent()
    assert not any(word in text for text in desk.texts for word in ("ждёт ответа", "Ждут ответа", "снова здесь"))
    world.clock.set_to(moscow(29, 9, 1))
    await world.looks()
    back = await desk.sees("Обращение №1 снова здесь")
    if "topic" in talk.where:
        assert back["message_thread_id"] == talk.topic.id
    else:
        assert back["reply_to_message"]["message_id"] == talk.card["message_id"]
    assert "Ведёт: Ольга." in text_of(back)
    assert " · Ольга" in text_of(await desk.sees("Ждут ответа школы: 1"))
    await is_put_off(talk, shown=False)
    world.clock.move(hours=2)
    await world.looks()
    await world.all_sent()
    assert sum("снова здесь" in text for text in desk.texts) == 1
    assert not any("больше часа" in text for text in desk.texts), "its return has called the desk up"


async def test_a_word_of_the_family_an_end_or_a_press_ends_the_putting_off(either_talk: Talk) -> None:
    talk, world, desk = either_talk, either_talk.world, either_talk.world.desk
    tomorrow = f"putoff:{talk.number}:tomorrow"
    world.clock.set_to(moscow(26, 12))
    await put_off(talk, "Завтра")
    await is_put_off(talk, shown=True)
    await talk.family.says("ну как там?")
    await is_put_off(talk, shown=False)
    await put_off(talk, "Понедельник")
    await is_put_off(talk, shown=True)
    assert await put_off(talk, "Не откладывать") == texts.NOT_PUT_OFF.format(number=talk.number)
    await is_put_off(talk, shown=False)
    assert await desk.taps(talk.card, f"putoff:{talk.number}:not") == texts.ALREADY_SO
    await put_off(talk, "Понедельник")
    card = talk.card
    await desk.press("Решено", message=card)
    await talk.card_shows("решено")
    refused = texts.PUT_OFF_SOLVED.format(number=talk.number)
    assert await desk.taps(card, f"putoff:{talk.number}") == await desk.taps(card, tomorrow) == refused
    await desk.press("Открыть снова", message=talk.card)
    await talk.card_shows("открыто снова")
    await is_put_off(talk, shown=False)


async def test_of_two_who_put_off_at_once_one_does_and_a_forged_day_is_none(talk: Talk) -> None:
    world, card = talk.world, talk.card
    world.clock.set_to(moscow(26, 12))
    colleague = Administrator(world.telegram, "Нина", chat=world.support)
    said = await asyncio.gather(*(who.taps(card, f"putoff:{talk.number}:tomorrow") for who in (world.desk, colleague)))
    assert sorted(said) == sorted(["Обращение №1 отложено до 27.11 09:00", texts.ALREADY_SO])
    assert await colleague.taps(card, f"putoff:{talk.number}:monday") == "Обращение №1 отложено до 02.12 09:00"
    assert await colleague.taps(card, f"putoff:{talk.number}:yesterday") == ""
    await world.eventually(lambda: "Завтра" in labels_of(talk.card), what="the days of today")
    assert "отложено до 02.12 09:00" in text_of(talk.card)
    assert await colleague.taps(card, "putoff:99:tomorrow") == texts.NO_SUCH_TICKET


@on_sqlite
async def test_a_ticket_that_is_back_calls_the_desk_once_also_where_an_answer_was_promised(world: World) -> None:
    talk = await _answered_and_put_off(world, 26, "Ваш вопрос решаем, ответим на неделе.")
    await _looked_at(world, 32, 9)
    assert sum("снова здесь" in text or "обещала" in text for text in world.desk.texts) == 1
    assert await talk.status() == "in_work"


@on_sqlite
async def test_silence_ends_no_ticket_that_is_put_off(world: World) -> None:
    talk = await _answered_and_put_off(world, 25, "Попробуйте ещё раз")
    for day in (28, 31, 32):
        await _looked_at(world, day, 12)
    await world.desk.sees("снова здесь", topic=talk.topic)
    assert await talk.status() == "waiting_family"
    await _looked_at(world, 35, 13)
    assert await talk.status() == "solved", "its three days began when it was back"


async def _answered_and_put_off(world: World, day: int, answer: str) -> Talk:
    """A ticket that the school answered at noon of a day of November, and put off until the next Monday."""
    world.clock.set_to(moscow(day, 12))
    talk = await begin(world)
    await talk.school(answer)
    await talk.family.sees(answer)
    await put_off(talk, "Понедельник")
    await is_put_off(talk, shown=True)
    return talk


async def _looked_at(world: World, day: int, hour: int) -> None:
    """The bot looks at the clock at that hour, and a minute later, and sends what it owes."""
    for minute in (1, 2):
        world.clock.set_to(moscow(day, hour, minute))
        await world.looks()
    await world.all_sent()
