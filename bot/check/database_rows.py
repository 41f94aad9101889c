"""Looks at the database for `check`: it opens, its migration, its outbox. Nothing is made or changed."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.check.table import Level, Row
from bot.known_schools import Schools, read_schools
from bot.setting_values import usable_pack
from bot.settings import Settings, SettingsError, prepare_data_folder
from storage import moved_chats, outbox, outbox_counts
from storage.damage import first_fault
from storage.database import Database
from storage.database_errors import AwayCause, as_away, told
from storage.migrations.upgrade import is_known, versions


@dataclass(frozen=True, slots=True)
class Seen:
    """Holds the rows, and the ids that groups have by now, by their old ones, as far as the bot met an upgrade."""

    rows: list[Row]
    moved: Mapping[int, int] = field(default_factory=dict)


async def look(settings: Settings) -> Seen:
    """Looks into the database of the settings."""
    file = settings.sqlite_file
    if file is not None and not file.exists():
        return Seen([_to_come(file)])
    try:
        prepare_data_folder(settings)
        database = Database(settings.database_url)
    except SettingsError:
        return Seen([_not_writable(file)])
    except Exception as error:
        return _broken(error)
    try:
        return await _look_into(database, settings)
    except Exception as error:
        return _broken(error)
    finally:
        await database.close()


def _broken(error: Exception) -> Seen:
    away = as_away(error)
    if away and away.cause is AwayCause.DAMAGED:
        return _damaged(str(away))
    return Seen([Row(Level.WRONG, texts.CHECK_DATABASE, told(error), texts.CHECK_DATABASE_TO_DO)])


def _damaged(error: str) -> Seen:
    found = texts.CHECK_DATABASE_DAMAGED.format(error=error)
    return Seen([Row(Level.WRONG, texts.CHECK_DATABASE, found, texts.CHECK_DATABASE_DAMAGED_TO_DO)])


def _to_come(file: Path) -> Row:
    """Reports a file that is not there yet. Its folder is not made: it would belong to whoever runs the check."""
    nearest = next(folder for folder in file.absolute().parents if folder.exists())
    if nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
        return Row(Level.NOTE, texts.CHECK_DATABASE, texts.CHECK_DATABASE_TO_COME.format(file=file))
    return _not_writable(nearest)


def _not_writable(place: Path | None) -> Row:
    found = texts.CHECK_DATABASE_NOT_WRITABLE.format(place=place)
    return Row(Level.WRONG, texts.CHECK_DATABASE, found, texts.CHECK_DATABASE_NOT_WRITABLE_TO_DO)


async def _look_into(database: Database, settings: Settings) -> Seen:
    async def read(connection: AsyncConnection) -> tuple[str | None, str | None]:
        return await connection.run_sync(versions)

    fault = await database.read(first_fault) if database.is_sqlite else None
    if fault:
        return _damaged(fault)
    current, newest = await database.read(read)
    kind = texts.CHECK_DATABASE_KINDS[database.url.get_backend_name()]
    if current is None or current != newest:
        return Seen([_migration(kind, current)])
    right = Row(Level.RIGHT, texts.CHECK_DATABASE, texts.CHECK_DATABASE_RIGHT.format(kind=kind, version=current))
    length, oldest = await database.read(outbox_counts.length_and_oldest)
    queue = _queue(length, time.time() - oldest if oldest else 0.0)
    of_schools = _schools(await read_schools(database, settings))
    return Seen([right, queue, *of_schools], await database.read(moved_chats.every))


def _schools(known: Schools) -> list[Row]:
    """Tells whose pack is gone; of several schools also how many have no desk, and what is wrong with the operator's
    chat.
    """
    found_wrong = [row for school in known.present for row in _pack(known.shown(school.id).name, school.pack)]
    if not known.are_several:
        return found_wrong
    found_wrong += _operator(known)
    without = sum(known.desks[school.id].chat_id is None for school in known.present)
    found = texts.CHECK_SCHOOLS_FOUND.format(count=len(known.present), without=without)
    if not without:
        return [Row(Level.RIGHT, texts.CHECK_SCHOOLS, found), *found_wrong]
    return [Row(Level.WARNING, texts.CHECK_SCHOOLS, found, texts.CHECK_SCHOOLS_TO_DO), *found_wrong]


def _operator(known: Schools) -> list[Row]:
    """Tells of several schools without an operator's chat, and of one that is a school's desk at the same time."""
    if known.operator is None:
        unset = texts.CHECK_OPERATOR_UNSET
        return [Row(Level.NOTE, texts.CHECK_OPERATOR, unset, texts.CHECK_OPERATOR_UNSET_TO_DO)]
    desk = known.desk_at(known.operator.chat)
    if desk is None:
        return []
    found = texts.CHECK_OPERATOR_IS_DESK.format(school=known.shown(desk.id).name)
    return [Row(Level.WRONG, texts.CHECK_OPERATOR, found, texts.CHECK_OPERATOR_IS_DESK_TO_DO)]


def _pack(school: str, pack: str) -> list[Row]:
    """Tells that a school's own pack cannot be used, where that is so: that of the settings answers its families."""
    try:
        if pack:
            usable_pack(pack)
    except ValueError as error:
        found = texts.CHECK_PACK_WRONG.format(school=school, problem=error)
        return [Row(Level.WRONG, texts.CHECK_PACK, found, texts.CHECK_PACK_TO_DO.format(pack=pack))]
    return []


def _migration(kind: str, current: str | None) -> Row:
    if current is None:
        return Row(Level.NOTE, texts.CHECK_DATABASE, texts.CHECK_DATABASE_EMPTY.format(kind=kind))
    if is_known(current):
        found = texts.CHECK_DATABASE_OLD.format(kind=kind, version=current)
        return Row(Level.WARNING, texts.CHECK_DATABASE, found, texts.CHECK_DATABASE_OLD_TO_DO)
    found = texts.CHECK_DATABASE_NEW.format(kind=kind, version=current)
    return Row(Level.WRONG, texts.CHECK_DATABASE, found, texts.CHECK_DATABASE_NEW_TO_DO)


def _queue(length: int, age: float) -> Row:
    if not length:
        return Row(Level.RIGHT, texts.CHECK_QUEUE, texts.CHECK_QUEUE_EMPTY)
    found = texts.CHECK_QUEUE_WAITING.format(count=length, minutes=int(age // 60))
    if age < outbox.LATE_S:
        return Row(Level.RIGHT, texts.CHECK_QUEUE, found)
    return Row(Level.WARNING, texts.CHECK_QUEUE, found, texts.CHECK_QUEUE_TO_DO)
