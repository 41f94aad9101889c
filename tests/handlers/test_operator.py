"""The operator's chat: counts of all schools, what is stuck, announcements to all; never a family's words."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.flows.utf16 import units
from bot.statistics import by_school
from bot.statistics.by_school import SchoolLine
from sandbox.administrator import Administrator
from sandbox.visible import buttons_of, labels_of, text_of
from storage import schools
from storage.school_counts import SchoolCounts
from storage.statistics import Period
from tests.clock_moments import moscow
from tests.ticket_under_way import MOSCOW, all_sent, next_noon
from tests.world import World, chat_of_bot


@pytest_asyncio.fixture(params=["telegram", "max"])
async def region(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[World]:
    """A world whose bot has an operator's chat; that, the desks and the families are in one messenger."""
    world = World(database_url, channels=(request.param,), desk=request.param, WORKING_HOURS="Mon-Sun 09:00-18:00")
    chat = world.telegram.group("Оператор") if request.param == "telegram" else world.max.group("Оператор")
    world.environment["OPERATOR_CHAT_ID"] = str(chat_of_bot(request.param, chat))
    world.max.strict_pace = True
    async with world:
        yield await world.start()


def operator_of(world: World) -> Administrator:
    """Somebody in the operator's chat."""
    chats = world.desk.messenger.chats.values()
    return Administrator(
        world.desk.messenger, "Вера", chat=next(chat for chat in chats if chat.info.get("title") == "Оператор")
    )


async def test_the_operator_sees_counts_of_all_schools_and_no_words(region: World) -> None:
    operator = operator_of(region)
    await region.adds_school("2", "Школа №2")
    await region.sends_ticket(region.person("Мария Особенная"), school="2", words="второй день не пускает")
    await operator.writes("/stats 7")
    picture = await operator.sees("Все школы за 7 дней")
    assert "photo" in picture and "Обращений: 1" in text_of(picture)
    shown = await operator.sees("• Школа №2: начали 1, вошли 0; обращений 1, отвечено 0, первый ответ —")
    assert "• Школа №43: начали 0" in text_of(shown)
    await operator.writes("/stats 7 csv")
    message = await operator.sees("Школы, ")
    data = region.desk.messenger.files[message["document"]["file_id"]].data.decode("utf-8-sig")
    assert data.splitlines()[:2] == [",".join(by_school.COLUMNS), "2,2,Школа №2,1,0,1,0,,0"]
    for said in ("/stats 0", "/stats 7 8", "/stats всё"):
        await operator.writes(said)
        await operator.sees("Напишите число дней от 1 до 366, например: /stats 30. Таблица файлом")
    await operator.writes("/open")
    await operator.sees("Такой команды нет")
    everything = "\n".join([*operator.texts, data])
    assert not any(word in everything for word in ("Особенная", "не пускает", "Иванов", "7Б", "№1 "))
    await region.desk.writes("/tell всем")
    await region.desk.sees("Такой команды нет, семье это не ушло")
    assert not region.violations


async def test_what_is_stuck_is_told_on_demand_at_once_and_once_a_morning(region: World) -> None:
    operator = operator_of(region)
    next_noon(region)
    second = await region.adds_school("2", "Школа №2")
    await operator.writes("/stuck")
    await operator.sees("Нигде ничего не застряло")
    await region.sends_ticket(region.person("Анна"), school="2")
    assert region.app is not None
    services = region.app.services

    async def without_desk(connection: AsyncConnection) -> None:
        await schools.add(connection, slug="3", name="Школа №3", created_at=region.clock())

    await services.database.write(without_desk)
    await region.looks()
    for name in ("Иван", "Пётр"):
        await region.sends_ticket(region.person(name), school="3")
    await operator.sees("Школа №3: пришло обращение, а чата у школы ещё нет")
    await second.removes_bot()
    await operator.sees("Школа №2: бота удалили из чата школы")
    await operator.writes("/stuck")
    shown = text_of(await operator.sees("Где застряло"))
    assert "Школа №3: чата ещё нет, открытых обращений: 2" in shown and "Школа №2: бота удалили из чата" in shown
    assert "ждут" not in shown and "Школа №43" not in shown
    region.clock.move(hours=22)
    await region.looks()
    await region.eventually(lambda: sum("Где застряло" in text for text in operator.texts) == 2, what="the morning")
    region.clock.move(hours=3)
    await operator.writes("/stuck")
    await operator.sees("ждут больше суток: 1, дольше всех — 1 день 1 ч")
    await region.looks()
    assert sum("Где застряло" in text for text in operator.texts) == 3, "once a day without being asked"
    assert sum("пришло обращение" in text for text in operator.texts) == 1, "once a school and day"
    assert not any(word in "\n".join(operator.texts) for word in ("Анна", "Иван", "Пётр", "7Б"))


