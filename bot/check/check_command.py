"""Runs `python -m bot check`: looks at everything that the bot needs, and prints what is wrong and what to do about it.

It changes nothing: no webhook is set, no table made, no message sent.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from aiohttp import ClientError, ClientSession, ClientTimeout

from bot import texts_ru as texts
from bot.check import button_addresses, database_rows, max_rows, telegram_rows
from bot.check.table import Level, Row, lines
from bot.screenshots.tesseract import find_tesseract
from bot.settings import Settings, SettingsError, disagreements

WRONG_SETTINGS = 2  # exit status, the same as of `run`
_HEALTH_TIMEOUT_S = 3.0
_ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}
_OPTIONAL = ("school_contacts", "diary_url", "feedback_form_url", "privacy_url", "working_hours")


async def check_everything(settings: Settings, say: Callable[[str], None] = print) -> int:
    """Prints the table; returns 0 where nothing is worse than a warning, 2 where `run` refuses the settings, else 1.

    Each setting by itself was judged when it was loaded.
    """
    seen = asyncio.create_task(database_rows.look(settings))

    async def moved() -> Mapping[int, int]:
        return (await seen).moved

    moving = asyncio.ensure_future(moved())
    about_telegram = await telegram_rows.look(settings, moving) if settings.bot_token else []
    about_max = await max_rows.look(settings) if settings.max_token else []
    await moving
    wrong = disagreements(settings) if settings.token else []
    rows = [
        _settings(settings),
        *(Row(Level.WRONG, texts.CHECK_SETTINGS, line) for line in wrong),
        *([*about_telegram, *about_max] or [_no_token()]),
        *(await seen).rows,
        await _port(settings),
        await _screenshots(),
        _hours(settings),
        *button_addresses.look(settings),
        _optional(settings),
    ]
    for line in lines(rows):
        say(line)
    if wrong or not settings.token:
        return WRONG_SETTINGS
    return int(any(row.level is Level.WRONG for row in rows))


async def check_wrong_settings(error: SettingsError, say: Callable[[str], None] = print) -> int:
    """Prints the table as far as it goes where the settings cannot be read; returns 2, as `run` does."""
    wrong = [Row(Level.WRONG, texts.CHECK_SETTINGS, line) for line in str(error).splitlines()]
    for line in lines([*wrong, await _screenshots()]):
        say(line)
    return WRONG_SETTINGS


def _settings(settings: Settings) -> Row:
    if Path(".env").is_file():
        return Row(Level.RIGHT, texts.CHECK_SETTINGS, texts.CHECK_SETTINGS_FILE)
    if settings.token:
        return Row(Level.RIGHT, texts.CHECK_SETTINGS, texts.CHECK_SETTINGS_ENVIRONMENT)
    found = texts.CHECK_SETTINGS_NO_FILE.format(folder=Path.cwd())
    return Row(Level.WRONG, texts.CHECK_SETTINGS, found, texts.CHECK_SETTINGS_NO_FILE_TO_DO)


def _no_token() -> Row:
    return Row(Level.WRONG, texts.CHECK_TOKEN, texts.CHECK_TOKEN_UNSET, texts.CHECK_TOKEN_UNSET_TO_DO)


async def _port(settings: Settings) -> Row:
    """Tells whether the port is free, or a running bot answers there."""
    host, port = settings.http_host, settings.http_port
    try:
        server = await asyncio.get_running_loop().create_server(asyncio.Protocol, host, port)
    except OSError as error:
        return await _who_answers(host, port, error)
    server.close()
    await server.wait_closed()
    return Row(Level.RIGHT, texts.CHECK_PORT, texts.CHECK_PORT_FREE.format(place=f"{host}:{port}"))


async def _who_answers(host: str, port: int, error: OSError) -> Row:
    place, asked = f"{host}:{port}", _ANY_ADDRESS.get(host, host)
    url = f"http://{f'[{asked}]' if ':' in asked else asked}:{port}/healthz"
    try:
        async with ClientSession(timeout=ClientTimeout(total=_HEALTH_TIMEOUT_S)) as session, session.get(url) as answer:
            health = await answer.json()
        reason = str(health.get("notes", "") if health["ok"] else health["reason"])
    except (ClientError, OSError, TimeoutError, ValueError, KeyError, TypeError):
        found = texts.CHECK_PORT_TAKEN.format(place=place, error=error.strerror or type(error).__name__)
        return Row(Level.WRONG, texts.CHECK_PORT, found, texts.CHECK_PORT_TO_DO)
    if reason:
        found = texts.CHECK_PORT_UNWELL.format(place=place, reason=reason)
        return Row(Level.WARNING, texts.CHECK_PORT, found, texts.CHECK_PORT_UNWELL_TO_DO)
    return Row(Level.RIGHT, texts.CHECK_PORT, texts.CHECK_PORT_RUNNING.format(place=place))


async def _screenshots() -> Row:
    tesseract = await asyncio.to_thread(find_tesseract)
    if tesseract:
        found = texts.CHECK_SCREENSHOTS_RIGHT.format(version=tesseract.version)
        return Row(Level.RIGHT, texts.CHECK_SCREENSHOTS, found)
    return Row(Level.WARNING, texts.CHECK_SCREENSHOTS, texts.CHECK_SCREENSHOTS_NOT, texts.CHECK_SCREENSHOTS_TO_DO)


def _hours(settings: Settings) -> Row:
    now = datetime.now(settings.zone)
    is_open = texts.CHECK_HOURS_OPEN if settings.hours.is_open(now) else texts.CHECK_HOURS_CLOSED
    found = texts.CHECK_HOURS.format(zone=settings.timezone, now=now.strftime("%H:%M"), state=is_open)
    return Row(Level.RIGHT, texts.CHECK_TIME, found)


def _optional(settings: Settings) -> Row:
    empty = [name for name in _OPTIONAL if not getattr(settings, name)]
    if not empty:
        return Row(Level.RIGHT, texts.CHECK_OPTIONAL, texts.CHECK_OPTIONAL_ALL)
    told = "\n".join(f"{name.upper()}: {texts.CHECK_OPTIONAL_USES[name]}" for name in empty)
    return Row(Level.NOTE, texts.CHECK_OPTIONAL, texts.CHECK_OPTIONAL_EMPTY, told)
