"""docs/region.ru.md leads from nothing to the tenth school: the page's own commands are written in their order."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sandbox.administrator import Administrator
from sandbox.visible import text_of
from tests.check.test_check import ALL, checked, row_of
from tests.schools.test_registry import a_group, code_in
from tests.world import World

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "region.ru.md").read_text("utf-8")
NUMBERS = re.compile(r"for n in ([\d ]+);")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: tests/schools tries each command on both; here their order is that of the page."""
    return sqlite_url


def written(command: str) -> str:
    """A command, which has to stand in the page."""
    assert command in PAGE, f"the page does not say {command}"
    return command


@pytest.mark.slow
async def test_from_nothing_to_the_tenth_school(unstarted_world: World) -> None:
    world = unstarted_world
    del world.environment["SUPPORT_CHAT_ID"]
    world.environment |= ALL
    await world.start()
    operator = Administrator(world.telegram, "Инна", chat=world.telegram.group("Операторы", forum=False, bot="left"))
    await operator.adds_bot()
    await operator.says(written("/id"))
    await operator.sees(f"Номер этой группы: {operator.chat_id}")
    await world.stop()
    world.environment["OPERATOR_CHAT_ID"] = str(operator.chat_id)
    await world.start()
    status, table = await checked(world)
    assert status == 0 and "✗" not in table and row_of(table, "Чат оператора").startswith("✓")

    await operator.says(written("/school add Школа №43"))
    added = text_of(await operator.sees("добавлена"))
    assert "?start=s_43" in added and written("schools code 43 --out ПАПКА").partition(" 43")[0] in added
    school = Administrator(world.telegram, "Ольга", chat=world.telegram.group("Школа 43", forum=True, bot="left"))
    await school.adds_bot()
    await school.sees("отправьте сюда код")
    await school.says(f"/code {code_in(added)}")
    await school.sees("это группа школы «Школа №43»")
    await school.sees("Все нужные права у бота есть")
    mother = world.person("Мария")
    await world.sends_ticket(mother, school="43", words="проверка оператора")
    await school.sees("№1 ·")

    listed = NUMBERS.search(PAGE)
    assert listed
    others = [*listed[1].split(), "13", "17", "19", "23"]
    assert len(others) == 9, "with the first one they are ten"
    desks = {}
    for number in others:
        await operator.says(f"/school add Школа №{number} --slug {number}")
        code = code_in(text_of(await operator.sees(f"Школа №{number} добавлена")))
        desks[number] = a_group(world, f"Школа {number}")
        await desks[number].says(f"/code {code}")
        await desks[number].sees(f"это группа школы «Школа №{number}»")
    await operator.says(written("/school list"))
    states = text_of(await operator.sees("Школ: 10"))
    assert states.count("🟢 работает") == 10
    newcomer = world.person("Анна")
    await newcomer.says("/start")
    await newcomer.sees("Из какой вы школы?")
    await newcomer.says("школа 11")
    await newcomer.sees("Школа №11")

    await world.all_sent()
    await operator.says(written("/stuck"))
    await operator.sees("Нигде ничего не застряло")
    for said, preview in (("/notice", "Так объявление увидят семьи"), ("/tell", "Так сообщение увидят в чатах школ")):
        assert f"`{said} текст`" in PAGE
        await operator.says(f"{said} Завтра бот обновляется")
        await operator.press("Отправить", message=await operator.sees(preview))
    await desks["11"].sees("Завтра бот обновляется")
    await operator.says(written("/school code 43"))
    new = a_group(world, "Новая группа")
    await new.says(f"/code {code_in(text_of(await operator.sees('Новый код')))}")
    await new.sees("№1 ·")
    await world.all_sent()
    await operator.says(written("/school remove 43"))
    await operator.press("Удалить школу", message=await operator.sees("Открытых обращений: 1"))
    await operator.sees("«Школа №43» удалена, её данные стёрты")
    assert any("document" in message for message in new.from_bot)
    assert not world.violations
