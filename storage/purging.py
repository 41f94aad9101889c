"""Takes erased words out of the database's files: SQLite builds its file anew, PostgreSQL cleans its tables.

`owe` notes within the erasing transaction that this is to be done, `purge` does it; until then the note stays.
"""

import secrets

from sqlalchemy.ext.asyncio import AsyncConnection

from storage import named_values
from storage.database import Database

_OWED = "purge_owed"
_REBUILT = "file_rebuilt_at"
REBUILD_EVERY_S = 24 * 3600.0  # of a file that is not built anew within a second
# Those that hold words, names or ids of families, and what else a school that leaves takes along.
TABLES = (
    "bad_days", "bans", "colleagues", "dialogues", "facts", "failed_updates", "handovers", "jobs", "max_messages",
    "outbox", "ready_answer_uses", "ready_answers", "reminders", "repair_waits", "sends", "sightings", "ticket_events",
    "ticket_messages", "ticket_words", "tickets", "topics",
)  # fmt: skip


async def owe(connection: AsyncConnection) -> None:
    """Notes that this transaction erases something: from its commit on the files have to be purged of it."""
    await named_values.put(connection, _OWED, secrets.token_hex(8))


async def is_owed(connection: AsyncConnection) -> bool:
    """Tells whether the files may still hold what was erased."""
    return await named_values.get(connection, _OWED) is not None


async def purge(database: Database, now: float) -> bool:
    """Takes erased content out of the files, where that is owed. False where it is still owed. Raises DatabaseAway.

    SQLite: the write-ahead log is emptied and the file built anew, a large one once a day; `now` is in seconds since
    the epoch. PostgreSQL: VACUUM; its own write-ahead log and backups are the operator's.
    """
    owed = await database.read(lambda c: named_values.get(c, _OWED))
    if owed is None:
        return True
    if not database.is_sqlite:
        await database.clean(TABLES)
    elif not await _purge_file(database, now):
        return False
    # What was erased meanwhile owes it anew, under another value.
    await database.write(lambda c: named_values.forget(c, _OWED, owed))
    return True


async def _purge_file(database: Database, now: float) -> bool:
    if database.is_small:
        return await database.empty_log(rebuild=True)
    rebuilt = await database.read(lambda c: named_values.get(c, _REBUILT))
    # A clock that was put back must not end the rebuilding: the distance counts.
    due = rebuilt is None or abs(now - float(rebuilt)) >= REBUILD_EVERY_S
    if not await database.empty_log(rebuild=due) or not due:
        return False
    await database.write(lambda c: named_values.put(c, _REBUILT, str(now)))
    return True
