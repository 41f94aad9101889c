"""A picture of a screen → the text on it: checks the file, prepares it with Pillow and has Tesseract read it.

A leaf: knows nothing of Telegram, of the database or of the errors that are looked for.
"""

import asyncio
import contextlib
import io
import os
import re
import shutil
import subprocess
import time
from array import array
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from PIL import Image, ImageChops, ImageFilter, ImageOps

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000
MAX_SCANS = 100
FORMATS = ("JPEG", "PNG", "WEBP")
LANGUAGE = "rus"

# Below this confidence (0–100) what Tesseract calls a word is nearly always a border, an icon or noise.
GARBAGE = 25

# Letters are read best at 20–40 px; a phone's screen is 360–430 points wide and its body text 14–17 points high.
SCREEN_WIDTH = 1200
LONGEST_SIDE = 3000
LARGEST_UPSCALE = 3.0
MAX_TILT = 8.0


class Reason(StrEnum):
    """Why a picture was not read."""

    TOO_BIG = "too_big"
    TOO_MANY_PIXELS = "too_many_pixels"
    NOT_A_PICTURE = "not_a_picture"
    GIF = "gif"
    PDF = "pdf"
    BROKEN = "broken"
    TOO_SLOW = "too_slow"
    NO_READER = "no_reader"


class Unreadable(Exception):
    """The picture cannot be read; `reason` says why (a `Reason`, which compares equal to its own text)."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class Way(StrEnum):
    """How the picture is prepared before it is read."""

    EVEN = "even"
    PLAIN = "plain"


# What one way loses (a link under its line, large dense letters, faint ones) the other finds, so both are always tried
# and the better counts. Tesseract's --psm 6 takes the screen as one block and keeps underlined links; 4 sees columns,
# and is the last resort where what stands beside a dialog has led it astray.
PASSES = ((Way.EVEN, 6), (Way.PLAIN, 6), (Way.EVEN, 4))
SURE_PASSES = 2
PASS_S = 0.5  # what every further pass is given at the least


@dataclass(frozen=True, slots=True)
class Tesseract:
    """An installed Tesseract that knows Russian."""

    binary: str
    version: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What one pass has read; `weight` is the number of Cyrillic letters in words that Tesseract is confident of."""

    text: str
    weight: float
    confidence: float

    @property
    def score(self) -> float:
        return self.weight * self.confidence

    @property
    def poor(self) -> bool:
        """Too little or too uncertain to rest on: another way of reading is worth its time."""
        return self.weight < 30 or self.confidence < 90


def find_tesseract() -> Tesseract | None:
    """Looks for the `tesseract` command with the Russian language; None where either is missing. Blocks a moment."""
    binary = shutil.which("tesseract")
    if binary is None:
        return None
    try:
        version, languages = (_ask(binary, option) for option in ("--version", "--list-langs"))
    except (OSError, subprocess.SubprocessError):
        return None
    if LANGUAGE not in languages.split():
        return None
    named = re.search(r"tesseract\s+v?(\S+)", version)
    return Tesseract(binary, named.group(1) if named else "?")


def _ask(binary: str, option: str) -> str:
    # older versions answer on stderr
    done = subprocess.run(
        [binary, option], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=10, env=_environment()
    )
    return done.stdout


def _environment() -> dict[str, str]:
    """Only what Tesseract needs: the bot's own environment holds its token. One thread, so that a core is a reading."""
    kept = ("PATH", "TESSDATA_PREFIX", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR", "TEMP")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"OMP_THREAD_LIMIT": "1", "LC_ALL": "C"}


class ScreenshotReader:
    """Reads pictures outside the event loop, at most one at a time per core.

    `tesseract` is what `find_tesseract` gave; `time_limit` is in seconds, for one picture, counted from its turn;
    `at_once` is the number of readings at a time (the number of cores, if not given).
    """

    def __init__(self, tesseract: Tesseract | None, *, time_limit: float = 10.0, at_once: int | None = None) -> None:
        self.tesseract = tesseract
        self._time_limit = time_limit
        self._turns = asyncio.Semaphore(at_once or _cores())

    async def read(self, data: bytes) -> str:
        """The text on the picture, line by line; "" where there is none. Raises Unreadable."""
        if self.tesseract is None:
            raise Unreadable(Reason.NO_READER)
        check_header(data)
        async with self._turns:
            try:
                async with asyncio.timeout(self._time_limit):
                    return await self._read(self.tesseract, data)
            except TimeoutError:
                raise Unreadable(Reason.TOO_SLOW) from None

    async def _read(self, tesseract: Tesseract, data: bytes) -> str:
        started = time.monotonic()
        image = await asyncio.to_thread(open_picture, data)
        best = await _pass(tesseract, image, *PASSES[0])
        first_took = time.monotonic() - started
        for number, (way, layout) in enumerate(PASSES[1:], start=1):
            # a further pass must not turn a picture that was read, if badly, into one that took too long
            late = time.monotonic() - started > self._time_limit / 3
            if late or (number >= SURE_PASSES and not best.poor):
                break
            # a noisy photo can hold Tesseract for seconds in one way and not in another: that way is then given up
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(PASS_S, 1.5 * first_took)):
                    best = max(best, await _pass(tesseract, image, way, layout), key=lambda reading: reading.score)
        return best.text


