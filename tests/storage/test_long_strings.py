"""A string that is longer than its column is refused on both databases: on SQLite so in tests alone, which says so."""

from __future__ import annotations

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database
from storage.models import metadata

WITH_LENGTH = [
    column.name for column in metadata.tables["tickets"].columns if getattr(column.type, "length", None) is not None
]


async def test_a_string_longer_than_its_column_is_refused(database: Database) -> None:
    tickets = metadata.tables["tickets"]
    values = {"form_id": "a", "consent_at": 1.0, "created_at": 1.0, "updated_at": 1.0}
    assert len(WITH_LENGTH) > 5
    for name in WITH_LENGTH:
        too_long = "я" * (tickets.c[name].type.length + 1)  # type: ignore[attr-defined]

        async def store(connection: AsyncConnection, name: str = name, too_long: str = too_long) -> None:
            await connection.execute(insert(tickets).values(**{**values, name: too_long}))

        with pytest.raises(DBAPIError):
            await database.write(store)
