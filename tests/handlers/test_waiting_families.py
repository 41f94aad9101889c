"""Families that wait for the school: the desk is reminded of each, and gets their list each working morning."""

from __future__ import annotations

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from sandbox.telegram.errors import internal_error
from sandbox.visible import text_of, urls_of
from storage import statistics
from tests.clock_moments import moscow
from tests.database_markers import on_sqlite
from tests.ticket_under_way import Talk, begin
from tests.world import World


async def is_looked_at(world: World, day: int, hour: int, minute: int = 0) -> None:
    """The bot looks at the clock at that moment, twice, and sends what it owes."""
    world.clock.set_to(moscow(day, hour, minute))
    for _ in range(2):
        await world.looks()
    await world.all_sent()


def heard(world: World, words: str) -> int:
    """Counts the messages of the desk that have these words."""
    return sum(words in text for text in world.desk.texts)


async def answered(world: World, name: str = "Мария") -> Talk:
    """A family whose ticket the school has answered."""
    talk = await begin(world, name)
    await talk.school(f"Какой класс, {name}?")
    await talk.family.sees(f"Какой класс, {name}?")
    return talk


AGAIN = "семья снова ждёт школу"


async def test_a_family_that_waits_again_is_called_up_once_a_waiting(either_world: World) -> None:
    world = either_world
    world.clock.set_to(moscow(26, 10))
    talk = await answered(world)
    await talk.family.says("седьмой")
    await world.desk.sees("седьмой")
    await is_looked_at(world, 26, 13, 50)
    assert heard(world, AGAIN) == 0
    await talk.family.says("вы тут?")
    await world.desk.sees("вы тут?")
    await is_looked_at(world, 26, 14, 5)
    told = await world.desk.sees("№1 · 7Б · Дневник не найден: семья снова ждёт школу")
    assert "message_thread_id" not in told, "it is called up in the general topic"
    await is_looked_at(world, 26, 19)
    assert heard(world, AGAIN) == 1
    await world.desk.writes("Проверили, попробуйте", reply_to=told)
    await talk.family.sees("Проверили, попробуйте")
    await is_looked_at(world, 27, 16)
    assert heard(world, AGAIN) == 1, "the school has answered"
    await talk.family.press("Не помогло")
    await world.desk.sees("не помогло")
    await is_looked_at(world, 27, 19, 50)
    assert heard(world, AGAIN) == 1
    await is_looked_at(world, 28, 9, 30)
    assert heard(world, AGAIN) == 2, "the night is no working time"
    # A family that opens its ticket again waits as well.
    await world.desk.press("Решено", message=talk.card)
    await talk.family.press("Открыть снова")
    await world.desk.sees("Семья открыла обращение №1 снова")
    await is_looked_at(world, 28, 13, 20)
    assert heard(world, AGAIN) == 2
    await is_looked_at(world, 28, 13, 40)
    assert heard(world, AGAIN) == 3


async def test_a_day_opens_with_who_waits_oldest_first(either_world: World) -> None:
    world, desk = either_world, either_world.desk
    world.clock.set_to(moscow(26, 17))
    first, put_off, waits_for_family = [await answered(world, name) for name in ("Мария", "Анна", "Олег")]
    await put_off.family.says("восьмой")
    await desk.sees("восьмой")
    assert await desk.taps(put_off.card, f"putoff:{put_off.number}:days3") == "Обращение №2 отложено до 29.11 09:00"
    second = await begin(world, "Борис")
    world.clock.set_to(moscow(26, 19))
    await first.family.says("седьмой")
    await desk.sees("седьмой")
    await is_looked_at(world, 27, 8, 59)
    assert heard(world, "Доброе утро") == 0
    await is_looked_at(world, 27, 9, 1)
    listed = await desk.sees("Ждут ответа школы: 2")
    assert "message_thread_id" not in listed
    at = [text_of(listed).find(f"№{talk.number} · 7Б") for talk in (second, first)]
    assert 0 < at[0] < at[1] and f"№{waits_for_family.number}" not in text_of(listed)
    is_linked = str(world.support.id).startswith("-100")
    assert (f"/{first.card['message_id']}" in "".join(urls_of(listed).values())) is is_linked
    assert ("/ticket и номер" in text_of(listed)) is not is_linked, "where there are no links, a command leads there"
    await world.restart()
    await is_looked_at(world, 27, 9, 30)
    assert heard(world, "Доброе утро") == 1
    await desk.writes("/open")
    lines = text_of(await desk.sees("Открытых обращений: 4")).splitlines()
    for talk, turn in (
        (first, "👀 ход школы"), (put_off, "💤 отложено до 29.11 09:00"), (waits_for_family, "⏳ ход семьи"),
        (second, "🆕 ход школы"),
    ):  # fmt: skip
        assert [f" · {turn} · " in line for line in lines if f"№{talk.number} " in line] == [True], lines
    assert "новое" not in "".join(lines) and "в работе" not in "".join(lines), "whose turn it is is said once"


