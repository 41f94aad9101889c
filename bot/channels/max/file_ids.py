"""Packs what names a file of MAX into one string, like Telegram's `file_id`, by which it is sent again or fetched."""

from dataclasses import dataclass

import orjson

PREFIX = "max:"


@dataclass(frozen=True, slots=True)
class FileOfMax:
    """A file that stands at MAX: `kind` is image, video, audio, file or sticker; the token of a sticker is its code."""

    kind: str
    token: str
    url: str
    name: str = ""

    @property
    def file_id(self) -> str:
        """Gives the string that names it."""
        return PREFIX + orjson.dumps([self.kind, self.token, self.url, self.name]).decode()


def is_of_max(file_id: str) -> bool:
    """Tells whether a string names a file of MAX."""
    return file_id.startswith(PREFIX)


def read(file_id: str) -> FileOfMax:
    """Reads such a string. Raises ValueError where it is none."""
    if not is_of_max(file_id):
        raise ValueError("no file of MAX")
    kind, token, url, name = map(str, orjson.loads(file_id.removeprefix(PREFIX)))
    return FileOfMax(kind, token, url, name)
