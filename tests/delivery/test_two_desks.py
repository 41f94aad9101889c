"""Two desks differ by data alone: each gets its own tickets, and what stops one holds up no other."""

from __future__ import annotations

from bot import texts_ru as texts
from sandbox.administrator import Administrator
from sandbox.person import Person
from sandbox.telegram.errors import bad
from storage import schools
from storage.schools import FIRST
from tests.bot_port import health
from tests.database_markers import on_sqlite
from tests.ticket_under_way import all_sent, none_on_its_way, upgraded
from tests.world import World


async def ticket_at(world: World, desk: Administrator, school: str, name: str) -> Person:
    """A family of a school whose ticket stands at its desk; the only school needs no name in a link."""
    family = world.person(name)
    number = await world.sends_ticket(family, school=school)
    assert number == 1, "the numbers of a school run from 1"
    await desk.sees("№1 ·")
    return family


@on_sqlite
async def test_each_desk_has_its_own_tickets_and_sees_no_other(world: World) -> None:
    mother = await ticket_at(world, world.desk, "", "Мария")
    second_desk = await world.adds_school("2")
    father = await ticket_at(world, second_desk, "2", "Иван")
    await father.says("весть второй школе")
    await second_desk.sees("весть второй школе", topic=second_desk.topic("№1"))
    await mother.says("весть первой школе")
    await world.desk.sees("весть первой школе", topic=world.desk.topic("№1"))
    await second_desk.writes("ответ второй школы", topic=second_desk.topic("№1"))
    await father.sees("ответ второй школы")
    await all_sent(world)
    assert "второй школ" not in "\n".join([*world.desk.texts, *mother.texts])
    for desk, name in ((world.desk, "Мария"), (second_desk, "Иван")):
        await desk.says("/open")
        await desk.sees("Открытых обращений: 1")
        await desk.says("/ticket 1")
        await desk.sees(f"родитель, {name}")
        await desk.says("/ticket 2")
        await desk.sees("нет")
    assert not world.telegram.violations


@on_sqlite
async def test_a_desk_that_takes_nothing_holds_up_no_other(world: World) -> None:
    second_desk = await world.adds_school("2")
    father = await ticket_at(world, second_desk, "2", "Иван")
    await all_sent(world)
    await second_desk.removes_bot()
    await father.says("весть без бота")
    assert world.app is not None
    services = world.app.services
    await world.eventually(lambda: bool(services.schools.desks[2].away), what="the second desk away")
    assert not services.schools.desks[1].away
    await services.database.write(lambda c: schools.change(c, FIRST, slug="43"))
    await world.looks()
    mother = await ticket_at(world, world.desk, "43", "Мария")
    await mother.says("весть первой школе")
    await world.desk.sees("весть первой школе")
    await second_desk.adds_bot()
    await second_desk.sees("весть без бота")


@on_sqlite
async def test_a_desk_that_takes_messages_hides_none_that_refuses_them(world: World) -> None:
    mother = await ticket_at(world, world.desk, "", "Мария")
    second_desk = await world.adds_school("2")
    father = await ticket_at(world, second_desk, "2", "Иван")
    await all_sent(world)
    refused = bad("temporarily unavailable")
    fault = world.telegram.fault(refused, 99, method="sendMessage", chat=world.support.id)
    await mother.says("весть первой школе")
    for tries in range(4):
        await world.eventually(lambda tries=tries: 99 - fault.times > tries, what="a try")
        await father.says(f"весть {tries} второй школе")
        await second_desk.sees(f"весть {tries} второй школе")
        await none_on_its_way(world)
        world.clock.move(minutes=6)
        await world.looks()
    refuses = texts.HEALTH_DESK_REFUSED.partition("{")[0]
    assert refuses in (await health(world))[1]["reason"]
    fault.times = 0
    await none_on_its_way(world)
    world.clock.move(minutes=6)
    await world.desk.sees("весть первой школе")
    await all_sent(world)
    assert refuses not in (await health(world))[1].get("reason", "")


async def test_a_group_that_is_upgraded_takes_its_own_tickets_along(world: World) -> None:
    await ticket_at(world, world.desk, "", "Мария")
    await all_sent(world)
    assert world.app is not None
    second_desk = await world.adds_school("2", kind="group")
    await ticket_at(world, second_desk, "2", "Иван")
    moved = await upgraded(world, second_desk)
    await second_desk.sees("№1 ·")
    await all_sent(world)
    services = world.app.services
    assert services.schools.desks[2].chat_id == moved.id and services.schools.desks[1].chat_id == world.support.id
    assert sum(text.startswith("№1 ·") for text in world.desk.texts) == 1
