"""The open database that the tests of the storage use."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from storage.database import Database


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An empty database, brought to the newest migration, on SQLite and on PostgreSQL."""
    made = Database(database_url)
    await made.open()
    yield made
    await made.close()
