"""A ticket keeps the name and the version of the pack that answered its family; only the desk is shown it."""

from __future__ import annotations

from bot.flows import pack_files
from storage import tickets
from storage.tickets import Ticket
from tests.talk import begin
from tests.world import World

VERSION = pack_files.load().version


async def kept(world: World, number: int) -> Ticket:
    assert world.app is not None
    found = await world.app.services.database.read(lambda c: tickets.get(c, number))
    assert found is not None
    return found


async def test_a_ticket_keeps_its_pack_and_version(world: World) -> None:
    talk = await begin(world)
    assert (await kept(world, talk.number)).pack == VERSION == "ryazan_43/1"
    await world.desk.writes(f"/ticket {talk.number}")
    await world.desk.sees(f"Ответы из пакета {VERSION}")
    assert not any("ryazan" in text for text in talk.family.texts)
    await talk.family.says("/ticket")
    await talk.family.sees(f"№{talk.number}")
    assert not any("ryazan" in text for text in talk.family.texts)


async def test_a_ticket_of_before_there_were_packs_says_nothing_of_one(world: World) -> None:
    talk = await begin(world)
    assert world.app is not None
    await world.app.services.database.write(lambda c: tickets.change(c, talk.number, pack=None))
    await world.desk.writes(f"/ticket {talk.number}")
    await world.desk.sees("второй день")
    assert not any("из пакета" in text for text in world.desk.texts)
