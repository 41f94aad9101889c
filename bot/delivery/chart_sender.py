"""Sends the picture of `/stats`: drawn when it is sent, by a process of its own, from the numbers in its row."""

import asyncio
import json
import logging
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiogram.exceptions import TelegramBadRequest
from aiogram.types import BufferedInputFile, ReplyParameters

from bot.delivery.owed import Chart
from bot.delivery.own_texts import Told, tell
from bot.desk import Desk
from bot.services import Services

log = logging.getLogger(__name__)

# Drawing and sending together stay below a lease (storage.outbox.LEASE_S), so that no row is sent by two workers.
DRAWING_TIMEOUT_S = 8.0
REQUEST_TIMEOUT_S = 12
_ROOT = Path(__file__).resolve().parent.parent.parent
_KEPT = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR", "TEMP")


class NotDrawn(Exception):
    """The picture could not be drawn."""


async def send_chart(services: Services, desk: Desk, chart: Chart) -> None:
    """Sends the picture with its text below to a desk; where there can be no picture, the text alone.

    Raises aiogram's errors.
    """
    reply, words = chart.reply_to, Told(chart.text)
    target: dict[str, Any] = {
        "message_thread_id": chart.thread,
        "reply_parameters": ReplyParameters(message_id=reply, allow_sending_without_reply=True) if reply else None,
        "request_timeout": REQUEST_TIMEOUT_S,
    }
    try:
        photo = BufferedInputFile(await drawn(chart.numbers), "stats.png")
        await tell(
            services,
            desk.channel,
            words,
            lambda told: services.bot.send_photo(
                desk.chat, photo, caption=told.text, parse_mode=told.parse_mode, **target
            ),
            desk.channel.caption_length,
        )
    except NotDrawn as error:
        log.warning("the statistics go without their picture: %s", error)
        await _send_words(services, desk, words, target)
    except TelegramBadRequest as error:
        if not _is_about_picture(error):
            raise
        log.warning("the statistics go without their picture: %s", error.message)
        await _send_words(services, desk, words, target)


async def _send_words(services: Services, desk: Desk, words: Told, target: dict[str, Any]) -> None:
    await tell(
        services,
        desk.channel,
        words,
        lambda told: services.bot.send_message(desk.chat, told.text, parse_mode=told.parse_mode, **target),
    )


def _is_about_picture(error: TelegramBadRequest) -> bool:
    # A group may forbid photos and let texts pass («not enough rights to send photos to the chat»).
    return any(sign in error.message.lower() for sign in ("photo", "image", "media"))


async def drawn(numbers: Mapping[str, Any]) -> bytes:
    """Draws the picture of these numbers, a PNG. Raises NotDrawn."""
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot.statistics.charts"),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=_ROOT, env=_environment(),
        )  # fmt: skip
    except OSError as error:
        raise NotDrawn(type(error).__name__) from None
    try:
        picture, said = await asyncio.wait_for(process.communicate(json.dumps(numbers).encode()), DRAWING_TIMEOUT_S)
    except TimeoutError:
        raise NotDrawn(f"not within {DRAWING_TIMEOUT_S:.0f} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0 or not picture:
        raise NotDrawn(" ".join(said.decode("utf-8", "replace").split())[-300:] or f"exit {process.returncode}")
    return picture


def _environment() -> dict[str, str]:
    """Gives the variables that drawing needs, and no others: the bot's own environment holds its token."""
    return {name: os.environ[name] for name in _KEPT if name in os.environ} | {"PYTHONUTF8": "1"}
