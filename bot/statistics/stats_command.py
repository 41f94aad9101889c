"""Prints the counts for `python -m bot stats [--csv] [--days N]`, as a text or as a table for a spreadsheet."""

import asyncio
import csv
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from bot import texts_ru as texts
from bot.settings import Settings, SettingsError, load_settings
from bot.statistics import report
from storage import statistics
from storage.database import Database, DatabaseAway
from storage.statistics import DayCount, Period, Summary

COLUMNS = ("day", "kind", "path", "step", "error", "count")
_TAG = re.compile(r"</?b>")


@dataclass(frozen=True, slots=True)
class _Asked:
    csv: bool
    days: int | None


def main(argv: Sequence[str]) -> int:
    """Runs the command with the words after `stats`; returns the exit code: 2 where call or settings are wrong."""
    asked = _parsed(list(argv))
    if isinstance(asked, str):
        print(texts.STATS_CLI_BAD.format(said=asked, usage=texts.STATS_CLI_USAGE), file=sys.stderr)
        return 2
    try:
        settings = load_settings(require_token=False)
        asyncio.run(_answer(settings, asked))
    except (SettingsError, _NoDatabase) as error:
        print(error, file=sys.stderr)
        return 2
    except DatabaseAway as error:
        print(texts.SETTING_DATABASE_AWAY.format(error=error), file=sys.stderr)
        return 2
    except BrokenPipeError:
        sys.stderr.close()
    return 0


class _NoDatabase(Exception):
    pass


def _parsed(rest: list[str]) -> _Asked | str:
    """Reads the arguments of the command; gives the word that is not understood where there is one."""
    in_csv, days = False, None
    while rest:
        word = rest.pop(0)
        name, _, value = word.partition("=")
        if word == "--csv":
            in_csv = True
        elif name == "--days":
            value = value if "=" in word else (rest.pop(0) if rest else "")
            if not report.is_days(value):
                return f"{name} {value}".strip()
            days = int(value)
        else:
            return word
    return _Asked(in_csv, days)


async def _answer(settings: Settings, asked: _Asked) -> None:
    if settings.sqlite_file is not None and not settings.sqlite_file.exists():
        # Looking must not leave an empty database behind.
        raise _NoDatabase(texts.STATS_CLI_NO_DATABASE)
    database = Database(settings.database_url)
    try:
        if asked.csv:
            _print_table(await _table(database, settings, asked.days))
        else:
            print(_TAG.sub("", report.words(await _summary(database, settings, asked.days or report.USUAL_DAYS))))
    except SQLAlchemyError:
        raise _NoDatabase(texts.STATS_CLI_NO_DATABASE) from None
    finally:
        await database.close()


async def _table(database: Database, settings: Settings, days: int | None) -> list[DayCount]:
    period = Period.ending_at(time.time(), days, settings.zone) if days else None
    return await database.read(lambda c: statistics.daily(c, settings.zone, period))


async def _summary(database: Database, settings: Settings, days: int) -> Summary:
    period = Period.ending_at(time.time(), days, settings.zone)
    return await database.read(lambda c: statistics.summary(c, period))


def _print_table(rows: list[DayCount]) -> None:
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(COLUMNS)
    table.writerows(rows)
    sys.stdout.flush()
