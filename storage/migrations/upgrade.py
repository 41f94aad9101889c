"""Upgrades a database of an older version by Alembic; newest.py calls it where that is needed."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection


def upgrade(connection: Connection) -> None:
    """Applies what is missing inside the caller's transaction."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def versions(connection: Connection) -> tuple[str | None, str | None]:
    """Gives the database's migration and the newest one there is."""
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    return MigrationContext.configure(connection).get_current_revision(), newest


def is_known(revision: str) -> bool:
    """Tells whether a migration is one of ours: a database of a newer version names one that is not."""
    return any(one.revision == revision for one in ScriptDirectory.from_config(_config()).walk_revisions())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    return config
