"""A ticket keeps the name and the version of the pack that answered its family; a school keeps where its pack is."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.flows import pack_files
from bot.schools import registering
from bot.schools.registering import NewSchool, SchoolRefused
from storage import schools, tickets
from storage.tickets import Ticket
from tests.content.learned_packs import RYAZAN
from tests.database_markers import on_sqlite
from tests.ticket_under_way import begin
from tests.world import World

VERSION = pack_files.load().version


async def kept(world: World, number: int) -> Ticket:
    assert world.app is not None
    found = await world.app.services.database.read(lambda c: tickets.get(c, number))
    assert found is not None
    return found


@on_sqlite
async def test_a_ticket_keeps_its_pack_and_version(world: World) -> None:
    talk = await begin(world)
    assert (await kept(world, talk.number)).pack == VERSION
    await world.desk.writes(f"/ticket {talk.number}")
    await world.desk.sees(f"Инструкция в боте: {VERSION}")
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


@pytest.fixture
def longest_path() -> Iterator[Path]:
    """A pack whose path is as long as one may be; beside it lies one whose path is longer by a sign."""
    with tempfile.TemporaryDirectory() as made:
        beside = Path(made).resolve()
        room = registering.PACK_LIMIT - len(str(beside)) - 1
        if room < 2:
            pytest.skip("the folder for temporary files has too long a path itself")
        for length in (room, room + 1):
            shutil.copytree(RYAZAN, beside / ("п" * length))
        yield beside / ("п" * room)


@on_sqlite
async def test_a_schools_pack_is_kept_with_its_whole_path_or_refused(world: World, longest_path: Path) -> None:
    """PostgreSQL refuses what is longer than its column, and SQLite keeps it: for both it is the same word before."""
    assert world.app is not None
    database, longer = world.app.services.database, f"{longest_path}п"

    async def add(slug: str, pack: str) -> None:
        new = NewSchool(f"Школа №{slug}", slug, pack)
        await database.write(lambda c: registering.add(c, new, "", "token", 1.0))

    await add("44", str(longest_path))
    with pytest.raises(SchoolRefused, match=f"длиннее 64 знаков: {longer}. Перенесите папку"):
        await add("45", longer)
    kept = {one.slug: one.pack for one in await database.read(schools.every)}
    assert kept == {None: "", "44": str(longest_path)} and len(kept["44"]) == registering.PACK_LIMIT
