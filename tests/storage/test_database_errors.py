"""Errors of the database: the listed ones mean that it is away, any other is a fault of ours and holds up nobody."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import dialogues, named_values
from storage.database import Database
from storage.database_errors import AwayCause, DatabaseAway, as_away
from storage.dialogues import Dialogue

CODES = {name: getattr(sqlite3, name) for name in dir(sqlite3) if name.startswith("SQLITE_")}
AWAY = {
    "SQLITE_BUSY": AwayCause.BUSY,
    "SQLITE_BUSY_SNAPSHOT": AwayCause.BUSY,
    "SQLITE_LOCKED": AwayCause.BUSY,
    "SQLITE_LOCKED_SHAREDCACHE": AwayCause.BUSY,
    "SQLITE_PROTOCOL": AwayCause.BUSY,
    "SQLITE_FULL": AwayCause.FULL,
    "SQLITE_NOMEM": AwayCause.FULL,
    "SQLITE_READONLY": AwayCause.READ_ONLY,
    "SQLITE_READONLY_DIRECTORY": AwayCause.READ_ONLY,
    "SQLITE_READONLY_DBMOVED": AwayCause.REMOVED,
    "SQLITE_PERM": AwayCause.READ_ONLY,
    "SQLITE_IOERR": AwayCause.LOST,
    "SQLITE_IOERR_WRITE": AwayCause.LOST,
    "SQLITE_IOERR_FSYNC": AwayCause.LOST,
    "SQLITE_IOERR_CORRUPTFS": AwayCause.DAMAGED,
    "SQLITE_CANTOPEN": AwayCause.LOST,
    "SQLITE_CANTOPEN_ISDIR": AwayCause.LOST,
    "SQLITE_INTERRUPT": AwayCause.LOST,
    "SQLITE_CORRUPT": AwayCause.DAMAGED,
    "SQLITE_CORRUPT_INDEX": AwayCause.DAMAGED,
    "SQLITE_NOTADB": AwayCause.DAMAGED,
}
OURS = (
    "SQLITE_ERROR", "SQLITE_INTERNAL", "SQLITE_ABORT", "SQLITE_TOOBIG", "SQLITE_CONSTRAINT", "SQLITE_CONSTRAINT_UNIQUE",
    "SQLITE_CONSTRAINT_NOTNULL", "SQLITE_MISMATCH", "SQLITE_MISUSE", "SQLITE_RANGE", "SQLITE_AUTH", "SQLITE_FORMAT",
)  # fmt: skip
_STATES_BY_CAUSE = {
    AwayCause.LOST: (
        "08000",
        "08003",
        "08006",
        "08P01",
        "28000",
        "28P01",
        "3D000",
        "57014",
        "57P01",
        "57P02",
        "57P03",
        "58000",
        "58030",
        "58P01",
    ),
    AwayCause.READ_ONLY: ("25006", "42501"),
    AwayCause.BUSY: ("40001", "40P01", "55P03"),
    AwayCause.FULL: ("53000", "53100", "53200", "53300"),
    AwayCause.DAMAGED: ("XX001", "XX002"),
}
STATES_AWAY = {state: cause for cause, states in _STATES_BY_CAUSE.items() for state in states}
STATES_OURS = (
    "0A000", "22001", "22003", "22012", "22021", "22P02", "23502", "23503", "23505", "25P02", "26000", "42601",
    "42804", "42883", "42P01", "42703", "42P18", "XX000",
)  # fmt: skip


def of_sqlite(code: int, sort: type[sqlite3.Error] = sqlite3.OperationalError) -> sqlite3.Error:
    """An error of SQLite as Python's driver raises it."""
    error = sort("what happened")
    error.sqlite_errorcode = code
    return error


def of_postgres(state: str) -> Exception:
    """An error of PostgreSQL as its driver raises it."""
    error = Exception("what happened")
    error.sqlstate = state  # type: ignore[attr-defined]
    return error


def wrapped(error: Exception) -> DBAPIError:
    """The same as SQLAlchemy hands it on."""
    return DBAPIError("SELECT 1", {}, error)


def kind_of(error: Exception) -> AwayCause | None:
    """Gives the reason why the database is away; None where it is not."""
    away = as_away(error)
    return away.cause if away else None


