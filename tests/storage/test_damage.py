"""A file that goes bad, is emptied, deleted or replaced under the running bot: nothing is taken from then on."""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import dialogues, named_values, tickets
from storage.database import Database, DatabaseAway
from storage.database_errors import AwayCause
from storage.dialogues import Dialogue

FILLINGS: dict[str, Callable[[int], bytes]] = {
    "ones": lambda size: b"\xff" * size,
    "zeros": lambda size: bytes(size),
    "noise": lambda size: b"\x2a" + random.Random(1).randbytes(size - 1),
}
USES: dict[str, Callable[[Database], Awaitable[object]]] = {
    "read": lambda d: d.read(lambda c: dialogues.exists(c, 1)),
    "gathered read": lambda d: dialogues.of(d, 1),
    "row": lambda d: dialogues.save_screen_once(d, Dialogue(1, updated_at=2.0), 7_000 + 1, 1.0),
    "work": lambda d: d.write(lambda c: dialogues.save(c, Dialogue(2))),
    "claimed": lambda d: d.write_once(5, 1.0, lambda c: tickets.count_by_status(c)),
}


def settled(file: Path) -> tuple[int, list[int]]:
    """Moves all of the log into the file and makes every cache stale; the size of a page, the tables' first pages."""
    with sqlite3.connect(file, isolation_level=None) as other:
        other.execute("INSERT INTO facts VALUES ('stale', '1') ON CONFLICT DO NOTHING")
        other.execute("UPDATE facts SET value = value || '1'")
        assert other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
        size = other.execute("PRAGMA page_size").fetchone()[0]
        pages = [row[0] for row in other.execute("SELECT rootpage FROM sqlite_master WHERE rootpage > 1")]
    other.close()
    return size, pages


def spoil(file: Path, filling: Callable[[int], bytes], *, first: bool = False) -> bytes:
    """Overwrites every table's and index's first page (with `first`, the list of tables as well); gives what was."""
    size, pages = settled(file)
    whole = file.read_bytes()
    with open(file, "r+b") as opened:
        for page in pages:
            opened.seek((page - 1) * size)
            opened.write(filling(size))
        if first:
            opened.seek(100)  # SQLite, «Database File Format»: the header is 100 bytes long
            opened.write(filling(size - 100))
    return whole


def forget_log(file: Path) -> None:
    """Takes away what SQLite keeps beside a file."""
    for beside in ("-wal", "-shm"):
        Path(f"{file}{beside}").unlink(missing_ok=True)


async def opened(tmp_path: Path) -> tuple[Database, Path]:
    """A database with something in it."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/bot.sqlite3")
    await database.open()
    await database.write(lambda c: dialogues.save(c, Dialogue(1, name="Мария")))
    return database, tmp_path / "bot.sqlite3"


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("filling", FILLINGS)
@pytest.mark.parametrize("first", [False, True], ids=["tables", "all"])
async def test_pages_that_went_bad_stop_everything_until_a_new_start(
    tmp_path: Path, use: str, filling: str, first: bool
) -> None:
    """1.1.0 took damage for a broken statement, tried it five times and let the update go."""
    database, file = await opened(tmp_path)
    whole = spoil(file, FILLINGS[filling], first=first)
    with pytest.raises(DatabaseAway) as caught:
        await USES[use](database)
    assert caught.value.cause is AwayCause.DAMAGED and database.trouble is not None
    file.write_bytes(whole)
    for again in USES.values():
        with pytest.raises(DatabaseAway):
            await again(database)
    await database.close()
    forget_log(file)
    anew = Database(str(database.url))
    await anew.open()
    assert (await dialogues.of(anew, 1)).name == "Мария"
    await anew.close()


@pytest.mark.parametrize("table", ["dialogues", "outbox", "tickets"])
async def test_a_table_that_is_gone_is_damage_and_no_fault_of_a_statement(database: Database, table: str) -> None:
    """A list of tables that went bad gives «no such table», the same words as a slip of ours."""
    await database.write(lambda c: c.execute(text(f"DROP TABLE {table}")))
    with pytest.raises(DatabaseAway) as caught:
        await database.read(lambda c: c.execute(text(f"SELECT * FROM {table}")))
    assert caught.value.cause is AwayCause.DAMAGED
    with pytest.raises(DatabaseAway):
        await database.write(lambda c: named_values.put(c, "a", "1"))


async def test_a_column_that_is_gone_is_damage(database: Database) -> None:
    await database.write(lambda c: c.execute(text("ALTER TABLE dialogues DROP COLUMN misses")))
    with pytest.raises(DatabaseAway) as caught:
        await dialogues.of(database, 1)
    assert caught.value.cause is AwayCause.DAMAGED


async def test_the_tables_are_looked_at_once_for_many_slips(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []
    real = database._damage._engine.connect

    def counted() -> object:
        looks.append(1)
        return real()

    async def slips(connection: AsyncConnection) -> None:
        await connection.execute(text("SELECT nonesuch FROM nowhere"))

    monkeypatch.setattr(database._damage, "_engine", type("Engine", (), {"connect": staticmethod(counted)}))
    for _ in range(5):
        with pytest.raises(Exception, match="nowhere"):
            await database.write(slips)
    assert len(looks) == 1 and database.trouble is None


@pytest.mark.parametrize("how", ["deleted", "replaced", "folder moved"])
async def test_a_file_that_is_gone_takes_nothing_more(tmp_path: Path, how: str) -> None:
    """SQLite would go on writing into a file that nobody finds again."""
    folder = tmp_path / "data"
    folder.mkdir()
    database, file = await opened(folder)
    if how == "deleted":
        file.unlink()
    elif how == "replaced":
        (tmp_path / "copy").write_bytes(file.read_bytes())
        os.replace(tmp_path / "copy", file)
    else:
        folder.rename(tmp_path / "elsewhere")
    for use in ("row", "work", "claimed", "read"):
        with pytest.raises(DatabaseAway) as caught:
            await USES[use](database)
        assert caught.value.cause is AwayCause.REMOVED
    await database.close()


async def test_a_damaged_file_says_so_at_the_start(tmp_path: Path) -> None:
    database, file = await opened(tmp_path)
    await database.close()
    spoil(file, FILLINGS["ones"])
    again = Database(str(database.url))
    with pytest.raises(DatabaseAway) as caught:
        await again.open()
    assert caught.value.cause is AwayCause.DAMAGED
    await again.close()
