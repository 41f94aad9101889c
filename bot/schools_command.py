"""Runs `python -m bot schools add|list|code|remove` for the operator, whether the bot is running or not."""

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import poster
from bot import texts_ru as texts
from bot.channels.abilities import MAX, TELEGRAM
from bot.channels.max.max_bot import make_max_bot
from bot.channels.telegram.session import make_bot
from bot.flows.marked import fill, plain
from bot.known_schools import Schools, read_schools
from bot.open_database import database_of, why_not_opened
from bot.schools import leaving, registering, school_list, school_start_links
from bot.schools.registering import NewSchool, SchoolRefused
from bot.settings import Settings, SettingsError, load_settings, prepare_data_folder
from storage import named_values, school_counts
from storage.database import Database, DatabaseAway
from storage.schools import RegisteredSchool

T = TypeVar("T")
WRONG = 2  # exit status, the same as of `run` with wrong settings
NAME_WITHIN_S = 10.0  # how long the messengers are asked for the bot's name


def add(new: NewSchool, out: Path) -> int:
    """Adds a school; prints its code, the families' links, and writes the poster into a folder."""

    async def work(desk: "_Operators") -> int:
        added = await desk.write(
            lambda c: registering.add(c, new, desk.known.first_name, desk.settings.token, time.time())
        )
        school = added.school
        print(plain(fill(texts.SCHOOL_ADDED, school=school.name, slug=school.slug, code=added.code)))
        if added.slug_of_first:
            first = fill(texts.SCHOOL_FIRST_NAMED, school=desk.known.first_name, slug=added.slug_of_first)
            print(plain(first).strip())
        return await desk.prints_links(school, out)

    return _run(work)


def new_code(slug: str, out: Path) -> int:
    """Gives a school a new code; prints it as `add` does."""

    async def work(desk: "_Operators") -> int:
        found, code = await desk.write(lambda c: registering.new_code(c, slug, desk.settings.token, time.time()))
        name = found.name or desk.known.first_name
        print(plain(fill(texts.SCHOOL_NEW_CODE, school=name, code=code)))
        return await desk.prints_links(found, out)

    return _run(work)


def show_list() -> int:
    """Prints the schools, the state of each desk as far as the database tells, and counts."""

    async def work(desk: "_Operators") -> int:
        now, only = time.time(), desk.known.of_family(None)
        counts = await desk.database.read(lambda c: school_counts.sizes(c, now - school_counts.WAITS_LONG_S, only))
        paused = await desk.database.read(lambda c: named_values.paused_desks(c, now))
        for line in school_list.lines(desk.known, counts, paused):
            print(plain(str(line)))
        return 0

    return _run(work)


def remove(slug: str, out: Path, *, sure: bool) -> int:
    """Writes a school's open tickets into a file that its owner alone may read, then erases the school."""

    async def work(desk: "_Operators") -> int:
        async def work_once(connection: AsyncConnection) -> tuple[RegisteredSchool, Path | None]:
            going = await leaving.leaving(connection, slug, bool(desk.known.first_name))
            if not sure:
                raise SchoolRefused(texts.SCHOOL_CLI_YES_NEEDED.format(school=desk.known.shown(going.id).name))
            found = await leaving.export(connection, going.id, desk.when)
            # The file is there before the commit: a crash between leaves both, and loses nothing.
            file = _write_privately(out, going.slug or str(going.id), found) if found is not None else None
            await leaving.leave(connection, going.id, time.time())
            return going, file

        going, file = await desk.write(work_once)
        if file is not None:
            print(texts.SCHOOL_CLI_EXPORTED.format(file=file))
        print(texts.SCHOOL_REMOVED.format(school=desk.known.shown(going.id).name))
        return 0

    return _run(work)


def _write_privately(folder: Path, slug: str, found: bytes) -> Path:
    """Writes a new file that nobody else may read. Raises SchoolRefused where that does not work."""
    file = folder / f"tickets-{slug}-{time.strftime('%Y%m%d-%H%M%S')}.csv"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            stream.write(found)
    except OSError as error:
        # As it is, an error of a file would be taken for one of the database, within whose transaction it happens.
        said = error.strerror or type(error).__name__
        raise SchoolRefused(texts.SCHOOL_CLI_NO_EXPORT.format(folder=folder, error=said)) from None
    return file


class _Operators:
    """Holds the settings, the database and the schools in it, for one command."""

    def __init__(self, settings: Settings, database: Database, known: Schools) -> None:
        self.settings, self.database, self.known = settings, database, known

    async def write(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Runs a work in a transaction. Raises what it raises."""
        return await self.database.write(work)

    def when(self, at: float) -> str:
        """Writes a moment with its year, as a file needs it."""
        return datetime.fromtimestamp(at, self.settings.zone).strftime("%d.%m.%Y %H:%M")

    async def prints_links(self, school: RegisteredSchool, out: Path) -> int:
        """Prints the links of a school and writes its poster; gives the exit status."""
        slug, names = school.slug or "", await self._usernames()
        if not names:
            print(texts.SCHOOL_CLI_NO_NAME.format(slug=slug))
            return 0
        print(texts.SCHOOL_LINKS.format(links="\n".join(school_start_links.links(slug, names))).strip())
        try:
            shown = self.known.shown(school.id).name or school.name
            written = poster.write(names.get(TELEGRAM.name), out, names.get(MAX.name), school=shown, slug=slug)
        except OSError as error:
            print(texts.SCHOOL_CLI_NO_POSTER.format(folder=out, error=error.strerror or type(error).__name__))
            return 1
        for file in written:
            print(texts.SCHOOL_CLI_POSTER.format(file=file))
        return 0

    async def _usernames(self) -> dict[str, str]:
        """Asks the messengers for the bot's names; without one that does not answer."""
        bots: dict[str, Bot] = {}
        if self.settings.bot_token:
            bots[TELEGRAM.name] = make_bot(self.settings, lambda: None)
        if self.settings.max_token:
            bots[MAX.name] = make_max_bot(self.settings, self.database, time.time, lambda: None)
        found = {}
        for channel, bot in bots.items():
            try:
                me = await asyncio.wait_for(bot.get_me(), NAME_WITHIN_S)
                found[channel] = me.username or ""
            except (TelegramAPIError, OSError, TimeoutError):
                continue
            finally:
                await bot.session.close()
        return {channel: name for channel, name in found.items() if name}


def _run(work: Callable[[_Operators], Awaitable[int]]) -> int:
    """Runs a command on the database of the settings; gives its exit status, 2 where it was refused."""
    try:
        settings = load_settings(require_token=False)
        prepare_data_folder(settings)
        return asyncio.run(_with_database(settings, work))
    except (SettingsError, SchoolRefused) as error:
        print(error, file=sys.stderr)
    except DatabaseAway as error:
        print(why_not_opened(error), file=sys.stderr)
    return WRONG


async def _with_database(settings: Settings, work: Callable[[_Operators], Awaitable[int]]) -> int:
    database = database_of(settings)
    try:
        try:
            await database.open()
        except Exception as error:
            raise why_not_opened(error) from error
        return await work(_Operators(settings, database, await read_schools(database, settings)))
    finally:
        await database.close()