@pytest.mark.parametrize("sort", [sqlite3.OperationalError, sqlite3.DatabaseError, sqlite3.InternalError])
@pytest.mark.parametrize("name", AWAY)
def test_codes_of_sqlite_that_mean_away(name: str, sort: type[sqlite3.Error]) -> None:
    error = of_sqlite(CODES[name], sort)
    assert kind_of(error) is kind_of(wrapped(error)) is AWAY[name]


@pytest.mark.parametrize("name", OURS)
def test_codes_of_sqlite_that_are_our_fault(name: str) -> None:
    error = of_sqlite(CODES[name])
    assert kind_of(error) is kind_of(wrapped(error)) is None


@pytest.mark.parametrize("state", STATES_AWAY)
def test_states_of_postgres_that_mean_away(state: str) -> None:
    error = of_postgres(state)
    assert kind_of(error) is kind_of(wrapped(error)) is STATES_AWAY[state]


@pytest.mark.parametrize("state", STATES_OURS)
def test_states_of_postgres_that_are_our_fault(state: str) -> None:
    assert kind_of(of_postgres(state)) is kind_of(wrapped(of_postgres(state))) is None


@given(
    st.text(), st.sampled_from([sqlite3.OperationalError, sqlite3.ProgrammingError, ValueError, KeyError, RuntimeError])
)
def test_words_alone_never_mean_away(words: str, sort: type[Exception]) -> None:
    """1.1.0 took every OperationalError for a database that is away, unless it knew the words."""
    assert as_away(sort(words)) is None


BROKEN = [
    "UPDATE nowhere SET a = 1",
    "UPDATE dialogues SET nonesuch = 1",
    "INSERT INTO facts (name) VALUES ('a')",
    "SELEC 1",
    "SELECT nonesuch FROM nowhere",
    "SELECT nonesuch FROM dialogues",
    "INSERT INTO nowhere VALUES (1)",
    "INSERT INTO dialogues (nonesuch) VALUES (1)",
    "INSERT INTO dialogues (family_id, step) VALUES (1, NULL)",
    "INSERT INTO facts VALUES ('a', 'b'), ('a', 'b')",
    "UPDATE tickets SET nonesuch = 1",
    "SELECT no_such_function(1)",
    "SELECT 1 WHERE (SELECT 1, 2) = 3",
    "DELETE FROM",
    "SELECT sum(count(*)) FROM facts",
    "SAVEPOINT",
    "RELEASE SAVEPOINT never_made",
]


@pytest.mark.parametrize("statement", BROKEN)
async def test_a_broken_statement_fails_alone_and_is_no_outage(database: Database, statement: str) -> None:
    async def breaks(connection: AsyncConnection) -> None:
        await connection.execute(text(statement))

    async def keeps(connection: AsyncConnection, name: str) -> None:
        await named_values.put(connection, name, "kept")

    works = [
        database.write(lambda c: keeps(c, "before")),
        database.write(breaks),
        database.write(lambda c: keeps(c, "after")),
        dialogues.save_screen_once(database, Dialogue(1, updated_at=1.0), 7_001, 1.0),
    ]
    before, broken, after, placed = await asyncio.gather(*works, return_exceptions=True)
    assert before is None and after is None and placed is True
    with pytest.raises(DBAPIError):
        await database.read(breaks)
    assert isinstance(broken, DBAPIError) and as_away(broken) is None
    assert database.trouble is None
    for name in ("before", "after"):
        assert await database.read(lambda c, name=name: named_values.get(c, name)) == "kept"


@pytest.mark.parametrize("error", [FileNotFoundError("of the work"), TimeoutError(), ConnectionResetError("elsewhere")])
async def test_what_a_work_itself_raises_holds_up_no_other(database: Database, error: Exception) -> None:
    """The same sorts of errors come from a server that is away; here its connection goes on."""

    async def raises(connection: AsyncConnection) -> None:
        await named_values.put(connection, "mine", "undone")
        raise error

    async def keeps(connection: AsyncConnection) -> None:
        await named_values.put(connection, "other", "kept")

    failed, kept = await asyncio.gather(database.write(raises), database.write(keeps), return_exceptions=True)
    assert isinstance(failed, Exception) and kept is None
    assert await database.read(lambda c: named_values.get(c, "other")) == "kept"
    assert await database.read(lambda c: named_values.get(c, "mine")) is None


