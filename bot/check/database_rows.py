"""Looks at the database for `check`: it opens, its migration, its outbox. Nothing is made or changed."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.check.table import Level, Row
from bot.known_schools import Schools, read_schools
from bot.setting_values import usable_pack
from bot.settings import Settings, SettingsError, prepare_data_folder
from storage import moved_chats, outbox, outbox_counts
from storage.away import Kind, as_away, told
from storage.damage import first_fault
from storage.database import Database
from storage.migrations.upgrade import is_known, versions


@dataclass(frozen=True, slots=True)
class Seen:
    """Holds the rows, and the id that the support chat has by now, as far as the bot met an upgrade of the group."""

    rows: list[Row]
    moved_to: int | None = None


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
    if away and away.kind is Kind.DAMAGED:
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
    made_in = settings.support_chat_id
    moved_to = await database.read(lambda c: moved_chats.newest(c, made_in)) if made_in is not None else None
    return Seen([right, queue, *of_schools], moved_to)


def _schools(known: Schools) -> list[Row]:
    """Tells how many schools there are and how many have no desk, where there are several, and whose pack is gone."""
    packs = [row for school in known.present for row in _pack(known.shown(school.id).name, school.pack)]
    if not known.are_several:
        return packs
    without = sum(known.desks[school.id].chat_id is None for school in known.present)
    found = texts.CHECK_SCHOOLS_FOUND.format(count=len(known.present), without=without)
    if not without:
        return [Row(Level.RIGHT, texts.CHECK_SCHOOLS, found), *packs]
    return [Row(Level.WARNING, texts.CHECK_SCHOOLS, found, texts.CHECK_SCHOOLS_TO_DO), *packs]


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
