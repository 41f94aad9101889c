"""Schools with an operator in MAX: added, bound to a group there, counted, told, moved to Telegram, and gone."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from sandbox.administrator import Administrator
from sandbox.visible import buttons_of, text_of
from tests.database_markers import on_sqlite
from tests.schools.test_registry import a_group, code_in
from tests.world import World


@pytest_asyncio.fixture
async def region(database_url: str) -> AsyncIterator[tuple[World, Administrator]]:
    """A bot in both messengers, whose first school is in Telegram and whose operator is in MAX."""
    world = World(database_url, channels=("telegram", "max"))
    world.max.strict_pace = True
    chat = world.max.group("Операторы")
    world.environment["OPERATOR_CHAT_ID"] = f"max:{chat.id}"
    async with world:
        yield await world.start(), Administrator(world.max, "Инна", chat=chat)


def in_max(world: World, name: str, *, bot: str = "administrator") -> Administrator:
    """Somebody in a group of MAX that is nobody's yet."""
    return Administrator(world.max, name, chat=world.max.group(name, bot=bot))


async def test_a_school_is_bound_in_max_moves_to_telegram_and_leaves(region: tuple[World, Administrator]) -> None:
    world, operator = region
    await operator.writes("/school add Гимназия №2 --slug gym-2")
    shown = text_of(await operator.sees("добавлена"))
    assert f"t.me/{world.telegram.bot['username']}?start=s_gym-2" in shown
    assert f"max.ru/{world.max.bot['username']}?start=s_gym-2" in shown
    code = code_in(shown)
    await operator.writes(f"/code {code}")
    await operator.sees("Это чат оператора")
    father = world.person("Иван", channel="max")
    await father.says(f"/code {code}")
    await father.sees("пишут в группе школы")

    school, other = in_max(world, "Гимназия", bot="left"), in_max(world, "Чужая")
    await school.adds_bot(status="member")
    greeting = text_of(await school.sees("отправьте сюда код"))
    assert "быть администратором" in greeting and "Без них я не увижу" in greeting
    await school.adds_bot()
    await school.writes("/code ABCD-2345")
    await school.sees("Такого кода нет")
    await school.writes(f"/code {code}")
    await school.sees("это группа школы «Гимназия №2»")
    await school.sees("Все нужные права")
    await other.writes(f"/code {code}")
    await other.sees("уже использован")
    await school.writes(f"/code {code}")
    await school.sees("уже привязана")

    await world.sends_ticket(father, school="gym-2", words="не пускает в дневник")
    card = await school.sees("№1 ·")
    await school.writes("ответ гимназии", reply_to=card)
    await father.sees("ответ гимназии")

    await operator.writes("/school list")
    await operator.sees("gym-2 · Гимназия №2 · 🟢 работает · открытых: 1")
    await operator.writes("/school code gym-2")
    moving = code_in(text_of(await operator.sees("Новый код")))
    new = a_group(world, "Новая группа")
    await new.writes(f"/code {moving}")
    await new.sees("это группа школы «Гимназия №2»")
    await school.sees("теперь отвечает в другой группе")
    topic = await new.finds_topic("№1")
    await new.writes("ответ из Telegram", topic=topic)
    await father.sees("ответ из Telegram")
    await world.all_sent()

    await operator.writes("/school remove gym-2")
    await operator.press("Удалить школу", message=await operator.sees("Открытых обращений: 1"))
    await operator.sees("её данные стёрты")
    assert any("document" in message for message in new.from_bot)
    assert not any("document" in message for message in school.from_bot)
    assert "не пускает" not in "\n".join([*operator.texts, *other.texts, *world.desk.texts])
    assert not world.violations


@on_sqlite
@pytest.mark.slow
async def test_the_operator_in_max_counts_and_announces(region: tuple[World, Administrator]) -> None:
    world, operator = region
    second = await world.adds_school("2", "Школа №2", channel="max")
    await world.sends_ticket(world.person("Мария"), school="2")
    await operator.writes("/stats 7")
    assert "photo" in await operator.sees("Все школы за 7 дней")
    await operator.sees("• Школа №2: начали 1")
    await operator.writes("/stats 7 csv")
    file = (await operator.sees("Школы, "))["document"]["file_id"]
    assert "2,2,Школа №2,1" in world.max.files[file].data.decode("utf-8-sig")
    await second.removes_bot()
    await operator.sees("Школа №2: бота удалили из чата школы")
    await operator.writes("/stuck")
    await operator.sees("Где застряло")
    await second.adds_bot()
    await operator.writes("/tell Завтра с 8 до 9 бот обновляется")
    look = await operator.sees("Так сообщение увидят в чатах школ (2)")
    send, _ = buttons_of(look)
    await operator.press("Отправить", message=look)
    assert "уже отправлено" in await operator.taps(look, send["callback_data"])
    for desk in (world.desk, second):
        await desk.sees("Завтра с 8 до 9 бот обновляется")
    await operator.writes("/notice Госуслуги с перебоями")
    await operator.press("Отправить", message=await operator.sees("Так объявление увидят семьи всех школ (2)"))
    await operator.sees("семьи всех школ видят")
    mother = world.person("Анна", channel="max")
    await mother.opens_link("s_2")
    await mother.sees("Госуслуги с перебоями")
    await operator.writes("/open")
    await operator.sees("Такой команды нет")
    await second.writes("/stats 7 csv")
    assert "Школа №43" not in "\n".join(second.texts)
    assert not world.violations
