"""Screenshots: what is refused and why, how a picture is prepared, and what Tesseract reads on drawn screens."""

import asyncio
import io
import os
import random
import stat
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFile, ImageOps

from bot.screenshots.decoder import MAX_SCANS, Reason, UnreadablePicture, decode, opened
from bot.screenshots.preparation import Way, prepare, tilt_of, turns_to_try
from bot.screenshots.reader import MAX_BYTES, Reading, ScreenshotReader, parse
from bot.screenshots.tesseract import Tesseract, find_tesseract
from tests import polled_waiting
from tests.screens.make import DARK, FAMILIES, LIGHT, Look, Screen, encode, font, screen
from tests.screens.measure import GOOD, likeness

pytestmark = pytest.mark.slow

NOWHERE = Tesseract("no-such-command", "0")


def installed() -> Tesseract:
    """Tesseract, or the test is skipped; REQUIRE_ALL=1 makes its absence a failure."""
    found = find_tesseract()
    if found is None:
        reason = "tesseract with the Russian language is not installed (tesseract-ocr, tesseract-ocr-rus)"
        if os.environ.get("REQUIRE_ALL") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def look(layout: str = "page", dark: bool = False, scale: float = 2) -> Look:
    theme = (DARK if dark else LIGHT)[0]
    return Look(theme, layout, scale, 390, 760, 20, 15, FAMILIES[0], layout != "page", True)


def page(text: str, ink: str = "black", paper: str = "white") -> Image.Image:
    picture = Image.new("RGB", (800, 400), paper)
    pen = ImageDraw.Draw(picture)
    for number in range(5):
        pen.text((60, 40 + 60 * number), text, ink, font=font("DejaVuSans", 28))
    return picture


def shades(size: tuple[int, int] = (80, 80)) -> Image.Image:
    """Gives a picture that is not blank and is quickly prepared, for a stand-in that reads nothing in it."""
    return Image.linear_gradient("L").resize(size)


