"""Sends media of a kind that a chat forbids as another kind that it allows."""

import asyncio
import logging
from io import BytesIO
from typing import Any

from aiogram.exceptions import TelegramAPIError, TelegramBadRequest
from aiogram.types import BufferedInputFile
from aiohttp import ClientError

from bot.channels.telegram.session import FileUnreachable
from bot.delivery import message_content, refusals
from bot.services import Services
from storage.tickets import TicketMessage

log = logging.getLogger(__name__)

# A photo's file is no document to Telegram, nor a voice message an audio: the file is fetched and sent anew.
_WAYS: dict[str, tuple[str, ...]] = {
    "photo": ("document",),
    "video": ("document",),
    "animation": ("video", "document"),
    "voice": ("audio", "document"),
    "video_note": ("video", "document"),
    "sticker": ("document",),
    "audio": ("document",),
}
_NAMES = {
    "photo": "photo.jpg", "video": "video.mp4", "animation": "animation.mp4", "voice": "voice.ogg",
    "video_note": "video.mp4", "sticker": "sticker.webp", "audio": "audio.mp3",
}  # fmt: skip
# Together they stay below a lease (storage.outbox.LEASE_S), the try before them included.
FETCH_S, SEND_S = 6, 5


async def send(services: Services, target: dict[str, Any], message: TicketMessage) -> int | None:
    """Sends a message's file as a kind that passes; gives the new message's id, None where no kind is allowed."""
    ways = _WAYS.get(message.kind, ())
    data = await _fetched(services, message) if ways else None
    if data is None:
        return None
    for way in ways:
        file = BufferedInputFile(data, _NAMES[message.kind])
        caption = {"caption": message.text, "caption_entities": message_content.formatting(message), "parse_mode": None}
        method = getattr(services.bot, f"send_{way}")
        try:
            sent = await method(
                **{**target, "request_timeout": SEND_S}, **{way: file}, **(caption if message.text else {})
            )
        except TelegramBadRequest as error:
            log.info("%s does not go as %s: %s", message.kind, way, error.message)
            if not (refusals.forbids_kind(error.message) or refusals.is_passing(error.message)):
                raise message_content.as_too_long(error) from None
            continue
        return int(sent.message_id)
    return None


async def _fetched(services: Services, message: TicketMessage) -> bytes | None:
    buffer = BytesIO()
    try:
        async with asyncio.timeout(FETCH_S):
            await services.bot.download(message.file_id or "", buffer)
    except (TelegramAPIError, FileUnreachable, ClientError, OSError, TimeoutError) as error:
        log.info("a file cannot be fetched to send it another way: %s", type(error).__name__)
        return None
    return buffer.getvalue() or None
