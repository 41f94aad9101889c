"""Classifies errors of the database: it is away, the work has to be repeated, or the statement itself is wrong.

Lists say which errors mean that it is away; everything else is a fault of the statement, and so of ours.
"""

import asyncio
import sqlite3
from enum import Enum

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError


class AwayCause(Enum):
    """The reasons for which a database is away."""

    LOST = "lost"  # not reached, shutting down, no answer in time, a login refused
    BUSY = "busy"  # locked by somebody else
    FULL = "full"  # no room on the disk, no memory, no connections left
    READ_ONLY = "read only"
    DAMAGED = "damaged"  # what is stored cannot be read any more
    REMOVED = "removed"  # the file was deleted, moved or replaced while it was in use


FOR_GOOD = (AwayCause.DAMAGED, AwayCause.REMOVED)  # nothing heals these while the process runs

# SQLite, «Result and Error Codes»: a primary code is the lowest byte of an extended one.
_SQLITE = {
    sqlite3.SQLITE_PERM: AwayCause.READ_ONLY,
    sqlite3.SQLITE_BUSY: AwayCause.BUSY,
    sqlite3.SQLITE_LOCKED: AwayCause.BUSY,
    sqlite3.SQLITE_NOMEM: AwayCause.FULL,
    sqlite3.SQLITE_READONLY: AwayCause.READ_ONLY,
    sqlite3.SQLITE_INTERRUPT: AwayCause.LOST,
    sqlite3.SQLITE_IOERR: AwayCause.LOST,
    sqlite3.SQLITE_CORRUPT: AwayCause.DAMAGED,
    sqlite3.SQLITE_FULL: AwayCause.FULL,
    sqlite3.SQLITE_CANTOPEN: AwayCause.LOST,
    sqlite3.SQLITE_PROTOCOL: AwayCause.BUSY,
    sqlite3.SQLITE_NOTADB: AwayCause.DAMAGED,
}
_SQLITE_EXTENDED = {
    sqlite3.SQLITE_READONLY_DBMOVED: AwayCause.REMOVED,
    sqlite3.SQLITE_IOERR_CORRUPTFS: AwayCause.DAMAGED,
}
# PostgreSQL, appendix A «Error Codes»: whole classes by their first two signs, single states by all five.
_CLASSES = {
    "08": AwayCause.LOST,  # connection exception
    "28": AwayCause.LOST,  # invalid authorization specification
    "53": AwayCause.FULL,  # insufficient resources
    "57": AwayCause.LOST,  # operator intervention: shutting down, starting up, a statement cancelled
    "58": AwayCause.LOST,  # system error: the server's own files
}
_STATES = {
    "25006": AwayCause.READ_ONLY,  # read_only_sql_transaction: a replica, or the server after a failover
    "3D000": AwayCause.LOST,  # invalid_catalog_name: the database is not there
    "40001": AwayCause.BUSY,  # serialization_failure
    "40003": AwayCause.LOST,  # statement_completion_unknown
    "40P01": AwayCause.BUSY,  # deadlock_detected
    "42501": AwayCause.READ_ONLY,  # insufficient_privilege: rights of the bot's role were taken away
    "55006": AwayCause.BUSY,  # object_in_use
    "55P03": AwayCause.BUSY,  # lock_not_available
    "XX001": AwayCause.DAMAGED,  # data_corrupted
    "XX002": AwayCause.DAMAGED,  # index_corrupted
}
_AGAIN_STATES = ("40001", "40P01", "55P03")
_OF_ONE_STATEMENT = ("40001", "40P01", "42501", "55006", "55P03", "57014")
_NOT_THERE = ("42P01", "42703")  # undefined_table, undefined_column
_NOT_THERE_WORDS = ("no such table", "no such column", "has no column named")
_CLOSED = ("connection is closed", "connection was closed", "connection has been", "another operation", "pool is clos")


