"""Two desks differ by data alone: each gets its own tickets, and what stops one holds up no other."""

from __future__ import annotations

from bot.desk import Desk
from sandbox.administrator import Administrator
from sandbox.person import Person
from tests.talk import all_sent
from tests.world import World


async def add_desk(world: World, number: int, *, forum: bool = True) -> Administrator:
    """A desk in a group of its own, to which new tickets go from now on."""
    assert world.app is not None
    services = world.app.services
    group = world.telegram.group(f"Школа {number}", forum=forum)
    services.desks = {number: Desk(number, made_in=group.id, chat_id=group.id), **services.desks}
    await world.looks()
    return Administrator(world.telegram, "Нина", chat=group)


async def ticket_at(world: World, desk: Administrator, name: str) -> tuple[Person, int]:
    """A family whose ticket stands at the newest desk."""
    family = world.person(name)
    number = await world.sends_ticket(family)
    await desk.sees(f"№{number} ·")
    return family, number


async def test_each_desk_has_its_own_tickets_and_sees_no_other(world: World) -> None:
    mother, first = await ticket_at(world, world.desk, "Мария")
    second_desk = await add_desk(world, 2)
    father, second = await ticket_at(world, second_desk, "Иван")
    await father.says("весть второй школе")
    await second_desk.sees("весть второй школе", topic=second_desk.topic(f"№{second}"))
    await mother.says("весть первой школе")
    await world.desk.sees("весть первой школе", topic=world.desk.topic(f"№{first}"))
    await second_desk.writes("ответ второй школы", topic=second_desk.topic(f"№{second}"))
    await father.sees("ответ второй школы")
    await all_sent(world)
    for desk, own, other in ((world.desk, first, second), (second_desk, second, first)):
        assert f"№{other}" not in "\n".join(desk.texts)
        await desk.says("/open")
        assert f"№{own}" in (await desk.sees("Открытых обращений: 1"))["text"]
        await desk.says(f"/ticket {other}")
        await desk.sees("нет")
    assert not world.telegram.violations


async def test_a_desk_that_takes_nothing_holds_up_no_other(world: World) -> None:
    second_desk = await add_desk(world, 2)
    father, _ = await ticket_at(world, second_desk, "Иван")
    await all_sent(world)
    await second_desk.removes_bot()
    await father.says("весть без бота")
    assert world.app is not None
    services = world.app.services
    await world.eventually(lambda: bool(services.desks[2].away), what="the second desk away")
    assert not services.desks[1].away
    services.desks = {1: services.desks[1], 2: services.desks[2]}
    mother, _ = await ticket_at(world, world.desk, "Мария")
    await mother.says("весть первой школе")
    await world.desk.sees("весть первой школе")
    await second_desk.adds_bot()
    await second_desk.sees("весть без бота")


async def test_a_group_that_is_upgraded_takes_its_own_tickets_along(world: World) -> None:
    _, first = await ticket_at(world, world.desk, "Мария")
    await all_sent(world)
    assert world.app is not None
    services = world.app.services
    group = world.telegram.group("Школа", kind="group")
    services.desks = {2: Desk(2, made_in=group.id, chat_id=group.id), **services.desks}
    await world.looks()
    second_desk = Administrator(world.telegram, "Нина", chat=group)
    _, second = await ticket_at(world, second_desk, "Иван")
    moved = await second_desk.upgrades_group()
    await second_desk.sees(f"№{second} ·")
    await all_sent(world)
    assert services.desks[2].chat_id == moved.id and services.desks[1].chat_id == world.support.id
    assert sum(text.startswith(f"№{first} ·") for text in world.desk.texts) == 1
