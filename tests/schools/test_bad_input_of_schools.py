"""Every mistake that the operator, a school or a family makes with schools has a clear word, in either messenger."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from sandbox.administrator import Administrator
from sandbox.visible import text_of
from tests.schools.test_registry import code_in
from tests.world import World


@dataclass
class Region:
    """A bot in one messenger, its first school's desk there, and its operator."""

    world: World
    operator: Administrator
    channel: str

    def group(self, name: str) -> Administrator:
        """Somebody in a group that is nobody's yet."""
        return _group(self.world, self.channel, name)

    async def code(self, said: str, answer: str) -> str:
        """Gives the code in the bot's answer to a command of the operator."""
        await self.operator.writes(said)
        return code_in(text_of(await self.operator.sees(answer)))


@pytest_asyncio.fixture(params=["telegram", "max"])
async def region(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[Region]:
    """The messengers differ in how a group is seen and a bot is thrown out; the databases in how a code is used up.

    The one has nothing to do with the other, so each messenger meets one database (`PAIRS`).
    """
    world = World(database_url, channels=(request.param,), desk=request.param)
    operator = _group(world, request.param, "Инна")
    world.environment["OPERATOR_CHAT_ID"] = f"{'max:' if request.param == 'max' else ''}{operator.chat_id}"
    async with world:
        yield Region(await world.start(), operator, request.param)


def _group(world: World, channel: str, name: str) -> Administrator:
    messenger = world.max if channel == "max" else world.telegram
    return Administrator(messenger, name, chat=messenger.group(name))


async def test_each_mistake_has_a_clear_word_and_nothing_is_lost(region: Region) -> None:
    world, operator = region.world, region.operator
    code = await region.code("/school add Школа №44", "добавлена")
    for said, answer in (
        ("Школа №44", "Школа с названием «Школа №44» уже есть"),
        ("Школа №45 --slug школа_45!", "латинские строчные буквы, цифры и дефис"),
        ("Школа №45 --slug 44", "Имя «44» уже занято"),
        ("Школа №45 --pack нет_такого", "нет такого пакета"),
        (f"Школа №45 --pack /packs/{'глубоко/' * 20}", "нет такого пакета"),
    ):
        await operator.writes(f"/school add {said}")
        await operator.sees(answer)

    mother = world.person("Мария")
    await world.sends_ticket(mother, school="44", words="ждёт группы своей школы")
    await operator.sees("Школа №44: пришло обращение, а чата у школы ещё нет")
    for wrong, place in (("пишут в группе школы", mother), ("Это чат оператора", operator)):
        await place.says(f"/code {code}")
        await place.sees(wrong)
    await world.desk.writes(f"/code {code}")
    await world.desk.sees("В этой группе уже работает другая школа")

    school = region.group("Учителя")
    world.clock.move(hours=24, minutes=1)
    await school.writes(f"/code {code}")
    await school.sees("Срок кода вышел: он действует 24 часа")
    code = await region.code("/school code 44", "Новый код")
    await school.writes(f"/code {code}")
    await school.sees("это группа школы «Школа №44»")
    await school.sees("ждёт группы своей школы")  # nothing was lost meanwhile
    other = region.group("Чужие")
    await other.writes(f"/code {code}")
    await other.sees("Этот код уже использован в другой группе")

    await world.all_sent()
    await school.removes_bot()
    await operator.sees("Школа №44: бота удалили из чата школы")
    await mother.says("пишу, пока бота нет в группе")
    await mother.settles()
    await school.adds_bot()
    await world.looks()
    await world.all_sent()
    await school.sees("пишу, пока бота нет в группе")

    await operator.writes("/school remove 44")
    await operator.press("Удалить школу", message=await operator.sees("Открытых обращений: 1"))
    await operator.sees("её данные стёрты")
    await world.looks()  # what another process may have done is known within seconds
    stranger = world.person("Анна")
    await stranger.opens_link("s_44_role_parent")
    await stranger.sees("Школа №44 больше не пользуется", anywhere=True)
    told = "\n".join([*operator.texts, *world.desk.texts, *other.texts])
    assert "ждёт группы" not in told and "пока бота нет" not in told
    assert not world.violations
