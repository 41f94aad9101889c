"""Makes the database of DATABASE_URL for every command, and says in one line why it does not open."""

from bot import texts_ru as texts
from bot.settings import Settings, SettingsError
from storage.database import Database, DatabaseAway
from storage.database_errors import told


def database_of(settings: Settings) -> Database:
    """Makes the database, which is not opened yet. Raises SettingsError for an address that cannot be one."""
    try:
        return Database(settings.database_url)
    except Exception as error:
        raise why_not_opened(error) from error


def why_not_opened(error: Exception) -> SettingsError:
    """Gives what the person is told who started a command, for what opening or reading the database raised."""
    if isinstance(error, DatabaseAway):
        said = texts.SETTING_DATABASE_PROBLEMS.get(error.cause.value, texts.SETTING_DATABASE_AWAY)
        return SettingsError(said.format(error=error))
    # One of a newer version, an option that the driver does not know.
    return SettingsError(texts.SETTING_DATABASE_BROKEN.format(error=told(error)))
