"""Nothing that was erased is in a file of the database any more, while the bot runs."""

from __future__ import annotations

import random
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import (
    dialogues,
    failed_updates,
    family_erasing,
    outbox,
    purging,
    reminders,
    school_erasing,
    sightings,
)
from storage.database import Database
from storage.dialogues import Dialogue
from storage.ticket_models import ticket_messages, tickets

DAY = 24 * 3600.0


def bytes_of(database: Database) -> bytes:
    """All that stands in the database's files, the log and free pages included."""
    file = Path(str(database.url.database))
    return b"".join(one.read_bytes() for one in sorted(file.parent.glob(f"{file.name}*")))


def word(family: int) -> str:
    """A word of a family's own."""
    return f"WordOfFamily{family:04d}."  # in letters that JSON keeps as they are


@pytest_asyncio.fixture
async def database(tmp_path: Path) -> Any:
    """A file of its own."""
    made = Database(f"sqlite+aiosqlite:///{tmp_path}/bot.sqlite3")
    await made.open()
    yield made
    await made.close()


async def talk(connection: AsyncConnection, family: int, rng: random.Random) -> None:
    """Something of everything that a family leaves, of any length: pages are split and freed all the time."""

    def words() -> str:
        return word(family) * rng.choice((1, 3, 40, 300))

    await dialogues.save(connection, Dialogue(family, name=word(family), form={"words": words()}, updated_at=1.0))
    await dialogues.save(connection, Dialogue(family, name=word(family), form={"words": words()}, updated_at=1.0))
    row = {"is_open": False, "solved_at": 1.0, "consent_at": 1.0, "created_at": 1.0, "updated_at": 1.0}
    named = {"form_id": word(family), "first_name": word(family), "words": words(), "pupil_name": words()[:100]}
    inserted = await connection.execute(tickets.insert().values(family_id=family, number=family, **named, **row))
    assert inserted.inserted_primary_key is not None
    number = inserted.inserted_primary_key[0]
    for _ in range(rng.randrange(1, 5)):
        await connection.execute(
            ticket_messages.insert().values(ticket_id=number, side="family", kind="text", text=words(), at=1.0)
        )
    await outbox.put(
        connection, chat_id=family, queue=word(family), kind="screen", payload={"text": words()}, at=1.0,
        ticket_id=number, family_id=family,
    )  # fmt: skip
    await reminders.put(connection, family, word(family), 5.0, 1.0)
    await failed_updates.note_failure(
        connection, update_id=family, kind="message", chat_id=family, error="", text=words(), at=1.0, most=1
    )


@pytest.mark.parametrize("seed", range(3))
async def test_nothing_of_an_erased_family_is_in_any_file(database: Database, seed: int) -> None:
    """In 1.1.0 the words stayed in the log; where a page was split, copies of them stay in the file, too."""
    rng = random.Random(seed)
    families = rng.sample(range(1, 5000), 80)
    for start in range(0, 80, 8):

        async def fill(connection: AsyncConnection, some: list[int] = families[start : start + 8]) -> None:
            for family in some:
                await talk(connection, family, rng)

        await database.write(fill)
    gone, kept = families[::4], families[1]
    for family in gone:
        await database.write(lambda c, family=family: family_erasing.erase_family(c, family))
    assert await purging.purge(database, 1.0)
    stands = bytes_of(database)
    assert [family for family in gone if word(family).encode() in stands] == []
    assert word(kept).encode() in stands
    assert not await database.read(purging.is_owed)


async def test_old_texts_leave_the_files_as_well(database: Database) -> None:
    await database.write(lambda c: talk(c, 7, random.Random(1)))
    await database.write(lambda c: family_erasing.erase_old_texts(c, DAY, 2 * DAY))
    assert await database.read(purging.is_owed)
    assert await purging.purge(database, 2 * DAY)
    await database.write(lambda c: family_erasing.erase_family(c, 7))
    assert await purging.purge(database, 2 * DAY)
    assert word(7).encode() not in bytes_of(database)