def _cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1


# --- the file --------------------------------------------------------------------------------------------------------


def check_header(data: bytes) -> None:
    """Refuses by size, kind and declared pixels, before anything is decoded. Raises Unreadable."""
    if len(data) > MAX_BYTES:
        raise Unreadable(Reason.TOO_BIG)
    if data.startswith((b"GIF87a", b"GIF89a")):
        raise Unreadable(Reason.GIF)
    # the PDF standard lets the mark stand anywhere in the first 1024 bytes
    if b"%PDF-" in data[:1024] and not data.startswith((b"\xff\xd8", b"\x89PNG", b"RIFF")):
        raise Unreadable(Reason.PDF)
    with _opened(data) as image:
        if image.width * image.height > MAX_PIXELS:
            raise Unreadable(Reason.TOO_MANY_PIXELS)
        # each scan of a progressive JPEG is a pass over all its pixels: thousands of tiny ones would take minutes
        if image.format == "JPEG" and data.count(b"\xff\xda") > MAX_SCANS:
            raise Unreadable(Reason.BROKEN)


def _opened(data: bytes) -> Image.Image:
    """The picture with its header read and its pixels not yet decoded. Raises Unreadable."""
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError:
        raise Unreadable(Reason.TOO_MANY_PIXELS) from None
    except Exception:
        # Pillow's readers raise many kinds for a file that begins like a picture and goes on as something else
        begins_well = data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or data[8:12] == b"WEBP"
        raise Unreadable(Reason.BROKEN if begins_well else Reason.NOT_A_PICTURE) from None


def open_picture(data: bytes) -> Image.Image:
    """Decodes to upright grey ("L"), at most about LONGEST_SIDE long. Raises Unreadable."""
    image = _opened(data)
    try:
        # lets a JPEG be decoded at a half, a quarter or an eighth of its size, at a fraction of the time and memory
        image.draft("L", (LONGEST_SIDE, LONGEST_SIDE))
        image.load()
        image = ImageOps.exif_transpose(image)
        image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.BOX)
        return _grey(image)
    except Exception:
        raise Unreadable(Reason.BROKEN) from None


