"""Uploads files to MAX, and downloads those that it keeps. Source: dev.max.ru, POST /uploads, GET /videos/{token}."""

import logging
from typing import Any

from bot.channels.incoming_json import loads
from bot.channels.max.file_ids import FileOfMax
from bot.channels.max.http_client import FILE_TIMEOUT_S, HttpClient, NoAnswer, Refusal, Refused

log = logging.getLogger(__name__)

FETCHED_AT_MOST = 50 * 1024 * 1024  # so much another messenger takes of a bot (Bot API, «Sending files»)
_UNKNOWN = (400, 404)  # what MAX answers of a video that it does not know
_PART_OF_MEDIA = "file"  # seen live: the docs call the part «data», and 415 comes for it


class FileRefused(Exception):
    """MAX does not take this file as this kind."""


class FileTooBig(Exception):
    """A file is larger than can be carried to another messenger."""


async def upload(client: HttpClient, kind: str, data: bytes, name: str) -> str:
    """Uploads a file of a kind (image, video, audio or file); gives its token.

    Raises FileRefused where MAX does not take it, else Refused or NoAnswer.
    """
    asked = await client.call("POST", "uploads", {"type": kind})
    address, token = str(asked.get("url") or ""), asked.get("token")
    status, body = await client.upload(address, data, name, "data")
    if status == 415:
        status, body = await client.upload(address, data, name, _PART_OF_MEDIA)
    if status >= 500:
        raise NoAnswer(f"HTTP {status} at an upload")
    if status == 429:
        raise Refused(Refusal(status, "too.many.requests", "upload"))
    said = _read(body)
    if status >= 400 or "error_code" in said:
        # A refusal comes with HTTP 200 as well.
        log.warning("MAX refuses a file as %s: HTTP %s", kind, status)
        raise FileRefused(kind)
    found = _token_in(said) or token
    if not isinstance(found, str):
        raise NoAnswer("an upload without a token")
    return found


def _read(body: bytes) -> dict[str, Any]:
    try:
        said = loads(body)
    except ValueError:
        return {}  # audio and video are answered by XML, and have their token already
    return said if isinstance(said, dict) else {}


def _token_in(said: dict[str, Any]) -> Any:
    photos = said.get("photos")
    if isinstance(photos, dict):
        return next((one.get("token") for one in photos.values() if isinstance(one, dict)), None)
    return said.get("token")


async def fetch(client: HttpClient, file: FileOfMax, timeout: float = FILE_TIMEOUT_S) -> bytes:
    """Gives the bytes of a file that stands at MAX. Raises FileTooBig, Refused or NoAnswer."""
    address = file.url
    if file.kind == "video":
        address = await _address_of_video(client, file) or address
    data = await client.fetch(address, FETCHED_AT_MOST, timeout)
    if len(data) > FETCHED_AT_MOST:
        raise FileTooBig
    return data


async def _address_of_video(client: HttpClient, file: FileOfMax) -> str | None:
    try:
        urls = (await client.call("GET", f"videos/{file.token}")).get("urls")
    except Refused as error:
        if error.refusal.status not in _UNKNOWN:
            raise
        return None
    if not isinstance(urls, dict):
        return None
    named = [urls[name] for name in ("mp4_720", "mp4_480", "mp4_1080", "mp4_360", "mp4_240") if urls.get(name)]
    return next((str(one) for one in named), None)
