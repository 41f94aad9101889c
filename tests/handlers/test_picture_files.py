"""Pictures as files: what their names claim, and getFile and downloads that fail for a while or for good."""

from __future__ import annotations

import io

import pytest
from aiogram.exceptions import TelegramBadRequest
from aiogram.methods import GetFile
from aiogram.types import Document
from PIL import Image

from bot import texts_ru as texts
from bot.handlers.family.picture_files import claimed_kind, final_reason
from bot.screenshots.decoder import Reason, UnreadablePicture
from sandbox.telegram.errors import bad
from tests.world import ERRORS, World


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: files come from Telegram; their jobs are stored in test_database.py, on both."""
    return sqlite_url


AWAY = "wrong file_id or the file is temporarily unavailable"


class Knows:
    """A reader that finds an error on whatever picture it is given whole."""

    def __init__(self) -> None:
        self.read_bytes: list[bytes] = []

    async def read(self, data: bytes) -> str:
        """Notes the picture."""
        self.read_bytes.append(data)
        return ERRORS["adult", "diary_not_found"]


async def tries_again(world: World, method: str, times: int) -> None:
    """Moves the clock on until a method was called so many times. AssertionError where that takes over a minute."""
    assert world.app is not None
    started = world.clock()
    for done in range(1, times):
        await world.eventually(lambda done=done: len(world.calls(method)) >= done, what=f"{method} {done}")
        while len(world.calls(method)) == done:
            world.clock.move(seconds=2)
            world.app.services.jobs_waiting.set()
            await world.looks()
            assert world.clock() - started < 60, "a passing refusal is over within a minute"


@pytest.mark.parametrize("refusals", [1, 2, 3])
async def test_a_file_that_is_away_for_a_moment_is_asked_for_again(world: World, refusals: int) -> None:
    """The server says «temporarily unavailable» on getFile."""
    assert world.app is not None
    world.app.services.reader = Knows()  # type: ignore[assignment]
    mother = world.person()
    await world.begins(mother, "parent")
    world.telegram.faults.order(bad(AWAY), refusals, "getFile")
    await mother.sends_photo(b"a picture")
    await tries_again(world, "getFile", refusals + 1)
    await mother.sees("Что делать")


@pytest.mark.parametrize("trouble", [500, 502, 404, "cut"])
async def test_a_download_that_fails_is_begun_anew(world: World, trouble: int | str) -> None:
    """The server, the connection or the path of an hour ago fails, and getFile gives a new path."""
    assert world.app is not None
    reader = world.app.services.reader = Knows()  # type: ignore[assignment]
    mother = world.person()
    await world.begins(mother, "parent")
    world.telegram.bad_downloads.append(trouble)
    await mother.sends_photo(b"a picture")
    await tries_again(world, "getFile", 2)
    await mother.sees("Что делать")
    assert reader.read_bytes == [b"a picture"]


def refusal(words: str) -> TelegramBadRequest:
    return TelegramBadRequest(GetFile(file_id="x"), f"Bad Request: {words}")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("file is too big", Reason.TOO_BIG),
        ("wrong remote file identifier specified: wrong padding in the string", Reason.BROKEN),
        ("invalid file_id", Reason.BROKEN),
        ("file_id not specified", Reason.BROKEN),
        (AWAY, None),
        ("something that nobody has seen yet", None),
    ],
)
def test_a_list_says_which_refusals_are_final(words: str, reason: Reason | None) -> None:
    assert final_reason(refusal(words)) is reason


@pytest.mark.parametrize(
    ("name", "mime", "kind"),
    [
        ("IMG_0001.HEIC", "application/octet-stream", "picture"),
        ("scan.TIFF", "text/plain", "picture"),
        ("IMG.PNG", "application/pdf", "picture"),
        ("снимок", "image/x-of-tomorrow", "picture"),
        ("логотип.svg", None, "picture"),
        ("VID.MOV", "application/octet-stream", "video"),
        (None, "video/mp4", "video"),
        (None, "application/pdf", "pdf"),
        ("архив.7z", "application/x-7z-compressed", "archive"),
        (None, "application/zip", "archive"),
        ("заявление.docx", None, "archive"),
        ("запись.txt", "text/plain", ""),
        (None, None, ""),
    ],
)
def test_the_kind_of_a_file_is_told_by_its_name_or_type(name: str | None, mime: str | None, kind: str) -> None:
    assert claimed_kind(Document(file_id="f", file_unique_id="u", file_name=name, mime_type=mime)) == kind


@pytest.mark.parametrize(
    ("name", "reason", "told"),
    [
        ("снимок.svg", Reason.NOT_A_PICTURE, Reason.OTHER_PICTURE),
        ("IMG_1.HEIC", Reason.OTHER_PICTURE, Reason.OTHER_PICTURE),
        ("запись.mp4", Reason.NOT_A_PICTURE, Reason.VIDEO),
        ("кино.mov", Reason.VIDEO, Reason.VIDEO),
        ("кино.mov", Reason.TOO_BIG, Reason.VIDEO),
        ("всё.zip", Reason.ARCHIVE, Reason.ARCHIVE),
        ("скан.pdf", Reason.PDF, Reason.PDF),
        ("длинный.png", Reason.SHRUNK, Reason.TOO_LONG),
        ("текст.txt", Reason.NOT_A_PICTURE, Reason.NOT_A_PICTURE),
    ],
)
async def test_a_file_that_is_not_read_gets_a_fitting_word(
    world: World, name: str, reason: Reason, told: Reason
) -> None:
    assert world.app is not None

    class Refuses:
        async def read(self, data: bytes) -> str:
            raise UnreadablePicture(reason)

    world.app.services.reader = Refuses()  # type: ignore[assignment]
    mother = world.person()
    await world.begins(mother, "parent")
    await mother.sends_document(b"bytes", name, "application/octet-stream")
    await mother.sees(texts.PICTURE_UNREADABLE[told].adult.split(".")[0])


async def test_what_was_read_of_a_long_picture_is_answered(world: World) -> None:
    """Only where it says nothing is the family told that the picture is too long."""
    assert world.app is not None

    class Half:
        async def read(self, data: bytes) -> str:
            raise UnreadablePicture(Reason.SHRUNK, ERRORS["adult", "diary_not_found"] if data == b"known" else "мутно")

    world.app.services.reader = Half()  # type: ignore[assignment]
    mother = world.person()
    await world.begins(mother, "parent")
    await mother.sends_photo(b"known")
    await mother.sees("Что делать")
    await mother.sends_photo(b"unknown")
    await mother.sees("мессенджер его уменьшил")


@pytest.mark.ocr
@pytest.mark.parametrize("form", ["BMP", "TIFF", "AVIF"])
async def test_a_picture_of_a_rare_kind_is_read(world: World, form: str) -> None:
    from tests.handlers.test_family_errors import screenshot

    stream = io.BytesIO()
    Image.open(io.BytesIO(screenshot("parent", "diary_not_found"))).convert("RGB").save(stream, form)
    mother = world.person()
    await world.begins(mother, "parent")
    await mother.sends_document(stream.getvalue(), f"IMG_1.{form.lower()}", "application/octet-stream")
    await mother.sees("в вашем номере СНИЛС")