def _grey(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):
        # 16 bits a pixel: a plain convert would cut off all but the darkest values
        return image.convert("I").point([level // 256 for level in range(65536)], "L")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert("L")


# --- preparation -----------------------------------------------------------------------------------------------------


def prepare(image: Image.Image, way: Way = Way.EVEN) -> Image.Image:
    """Grey picture in any theme → straight dark letters on white, of a size that Tesseract reads well.

    EVEN takes each pixel's distance from the background around it: light-on-dark, dark-on-light and both in one
    picture come out alike, and shade is gone. PLAIN keeps the picture's own shades and inverts it as a whole if it is
    mostly dark: for letters so large or dense that they would be taken for background.
    """
    image = image.convert("L")
    image = resize(image)
    image = _evened(image) if way is Way.EVEN else _plain(image)
    angle = tilt_of(image)
    if angle:
        image = image.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    return ImageOps.expand(image, 10, 255)


def resize(image: Image.Image) -> Image.Image:
    """Brings a phone's screen to about SCREEN_WIDTH; a wide window has letters as small as a phone's at scale 1."""
    width, height = image.size
    wanted = SCREEN_WIDTH / width if height >= width else 2.0 * 1366 / width
    limit = LONGEST_SIDE / max(width, height)
    factor = min(wanted, limit, LARGEST_UPSCALE)
    if 0.9 < factor < 1.1:
        return image
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return image.resize(size, Image.Resampling.BICUBIC)


def _evened(image: Image.Image) -> Image.Image:
    image = image.filter(ImageFilter.GaussianBlur(0.7))
    # the median over a spot wider than letters are high is the background, as ink covers less than half of any text;
    # a sparse sample of the pixels (NEAREST mixes none) gives the same median for a hundredth of the work
    step = 8
    small = image.resize((image.width // step or 1, image.height // step or 1), Image.Resampling.NEAREST)
    spots = small.filter(ImageFilter.MedianFilter(15))
    ink = ImageChops.difference(image, spots.resize(image.size, Image.Resampling.BILINEAR))
    # most of a screen is background, so the middle of the distances is the noise of a camera or of a poor JPEG
    floor = min(60, 10 + 3 * _level_below(ink, 0.5))
    full = max(floor + 30, _level_below(ink, 0.99))
    # the root lifts faint letters towards bold ones, so that one threshold finds both
    curve = [round(255 * (1 - min(1.0, max(0.0, (level - floor) / (full - floor))) ** 0.7)) for level in range(256)]
    return ImageChops.lighter(ink.point(curve), _borders(spots).resize(image.size, Image.Resampling.NEAREST))


def _borders(spots: Image.Image) -> Image.Image:
    """White where the background itself steps (edges of cards, buttons, of the phone): lines there are no letters."""
    step = ImageChops.difference(spots.filter(ImageFilter.MaxFilter(3)), spots.filter(ImageFilter.MinFilter(3)))
    return step.point([255 if level > 24 else 0 for level in range(256)])


def _plain(image: Image.Image) -> Image.Image:
    if _level_below(image, 0.5) < 110:
        image = ImageOps.invert(image)
    return ImageOps.autocontrast(image, cutoff=(1, 20))


def _level_below(image: Image.Image, share: float) -> int:
    """The level (0–255) below or at which that share of a grey picture's pixels lies: 0.5 gives the median."""
    seen, enough = 0, share * image.width * image.height
    for level, pixels in enumerate(image.histogram()):
        seen += pixels
        if seen >= enough:
            return level
    return 255


def tilt_of(page: Image.Image) -> float:
    """Degrees to turn dark-on-white text so that its lines lie level; 0 within half a degree or where unsure."""
    small = ImageOps.invert(page)
    small.thumbnail((500, 1000), Image.Resampling.BOX)
    level = _sharpness(small, 0)
    coarse = max(_steps(-MAX_TILT, MAX_TILT, 1.0), key=lambda angle: _sharpness(small, angle))
    fine = max(_steps(coarse - 0.75, coarse + 0.75, 0.25), key=lambda angle: _sharpness(small, angle))
    return fine if abs(fine) >= 0.5 and _sharpness(small, fine) > 1.15 * level else 0.0


def _steps(start: float, stop: float, step: float) -> list[float]:
    return [start + step * number for number in range(round((stop - start) / step) + 1)]


def _sharpness(ink: Image.Image, angle: float) -> float:
    """How strongly the rows' darkness changes from row to row, which is most where the lines of text lie level."""
    turned = ink.rotate(angle, Image.Resampling.BILINEAR) if angle else ink
    rows = array("f", turned.convert("F").resize((1, turned.height), Image.Resampling.BOX).tobytes())
    return sum((below - above) ** 2 for above, below in pairwise(rows))


def _prepared_file(image: Image.Image, way: Way) -> bytes:
    stream = io.BytesIO()
    prepare(image, way).save(stream, "PPM")
    return stream.getvalue()


# --- reading ---------------------------------------------------------------------------------------------------------


async def _pass(tesseract: Tesseract, image: Image.Image, way: Way, layout: int) -> Reading:
    return await _run(tesseract, await asyncio.to_thread(_prepared_file, image, way), layout)


async def _run(tesseract: Tesseract, picture: bytes, layout: int) -> Reading:
    """One pass over a prepared picture; `layout` is Tesseract's --psm. The process dies with the waiting for it."""
    try:
        process = await asyncio.create_subprocess_exec(
            *(tesseract.binary, "stdin", "stdout", "-l", LANGUAGE, "--psm", str(layout), "--dpi", "200", "tsv"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
        )
    except OSError:
        raise Unreadable(Reason.NO_READER) from None
    try:
        table, _ = await process.communicate(picture)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        # the picture was decoded and drawn anew by us, so what fails here is the installation
        raise Unreadable(Reason.NO_READER)
    return parse(table.decode("utf-8", "replace"))


def parse(table: str) -> Reading:
    """Tesseract's TSV (12 columns; a word's row has level 5, its line's numbers, its confidence 0–100) → a Reading."""
    lines: dict[tuple[str, ...], list[str]] = {}
    weight = certain = letters = 0.0
    for row in table.splitlines():
        cells = row.split("\t")
        if len(cells) != 12 or cells[0] != "5" or not cells[11].strip():
            continue
        word, confidence = cells[11].strip(), float(cells[10])
        if confidence < GARBAGE or not re.search(r"\w", word):
            continue
        lines.setdefault(tuple(cells[1:5]), []).append(word)
        size = len(re.findall("[а-яё]", word.lower()))
        if size >= 3:
            letters += size
            certain += size * confidence
            weight += size if confidence >= 60 else 0
    return Reading("\n".join(" ".join(words) for words in lines.values()), weight, certain / letters if letters else 0)