def png_header(width: int, height: int) -> bytes:
    """A PNG that declares a size and holds nothing of it."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 64)) + chunk(b"IEND", b"")
    )


def saved(picture: Image.Image, form: str, **options: object) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, form, **options)
    return stream.getvalue()


def script(folder: Path, body: str) -> Tesseract:
    """A stand-in command, for what a real Tesseract cannot be made to do on demand."""
    command = folder / "tesseract"
    command.write_text(f"#!/bin/sh\n{body}\n")
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    return Tesseract(str(command), "5")


# --- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\xff\xd8\xff" + b"\0" * MAX_BYTES, "too_big"),
        (b"GIF89a" + b"\0" * 40, "gif"),
        (saved(Image.new("P", (8, 8)), "GIF"), "gif"),
        (b"%PDF-1.7\n%...", "pdf"),
        (b"\n\n%PDF-1.4", "pdf"),
        (b"", "not_a_picture"),
        (b"just words", "not_a_picture"),
        (png_header(8000, 5001), "too_many_pixels"),
        (png_header(60000, 60000), "too_many_pixels"),
        (b"\xff\xd8\xff\xe0 and no more", "broken"),
        (b"\x89PNG\r\n\x1a\n and no more", "broken"),
        (saved(Image.new("RGB", (8, 8)), "JPEG") + b"\xff\xda" * MAX_SCANS, "broken"),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{len(value)} bytes",
)
async def test_refuses_by_header(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadablePicture) as refused:
        await ScreenshotReader(NOWHERE).read(data)
    assert refused.value.reason == reason


def test_a_bomb_is_refused_without_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda _: pytest.fail("the pixels were decoded"))
    with pytest.raises(UnreadablePicture, match="too_many_pixels"):
        opened(png_header(30_000, 30_000))


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
async def test_a_truncated_file_is_broken(form: str) -> None:
    whole = saved(Image.effect_noise((300, 300), 80), form)
    with pytest.raises(UnreadablePicture) as refused:
        await ScreenshotReader(NOWHERE).read(whole[: len(whole) // 2])
    assert refused.value.reason is Reason.BROKEN


async def test_without_tesseract_says_so() -> None:
    with pytest.raises(UnreadablePicture) as refused:
        await ScreenshotReader(None).read(encode(page("Дневник"), None))
    assert refused.value.reason is Reason.NO_READER


# --- the process -----------------------------------------------------------------------------------------------------


async def test_too_slow_kills_the_process(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    reader = ScreenshotReader(script(tmp_path, f"echo $$ > {mark}; exec sleep 600"), time_limit=2)
    with pytest.raises(UnreadablePicture) as refused:
        await reader.read(saved(shades(), "PNG"))
    assert refused.value.reason is Reason.TOO_SLOW
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)


async def test_reads_no_more_at_once_than_allowed_and_never_stops_the_loop(tmp_path: Path) -> None:
    log = tmp_path / "log"
    tick_came = tmp_path / "tick"
    waits = f"rm -f {tick_came}; until [ -e {tick_came} ]; do sleep 0.01; done"
    slow = script(tmp_path, f"cat > /dev/null; echo in >> {log}; {waits}; echo out >> {log}")
    reader = ScreenshotReader(slow, at_once=1, time_limit=60)
    picture = saved(shades(), "PNG")

    # The loop's sign of life, without which no reading ends.
    ticking = asyncio.create_task(polled_waiting.again_and_again(tick_came.touch, 0.01))
    assert list(await asyncio.gather(reader.read(picture), reader.read(picture))) == ["", ""]
    ticking.cancel()
    written = log.read_text().split()
    assert written == ["in", "out"] * (len(written) // 2)


async def test_the_token_is_not_in_the_environment_of_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOT_TOKEN", "secret")
    seen = tmp_path / "seen"
    await ScreenshotReader(script(tmp_path, f"cat > /dev/null; env > {seen}")).read(saved(shades(), "PNG"))
    assert "secret" not in seen.read_text()
    assert "OMP_THREAD_LIMIT=1" in seen.read_text()


async def test_a_failing_command_is_no_reader(tmp_path: Path) -> None:
    with pytest.raises(UnreadablePicture) as refused:
        await ScreenshotReader(NOWHERE).read(encode(page("Дневник"), None))
    assert refused.value.reason is Reason.NO_READER
    with pytest.raises(UnreadablePicture) as refused:
        await ScreenshotReader(script(tmp_path, "cat > /dev/null; exit 1")).read(encode(page("Дневник"), None))
    assert refused.value.reason is Reason.NO_READER


def test_found_only_with_russian(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_tesseract() is None
    script(tmp_path, "echo tesseract 5.3.0; echo eng")
    assert find_tesseract() is None
    script(tmp_path, "echo tesseract v5.3.0; echo eng; echo rus")
    assert find_tesseract() == Tesseract(str(tmp_path / "tesseract"), "5.3.0")


# --- preparation -----------------------------------------------------------------------------------------------------


def ink_share(picture: Image.Image) -> float:
    histogram = picture.histogram()
    return sum(histogram[:128]) / sum(histogram)


@pytest.mark.parametrize("way", list(Way))
@pytest.mark.parametrize(("ink", "paper"), [("black", "white"), ("white", "black"), ("#98989f", "#1c1c1e")])
def test_any_theme_becomes_dark_letters_on_white(way: Way, ink: str, paper: str) -> None:
    prepared = prepare(page("Ваш дневник не найден", ink, paper), way)
    assert prepared.mode == "L"
    assert 0.01 < ink_share(prepared) < 0.2
    assert prepared.getpixel((3, 3)) == 255


def test_dark_and_light_parts_in_one_picture_come_out_alike() -> None:
    mixed = Image.new("RGB", (800, 800))
    mixed.paste(page("Ваш дневник не найден"), (0, 0))
    mixed.paste(page("Ваш дневник не найден", "white", "black"), (0, 400))
    prepared = prepare(mixed)
    half = prepared.height // 2
    above = ink_share(prepared.crop((0, 0, prepared.width, half)))
    below = ink_share(prepared.crop((0, half, prepared.width, prepared.height)))
    assert above == pytest.approx(below, rel=0.25)
    assert 0.01 < above < 0.2


def test_shade_is_evened() -> None:
    shade = Image.linear_gradient("L").resize((800, 400)).point([60 + level * 3 // 4 for level in range(256)])
    assert ink_share(prepare(shade)) < 0.01


def test_small_pictures_grow_and_large_ones_shrink() -> None:
    assert prepare(Image.new("L", (390, 760), 255)).width == pytest.approx(1200, abs=40)
    assert prepare(Image.new("L", (3000, 4000), 255)).width == pytest.approx(1200, abs=40)


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (7, 5)])
@pytest.mark.parametrize("way", list(Way))
def test_the_least_picture_is_prepared(size: tuple[int, int], way: Way) -> None:
    assert min(prepare(Image.new("L", size, 128), way).size) > 0


@pytest.mark.parametrize("degrees", [-7.0, -3.0, 2.0, 6.0])
def test_tilt_is_found(degrees: float) -> None:
    level = ImageOps.grayscale(page("Ваш дневник не найден. Чтобы решить"))
    assert tilt_of(level) == 0
    assert tilt_of(level.rotate(degrees, fillcolor=255)) == pytest.approx(-degrees, abs=0.5)


def test_exif_rotation_is_honoured() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert decode(saved(Image.new("RGB", (300, 100)), "JPEG", exif=exif)).size == (100, 300)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "I;16"])
def test_every_mode_becomes_grey(mode: str) -> None:
    level = 255 if mode == "1" else 200
    picture = Image.new("L", (40, 30), level)
    deep = Image.frombytes("I;16", (40, 30), struct.pack("<H", 200 * 257) * 1200)
    grey = decode(saved(deep if mode == "I;16" else picture.convert(mode), "PNG"))
    assert grey.mode == "L"
    assert grey.getpixel((5, 5)) == pytest.approx(level, abs=2)


def test_what_is_transparent_is_paper() -> None:
    assert decode(saved(Image.new("RGBA", (40, 30), (0, 0, 0, 0)), "PNG")).getpixel((5, 5)) == 255


# --- what is read ----------------------------------------------------------------------------------------------------


def test_table_gives_lines_without_garbage() -> None:
    rows = ["level\tpage\tblock\tpar\tline\tword\tleft\ttop\twidth\theight\tconf\ttext"]
    for line, word, confidence in ((1, "Ваш", 96), (1, "дневник", 90), (1, "|", 80), (2, "не", 95), (2, "ъъъ", 3)):
        rows.append(f"5\t1\t1\t1\t{line}\t1\t0\t0\t9\t9\t{confidence}\t{word}")
    rows += ["4\t1\t1\t1\t2\t0\t0\t0\t9\t9\t-1\t", "torn row"]
    reading = parse("\n".join(rows))
    assert reading.text == "Ваш дневник\nне"
    assert reading.weight == 10
    assert parse("") == Reading("", 0, 0)


CASES = [
    ("child-diary_not_found", "none", look()),
    ("child-consent_required", "none", look(scale=1, dark=True)),
    ("adult-diary_not_found", "jpeg", look("card", dark=True)),
    ("adult-consent_required", "tilt", look("card", scale=3)),
    ("child-diary_not_found", "photo", look("dialog")),
    ("adult-consent_required", "light", look(dark=True)),
    ("child-consent_required", "jpeg", look("dialog", dark=True)),
]


def drawn(number: int, label: str, spoiling: str, view: Look | None) -> Screen:
    return screen(number, label, spoiling, random.Random(number), view)


@pytest.mark.ocr
@pytest.mark.parametrize(
    ("label", "spoiling", "view"), CASES, ids=lambda value: value if isinstance(value, str) else ""
)
async def test_reads_the_wording(label: str, spoiling: str, view: Look) -> None:
    made = drawn(1, label, spoiling, view)
    text = await ScreenshotReader(installed(), time_limit=60).read(made.data)
    assert likeness(made.wording, text) >= GOOD, text


@pytest.mark.ocr
async def test_an_empty_screen_gives_no_text() -> None:
    blank = Image.new("RGB", (390, 760), "#1a1a1a")
    blank.paste("#dddddd", (0, 380, 390, 384))
    assert await ScreenshotReader(installed(), time_limit=60).read(encode(blank, None)) == ""


async def test_a_screen_of_one_shade_is_not_read_at_all() -> None:
    """«Белый экран»: many ways of reading it, and turns, would find nothing either."""
    assert await ScreenshotReader(NOWHERE).read(encode(Image.new("RGB", (390, 760), "white"), None)) == ""


# --- lying and long pictures -----------------------------------------------------------------------------------------


@pytest.mark.ocr
@pytest.mark.parametrize(
    ("degrees", "label", "dark"),
    [
        (90, "adult-consent_required", True),
        (180, "child-diary_not_found", False),
        (270, "adult-consent_required", True),
    ],
)
async def test_a_lying_picture_is_read(label: str, dark: bool, degrees: int) -> None:
    """A photo turned by a quarter, without EXIF that says so."""
    made = drawn(1, label, "none", look(dark=dark))
    turned = Image.open(io.BytesIO(made.data)).convert("RGB").rotate(degrees, expand=True)
    text = await ScreenshotReader(installed(), time_limit=60).read(saved(turned, "JPEG"))
    assert likeness(made.wording, text) >= GOOD, text


@pytest.mark.parametrize("degrees", [0, 90])
def test_stripes_around_a_screen_leave_no_turn_out(degrees: int) -> None:
    """The lines of a desk outweigh those of the text on it, so they may put turns in an order and exclude none."""
    desk = Image.new("L", (900, 700), "white")
    pen = ImageDraw.Draw(desk)
    for top in range(0, 700, 40):
        pen.line((0, top, 900, top), 0, width=6)
    shown = Image.open(io.BytesIO(drawn(1, "child-diary_not_found", "none", look()).data))
    desk.paste(shown.convert("L").resize((120, 240)), (400, 200))
    turns = turns_to_try(desk.rotate(degrees, expand=True))
    assert sorted(turns) == [90, 180, 270] and turns[0] == (90 if degrees else 180)


def scrolled(width: int, height: int, at: int, size: int, ink: str, paper: str) -> Image.Image:
    """A scrolling screenshot with an error text at a height, and other lines around it."""
    picture = Image.new("RGB", (width, height), paper)
    pen, face = ImageDraw.Draw(picture), font("DejaVuSans", size)
    for top in (*range(60, at - 4 * size, 12 * size), *range(at + 16 * size, height - size, 12 * size)):
        pen.text((40, top), "расписание уроков на неделю"[: int(width / size)], ink, font=face)
    for number, line in enumerate(LONG_LINES):
        pen.text((40, at + number * int(1.5 * size)), line, ink, font=face)
    return picture


LONG_LINES = ("Ваш дневник не найден.", "Чтобы решить проблему,", "сообщите о ней через", "форму обратной связи")


@pytest.mark.ocr
@pytest.mark.parametrize(
    ("width", "height", "at", "size", "ink", "paper"),
    [
        (1080, 9000, 4400, 40, "black", "white"),
        (1080, 8000, 7000, 40, "#555555", "#f4f4f4"),
        (1080, 8000, 2200, 38, "#dddddd", "#121212"),
        (720, 5000, 2300, 26, "black", "white"),
    ],
)
async def test_a_long_picture_is_read_in_slices(
    width: int, height: int, at: int, size: int, ink: str, paper: str
) -> None:
    """A scrolling screenshot sent as a file."""
    data = saved(scrolled(width, height, at, size, ink, paper), "PNG")
    text = await ScreenshotReader(installed(), time_limit=60).read(data)
    assert likeness(" ".join(LONG_LINES), text) >= GOOD, text


@pytest.mark.ocr
async def test_an_error_text_on_the_edge_of_a_slice_is_read_whole() -> None:
    """The part that the first slice shows is an error already, but only the rest tells whose it is."""
    data = saved(scrolled(1080, 5000, 2280, 40, "black", "white"), "PNG")
    reader = ScreenshotReader(installed(), is_enough=lambda text: "дневник не найден" in text, time_limit=60)
    assert likeness(" ".join(LONG_LINES), await reader.read(data)) >= GOOD


@pytest.mark.parametrize("height", [4800, 7200, 12_000, 20_000])
async def test_a_long_picture_that_was_shrunk_says_so(tmp_path: Path, height: int) -> None:
    """Telegram makes the longest side of a photo 1280, and the letters of a long one are gone."""
    photo = Image.new("RGB", (1080, height), "white")
    photo.paste("black", (0, 0, 1080, 300))
    photo.thumbnail((1280, 1280))
    with pytest.raises(UnreadablePicture) as refused:
        await ScreenshotReader(script(tmp_path, "cat > /dev/null"), time_limit=60).read(saved(photo, "JPEG"))
    assert refused.value.reason is Reason.SHRUNK


async def test_a_long_picture_that_takes_too_long_tells_what_was_read(tmp_path: Path) -> None:
    """The text that was read before the time was up counts, and the family is told that it is not all."""
    row = "5\\t1\\t1\\t1\\t1\\t1\\t0\\t0\\t9\\t9\\t96\\tдневникдневникдневникдневникдневник\\n"
    once = f"cat > /dev/null; [ -e {tmp_path}/read ] && exec sleep 600; touch {tmp_path}/read; printf '{row}'"
    with pytest.raises(UnreadablePicture) as refused:
        await ScreenshotReader(script(tmp_path, once), time_limit=3).read(saved(shades((1080, 9000)), "PNG"))
    assert refused.value.reason is Reason.TOO_LONG and "дневник" in refused.value.text