class DatabaseAway(Exception):
    """The database does not answer: nothing was committed, and the same work may be tried again later."""

    def __init__(self, reason: str, cause: AwayCause = AwayCause.LOST) -> None:
        super().__init__(reason)
        self.cause = cause


def as_away(error: BaseException) -> DatabaseAway | None:
    """Gives DatabaseAway where the error means that the database is away; None where the statement is at fault."""
    if isinstance(error, DatabaseAway):
        return error
    cause = _cause(error)
    return None if cause is None else DatabaseAway(told(error), cause)


def _cause(error: BaseException) -> AwayCause | None:
    if isinstance(error, (OSError, asyncio.TimeoutError, PoolTimeoutError)):
        return AwayCause.LOST
    state = sqlstate(error)
    if state:
        return _STATES.get(state) or _CLASSES.get(state[:2])
    code = sqlite_code(error)
    if code is not None:
        return _SQLITE_EXTENDED.get(code) or _SQLITE.get(code & 0xFF)
    gone = _is_closed(error) or (isinstance(error, DBAPIError) and error.connection_invalidated)
    return AwayCause.LOST if gone else None


def _is_closed(error: BaseException) -> bool:
    """Tells whether a driver says that its connection is no more: it gives no code for that.

    asyncpg calls a value that does not fit its column an InterfaceError too, and that one never heals.
    """
    origin = error.orig if isinstance(error, DBAPIError) else error
    of_driver = isinstance(error, DBAPIError) or type(error).__module__.startswith("asyncpg")
    return of_driver and any(sign in str(origin) for sign in _CLOSED)


def is_to_be_repeated(error: BaseException) -> bool:
    """Tells whether a transaction lost a conflict with another one and may simply be repeated."""
    return sqlstate(error) in _AGAIN_STATES


def lost_connection(error: BaseException) -> bool:
    """Tells whether only the connection was lost, as after a restart of the server: a new one may work at once."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    of_driver = type(error).__module__.startswith("asyncpg")
    return (sqlstate(error) or "").startswith(("08", "57P")) or (of_driver and _is_closed(error))


def is_read_only(error: BaseException) -> bool:
    """Tells whether the server became a read-only one: after a failover, connecting anew finds the writable one."""
    return sqlstate(error) == "25006"


def of_one_statement(error: BaseException) -> bool:
    """Tells whether an error that means away may be one work's own, while the connection works: a lock, a limit."""
    if isinstance(error, DBAPIError):
        return not error.connection_invalidated and sqlstate(error) in _OF_ONE_STATEMENT
    # An error of Python's own: what is raised by the work, or a time limit that the driver keeps.
    return not isinstance(error, DatabaseAway) and isinstance(error, OSError) and sqlstate(error) is None


def misses_something(error: BaseException) -> bool:
    """Tells whether a statement names a table or a column that is not there: a slip of ours, or a schema gone bad."""
    if sqlstate(error) in _NOT_THERE:
        return True
    if sqlite_code(error) != sqlite3.SQLITE_ERROR:
        return False
    return any(words in told(error) for words in _NOT_THERE_WORDS)


def sqlstate(error: BaseException) -> str | None:
    """Gives PostgreSQL's five-character error code (SQLSTATE); None where the error has none."""
    origin = error.orig if isinstance(error, DBAPIError) else error
    for one in (origin, getattr(origin, "__cause__", None)):
        state = getattr(one, "sqlstate", None)
        if isinstance(state, str):
            return state
    return None


def sqlite_code(error: BaseException) -> int | None:
    """Gives SQLite's extended result code; None where the error has none."""
    origin = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(origin, "sqlite_errorcode", None)
    return code if isinstance(code, int) else None


def told(error: BaseException) -> str:
    """Gives an error of the database in one line, without the statement and its values."""
    origin = error.orig if isinstance(error, DBAPIError) else error
    text = str(origin)
    return text.splitlines()[0] if text else type(error).__name__