async def test_who_waits_below_the_operators_notice_is_told_when_it_is_taken_away(region: World) -> None:
    region.clock.set_to(moscow(26, 12))
    operator = operator_of(region)
    second, _ = await region.adds_school("2", "Школа №2"), await region.adds_school("3", "Школа №3")
    await operator.writes("/notice Госуслуги на ремонте")
    await operator.press("Отправить", message=await operator.sees("Так объявление увидят"))
    await operator.sees("Готово (Вера)")
    mother, father = region.person(), region.person("Пётр")
    for family, link in ((mother, "s_3_parent"), (father, "s_2_parent")):
        await family.opens_link(link)
        await family.sees("Шаг 1 из")
        await family.says("/start")
        await family.sees("Госуслуги на ремонте")
        await family.press("Сообщить, когда заработает")
    await second.writes("/notice У нас ремонт ещё неделю")
    await second.sees("Готово, семьи увидят")
    await operator.writes("/notice off")
    await operator.sees("Общее объявление снято")
    await operator.sees("Ждали: 1 семья")
    await operator.writes("/notice off")
    await operator.sees("и не было")
    await region.looks()
    await mother.sees("снова работает")
    await region.all_sent()
    assert sum("снова работает" in text for text in mother.texts) == 1
    assert not any("снова работает" in text for text in father.texts), "the school's own notice still hangs"
    await second.writes("/notice off")
    await second.sees("Ждали: 1 семья")
    await region.looks()
    await father.sees("снова работает")


async def test_an_announcement_is_looked_at_and_then_reaches_all_once(region: World) -> None:
    operator = operator_of(region)
    second = await region.adds_school("2", "Школа №2")
    mother = region.person()
    await operator.writes("/notice Госуслуги <работают> с перебоями")
    look = await operator.sees("Так объявление увидят семьи всех школ (2)")
    await mother.opens_link("s_2_parent")
    await mother.sees("Шаг 1 из")
    assert "перебоями" not in mother.text
    await operator.press("Отправить", message=look)
    await operator.sees("Готово (Вера): семьи всех школ видят «Госуслуги <работают> с перебоями»")
    await second.writes("/notice А у нас каникулы")
    await second.sees("Готово, семьи увидят")
    await mother.says("/start")
    shown = text_of(await mother.sees("Госуслуги <работают> с перебоями"))
    assert "А у нас каникулы" in shown, "the school's own notice hangs below it"
    await operator.writes("/notice off")
    await operator.sees("Общее объявление снято")
    await mother.says("/start")
    await mother.sees("А у нас каникулы")
    await operator.writes("/tell Завтра с 9 до 10\nбот обновляется")
    first_look = await operator.sees("Так сообщение увидят в чатах школ (2)")
    await operator.writes("/tell Завтра с 8 до 9 бот обновляется")
    newer = await operator.sees("с 8 до 9")
    assert labels_of(newer) == ["📣 Отправить", "Отмена"]
    assert "заменено более новым" in await operator.press("Отправить", message=first_look)
    send, _ = buttons_of(newer)
    await operator.press("Отправить", message=newer)
    assert "уже отправлено" in await operator.taps(newer, send["callback_data"])
    for desk in (region.desk, second):
        await desk.sees("Завтра с 8 до 9 бот обновляется")
    await operator.writes("/tell лишнее")
    await operator.press("Отмена", message=await operator.sees("лишнее"))
    await operator.sees("Отменено (Вера)")
    await all_sent(region)
    for desk in (region.desk, second):
        assert sum("бот обновляется" in text for text in desk.texts) == 1
        assert "лишнее" not in "\n".join(desk.texts)
    for said, word in (("/tell", "Напишите, что сказать"), ("/notice", "Общего объявления"), ("/x", "команды нет")):
        await operator.writes(said)
        await operator.sees(word)
    await operator.writes("/notice " + "я" * 301)
    await operator.sees("Слишком длинно: 301 знак, а помещается 300")
    assert not region.violations


def test_a_table_of_hundreds_is_cut_in_its_middle() -> None:
    lines = [SchoolLine(n, f"s{n}", f"Школа №{n}", SchoolCounts(began=n, tickets=n)) for n in range(1, 301)]
    period = Period(date(2030, 9, 1), date(2030, 9, 30), MOSCOW)
    shown = by_school.table(lines, period, 4096)
    assert units(shown) <= 4096
    assert "Школа №300<" in shown and "Школа №1<" in shown and "Школа №150<" not in shown
    left_out = int(shown.partition("ещё школ: ")[2].split()[0])
    assert shown.count("\n•") == 300 - left_out
    assert by_school.table(lines, period, 10**6).count("\n•") == 300
