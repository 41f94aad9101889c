"""Every migration is walked up, down and up again, and the models say what the migrations make."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from itertools import pairwise
from typing import Any

import pytest
import pytest_asyncio
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from storage import migrations
from storage.models import metadata

Move = Callable[[Config, str], None]


def config_of(connection: Connection | None = None) -> Config:
    """Alembic's settings for our migrations, on a connection."""
    config = Config()
    config.set_main_option("script_location", migrations.__path__[0])
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def revisions() -> list[str]:
    """Every migration, oldest first."""
    scripts = ScriptDirectory.from_config(config_of())
    return [script.revision for script in scripts.walk_revisions()][::-1]


def shape(connection: Connection) -> dict[str, Any]:
    """The tables with their columns and the names of their indexes."""
    seen = inspect(connection)
    return {
        table: (
            {column["name"]: (str(column["type"]), column["nullable"]) for column in seen.get_columns(table)},
            sorted(str(index["name"]) for index in seen.get_indexes(table)),
        )
        for table in seen.get_table_names()
        if table != "alembic_version"
    }


@pytest_asyncio.fixture
async def connection(bare_database_url: str) -> AsyncIterator[AsyncConnection]:
    """A connection to a database without tables."""
    engine = create_async_engine(make_url(bare_database_url))
    async with engine.connect() as made:
        yield made
    await engine.dispose()


async def go(connection: AsyncConnection, move: Move, revision: str) -> dict[str, Any]:
    """Moves the database to a migration; gives its shape then."""

    def run(sync: Connection) -> dict[str, Any]:
        move(config_of(sync), revision)
        return shape(sync)

    found = await connection.run_sync(run)
    await connection.commit()
    return found


@pytest.mark.slow
async def test_every_migration_is_walked_up_and_down_and_up_again(connection: AsyncConnection) -> None:
    before: dict[str, Any] = {}
    for older, newer in pairwise(["base", *revisions()]):
        after = await go(connection, command.upgrade, newer)
        assert after != before, f"{newer} changes nothing"
        assert await go(connection, command.downgrade, older) == before, f"down from {newer}"
        assert await go(connection, command.upgrade, newer) == after, f"up to {newer} again"
        before = after
    assert await go(connection, command.downgrade, "base") == {}
    assert await go(connection, command.upgrade, "head") == before


async def test_the_models_need_no_further_migration(connection: AsyncConnection) -> None:
    """`alembic revision --autogenerate` would find nothing to do."""
    await go(connection, command.upgrade, "head")

    def differences(sync: Connection) -> list[Any]:
        context = MigrationContext.configure(sync, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))

    assert await connection.run_sync(differences) == []
