"""A bad day: many families meet the same thing, the desk is told once and hangs a notice, families hear of the end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from sandbox.administrator import Administrator
from sandbox.person import Person
from sandbox.telegram.errors import Json
from sandbox.visible import labels_of, text_of
from storage import bad_day_models, statistics
from tests.clock_moments import moscow
from tests.database_markers import on_sqlite
from tests.ticket_under_way import all_sent
from tests.world import ERRORS, World

CONSENT = ERRORS["child", "consent_required"]
DOWN = "сайт госуслуг не работает, вообще не открывается"
TELL = "Сообщить, когда заработает"
HOUR = 3600.0


@pytest_asyncio.fixture(params=["forum", "group"])
async def noon(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[World]:
    """Noon on a Monday, at a school whose desk is a forum, then a plain group."""
    async with World(database_url, forum=request.param == "forum") as made:
        made.clock.set_to(moscow(25, 12))
        yield await made.start()


async def meet(world: World, words: list[str]) -> list[Person]:
    """As many new families write these words, one each, and have their answers."""
    families = [world.person(f"Семья {number}") for number in range(len(words))]
    for family, said in zip(families, words, strict=True):
        await family.says(said)
        await family.settles()
    await world.looks()
    return families


def alerts(world: World) -> list[Json]:
    """Lists the messages that told the desk of a bad day, in order."""
    return [message for message in world.desk.from_bot if text_of(message).startswith("⚡")]


async def silent(world: World, count: int) -> None:
    """Lets the bot look and send; the desk was told so many times in all."""
    await world.looks()
    await all_sent(world)
    assert len(alerts(world)) == count, world.desk.texts


def counted(person: Person, words: str) -> int:
    """Counts the texts before a person that have these words."""
    return sum(words in text for text in person.texts)


async def test_the_fifth_family_makes_a_bad_day_and_the_desk_hangs_a_notice(noon: World) -> None:
    world = noon
    more = ["мой телефон 89101234567", "что делать", "у Пети Иванова"]
    words = [CONSENT, *(f"{CONSENT}. {said}" for said in more)]
    families = await meet(world, words)
    await families[0].says(CONSENT)  # a family counts once
    await families[0].settles()
    await silent(world, 0)
    await meet(world, [CONSENT])
    told = await world.desk.sees("За полчаса 5 семей с одним и тем же: Нужно согласие")
    assert "message_thread_id" not in told, "it is told in the general topic"
    shown = text_of(told)
    assert shown.count("•") == 3 and "8910" not in shown and "Иванов" not in shown, shown
    assert "Обычно" not in shown, "a new school has no past"
    await meet(world, [CONSENT] * 2)
    await silent(world, 1)

    second = Administrator(world.telegram, "Игорь", chat=world.support)
    number = _number(told)
    said = [
        await world.desk.press("Повесить объявление", message=told, wait=True),
        await second.taps(told, f"propose:{number}"),
        await second.taps(told, f"decline:{number}"),
    ]
    assert said[0].startswith("Вот текст") and "Уже нажато (Ольга)" in said[1] and said[2].startswith("Хорошо"), said
    # The second of them wanted none: nothing hangs, whatever the first one presses now.
    decided = await world.desk.sees("Объявления не будет (Игорь)")
    assert decided["message_id"] == told["message_id"] and labels_of(decided) == ["✅ Починили"]
    assert text_of(decided).startswith("⚡ У многих семей одно и то же: Нужно согласие")
    assert "Уже решено (Игорь): не надо" in await world.desk.taps(told, f"hang:{number}")
    await world.brings_nothing_to(families[0])
    assert not world.app.services.school_of(1).notice  # type: ignore[union-attr]


def _number(alert: Json) -> str:
    data = [b["callback_data"] for row in alert["reply_markup"]["inline_keyboard"] for b in row]
    return str(next(one for one in data if one.startswith("propose:")).partition(":")[2])


async def test_two_who_press_at_once_hang_one_notice_and_families_hear_of_the_end(noon: World) -> None:
    """All of it is one message at the desk, which in the end has no button."""
    world = noon
    families = await meet(world, [DOWN] * 5)
    told = await world.desk.sees("5 семей с одним и тем же: сервис не работает")
    second = Administrator(world.telegram, "Игорь", chat=world.support)
    number = _number(told)
    await world.desk.press("Повесить объявление", message=told)
    proposal = await world.desk.sees("Повесить? Другими словами")
    assert proposal["message_id"] == told["message_id"]
    assert labels_of(proposal) == ["📣 Повесить", "Не надо", "✅ Починили"]
    said_before = len(world.desk.from_bot)
    async with world.at_once():
        await world.desk.press("Повесить", message=proposal, wait=False)
        await second.taps(proposal, f"hang:{number}", wait=False)
    hung = await world.desk.sees("Готово, семьи увидят")
    await all_sent(world)
    assert hung["message_id"] == told["message_id"] and labels_of(hung) == ["✅ Починили"]
    assert sum("Готово, семьи увидят" in text for text in world.desk.texts) == 1
    assert len(world.desk.from_bot) == said_before, "no message more"
    notices = [*world.desk.notices, *second.notices]
    assert notices.count("Объявление висит") == 1 and sum("): объявление висит" in said for said in notices) == 1, (
        notices
    )

    # Five met the outage, three of them want to know of its end, one reads the notice on the first screen.
    child, parent, cancels, blocks, other = families
    await world.begins(child, "child")
    assert "У всех не работает" not in child.text and "сервис не работает" in child.text
    assert (await child.press(TELL)).startswith("Отмечено") and "напишу тебе" in child.notices[-1]
    assert "Уже отмечено" in await child.press(TELL)
    for family in (parent, cancels, blocks):
        assert "напишу вам" in await family.press(TELL)
    done = world.person("Анна")
    await world.begins(done, "parent")
    await done.press(TELL)
    await done.says("Всё заработало, спасибо большое!")
    await done.settles()
    await cancels.says("/cancel")
    await cancels.settles()
    await blocks.blocks_bot()
    await world.eventually(lambda: not world.telegram.pending, what="the block")
    await world.desk.writes("/notice")
    waiting = await world.desk.sees("Ждут, когда заработает: 2 семьи")
    assert labels_of(waiting) == ["✅ Починили"]

    async with world.at_once():
        await world.desk.press("Починили", message=hung, wait=False)
        await second.press("Починили", message=waiting, wait=False)
    repaired = await world.desk.sees("Ждали: 2 семьи. Напишу каждой один раз")
    assert "Объявление снято" in text_of(repaired)
    await world.looks()
    await child.sees("Попробуй войти")
    await parent.sees("Попробуйте войти")
    await all_sent(world)
    assert sum("✅ Починили (" in text for text in world.desk.texts) == 1
    assert not any(labels_of(message) for message in (told, waiting)), "a button that means nothing is gone"
    assert "Уже отмечено" in await second.taps(waiting, "repaired:any")
    for _ in range(2):
        await world.looks()
    await all_sent(world)
    assert [counted(family, "снова работает") for family in (child, parent, cancels, other, done)] == [1, 1, 0, 0, 0]
    await blocks.unblocks_bot()
    await world.brings_nothing_to(blocks)

    # The answer leads where the guide's own question leads; who stands on no path gets the same two answers.
    await child.press("Не получилось")
    await child.sees("Другое")
    await parent.press("Получилось")
    await parent.sees("дневник открывается")


async def test_at_night_the_desk_is_told_silently_and_families_hear_in_the_morning(noon: World) -> None:
    world = noon
    world.clock.set_to(moscow(25, 23))
    mother, father = (await meet(world, [DOWN] * 5))[:2]
    await world.desk.sees("За полчаса 5 семей")
    sent = [call for call in world.calls("sendMessage") if "За полчаса" in str(call.get("text"))]
    assert sent and str(sent[-1].get("disable_notification")).lower() == "true"
    await mother.press(TELL)
    await father.press(TELL)
    await world.desk.press("Не надо")
    await world.desk.press("Починили")
    await world.desk.sees("Ждали: 2 семьи")
    await world.brings_nothing_to(mother)
    await father.says("/forget")
    await father.press("Удалить всё")
    world.clock.set_to(moscow(26, 9, 1))
    await world.looks()
    await mother.sees("Получилось войти?")
    await world.brings_nothing_to(father)
    await mother.press("Получилось")
    await mother.sees("дневник открывается")
    assert counted(father, "снова работает") == 0


async def test_a_wait_ends_after_three_days_and_below_a_notice_that_is_gone_there_is_none(noon: World) -> None:
    world = noon
    await world.desk.writes("/notice Дневник на ремонте до вечера")
    hung = await world.desk.sees("Готово, семьи увидят")
    mother, father = world.person("Мария"), world.person("Пётр")
    for family in (mother, father):
        await family.says("/start")
        await family.sees("Дневник на ремонте")
    await mother.press(TELL)
    world.clock.move(days=3, minutes=5)
    await world.looks()
    old = labels_of(hung)
    await world.desk.writes("/notice Дневник на ремонте ещё день")
    await world.desk.sees("ещё день")
    await all_sent(world)
    assert old == ["✅ Починили"] and not labels_of(hung), "it was of the notice before"
    assert "другое объявление" in await world.desk.taps(hung, "repaired:00000000")
    await world.desk.writes("/notice off")
    off = await world.desk.sees("Объявление снято")
    assert "Ждали" not in text_of(off)
    await world.brings_nothing_to(mother)
    assert "уже сняла" in await father.press(TELL)
    await world.desk.writes("/notice off")
    await all_sent(world)
    await world.brings_nothing_to(father)
    # Another notice, another wait: `/notice off` ends it as «Починили» does.
    await world.desk.writes("/notice Снова ремонт")
    await world.desk.sees("Снова ремонт")
    await mother.says("/start")
    await mother.press(TELL)
    await world.desk.writes("/notice off")
    await world.desk.sees("Ждали: 1 семья")
    await world.looks()
    await mother.sees("снова работает")
    await mother.press("Не получилось")
    await mother.sees("Другое")


async def test_unknown_texts_that_are_alike_make_a_bad_day_and_it_is_told_again_a_day_later(noon: World) -> None:
    world = noon
    alike = [
        "жёлтый слон", "сегодня у нас жёлтый слон", "слон жёлтый, и всё", "вижу: жёлтый слон",
        "Какой-то жёлтый слон у Пети", "опять жёлтый слон",
    ]  # fmt: skip
    await meet(world, [*alike[:4], "где взять форму для физкультуры", "бассейн отменили насовсем"])
    await silent(world, 0)
    families = await meet(world, alike[4:5])
    told = await world.desk.sees("5 семей с одним и тем же: бот этого не знает")
    assert "слон у [имя скрыто]" in text_of(told) and "бассейн" not in text_of(told)
    await world.restart()
    await meet(world, alike)
    await silent(world, 1)
    await world.desk.press("Повесить объявление", message=told)
    await world.desk.sees("одна и та же трудность с дневником")

    # What was met is gone after an hour, and at once with a family that erases itself.
    assert await _sightings(world) == 13
    await families[0].says("/forget")
    await families[0].press("Удалить всё")
    assert await _sightings(world) == 12
    world.clock.move(hours=1, minutes=2)
    await world.looks()
    assert await _sightings(world) == 0
    world.clock.move(hours=23)
    await meet(world, alike)
    await silent(world, 2)
    # Of what a desk did not decide on within a day there is nothing to decide any more.
    assert await world.desk.press("Повесить", message=told) == "Этот день уже прошёл"
    await world.eventually(lambda: not labels_of(told), what="no buttons")


async def _sightings(world: World) -> int:
    """Counts what families met and is still kept: nobody can see it otherwise."""
    assert world.app is not None
    query = select(func.count()).select_from(bad_day_models.sightings)

    async def count(connection: AsyncConnection) -> int:
        return int((await connection.execute(query)).scalar_one())

    return await world.app.services.database.read(count)


async def test_three_times_the_usual_is_needed_where_there_is_a_past(either_world: World) -> None:
    world = either_world
    assert world.app is not None
    world.clock.set_to(moscow(25, 12))
    half_hour, now = statistics.HALF_HOUR_S, world.clock()

    async def past(connection: AsyncConnection) -> None:
        # Two families in each half hour of three working days met this error.
        rows = [now - 24 * HOUR - number * half_hour for number in range(48)]
        for at in [*rows, *rows]:
            await statistics.count(connection, "error", at, school_id=1, path="child", error="consent_required")

    await world.app.services.database.write(past)
    await meet(world, [CONSENT] * 5)
    await silent(world, 0)
    await meet(world, [CONSENT])
    told = await world.desk.sees("За полчаса 6 семей")
    assert "Обычно за полчаса таких семей 2." in text_of(told)
    # What came more than half an hour ago counts for nothing.
    await meet(world, [DOWN] * 4)
    world.clock.move(minutes=31)
    await meet(world, [DOWN] * 4)
    await silent(world, 1)


@on_sqlite
async def test_an_error_chosen_from_the_list_counts_and_forged_buttons_do_nothing(world: World) -> None:
    world.clock.set_to(moscow(25, 12))
    for number in range(5):
        family = world.person(f"Семья {number}")
        await family.opens_link("child")
        await family.press("Появилась ошибка")
        await family.press("2")
        await family.settles()
    await world.looks()
    told = await world.desk.sees("За полчаса 5 семей")
    assert "Своими словами никто не писал" in text_of(told)
    for data in ("propose:", "propose:999", "hang:-1", "decline:" + "9" * 40, "propose:abc"):
        assert await world.desk.taps(told, data) == "Этот день уже прошёл"
    assert "Сначала нажмите" in await world.desk.taps(told, f"hang:{_number(told)}")
    stranger = world.person("Чужой")
    await stranger.says("/start")
    shown = await stranger.sees("Кто пишет")
    await stranger.taps(shown, f"propose:{_number(told)}")
    await stranger.taps(shown, "repaired:any")
    await all_sent(world)
    assert not any("Другими словами" in text for text in world.desk.texts)


@on_sqlite
async def test_where_a_channel_changes_no_message_each_decision_is_one(world: World) -> None:
    assert world.app is not None
    desk = world.app.services.schools.desk_of(1)
    desk.channel = replace(desk.channel, edits=False)
    world.clock.set_to(moscow(25, 12))
    await meet(world, [DOWN] * 5)
    told = await world.desk.sees("За полчаса 5 семей")
    await world.desk.press("Повесить объявление", message=told)
    proposal = await world.desk.sees("Повесить? Другими словами")
    await world.desk.press("Повесить", message=proposal)
    hung = await world.desk.sees("Готово, семьи увидят")
    await world.desk.press("Починили", message=hung)
    repaired = await world.desk.sees("Починили (Ольга). Объявление снято")
    assert len({message["message_id"] for message in (told, proposal, hung, repaired)}) == 4
