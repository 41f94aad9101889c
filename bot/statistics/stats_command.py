"""Prints the counts for `python -m bot stats [--csv] [--by-school] [--days N]`, as a text or as a table."""

import asyncio
import csv
import sys
import time

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from bot import texts_ru as texts
from bot.flows import pack_files
from bot.flows.marked import plain
from bot.known_schools import read_schools
from bot.open_database import database_of, why_not_opened
from bot.settings import Settings, SettingsError, load_settings
from bot.statistics import by_school, report
from bot.tickets import region_counts
from storage import school_counts, statistics
from storage.database import Database, DatabaseAway
from storage.statistics import DayCount, Period, Summary

COLUMNS = ("day", "kind", "path", "step", "error", "count")
ANY_LENGTH = 1_000_000  # a screen scrolls


def main(*, csv: bool, days: int | None, by_school: bool = False) -> int:
    """Prints the counts as a table (`csv`) or as a text, of all schools together or of each (`by_school`).

    Returns the exit status: 2 where the settings are wrong.
    """
    try:
        settings = load_settings(require_token=False)
        asyncio.run(_answer(settings, csv, days, in_schools=by_school))
    except (SettingsError, _NoDatabase) as error:
        print(error, file=sys.stderr)
        return 2
    except DatabaseAway as error:
        print(why_not_opened(error), file=sys.stderr)
        return 2
    return 0


class _NoDatabase(Exception):
    pass


async def _answer(settings: Settings, in_csv: bool, days: int | None, *, in_schools: bool) -> None:
    if settings.sqlite_file is not None and not settings.sqlite_file.exists():
        # Looking must not leave an empty database behind.
        raise _NoDatabase(texts.STATS_CLI_NO_DATABASE)
    database = database_of(settings)
    try:
        await _is_reached(database)
        if in_schools:
            print(await _by_school(database, settings, days or report.USUAL_DAYS, in_csv), end="")
        elif in_csv:
            _print_table(await _table(database, settings, days))
        else:
            summary = await _summary(database, settings, days or report.USUAL_DAYS)
            print(plain(str(report.words(summary, pack_files.load(settings.content)))))
    except SQLAlchemyError:
        raise _NoDatabase(texts.STATS_CLI_NO_DATABASE) from None
    finally:
        await database.close()


async def _is_reached(database: Database) -> None:
    try:
        await database.read(lambda c: c.execute(select(1)))
    except Exception as error:
        raise why_not_opened(error) from error


async def _table(database: Database, settings: Settings, days: int | None) -> list[DayCount]:
    period = Period.ending_at(time.time(), days, settings.zone) if days else None
    return await database.read(lambda c: statistics.daily(c, settings.zone, period))


async def _by_school(database: Database, settings: Settings, days: int, in_csv: bool) -> str:
    period = Period.ending_at(time.time(), days, settings.zone)
    known = await read_schools(database, settings)
    lines = region_counts.lines_of(known, await database.read(lambda c: school_counts.by_school(c, period)))
    return by_school.as_csv(lines) if in_csv else plain(str(by_school.table(lines, period, ANY_LENGTH))) + "\n"


async def _summary(database: Database, settings: Settings, days: int) -> Summary:
    period = Period.ending_at(time.time(), days, settings.zone)
    return await database.read(lambda c: statistics.summary(c, period))


def _print_table(rows: list[DayCount]) -> None:
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(COLUMNS)
    table.writerows(rows)
    sys.stdout.flush()
