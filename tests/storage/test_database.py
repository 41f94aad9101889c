"""The database: shared commits, lost connections, work that is done again, families that are locked."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, event, inspect, make_url, select, text
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import dialogues, handovers, jobs, named_values, outbox, sends, writing
from storage.database import MAX_BATCH, READERS, Database, DatabaseAway, alone
from storage.database_errors import as_away
from storage.dialogues import Dialogue
from storage.engines import patient_engine
from storage.family_locks import _key
from storage.migrations import newest as newest_migration
from storage.migrations.newest import migrate
from storage.migrations.newest import newest as newest_by_name
from storage.migrations.upgrade import versions
from storage.models import metadata

_updates = itertools.count(1_000_000)


async def _place(database: Database, dialogue: Dialogue) -> bool:
    """A press puts a family before a screen."""
    return await dialogues.save_screen_once(database, dialogue, next(_updates), 5.0)


async def end_connections(url: str) -> int:
    """Ends every other connection to the database, as a restart of the server does."""
    other = Database(url)
    query = text(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    try:
        return int(await other.read(lambda c: _scalar(c, query)))
    finally:
        await other.close()


async def _scalar(connection: AsyncConnection, query: Any) -> Any:
    return (await connection.execute(query)).scalar_one()


async def test_the_migrations_make_the_tables_of_the_models(bare_database_url: str) -> None:
    database = Database(bare_database_url)
    await database.open()

    async def look(connection: AsyncConnection) -> tuple[set[str], tuple[str | None, str | None]]:
        from sqlalchemy import inspect

        tables = await connection.run_sync(lambda c: set(inspect(c).get_table_names()))
        return tables, await connection.run_sync(versions)

    tables, (current, newest) = await database.read(look)
    assert tables >= set(metadata.tables)
    assert current == newest == newest_by_name()
    await database.close()


async def test_a_database_made_at_once_is_like_one_that_went_through_all_migrations(
    bare_database_url: str,
) -> None:
    """Column by column and index by index."""
    from storage.migrations.upgrade import upgrade

    database = Database(bare_database_url)
    async with database._writer_engine.connect() as connection:
        await connection.run_sync(upgrade)
        step_by_step = await connection.run_sync(_shape)
        await connection.rollback()
        await connection.run_sync(migrate)
        assert await connection.run_sync(_shape) == step_by_step
    await database.close()


def _shape(connection: Connection) -> dict[str, Any]:
    """All that a database tells of its tables."""
    seen = inspect(connection)
    found: dict[str, Any] = {}
    for table in sorted(seen.get_table_names()):
        columns = [
            {**column, "type": str(column["type"]), "default": str(column.get("default")).replace("nextval", "")}
            for column in seen.get_columns(table)
        ]
        indexes = sorted(str(_plain(index)) for index in seen.get_indexes(table))
        unique = sorted(str(one) for one in seen.get_unique_constraints(table))
        found[table] = (columns, seen.get_pk_constraint(table), indexes, unique)
    return found


def _plain(index: Any) -> dict[str, Any]:
    """An index with its condition as words."""
    options = {name: str(value) for name, value in index.get("dialect_options", {}).items()}
    return {**index, "dialect_options": options}


@pytest.mark.postgres
async def test_several_that_start_at_once_migrate_once(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made, create = list[Connection](), newest_migration._create

    def counted(connection: Connection) -> None:
        made.append(connection)
        create(connection)

    monkeypatch.setattr(newest_migration, "_create", counted)
    many = [Database(postgres_url) for _ in range(4)]
    await asyncio.gather(*(one.open() for one in many))
    assert len(made) == 1
    await asyncio.gather(*(one.close() for one in many))


async def test_a_failing_write_undoes_itself_alone(database: Database) -> None:
    async def fails(connection: AsyncConnection) -> None:
        await dialogues.save(connection, Dialogue(1, name="lost"))
        raise RuntimeError("mine")

    async def keeps(connection: AsyncConnection) -> None:
        await dialogues.save(connection, Dialogue(2, name="kept"))

    results = await asyncio.gather(database.write(fails), database.write(keeps), return_exceptions=True)
    assert isinstance(results[0], RuntimeError) and results[1] is None
    assert not await database.read(lambda c: dialogues.exists(c, 1))
    assert (await database.read(lambda c: dialogues.load(c, 2))).name == "kept"


async def test_works_share_a_commit_and_are_kept_apart_only_where_one_fails(database: Database) -> None:
    """A savepoint for each work costs more than the work: none is made before somebody needs it."""
    savepoints: list[str] = []
    event.listen(database._writer_engine.sync_engine, "savepoint", lambda _, name: savepoints.append(name))
    tries = [0] * 6

    async def named(connection: AsyncConnection, number: int, name: str) -> int:
        tries[number] += 1
        await dialogues.save(connection, Dialogue(number, name=name))
        if name == "lost":
            raise RuntimeError("mine")
        return number

    async def five(*names: str) -> list[Any]:
        works = [database.write(lambda c, n=n, name=name: named(c, n, name)) for n, name in enumerate(names, 1)]
        return list(await asyncio.gather(*works, return_exceptions=True))

    assert await five(*["first"] * 5) == [1, 2, 3, 4, 5] and savepoints == [] and tries[1:] == [1] * 5
    results = await five("second", "second", "lost", "second", "second")
    assert results[:2] + results[3:] == [1, 2, 4, 5] and isinstance(results[2], RuntimeError)
    assert max(tries) <= 3, "once more, and no oftener"
    names = [(await database.read(lambda c, n=n: dialogues.load(c, n))).name for n in range(1, 6)]
    assert names == ["second", "second", "first", "second", "second"]


async def test_an_updates_effects_are_committed_once_however_it_is_repeated(database: Database) -> None:
    async def named(connection: AsyncConnection, name: str) -> str:
        await dialogues.save(connection, Dialogue(1, name=name))
        if name == "lost":
            raise RuntimeError("mine")
        return name

    async def once(update: int, *names: str) -> list[Any]:
        works = [database.write_once(update, 1.0, lambda c, name=name: named(c, name)) for name in names]
        return list(await asyncio.gather(*works, return_exceptions=True))

    assert await once(7, "first") == ["first"]
    assert await once(7, "again") == [None]
    assert await once(8, "one", "other") == ["one", None], "twice in one commit is once too"
    failed, kept = await once(9, "lost", "second try")
    assert isinstance(failed, RuntimeError) and kept == "second try", "a claim is undone with what failed"
    assert await once(9, "third") == [None]
    plain = database.write(lambda c: named(c, "plain"))
    assert await asyncio.gather(plain, once(0, "second try")) == ["plain", ["second try"]], "0 is a number too"
    assert (await database.read(lambda c: dialogues.load(c, 1))).name == "second try"


async def test_a_row_of_an_update_is_written_once_however_it_is_repeated(database: Database) -> None:
    await _place(database, Dialogue(1, name="before"))
    read = await dialogues.of(database, 1)

    async def once(update: int, **changes: Any) -> bool:
        return await dialogues.save_once(database, replace(read, **changes), update, 5.0)

    assert await once(7, name="first") is True
    assert await once(7, name="again") is False
    assert sorted(await asyncio.gather(once(8, name="one"), once(8, name="one"))) == [False, True]
    form = {"words": "вход «не идёт»", "asked": [1, None]}
    several = (
        once(0, form=form, misses=2),
        once(9, step=3),
        once(10, step=3),
        _place(database, Dialogue(2)),
    )
    assert list(await asyncio.gather(*several)) == [True, True, True, True], "0 is a number too"
    assert await database.write_once(9, 5.0, _nothing) is None, "a row and a work know of each other's claims"
    found = await dialogues.of(database, 1)
    assert (found.name, found.form, found.misses, found.step) == ("one", form, 2, 3)


async def test_a_row_that_fails_claims_nothing_and_takes_no_other_down(database: Database) -> None:
    await _place(database, Dialogue(1, name="before"))
    read = await dialogues.of(database, 1)
    rows = (replace(read, name="good"), replace(read, family_id=2**70, name="bad"), replace(read, step=2**70))
    writes = [dialogues.save_once(database, row, update, 5.0) for update, row in enumerate(rows, 21)]
    good, *bad = await asyncio.gather(*writes, return_exceptions=True)
    assert good is True
    assert all(isinstance(one, Exception) and not isinstance(one, DatabaseAway) for one in bad)
    again = [await dialogues.save_once(database, replace(read, misses=1), update, 5.0) for update in (21, 22, 23)]
    assert again == [False, True, True]


async def _nothing(connection: AsyncConnection) -> str:
    return "done"


async def test_a_dialogue_knows_whether_something_is_owed(database: Database) -> None:
    await asyncio.gather(*(_place(database, Dialogue(n)) for n in (1, 12, 2)))
    await database.write(
        lambda c: outbox.put(c, chat_id=12, queue=outbox.family_queue(12), kind="screen", payload={}, at=1.0)
    )
    assert [(await dialogues.of(database, n)).owed for n in (1, 12, 2)] == [False, True, False]
    rows = await database.read(lambda c: outbox.waiting_for(c, 12))
    await database.write(lambda c: outbox.done(c, [row.id for row in rows]))
    assert not (await dialogues.of(database, 12)).owed


async def test_dialogues_that_are_asked_for_at_once_come_together(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await asyncio.gather(*(_place(database, Dialogue(n, name=f"n{n}")) for n in range(1, 301, 2)))
    trips, read = [], database.read

    async def counted(work: Any) -> Any:
        trips.append(1)
        return await read(work)

    monkeypatch.setattr(database, "read", counted)
    found = await asyncio.gather(*(dialogues.of(database, n) for n in (*range(1, 301), 5)))
    assert [one.family_id for one in found] == [*range(1, 301), 5]
    assert [one.name for one in found] == [f"n{n}" if n % 2 else "" for n in (*range(1, 301), 5)]
    assert len(trips) == 3


async def test_an_id_that_no_database_takes_fails_alone_and_who_stops_waiting_stops_nobody(database: Database) -> None:
    await _place(database, Dialogue(1, name="there"))
    stopped = asyncio.create_task(dialogues.of(database, 1))
    others = [asyncio.create_task(dialogues.of(database, n)) for n in (1, 2**70, 2)]
    await asyncio.sleep(0)
    stopped.cancel()
    one, bad, fresh = await asyncio.gather(*others, return_exceptions=True)
    assert isinstance(one, Dialogue) and one.name == "there" and fresh == Dialogue(2)
    assert isinstance(bad, Exception) and not isinstance(bad, DatabaseAway)
    assert stopped.cancelled()


@pytest.mark.postgres
async def test_gathered_reads_say_that_the_database_is_away_and_go_on_when_it_is_back(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(postgres_url)
    await database.open()
    with monkeypatch.context() as patch:
        patch.setattr(database, "_reader_engine", Database("postgresql+asyncpg://u:p@127.0.0.1:1/none")._reader_engine)
        gone = await asyncio.gather(*(dialogues.of(database, n) for n in range(1, 6)), return_exceptions=True)
    assert all(isinstance(one, DatabaseAway) for one in gone)
    assert await dialogues.of(database, 1) == Dialogue(1)
    await database.close()


async def test_a_failing_row_tells_its_writer_and_the_writer_lives_on(database: Database) -> None:
    place = Dialogue(3, updated_at=1.0)
    bad = Dialogue(2**70, updated_at=1.0)
    results = await asyncio.gather(_place(database, place), _place(database, bad), return_exceptions=True)
    assert results[0] is True, "the good row is stored though it shared the statement with a bad one"
    assert isinstance(results[1], Exception) and not isinstance(results[1], DatabaseAway), "a value is never «away»"
    assert await database.read(lambda c: dialogues.exists(c, 3))


async def test_what_shares_a_failed_commit_is_harmless_to_repeat(database: Database) -> None:
    """A row that is refused has all the others written by themselves, those too that stand already."""
    bad = _place(database, Dialogue(2**70))
    kept = [database.write(lambda c, n=n: handovers.put(c, f"token{n}", n, None, "step", 1.0)) for n in range(3)]
    again = [database.write(lambda c: handovers.put(c, "token1", 1, None, "step", 1.0))]
    results = await asyncio.gather(*kept, bad, *again, return_exceptions=True)
    assert [r for r in results if r is not None] == [results[3]] and isinstance(results[3], Exception)
    found = await database.write(lambda c: handovers.open_by(c, "token1", 9, 2.0))
    assert found is not None and (found.pupil_id, found.screen) == (1, "step")


@pytest.mark.parametrize("happened", [True, False], ids=["it had happened", "it had not"])
async def test_after_a_commit_that_broke_off_only_what_is_harmless_is_done_again(
    database: Database, monkeypatch: pytest.MonkeyPatch, happened: bool
) -> None:
    """Nobody knows of such a commit whether it happened."""
    commit, done = writing._commit, Counter[str]()
    broken: list[int] = []

    async def breaks_once(connection: AsyncConnection, transaction: Any) -> None:
        if happened or broken:
            await commit(connection, transaction)
        if not broken:
            broken.append(1)
            error = Exception("the server is gone")
            error.sqlstate = "08006"  # type: ignore[attr-defined]
            raise error

    async def work(connection: AsyncConnection, name: str) -> str:
        done[name] += 1
        await named_values.put(connection, name, "kept")
        return name

    monkeypatch.setattr(writing, "_commit", breaks_once)
    results = await asyncio.gather(
        database.write(lambda c: work(c, "once")),
        database.write(lambda c: work(c, "again"), repeatable=True),
        database.write_once(5, 1.0, lambda c: work(c, "claimed"), repeatable=True),
        return_exceptions=True,
    )
    assert isinstance(results[0], DatabaseAway) and done["once"] == 1
    assert list(results[1:]) == ["again", None if happened else "claimed"]
    assert (done["again"], done["claimed"]) == (2, 1 if happened else 2)
    kept = await database.read(lambda c: named_values.beginning_with(c, ""))
    assert set(kept) == {"again", "claimed", *(["once"] if happened else [])}
    assert database.trouble is None


async def test_a_thousand_writes_share_few_commits(database: Database) -> None:
    commits: list[object] = []
    event.listen(database._writer_engine.sync_engine, "commit", commits.append)
    await asyncio.gather(*(_place(database, Dialogue(n, updated_at=1.0)) for n in range(1, 1001)))
    count = select(text("count(*)")).select_from(metadata.tables["dialogues"])
    assert await database.read(lambda c: _scalar(c, count)) == 1000
    assert len(commits) <= 1000 / MAX_BATCH + 1


async def test_a_database_that_is_not_there_is_away(tmp_path: Any) -> None:
    broken = Database(f"sqlite+aiosqlite:///{tmp_path}")
    with pytest.raises(DatabaseAway):
        await broken.open()
    nowhere = Database("postgresql+asyncpg://u:p@127.0.0.1:1/none")
    with pytest.raises(DatabaseAway):
        await nowhere.open()
    await broken.close()
    await nowhere.close()


@pytest.mark.postgres
async def test_a_lost_connection_is_survived_without_a_refusal(postgres_url: str) -> None:
    database = Database(postgres_url)
    await database.open()
    for number in range(1, 6):
        await _place(database, Dialogue(number, updated_at=1.0))
        found = await dialogues.of(database, number)
        assert await dialogues.save_once(database, replace(found, step=2), number, 1.0)
        assert await database.read(lambda c, n=number: dialogues.exists(c, n))
        async with database.family(number):
            pass
        assert await end_connections(postgres_url) >= 1
    await database.close()


@pytest.mark.postgres
async def test_a_burst_of_reads_is_served_by_the_connections_that_stay(postgres_url: str) -> None:
    """A connection for a moment is a process of the server, and every statement is prepared anew."""
    database = Database(postgres_url)
    await database.open()
    opened: list[object] = []
    event.listen(database._reader_engine.sync_engine, "connect", lambda connection, _: opened.append(connection))
    for _ in range(3):
        found = await asyncio.gather(*(database.read(lambda c: _scalar(c, text("SELECT 7"))) for _ in range(100)))
        assert found == [7] * 100
    assert 1 <= len(opened) <= READERS
    await database.close()


@pytest.mark.postgres
async def test_a_deadlock_is_done_again(postgres_url: str) -> None:
    one, other = Database(postgres_url), Database(postgres_url)
    await one.open()
    await other.open()
    met = asyncio.Barrier(2)
    tries = 0

    async def crosswise(connection: AsyncConnection, first: int, second: int) -> None:
        nonlocal tries
        tries += 1
        await named_values.put(connection, f"fact{first}", "1")
        if tries <= 2:
            await met.wait()
        await named_values.put(connection, f"fact{second}", "1")

    await asyncio.wait_for(
        asyncio.gather(one.write(lambda c: crosswise(c, 1, 2)), other.write(lambda c: crosswise(c, 2, 1))), 20
    )
    assert tries == 3, "the loser was done again, the winner was not"
    await one.close()
    await other.close()


@pytest.mark.postgres
async def test_a_family_is_in_one_process_at_a_time(postgres_url: str) -> None:
    processes = [Database(postgres_url) for _ in range(3)]
    for one in processes:
        await one.open()
    inside: dict[int, int] = {}
    most = 0

    async def visit(database: Database, family: int) -> None:
        nonlocal most
        for _ in range(10):
            async with database.family(family):
                inside[family] = inside.get(family, 0) + 1
                most = max(most, inside[family])
                await database.read(lambda c: c.execute(text("SELECT 1")))
                inside[family] -= 1

    await asyncio.gather(*(visit(one, family) for one in processes for family in range(1, 11)))
    assert most == 1
    await asyncio.gather(*(one.close() for one in processes))


@pytest.mark.postgres
async def test_a_process_that_dies_lets_its_families_go(postgres_url: str) -> None:
    dying, living = Database(postgres_url), Database(postgres_url)
    await dying.open()
    await living.open()
    async with dying.family(5):
        waiting = asyncio.create_task(_enter(living, 5))
        done, _ = await asyncio.wait({waiting}, timeout=0.3)
        assert not done
        assert dying._families is not None
        await dying._families._drop_connection()
        await asyncio.wait_for(waiting, 10)
    await dying.close()
    await living.close()


@pytest.mark.postgres
async def test_a_lock_handed_over_in_the_tick_in_which_its_wait_ends_is_given_back(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = Database(postgres_url), Database(postgres_url)
    await one.open()
    await other.open()
    locks = one._families
    assert locks is not None
    real = locks._hand_out

    def hand_out_and_cancel(taking: list[Any], taken: list[bool]) -> None:
        real(taking, taken)
        visit.cancel()

    monkeypatch.setattr(locks, "_hand_out", hand_out_and_cancel)
    visit = asyncio.create_task(_enter(one, 5))
    await asyncio.wait({visit})
    assert visit.cancelled()
    monkeypatch.setattr(locks, "_hand_out", real)
    await asyncio.wait_for(_enter(other, 5), 30)
    await one.close()
    await other.close()


async def _enter(database: Database, family: int) -> None:
    async with database.family(family):
        return


@pytest.mark.postgres
async def test_one_replica_claims_at_a_time(postgres_url: str) -> None:
    one, other = Database(postgres_url), Database(postgres_url)
    await one.open()
    await other.open()
    entered, leave = asyncio.Event(), asyncio.Event()

    async def holds(connection: AsyncConnection) -> bool:
        got = await alone(connection, 99)
        entered.set()
        await leave.wait()
        return got

    holding = asyncio.create_task(one.write(holds))
    await entered.wait()
    assert await other.write(lambda c: alone(c, 99)) is False
    leave.set()
    assert await holding is True
    assert await other.write(lambda c: alone(c, 99)) is True
    await one.close()
    await other.close()


async def test_a_job_is_claimed_once(database: Database) -> None:
    await database.write(lambda c: jobs.put(c, kind="read", family_id=1, payload={}, key="a", at=1.0))
    claimed = await asyncio.gather(*(database.write(lambda c: jobs.claim(c, 2.0, 60.0)) for _ in range(5)))
    assert sum(job is not None for job in claimed) == 1


async def test_what_a_turn_did_not_touch_stays_as_others_left_it(database: Database) -> None:
    """The school's answer comes while the family's `/help` is in hand: the family stays in its ticket."""
    await database.write(lambda c: dialogues.save(c, Dialogue(7, name="Мария", screen="role", form={"files": []})))
    read = await database.read(lambda c: dialogues.load(c, 7))
    await database.write(lambda c: dialogues.set_screen(c, 7, "ticket:1"))
    await database.write(lambda c: sends.note_sent(c, 7, 50.0))
    read.form["files"].append("photo")
    await database.write(lambda c: dialogues.save(c, replace(read, updated_at=60.0)))
    found = await database.read(lambda c: dialogues.load(c, 7))
    assert (found.screen, found.sent_at, found.updated_at) == ("ticket:1", 50.0, 60.0)
    assert found.form == {"files": ["photo"]}, "what was changed in place counts as changed"


@pytest.mark.postgres
async def test_an_id_that_somebody_made_up_holds_up_nobody(postgres_url: str) -> None:
    database = Database(postgres_url)
    await database.open()

    async def visit(family: int) -> None:
        async with database.family(family):
            await asyncio.sleep(0)

    ids = (2**63 - 1, -(2**63), 2**62, 2**63, -(2**70), 5, -5)
    await asyncio.wait_for(asyncio.gather(*(visit(family) for family in ids)), 10)
    assert len({_key(family) for family in ids[:3]}) == 3
    await database.close()


@pytest.mark.postgres
async def test_a_slow_migration_is_waited_for(postgres_url: str) -> None:
    """A region's migration may take longer than a statement of the bot's daily work may."""
    engine = patient_engine(make_url(postgres_url))
    async with engine.connect() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        assert driver._config.command_timeout is None
    await engine.dispose()


def test_a_pool_that_is_used_up_means_away() -> None:
    assert as_away(PoolTimeoutError("QueuePool limit of size 4 overflow 4 reached")) is not None
