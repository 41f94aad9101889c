"""What a database's error means: that the database is away, that the work is to be done again, or neither."""

import asyncio
import sqlite3

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

# SQLite calls both a broken statement and a locked file an OperationalError.
_BROKEN_STATEMENT = ("no such table", "no such column", "syntax error", "has no column", "too many", "too big")
# PostgreSQL, appendix A: connection exceptions, insufficient resources, operator intervention, a login refused.
_AWAY_CLASSES = ("08", "53", "57P", "28")
_AWAY_STATES = ("3D000", "25006")
_AGAIN_STATES = ("40001", "40P01", "55P03")
_CLOSED = ("connection is closed", "connection was closed", "connection has been", "another operation", "pool is clos")


class DatabaseAway(Exception):
    """The database does not answer: nothing was committed, and the same work may be tried again later."""


def as_away(error: BaseException) -> DatabaseAway | None:
    """DatabaseAway where the error means that the database is not there; None where the statement is at fault."""
    if isinstance(error, DatabaseAway):
        return error
    if isinstance(error, (OSError, asyncio.TimeoutError, PoolTimeoutError)):
        return DatabaseAway(str(error) or type(error).__name__)
    state = sqlstate(error)
    if state:
        gone = state.startswith(_AWAY_CLASSES) or state in _AWAY_STATES or state in _AGAIN_STATES
        return DatabaseAway(_first_line(error)) if gone else None
    if isinstance(error, DBAPIError):
        return _judged(error)
    if isinstance(error, sqlite3.OperationalError):
        return _judged_sqlite(error)
    return DatabaseAway(_first_line(error)) if _is_closed(error) else None


def _judged(error: DBAPIError) -> DatabaseAway | None:
    text = str(error.orig)
    if error.connection_invalidated:
        return DatabaseAway(_first_line(error.orig))
    if isinstance(error, OperationalError):
        return _judged_sqlite(error.orig)
    # asyncpg calls a value that does not fit its column an InterfaceError too: that one never heals.
    if isinstance(error, InterfaceError) and any(sign in text for sign in _CLOSED):
        return DatabaseAway(_first_line(error.orig))
    return None


def _is_closed(error: BaseException) -> bool:
    """Whether asyncpg, asked without SQLAlchemy, says that its connection is no more."""
    return type(error).__module__.startswith("asyncpg") and any(sign in str(error) for sign in _CLOSED)


def _judged_sqlite(error: object) -> DatabaseAway | None:
    return None if any(sign in str(error) for sign in _BROKEN_STATEMENT) else DatabaseAway(_first_line(error))


def is_to_be_repeated(error: BaseException) -> bool:
    """Whether a whole transaction lost against another one and may simply be done again."""
    return sqlstate(error) in _AGAIN_STATES


def lost_connection(error: BaseException) -> bool:
    """Whether the connection itself was gone, as after a restart of the server: another one may be had at once."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    return (sqlstate(error) or "").startswith(("08", "57P")) or _is_closed(error)


def sqlstate(error: BaseException) -> str | None:
    """PostgreSQL's five signs for what happened."""
    origin = error.orig if isinstance(error, DBAPIError) else error
    for one in (origin, getattr(origin, "__cause__", None)):
        state = getattr(one, "sqlstate", None)
        if isinstance(state, str):
            return state
    return None


def told(error: BaseException) -> str:
    """An error of the database in one line, without the statement and its values."""
    origin = error.orig if isinstance(error, DBAPIError) else error
    return _first_line(origin) if str(origin) else type(error).__name__


def _first_line(error: object) -> str:
    text = str(error)
    return text.splitlines()[0] if text else "no connection"
