"""Brings a database to the newest migration; Alembic (0.3 s, 11 MB) is loaded only where an old one is upgraded."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from storage.models import metadata
from storage.school_models import schools

MIGRATION_LOCK = 4_307_001  # any number that nothing else in the database locks
_VERSIONS = Path(__file__).parent / "versions"


def newest() -> str:
    """Gives the newest migration, by the number that its file's name begins with."""
    return max(file.stem.partition("_")[0] for file in _VERSIONS.glob("[0-9]*.py"))


def is_newest(connection: Connection) -> bool:
    """Tells whether the database stands at the newest migration."""
    if not inspect(connection).has_table("alembic_version"):
        return False
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == [newest()]


def migrate(connection: Connection) -> None:
    """Makes what is missing inside the caller's transaction, once, however many replicas start together.

    An empty database gets every table at once and the mark of the newest migration (Alembic's cookbook, «Building an
    up to date database from scratch»); a test compares it with one that went through all migrations.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
    if is_newest(connection):
        return
    if not inspect(connection).get_table_names():
        _create(connection)
        return
    from storage.migrations.upgrade import upgrade

    upgrade(connection)


def _create(connection: Connection) -> None:
    metadata.create_all(connection)
    connection.execute(schools.insert().values(last_number=0))  # the first school, that of the settings
    connection.execute(
        text(
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL,"
            " CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
        )
    )
    connection.execute(text("INSERT INTO alembic_version (version_num) VALUES (:newest)"), {"newest": newest()})
