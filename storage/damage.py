"""Notices damage of the database; from then on every use of it raises DatabaseAway in this process."""

import asyncio
import logging
import os
from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.database_errors import FOR_GOOD, AwayCause, DatabaseAway, as_away, misses_something, told
from storage.models import metadata

log = logging.getLogger(__name__)

_LOOK_AGAIN_S = 10.0  # tables that were whole so lately are not looked at again


class Damage:
    """Remembers the damage that was found. It looks at the tables through the connections of `engine`.

    A connection to SQLite keeps the definitions of tables that it has read, so there each has to be a new one. Only
    what happens after `begin` counts: before it, an empty database has no tables either.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self.found: DatabaseAway | None = None
        self._engine = engine
        self._file: _OpenedFile | None = None
        self._begun = False
        self._whole_until = 0.0  # by the loop's clock

    def begin(self, file: Path | None) -> None:
        """Begins to look for damage: the tables are there by now; `file` is SQLite's, None on PostgreSQL."""
        self._file = _OpenedFile(file) if file else None
        self._begun = True

    def refuse(self) -> None:
        """Raises DatabaseAway where damage was found."""
        if self.found:
            raise DatabaseAway(str(self.found), self.found.cause)

    def look_at_file(self) -> None:
        """Raises DatabaseAway where the file was deleted or replaced: all that is written there is lost."""
        if self._file and self._file.is_gone():
            self._note(DatabaseAway("the file was deleted, moved or replaced", AwayCause.REMOVED))
        self.refuse()

    async def judged(self, error: Exception) -> Exception:
        """Gives DatabaseAway where the error means that; the error itself where the statement is at fault."""
        away = as_away(error)
        if away is None and self._begun and misses_something(error) and not await self._is_whole():
            away = DatabaseAway(f"what the bot keeps is gone ({told(error)})", AwayCause.DAMAGED)
        if away is None:
            return error
        self._note(away)
        return away

    def _note(self, away: DatabaseAway) -> None:
        if self._begun and self.found is None and away.cause in FOR_GOOD:
            self.found = away
            log.critical("the database is damaged, nothing more is taken until a restart: %s", away)

    async def _is_whole(self) -> bool:
        """Tells whether the tables are still there: a damaged catalogue makes a correct statement look wrong."""
        now = asyncio.get_running_loop().time()
        if now < self._whole_until:
            return True
        try:
            async with self._engine.connect() as connection:
                whole = await connection.run_sync(_has_all)
        except Exception as error:
            away = as_away(error)
            whole = away is None or away.cause not in FOR_GOOD
        if whole:
            self._whole_until = now + _LOOK_AGAIN_S
        return whole


def _has_all(connection: Connection) -> bool:
    """Tells whether every table of the models is there with every column."""
    seen = inspect(connection)
    there = set(seen.get_table_names())
    return all(
        name in there and {c.name for c in table.columns} <= {c["name"] for c in seen.get_columns(name)}
        for name, table in metadata.tables.items()
    )


async def first_fault(connection: AsyncConnection) -> str | None:
    """Gives the first fault that SQLite finds in the pages of its file; None where there is none.

    Raises DatabaseError where the file cannot even be looked through. It reads the whole file.
    """
    found = str((await connection.execute(text("PRAGMA quick_check(1)"))).scalar_one())
    return None if found == "ok" else found.splitlines()[-1]


class _OpenedFile:
    """A file as it was when it was opened."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._was = self._identity()

    def is_gone(self) -> bool:
        """Tells whether another file, or none, has its place now. A folder that does not answer tells nothing."""
        try:
            return self._identity() != self._was
        except OSError:
            return False

    def _identity(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self._path)
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino
