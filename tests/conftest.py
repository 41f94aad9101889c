"""Fixtures for every test (a database of its own, a world with the bot in it), and the options and order of a run."""

from __future__ import annotations

# isort: off
from tests import quickly_imported  # before all that it makes quick

# isort: on
import asyncio
import contextlib
import gc
import os
import shutil
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import settings
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import app
from storage import writing
from storage.database import Database
from tests.clock import ask_max_at_once
from tests.postgres import EmptiedDatabase, Postgres, running_postgres
from tests.startup_shortcuts import pay_once, refuse_long_strings
from tests.world import World

# What one run finds, the next finds, too: a change is judged by what it changes. `--hypothesis-profile=searching` looks
# elsewhere each time. Neither knows a deadline: a machine may be busy.
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.register_profile("searching", deadline=None)
settings.load_profile("repeatable")
pay_once()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skips what needs an optional part that is absent, and says so; with REQUIRE_ALL=1 it fails instead."""
    needed = {"ocr": "tesseract", "browser": "chromium"}
    for marker, program in needed.items():
        if item.get_closest_marker(marker) and shutil.which(program) is None:
            said = f"{program} is not installed"
            if os.environ.get("REQUIRE_ALL") == "1":
                pytest.fail(said)
            pytest.skip(said)


def pytest_addoption(parser: pytest.Parser) -> None:
    """With `--works-twice` every test has all that it writes done twice, as after a connection that was lost.

    With `--quick` only what is quick and needs no other program is run, on SQLite: of the talks with a bot the first
    two of each module, and of a talk with many cases the first.
    """
    parser.addoption("--works-twice", action="store_true")
    parser.addoption("--quick", action="store_true")


@pytest.hookimpl(trylast=True)  # so that who asks for one database alone gets every messenger on it
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Gives every test the fixture that the option asks for, and lets the long ones begin first."""
    if config.getoption("--works-twice"):
        for item in items:
            getattr(item, "fixturenames", []).append("works_twice")
    left_out = _beyond_quick(items) if config.getoption("--quick") else _met_in_pairs(items)
    config.hook.pytest_deselected(items=[item for item in items if item in left_out])
    items[:] = [item for item in items if item not in left_out]
    items[:] = _long_ones_first(items, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


# The database on which a test of many messengers meets each of them. What it says of a messenger, and what it says of a
# database, is tried by one of these pairs: the rows that a messenger leaves are of the same make as the others'.
PAIRS = {
    "any_world": {
        "forum": "postgres", "group": "sqlite", "max": "postgres", "max-forum": "sqlite", "telegram-max": "sqlite",
    },
    "either_world": {"forum": "postgres", "group": "sqlite"},
    "noon": {"forum": "postgres", "group": "sqlite"},
    "family_world": {"telegram": "sqlite", "max": "postgres"},
    "region": {"telegram": "postgres", "max": "sqlite"},
}  # fmt: skip


def _met_in_pairs(items: list[pytest.Item]) -> set[pytest.Item]:
    """Gives the cases of tests of many messengers that would try a messenger on its second database."""
    params = {item: item.callspec.params for item in items if hasattr(item, "callspec")}
    tests = {item: item.nodeid.partition("[")[0] for item in params}
    on_both = {tests[item] for item, given in params.items() if given.get("database_url") == "postgres"}

    def left_out(item: pytest.Item, given: Mapping[str, Any]) -> bool:
        pairs = (databases[given[world]] for world, databases in PAIRS.items() if world in given)
        return tests[item] in on_both and any(given["database_url"] != database for database in pairs)

    return {item for item, given in params.items() if left_out(item, given)}


TALKS_OF_A_MODULE = 2  # in a quick run


def _beyond_quick(items: list[pytest.Item]) -> set[pytest.Item]:
    """Gives the tests that a quick run leaves to the whole one."""
    left_out, talks = set(), defaultdict[str, set[str]](set)  # by module
    for item in items:
        if any(item.get_closest_marker(name) for name in ("postgres", "browser", "process", "slow", "ocr")):
            left_out.add(item)
        elif "database_url" in getattr(item, "fixturenames", ()):
            module, _, talk = item.nodeid.partition("[")[0].partition("::")
            if talk in talks[module] or len(talks[module]) == TALKS_OF_A_MODULE:
                left_out.add(item)
            else:
                talks[module].add(talk)
    return left_out


# What takes seconds to make and is shared by the tests that ask for it: they go to one worker, so that it is made once.
SHARED = ("installed", "small_ryazan", "four_paths", "shared", "demo_url")
# The same for what these modules read: the whole source code.
READ_THE_SOURCE = (
    "tests/test_layers.py", "tests/test_html_rules.py", "tests/test_no_sleeps.py", "tests/patterns/test_patterns.py",
)  # fmt: skip


def _long_ones_first(items: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """Orders the tests for workers of which each gets a piece of the list, and takes over what others have left.

    Each piece begins with what works long; those that share something costly stand in one piece. Tests of processes,
    which mostly wait, stand between the talks, whose modules stay whole: where all workers waited at once, the cores
    would have nothing to do. What needs no database fills the pieces: it is taken over most easily.
    """
    long: dict[str, list[pytest.Item]] = {}
    talks: dict[str, list[pytest.Item]] = {}
    waiting: list[pytest.Item] = []
    short: list[pytest.Item] = []
    for item in items:
        names = getattr(item, "fixturenames", ())
        module = item.nodeid.partition("::")[0]
        shared = next((name for name in SHARED if name in names), None)
        if module in READ_THE_SOURCE:
            shared = "the source"
        if shared:
            long.setdefault(shared, []).append(item)
        elif item.get_closest_marker("process"):
            waiting.append(item)
        elif item.get_closest_marker("slow"):
            long.setdefault(item.nodeid, []).append(item)
        elif "database_url" in names:
            talks.setdefault(module, []).append(item)
        else:
            short.append(item)
    begun: list[list[pytest.Item]] = [[] for _ in range(workers)]
    for group in sorted(long.values(), key=len, reverse=True):
        min(begun, key=len).extend(group)
    pieces = [[*piece] for piece in begun]
    for group in talks.values():
        min(pieces, key=len).extend(group)
    for number, piece in enumerate(pieces):
        piece[:] = [*begun[number], *_spread(waiting[number::workers], piece[len(begun[number]) :])]
        size = len(items) // workers + (number < len(items) % workers)
        rest = max(0, size - len(piece)) if number < workers - 1 else len(short)
        piece += short[:rest]
        del short[:rest]
    return [item for piece in pieces for item in piece]


def _spread(few: list[pytest.Item], many: list[pytest.Item]) -> list[pytest.Item]:
    """Puts the few between the many, at even distances and before the last third: a long wait must not come last."""
    step = max(1, 2 * len(many) // (3 * len(few) + 1))
    spread = [*many]
    for number, item in enumerate(few):
        spread.insert(number * (step + 1), item)
    return spread


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Runs every test on the loop that the bot runs on, which is the faster one where it is installed."""
    return {"the bot's": app.loop_factory() or asyncio.new_event_loop}


def pytest_collection_finish(session: pytest.Session) -> None:
    """Takes modules and collected tests out of the garbage collector's sight: it went through them again and again."""
    quickly_imported.imported()
    gc.set_threshold(10_000, 10, 50)


@pytest.fixture
def works_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Does every work of a transaction, undoes it, and does it again: what it leaves in memory shows then."""
    once = writing._run_together

    async def twice(connection: AsyncConnection, jobs: Any) -> Any:
        savepoint = await connection.begin_nested()
        try:
            await once(connection, jobs)
        finally:
            await savepoint.rollback()
        return await once(connection, jobs)

    monkeypatch.setattr(writing, "_run_together", twice)


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine an update waits for its screen, and no picture is given up for its time, read or drawn."""
    monkeypatch.setattr("bot.delivery.chart_sender.DRAWING_TIMEOUT_S", 60.0)
    monkeypatch.setattr("bot.services.PATIENCE_S", 60.0)
    monkeypatch.setattr("bot.screenshots.reader.PASS_S", 60.0)


@pytest.fixture(autouse=True)
def asks_max_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bot asks MAX again as soon as it has handled what came: half a second after each step adds up."""
    ask_max_at_once(monkeypatch)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The PostgreSQL server of this test run: its workers share one."""
    with running_postgres(os.environ.get("PYTEST_XDIST_TESTRUNUID")) as server:
        yield server


@pytest.fixture(scope="session")
def emptied_postgres(postgres: Postgres) -> Iterator[EmptiedDatabase]:
    """This worker's database with every table in it."""
    with contextlib.closing(EmptiedDatabase(postgres)) as database:
        yield database


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with every table in it: copying it is faster than making the tables anew."""
    file = tmp_path_factory.mktemp("migrated") / "bot.sqlite3"

    async def migrate() -> None:
        database = Database(f"sqlite+aiosqlite:///{file}")
        await database.open()
        await database.close()

    asyncio.run(migrate())
    refuse_long_strings(file)
    return file


BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture
def sqlite_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an SQLite file of the test's own, with nothing in its tables.

    A module whose tests cannot come out differently on PostgreSQL takes it for its `database_url`.
    """
    migrated: Path = request.getfixturevalue("migrated_sqlite")
    shutil.copyfile(migrated, tmp_path / "bot.sqlite3")
    return f"sqlite+aiosqlite:///{tmp_path}/bot.sqlite3"


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a database of the test's own, with nothing in its tables; a test that asks for it runs on both."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_url")
        return
    emptied: EmptiedDatabase = request.getfixturevalue("emptied_postgres")
    with emptied.lent() as url:
        yield url


@pytest.fixture(params=BOTH)
def bare_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The same without a single table: for tests of the migrations."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/bot.sqlite3"
    server: Postgres = request.getfixturevalue("postgres")
    return server.new_database()


@pytest.fixture
def postgres_url(postgres: Postgres) -> str:
    """A PostgreSQL database without tables, for tests of what SQLite has not: several processes on one database."""
    return postgres.new_database()


@pytest_asyncio.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    """A forum at the school and the bot on it, on both databases."""
    async with World(database_url) as made:
        yield await made.start()


@pytest_asyncio.fixture
async def group_world(database_url: str) -> AsyncIterator[World]:
    """The same with a plain group at the school."""
    async with World(database_url, forum=False) as made:
        yield await made.start()


@pytest_asyncio.fixture
async def max_world(database_url: str) -> AsyncIterator[World]:
    """A group in MAX at the school, families in MAX, and no Telegram at all."""
    async with World(database_url, channels=("max",), desk="max") as made:
        made.max.strict_pace = True
        yield await made.start()


@pytest_asyncio.fixture
async def unstarted_world(database_url: str) -> AsyncIterator[World]:
    """A world whose bot a test starts by itself, here or as a process, with settings of its own."""
    async with World(database_url) as made:
        yield made
