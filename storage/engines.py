"""Makes the database's connection pools, sets up each connection, and empties SQLite's write-ahead log.

There is a pool that writes and one that reads.
"""

from typing import Any

from sqlalchemy import URL, event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

READERS = 6  # connections to PostgreSQL that read
BUSY_TIMEOUT_S = 10
_EMPTY_LOG_WAIT_MS = 1000  # how long writers are held up by a reader that does not end
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON", "cache_size=-2000")
_CHECK_ALIVE = {"tcp_keepalives_idle": "10", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3"}


def keeps_no_file(url: URL) -> bool:
    """Tells whether an address of SQLite names no plain file: each connection would then have a database of its own.

    SQLite, «In-Memory Databases»: that is so of an empty name and of «:memory:»; «file:» may mean either.
    """
    name = url.database or ""
    return url.get_backend_name() == "sqlite" and (not name or name == ":memory:" or name.startswith("file:"))


def engines(url: URL) -> tuple[AsyncEngine, AsyncEngine]:
    """Gives the engine that writes and the one that reads."""
    return _of_file(url) if url.get_backend_name() == "sqlite" else _of_server(url)


def patient_engine(url: URL, **more: Any) -> AsyncEngine:
    """Makes connections to PostgreSQL that wait for a statement as long as it takes: a region's migration, a lock."""
    arguments = {"timeout": 5, "server_settings": _CHECK_ALIVE}
    return _engine(url, poolclass=NullPool, connect_args=arguments, **more)


def fresh_engine(url: URL) -> AsyncEngine:
    """Makes a new connection to SQLite for each use: one that is kept would know the tables from before."""
    return _engine(url, poolclass=NullPool, connect_args={"timeout": BUSY_TIMEOUT_S})


def _engine(url: URL, **more: Any) -> AsyncEngine:
    """Makes an engine whose errors, which are logged and kept, name no values: they are families' words and names."""
    return create_async_engine(url, hide_parameters=True, **more)


def _of_server(url: URL) -> tuple[AsyncEngine, AsyncEngine]:
    common: dict[str, Any] = {
        "pool_pre_ping": False,
        "pool_recycle": 1800,
        "pool_timeout": 10,
        # A short-lived extra connection costs more than it saves: a server process, and every statement prepared anew.
        "max_overflow": 0,
        "pool_use_lifo": True,
        "connect_args": {"timeout": 5, "command_timeout": 20, "server_settings": _CHECK_ALIVE},
    }
    writer = _engine(url, pool_size=2, **common)
    reader = _engine(url, pool_size=READERS, isolation_level="AUTOCOMMIT", **common)
    return writer, reader


def _of_file(url: URL) -> tuple[AsyncEngine, AsyncEngine]:
    arguments = {"timeout": BUSY_TIMEOUT_S}
    writer = _engine(url, pool_size=1, max_overflow=0, connect_args=arguments)
    reader = _engine(url, pool_size=3, max_overflow=0, connect_args=arguments, isolation_level="AUTOCOMMIT")
    for engine in (writer, reader):
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)

    @event.listens_for(writer.sync_engine, "begin")
    def _take_the_write_lock(connection: Any) -> None:
        # A transaction that reads first and writes later would find the lock taken; this one takes it at once.
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return writer, reader


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


async def empty_log(connection: AsyncConnection, rebuild: bool) -> bool:
    """Empties SQLite's write-ahead log on a reading connection; with `rebuild` the file is built anew before.

    False where a reader held the log back.
    """
    await connection.exec_driver_sql(f"PRAGMA busy_timeout={_EMPTY_LOG_WAIT_MS}")
    try:
        if rebuild:
            await connection.exec_driver_sql("VACUUM")
        held_back = (await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")).one()[0]
    finally:
        await connection.exec_driver_sql(f"PRAGMA busy_timeout={int(BUSY_TIMEOUT_S * 1000)}")
    return not held_back