@pytest.mark.parametrize("pragma", ["max_page_count=1", "query_only=ON"], ids=["full", "read only"])
async def test_a_file_that_takes_no_more_is_away_and_says_so(tmp_path: Path, pragma: str) -> None:
    """Reads go on as ever, so the trouble of the writes is kept; nothing is half written, and it ends by itself."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/bot.sqlite3")
    await database.open()

    async def set_pragma(connection: AsyncConnection, value: str) -> None:
        await connection.exec_driver_sql(f"PRAGMA {value}")

    await database.write(lambda c: set_pragma(c, pragma))

    async def fills(connection: AsyncConnection, name: str) -> None:
        for number in range(200):
            await named_values.put(connection, f"{name}{number}", "x" * 2000)

    results = await asyncio.gather(
        *(database.write(lambda c, name=name: fills(c, name)) for name in "ab"), return_exceptions=True
    )
    assert all(isinstance(one, DatabaseAway) for one in results), results
    trouble = database.trouble
    assert trouble and trouble.cause in (AwayCause.FULL, AwayCause.READ_ONLY)
    assert not await database.read(lambda c: named_values.beginning_with(c, "")), "nothing of it was written"
    back = "max_page_count=1000000" if "max" in pragma else "query_only=OFF"
    async with database._writer_engine.connect() as connection:
        await (await connection.get_raw_connection()).driver_connection.execute(f"PRAGMA {back}")  # type: ignore[union-attr]
    await database.write(lambda c: fills(c, "c"))
    assert database.trouble is None
    await database.close()


async def test_a_transaction_that_sqlite_undid_is_never_taken_for_a_commit(tmp_path: Path) -> None:
    """A work that swallows the error of a full disk must not have those beside it told that they are stored."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/bot.sqlite3")
    await database.open()

    async def undoes(connection: AsyncConnection) -> None:
        await connection.exec_driver_sql("ROLLBACK")  # as SQLite does it by itself

    kept = database.write(lambda c: named_values.put(c, "kept", "1"))
    results = await asyncio.gather(kept, database.write(undoes), return_exceptions=True)
    assert all(isinstance(one, DatabaseAway) for one in results)
    assert await database.read(lambda c: named_values.get(c, "kept")) is None
    await database.close()


async def test_a_locked_file_is_away_and_is_written_once_it_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.engines.BUSY_TIMEOUT_S", 0.05)
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/bot.sqlite3")
    await database.open()
    other = sqlite3.connect(tmp_path / "bot.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    for write in (
        lambda: database.write(lambda c: named_values.put(c, "a", "1")),
        lambda: dialogues.save_screen_once(database, Dialogue(1, updated_at=1.0), 7_000 + 1, 1.0),
    ):
        with pytest.raises(DatabaseAway) as caught:
            await write()
        assert caught.value.cause is AwayCause.BUSY
    other.execute("ROLLBACK")
    await dialogues.save_screen_once(database, Dialogue(1, updated_at=1.0), 7_000 + 1, 1.0)
    assert database.trouble is None and await database.read(lambda c: dialogues.exists(c, 1))
    await database.close()


@pytest.mark.postgres
async def test_a_server_that_became_read_only_is_left_for_the_one_that_writes(postgres_url: str) -> None:
    """After a failover the old connections lead to a replica (SQLSTATE 25006): other ones are made at once."""
    database = Database(postgres_url)
    await database.open()

    async def become_replica(connection: AsyncConnection) -> None:
        await connection.exec_driver_sql("SET default_transaction_read_only = on")

    async with database._writer_engine.connect() as one, database._writer_engine.connect() as other:
        for connection in (one, other):
            await become_replica(connection)
            await connection.commit()
    await database.write(lambda c: named_values.put(c, "a", "1"))
    async with database._writer_engine.connect() as one, database._writer_engine.connect() as other:
        for connection in (one, other):
            await become_replica(connection)
            await connection.commit()
    await dialogues.save_screen_once(database, Dialogue(1, updated_at=1.0), 7_000 + 1, 1.0)
    assert await database.read(lambda c: dialogues.exists(c, 1))
    await database.close()


@pytest.mark.parametrize(
    "url",
    [
        "sqlite+aiosqlite://", "sqlite+aiosqlite:///", "sqlite+aiosqlite:///:memory:",
        "sqlite+aiosqlite:///file::memory:?cache=shared&uri=true", "sqlite+aiosqlite:///file:bot?mode=memory&uri=true",
    ],
)  # fmt: skip
def test_a_database_in_memory_is_refused(url: str) -> None:
    """Each connection would have another one."""
    with pytest.raises(ValueError, match="memory"):
        Database(url)