async def test_a_reader_that_holds_the_log_back_is_waited_for_across_a_restart(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.engines._EMPTY_LOG_WAIT_MS", 10)
    await database.write(lambda c: talk(c, 7, random.Random(1)))
    reader = sqlite3.connect(str(database.url.database), isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM dialogues").fetchone()
    await database.write(lambda c: family_erasing.erase_family(c, 7))
    assert not await purging.purge(database, 1.0)
    assert word(7).encode() in bytes_of(database)
    anew = Database(str(database.url))
    await anew.open()
    assert await anew.read(purging.is_owed)
    reader.execute("ROLLBACK")
    reader.close()
    assert await purging.purge(anew, 1.0)
    assert word(7).encode() not in bytes_of(database)
    await anew.close()


async def test_a_large_file_is_built_anew_once_a_day_and_stays_owed_till_then(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.database.SMALL", 0)
    assert not database.is_small
    rebuilt: list[bool] = []
    real = database.empty_log

    async def counted(*, rebuild: bool) -> bool:
        rebuilt.append(rebuild)
        return await real(rebuild=rebuild)

    monkeypatch.setattr(database, "empty_log", counted)
    for family, now, done in ((1, DAY, True), (2, 1.5 * DAY, False), (3, 2 * DAY, True), (4, DAY, True)):
        await database.write(lambda c, family=family: talk(c, family, random.Random(1)))
        await database.write(lambda c, family=family: family_erasing.erase_family(c, family))
        assert await purging.purge(database, now) is done
    assert rebuilt == [True, False, True, True]
    assert not any(word(family).encode() in bytes_of(database) for family in (1, 2, 3, 4))


async def test_what_is_erased_while_the_files_are_cleaned_is_owed_anew(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await database.write(purging.owe)
    real = database.empty_log

    async def meanwhile(*, rebuild: bool) -> bool:
        done = await real(rebuild=rebuild)
        await database.write(purging.owe)
        return done

    monkeypatch.setattr(database, "empty_log", meanwhile)
    assert await purging.purge(database, 1.0)
    assert await database.read(purging.is_owed)


async def test_a_family_that_left_nothing_costs_nothing(database: Database) -> None:
    """Whoever presses «Удалить всё» again and again must not have the file built anew each time."""
    await database.write(lambda c: family_erasing.erase_family(c, 7))
    assert not await database.read(purging.is_owed)


@pytest.mark.postgres
async def test_a_server_cleans_the_tables(postgres_url: str) -> None:
    database = Database(postgres_url)
    await database.open()
    await database.write(lambda c: dialogues.save(c, Dialogue(7, name="Мария")))
    await database.write(lambda c: family_erasing.erase_family(c, 7))
    cleaned = text("SELECT pg_relation_size('dialogues')")

    async def size(connection: AsyncConnection) -> int:
        return int((await connection.execute(cleaned)).scalar_one())

    assert await database.read(size) > 0
    assert await purging.purge(database, 1.0)
    assert await database.read(size) == 0, "VACUUM gave the only page back"
    assert not await database.read(purging.is_owed)
    await database.close()


async def test_every_table_that_erasing_touches_is_cleaned(database: Database) -> None:
    """On PostgreSQL only the named tables are vacuumed: a deleted row of any other could still be read."""
    touched: set[str] = set()

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        touched.update(re.findall(r"^(?:DELETE FROM|UPDATE) (\w+)", statement))

    async def work(connection: AsyncConnection) -> None:
        event.listen(connection.sync_engine, "before_cursor_execute", note)
        await family_erasing.erase_family(connection, 7)
        await sightings.forget_family(connection, "key")
        await school_erasing.erase_school(connection, 1)
        event.remove(connection.sync_engine, "before_cursor_execute", note)

    await database.write(work)
    assert {"tickets", "topics", "sightings"} <= touched
    assert touched <= set(purging.TABLES)