async def test_a_list_that_is_late_is_left_out_and_digest_ends_it(either_talk: Talk) -> None:
    world, desk = either_talk.world, either_talk.world.desk
    await is_looked_at(world, 26, 12, 30)
    assert heard(world, "Доброе утро") == 0, "a bot that was away does not say good morning at noon"
    await is_looked_at(world, 26, 23)
    world.telegram.fault(internal_error(), times=3, method="sendMessage", chat=world.support.id)
    world.clock.set_to(moscow(27, 9, 1))
    await world.looks()
    await world.eventually(lambda: heard(world, "Доброе утро") == 1, what="the list in spite of refusals")
    for said, shown in (
        ("/digest", texts.DIGEST_IS_ON),
        ("/digest off", texts.DIGEST_OFF),
        ("/digest", texts.DIGEST_IS_OFF),
        ("/digest завтра", texts.DIGEST_USAGE + texts.DIGEST_IS_OFF),
    ):
        await desk.writes(said)
        await desk.sees(shown)
        world.clock.move(seconds=2)
    await is_looked_at(world, 28, 9, 1)
    await is_looked_at(world, 32, 9, 1)
    assert heard(world, "Доброе утро") == 1 and heard(world, "Прошлая неделя") == 0
    await desk.writes("/digest on")
    await desk.sees(texts.DIGEST_ON)
    await is_looked_at(world, 33, 9, 1)
    assert heard(world, "Доброе утро") == 2 and heard(world, "Прошлая неделя") == 0, "the week opened yesterday"


@on_sqlite
@pytest.mark.slow
@pytest.mark.parametrize("in_forum", [True, False])
async def test_a_week_opens_with_the_picture_of_the_last(unstarted_world: World, in_forum: bool) -> None:
    world = unstarted_world if in_forum else unstarted_world.in_a_basic_group()
    world.environment["WORKING_HOURS"] = "Mon-Fri 08:00-17:00; off 2030-11-25"
    world.clock.set_to(moscow(19, 10))
    await world.start()
    assert world.app is not None

    async def some_days(connection: AsyncConnection) -> None:
        for _ in range(3):
            await statistics.count(connection, "done", moscow(20, 10), school_id=1, path="parent")
        await statistics.count(connection, "done", moscow(26, 1), school_id=1, path="parent")

    await world.app.services.database.write(some_days)
    helped, not_helped = await answered(world, "Мария"), await answered(world, "Анна")
    for talk in (helped, not_helped):
        await talk.school("Исправили, попробуйте войти")
    await helped.family.press("Помогло")
    await helped.card_shows("решено")
    await not_helped.family.press("Не помогло")
    await not_helped.card_shows("открыто снова")
    await is_looked_at(world, 25, 8, 1)
    assert heard(world, "Прошлая неделя") == 0, "Monday is off"
    await is_looked_at(world, 26, 8, 1)
    report = await world.desk.sees("Прошлая неделя (18.11–24.11)")
    assert report["photo"] and "message_thread_id" not in report
    said = text_of(report)
    assert "Решено без школы: 60% (3 из 5)" in said and "Помогло после ответа школы: 50% (1 из 2)" in said
    assert "первый ответ — " in said and "решение — " in said
    await is_looked_at(world, 27, 8, 1)
    assert heard(world, "Прошлая неделя") == 1


async def test_a_banned_family_waits_for_nothing_until_the_ban_ends(either_world: World) -> None:
    world = either_world
    world.clock.set_to(moscow(26, 10))
    talk = await answered(world)
    await talk.family.says("седьмой")
    await world.desk.sees("седьмой")
    await talk.school("/ban")
    await world.desk.sees("больше не может писать")
    await is_looked_at(world, 26, 15)
    await is_looked_at(world, 27, 9, 1)
    assert heard(world, AGAIN) == heard(world, "Доброе утро") == 0
    await world.desk.writes("/open")
    await world.desk.sees("семья заблокирована")
    await talk.school("/unban")
    await world.desk.sees("снова может писать")
    await is_looked_at(world, 27, 9, 10)
    assert heard(world, AGAIN) == 1
    await is_looked_at(world, 28, 9, 1)
    await world.desk.sees("Ждут ответа школы: 1")
