"""One code written at the same moment binds one group, once; whoever came second is told so."""

from __future__ import annotations

import asyncio

import pytest

from bot.schools import binding, registering
from bot.schools.binding import BindingOutcome
from bot.schools.registering import NewSchool
from sandbox.administrator import Administrator
from storage import bans, schools
from storage.database import Database
from tests.schools.test_registry import a_group
from tests.world import World

TOKEN = "token"
BOUND, USED, SAME = "это группа школы", "уже использован", "уже привязана"


async def code_of(world: World, name: str) -> str:
    """Adds a school; gives its code."""
    assert world.app is not None
    services = world.app.services
    token = services.settings.token
    added = await services.database.write(lambda c: registering.add(c, NewSchool(name), "", token, world.clock()))
    await world.looks()
    return added.code


def counted(group: Administrator) -> tuple[int, int, int]:
    """Counts what a group was told: that it is bound, that the code was used elsewhere, that it is bound already."""
    bound, used, same = (sum(words in text for text in group.texts) for words in (BOUND, USED, SAME))
    return bound, used, same


async def test_of_two_groups_one_is_bound_and_the_other_is_told(world: World) -> None:
    code = await code_of(world, "Школа №2")
    groups = [a_group(world, "Первая"), a_group(world, "Вторая")]
    async with world.at_once():
        for group in groups:
            await group.writes(f"/code {code}")
    await world.eventually(lambda: all(any(counted(group)) for group in groups), what="a word to both")
    await world.all_sent()
    assert sorted(map(counted, groups)) == [(0, 1, 0), (1, 0, 0)]
    bound = next(group for group in groups if counted(group)[0])
    await world.sends_ticket(world.person(), school="2", words="кому это придёт")
    await bound.sees("кому это придёт")
    assert not any("кому это придёт" in text for group in groups if group is not bound for text in group.texts)
    assert not world.violations


async def test_a_group_that_writes_its_code_twice_is_bound_once(world: World) -> None:
    code = await code_of(world, "Школа №2")
    group = a_group(world, "Группа")
    async with world.at_once():
        await group.writes(f"/code {code}")
        await group.writes(f"/code {code}")
    await group.sees(SAME)
    await group.sees(BOUND)
    await world.all_sent()
    assert counted(group) == (1, 0, 1)
    assert sum("Все нужные права" in text for text in group.texts) == 1
    assert not world.violations


@pytest.mark.postgres
async def test_replicas_bind_one_group_each_time(postgres_url: str) -> None:
    """Only on PostgreSQL are there several replicas."""
    databases = [Database(postgres_url) for _ in range(2)]
    for database in databases:
        await database.open()
    secret = await databases[0].write(lambda c: bans.secret_of(c, TOKEN))
    for number in range(2, 22):
        new = NewSchool(f"Школа №{number}")
        added = await databases[0].write(lambda c, new=new: registering.add(c, new, "", TOKEN, 5.0))
        chats = [-100 * number, -100 * number - 1]
        done = await asyncio.gather(
            *(
                database.write(lambda c, chat=chat, code=added.code: binding.bind(c, code, chat, None, secret, 6.0))
                for database, chat in zip(databases, chats, strict=True)
            )
        )
        outcomes = [one.outcome for one in done]
        assert sorted(outcomes, key=str) == [BindingOutcome.BOUND, BindingOutcome.USED]
        kept = await databases[1].read(lambda c, school=added.school: schools.get(c, school.id))
        assert kept is not None and kept.chat_id == chats[outcomes.index(BindingOutcome.BOUND)]
    for database in databases:
        await database.close()
