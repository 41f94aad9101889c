"""Judges a picture that a family sent as a file, and fetches it."""

from io import BytesIO

from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import Document

from bot.screenshots.decoder import Reason, UnreadablePicture
from bot.screenshots.reader import MAX_BYTES

PICTURE = "picture"
DOWNLOAD_S = 30
_SUFFIXES = {
    PICTURE: (
        "jpg jpeg jpe jfif pjpeg png apng webp bmp dib tif tiff avif heic heif hif gif svg jxl jp2 j2k jpx psd ico tga"
        " ppm pgm dng raw cr2 cr3 nef arw orf rw2"
    ),
    Reason.VIDEO: "mp4 mov m4v avi mkv webm 3gp 3g2 wmv mpg mpeg mts flv",
    Reason.PDF: "pdf",
    Reason.ARCHIVE: "zip rar 7z gz tgz tar bz2 xz doc docx xls xlsx ppt pptx odt ods rtf pages numbers",
}
_KIND_OF_SUFFIX = {suffix: str(kind) for kind, suffixes in _SUFFIXES.items() for suffix in suffixes.split()}
# tdlib/telegram-bot-api, Client.cpp: getFile's refusals that another try meets as well. «wrong file_id or the file is
# temporarily unavailable» is none of them: the server says it also of every 5xx and 429 that it met itself.
_FINAL = (
    "file is too big",
    "wrong remote file identifier",
    "wrong file identifier",
    "wrong file_id specified",
    "invalid file_id",
    "file_id is invalid",
    "file_id not specified",
)


def claimed_kind(document: Document) -> str:
    """Judges a file by its name, or else by its mime type.

    Gives PICTURE, a `Reason` not to read it, or "" where neither tells.

    Phones send pictures as application/octet-stream, and names without an ending.
    """
    suffix = (document.file_name or "").rpartition(".")[2].strip().lower()
    mime = (document.mime_type or "").lower()
    if suffix in _KIND_OF_SUFFIX:
        return _KIND_OF_SUFFIX[suffix]
    if mime.startswith("image/"):
        return PICTURE
    if mime.startswith("video/"):
        return Reason.VIDEO.value
    return _KIND_OF_SUFFIX.get(mime.removeprefix("application/").removeprefix("x-"), "")


def told_reason(reason: Reason, claimed: str, as_photo: bool) -> str:
    """Gives the reason that the sender is told. The file's own name decides where its bytes say nothing."""
    if reason in (Reason.NOT_A_PICTURE, Reason.TOO_BIG) and claimed and claimed != PICTURE:
        return claimed
    if reason is Reason.NOT_A_PICTURE and claimed == PICTURE:
        return Reason.OTHER_PICTURE
    if reason is Reason.SHRUNK and not as_photo:
        return Reason.TOO_LONG  # it came as a file already
    return reason


def final_reason(error: TelegramBadRequest) -> Reason | None:
    """Gives the reason why a refused file can never be had; None where it may be had in a moment."""
    said = error.message.lower()
    if not any(words in said for words in _FINAL):
        return None
    return Reason.TOO_BIG if "too big" in said else Reason.BROKEN


async def fetch_file(bot: Bot, file_id: str) -> bytes:
    """Fetches a file's bytes. Raises UnreadablePicture where it is too big, OSError where less came than announced."""
    file = await bot.get_file(file_id)
    if (file.file_size or 0) > MAX_BYTES:
        raise UnreadablePicture(Reason.TOO_BIG)
    buffer = BytesIO()
    await bot.download_file(file.file_path or "", buffer, timeout=DOWNLOAD_S)
    data = buffer.getvalue()
    if len(data) < (file.file_size or 0):
        raise ConnectionError("the file was cut off")
    return data
