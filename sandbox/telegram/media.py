"""Keeps files at Telegram: what an upload becomes, how a message describes each kind, how large a picture is."""

from __future__ import annotations

import mimetypes
from typing import Any

from sandbox.telegram import rules
from sandbox.telegram.errors import Json, bad, broken
from sandbox.telegram.parameters import Upload
from sandbox.telegram.records import File
from sandbox.telegram.telegram_memory import Memory

KINDS = ("photo", "document", "video", "animation", "audio", "voice", "video_note", "sticker")
CAPTIONED = {"photo", "document", "video", "animation", "audio", "voice"}
_FOLDERS = {
    "photo": "photos",
    "document": "documents",
    "video": "videos",
    "animation": "animations",
    "audio": "music",
    "voice": "voice",
}
_MIMES = {
    "voice": "audio/ogg",
    "audio": "audio/mpeg",
    "video": "video/mp4",
    "animation": "video/mp4",
    "photo": "image/jpeg",
}


class Media(Memory):
    """Extends the memory so that it keeps files."""

    def keep_file(self, kind: str, data: bytes, name: str = "", mime: str = "", **about: Any) -> File:
        """Keeps the bytes of a file of one kind; `about` adds fields such as `duration` in seconds."""
        serial = self.serial()
        ending = _ending(name, mime or _MIMES.get(kind, ""))
        path = f"{_FOLDERS.get(kind, 'files')}/file_{serial}{ending}"
        details = {"file_name": name, "mime_type": mime or _MIMES.get(kind, "application/octet-stream"), **about}
        file = File(f"{kind}-{serial:08d}-AgACAgIAAxkBAAI", f"AQAD{serial:08d}", kind, data, path, details)
        self.files[file.id] = file
        return file

    def media(self, kind: str, value: Any, options: Json) -> Json:
        """Gives the content of a message with this media: an upload, or the file_id of a file that Telegram has.

        Raises Violation for an upload that is too large, Refused for a file_id unknown or of another kind.
        """
        return self.shown(kind, self._file(kind, value, options))

    def _file(self, kind: str, value: Any, options: Json) -> File:
        if isinstance(value, Upload):
            rules.upload(len(value.data), photo=kind == "photo")
            about = {
                key: options[key]
                for key in ("duration", "width", "height", "length", "performer", "title")
                if key in options
            }
            if kind == "photo" and size_of(value.data) is None:
                raise broken("IMAGE_PROCESS_FAILED")
            return self.keep_file(kind, value.data, value.name, _mime(value), **about)
        file = self.files.get(value) if isinstance(value, str) else None
        if file is None:
            if isinstance(value, str) and value.startswith(("http://", "https://")):
                raise bad("failed to get HTTP URL content")
            raise bad("wrong file identifier/HTTP URL specified")
        if file.kind != kind:
            raise bad(f"can't use file of type {file.kind.title()} as {kind.title()}")
        return file

    def shown(self, kind: str, file: File) -> Json:
        """Gives the part of a message that carries a file. An animation is also a document, as at Telegram."""
        body: Json = {"file_id": file.id, "file_unique_id": file.unique, "file_size": len(file.data)}
        if kind == "photo":
            return {"photo": self._sizes(file, body)}
        about = file.about
        if kind in ("document", "video", "animation", "audio", "voice"):
            body |= {key: about[key] for key in ("file_name", "mime_type") if about.get(key)}
        if kind in ("video", "animation", "audio", "voice", "video_note"):
            body["duration"] = about.get("duration", 1)
        if kind in ("video", "animation"):
            body |= {"width": about.get("width", 640), "height": about.get("height", 360)}
        if kind == "video_note":
            body["length"] = about.get("length", 240)
        if kind == "sticker":
            body |= {
                "type": "regular",
                "width": 512,
                "height": 512,
                "is_animated": False,
                "is_video": False,
                "emoji": about.get("emoji", "👍"),
            }
        if kind == "voice":
            body.pop("file_name", None)
        return {kind: body, "document": dict(body)} if kind == "animation" else {kind: body}

    def _sizes(self, file: File, body: Json) -> list[Json]:
        """Gives a preview and the picture itself; the largest stands last, as bots expect."""
        width, height = size_of(file.data) or (1080, 1920)
        preview = f"{file.id}-s"
        self.files.setdefault(preview, File(preview, f"{file.unique}s", "photo", file.data, file.path, file.about))
        scale = min(1.0, 90 / max(width, height))
        small = {"file_id": preview, "file_unique_id": f"{file.unique}s", "width": max(1, round(width * scale))}
        small |= {"height": max(1, round(height * scale)), "file_size": min(1200, len(file.data))}
        return [small, {**body, "width": width, "height": height}]


def _mime(upload: Upload) -> str:
    guessed = mimetypes.guess_type(upload.name)[0]
    return upload.mime if upload.mime != "application/octet-stream" else guessed or upload.mime


def _ending(name: str, mime: str) -> str:
    _, dot, ending = name.rpartition(".")
    return f".{ending[:8]}" if dot and ending.isalnum() else mimetypes.guess_extension(mime) or ""


def size_of(data: bytes) -> tuple[int, int] | None:
    """Gives width and height in pixels of a PNG, GIF, WebP or JPEG; None where it is none of these."""
    if data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) >= 24:
        return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    if data[:4] == b"GIF8" and len(data) >= 10:
        return int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return (512, 512)
    return _jpeg_size(data) if data[:2] == b"\xff\xd8" else None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 < len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return int.from_bytes(data[at + 7 : at + 9], "big"), int.from_bytes(data[at + 5 : at + 7], "big")
        at += 2 + length
    return None
