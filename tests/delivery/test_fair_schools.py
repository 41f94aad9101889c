"""One school's flood or hanging calls hold up no other: places of the worker, turns, and a desk's own minute."""

from __future__ import annotations

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import owed, queues
from bot.delivery.claiming import CHATS_AT_ONCE, OF_A_SCHOOL, Flight
from bot.flows.marked import fill
from storage import outbox
from tests.delivery.undone_claims import claimed_after
from tests.world import World


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: storage/test_fair_turns.py asks both for the turns; here they are kept."""
    return sqlite_url


async def test_what_hangs_at_one_school_leaves_places_for_the_others(world: World) -> None:
    await world.adds_school("2")
    await world.all_sent()  # what a new desk is told by itself
    world.clock.move(minutes=2)  # its minute is empty again
    assert world.app is not None
    services = world.app.services
    hanging = [Flight(-1000 - number, 1, is_message=True) for number in range(OF_A_SCHOOL)]

    async def three_rows(connection: AsyncConnection) -> None:
        for desk_id, number in ((1, 9001), (1, 9002), (2, 9003)):
            await outbox.put(
                connection, chat_id=-desk_id, queue=f"q{number}", kind="desk_text", payload={"text": "—"}, at=1.0
            )  # fmt: skip

    found = await claimed_after(services, three_rows, hanging)
    schools = {batch.head.school_id for batch in found}
    assert schools == {2}, "the first school has its share of the places already"


async def test_a_full_minute_of_one_desk_is_no_other_desks(world: World) -> None:
    """Limits of a chat are the desk's own: forty messages wait at one, and the other's goes within the same second."""
    second = await world.adds_school("2")
    assert world.app is not None
    services = world.app.services

    async def flood(connection: AsyncConnection) -> None:
        for number in range(40):
            text = fill("поток {number}", number=number)
            await queues.to_general(connection, 1, owed.DeskText(text), world.clock(), topic=number)

    async def one(connection: AsyncConnection) -> None:
        await queues.to_general(connection, 2, owed.DeskText(fill("весть второй")), world.clock())

    await services.database.write(flood)
    services.owed.set()
    await world.desk.sees("поток 5")
    await services.database.write(one)
    services.owed.set()
    await second.sees("весть второй")
    assert await world.owed() > 10, "the first desk's flood still waits"
    await world.all_sent()
    assert sum("поток" in text for text in world.desk.texts) == 40
    assert not world.telegram.violations


async def test_an_answer_goes_with_the_first_turn_of_a_flood_at_another_school(world: World) -> None:
    second = await world.adds_school("2")
    father = world.person("Иван")
    number = await world.sends_ticket(father, school="2")
    await second.sees(f"№{number} ·")
    await world.all_sent()
    flooded = [world.person(f"Семья {one}") for one in range(150)]
    assert world.app is not None
    services = world.app.services
    for person in flooded:
        world.telegram.chats[person.id].started = True  # as after /start, whose 150 screens nobody needs here
    before = len(world.calls("sendMessage"))
    world.telegram.latency = 0.3  # all that is claimed at once is on its way before any of it lands and frees a place

    async def flood(connection: AsyncConnection) -> None:
        for person in flooded:
            await queues.to_family(connection, person.id, owed.ScreenMessage(fill("поток")), world.clock() - 60.0)
        await queues.to_family(connection, father.id, owed.ScreenMessage(fill("ответ второй школы")), world.clock())

    await services.database.write(flood)
    services.owed.set()
    await father.sees("ответ второй школы", anywhere=True)
    await world.all_sent()
    sent = [call["chat_id"] for call in world.calls("sendMessage")[before:]]
    place = [int(chat_id) for chat_id in sent].index(father.id)
    assert place < CHATS_AT_ONCE, f"its family waited for {place} messages of another school"
