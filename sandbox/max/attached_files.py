"""Keeps files at MAX: where one is uploaded, what it becomes, and the attachments of a message that carry it."""

from __future__ import annotations

import mimetypes
from typing import Any
from urllib.parse import quote

from sandbox.max import max_rules
from sandbox.max.max_errors import MaxRefused, broken_payload, not_ready
from sandbox.max.max_memory import MaxMemory
from sandbox.telegram.errors import Json
from sandbox.telegram.media import size_of
from sandbox.telegram.records import File

UPLOADS = ("image", "video", "audio", "file")
KIND_OF = {
    **{"photo": "image", "document": "file", "video": "video", "animation": "video", "video_note": "video"},
    **{"audio": "audio", "voice": "audio", "sticker": "sticker"},
}
_OTHER_PICTURES = (b"BM", b"II*\x00", b"MM\x00*")  # BMP, TIFF
_HEARD = (".mp3", ".ogg", ".oga", ".opus", ".m4a", ".aac")
_NOT_A_PICTURE = {"error_code": 4, "error_data": "IMAGE_INVALID_FORMAT"}


class AttachedFiles(MaxMemory):
    """Extends the memory so that it keeps files; a file's id is the token by which a message names it."""

    def keep_file(self, kind: str, data: bytes, name: str = "", mime: str = "", **about: Any) -> File:
        """Keeps the bytes of a file; `kind` is the word of `Person`, or MAX's own."""
        serial = self.serial()
        of_max = KIND_OF.get(kind, kind)
        named = name or f"{of_max}{serial}{mimetypes.guess_extension(mime) or ''}"
        details = {"file_name": named, **about}
        file = File(f"f9LHodD0cOK{of_max}{serial:08d}", str(serial), of_max, data, f"{serial}/{quote(named)}", details)
        self.files[file.id] = file
        return file

    def shown(self, kind: str, file: File) -> Json:
        """Gives the part of a message that carries a file."""
        return {"attachments": [self.attachment(file)]}

    def attachment(self, file: File) -> Json:
        """Gives the Attachment as updates carry it, with the address of the file itself."""
        payload: Json = {"url": self.file_url(file), "token": file.id}
        if file.kind == "image":
            return {"type": "image", "payload": {**payload, "photo_id": int(file.unique)}}
        if file.kind == "sticker":
            code = {"url": self.file_url(file), "code": file.id}
            return {"type": "sticker", "payload": code, "width": 512, "height": 512}
        if file.kind == "file":
            named = {"filename": file.about["file_name"], "size": len(file.data)}
            return {"type": "file", "payload": {**payload, "fileId": int(file.unique)}, **named}
        return {"type": file.kind, "payload": payload}

    # -- uploads ----------------------------------------------------------------------------------------------

    def upload(self, p: Json) -> Json:
        """Gives the address for one file; for audio and video the token as well."""
        if p.get("type") not in UPLOADS:
            raise broken_payload("type: image, video, audio or file is expected")
        file = self.keep_file(p["type"], b"", "")
        file.about["awaited"] = True
        early = {"token": file.id} if file.kind in ("audio", "video") else {}
        return {"url": f"{self.files_url}/upload/{file.id}", **early}

    def take_upload(self, token: str, field: str, name: str, data: bytes) -> tuple[int, Json | str]:
        """Takes the bytes of a file; gives the HTTP status and the answer. A refusal may come with a 200."""
        file = self.files.get(token)
        if file is None or not file.about.pop("awaited", False):
            return 404, {"error_code": 2, "error_data": "UPLOAD_NOT_FOUND"}
        if self.bad_uploads:
            trouble = self.bad_uploads.pop(0)
            return (trouble, {"error_code": 1, "error_data": "UPLOAD"}) if isinstance(trouble, int) else (200, trouble)
        media = file.kind in ("audio", "video")
        if field not in (("file",) if media and self.media_field == "file" else ("data", "file")):
            return 415, {"error_code": 3, "error_data": "UNSUPPORTED_MEDIA_TYPE"}
        if file.kind == "image" and size_of(data) is None and not data.startswith(_OTHER_PICTURES):
            return 200, _NOT_A_PICTURE
        if file.kind == "audio" and not name.lower().endswith(_HEARD):
            return 200, {"error_code": 5, "error_data": "AUDIO_INVALID_FORMAT"}
        file.data = data
        file.path = f"{file.unique}/{quote(name)}"
        file.about.update(file_name=name, uploaded=True, not_ready=self.not_ready.get(file.kind, 0))
        if media:
            return 200, "<retval>1</retval>"
        if file.kind == "image":
            return 200, {"photos": {f"key{file.unique}": {"token": file.id}}}
        return 200, {"fileId": int(file.unique), "token": file.id}

    # -- attachments of the bot -------------------------------------------------------------------------------

    def attached(self, given: Any) -> list[Json]:
        """Gives what a message carries. Raises MaxViolation for a broken rule, MaxRefused for a file not ready yet."""
        if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
            raise broken_payload("attachments: a list is expected")
        found: list[Json] = []
        for one in given:
            found.extend(self._attached(str(one.get("type")), one.get("payload"), one))
        max_rules.together([one["type"] for one in found])
        return found

    def _attached(self, kind: str, payload: Any, given: Json) -> list[Json]:
        if kind == "inline_keyboard":
            return [{"type": kind, "payload": {"buttons": max_rules.keyboard(payload)}}]
        if kind == "image" and isinstance(payload, dict) and payload.get("photos"):
            return [self._by_token(kind, one.get("token")) for one in payload["photos"].values()]
        if kind in (*UPLOADS, "sticker"):
            name = "code" if kind == "sticker" else "token"
            return [self._by_token(kind, payload.get(name) if isinstance(payload, dict) else None)]
        return [given]

    def _by_token(self, kind: str, token: Any) -> Json:
        file = self.files.get(token)
        if file is None or file.kind != kind or file.about.get("awaited"):
            raise broken_payload(f"attachments: no {kind} has this token")
        if file.about.get("not_ready"):
            file.about["not_ready"] -= 1
            raise not_ready()
        return self.attachment(file)

    def get_video(self, p: Json) -> Json:
        """Gives the addresses at which a video plays."""
        file = self.files.get(p["token"])
        if file is None or file.kind != "video":
            raise MaxRefused(404, "not.found", "Video not found")
        url = self.file_url(file)
        return {"token": file.id, "urls": {"mp4_720": url}, "width": 1280, "height": 720, "duration": 1}
