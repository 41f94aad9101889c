"""Reads the text in a picture of a screen: has it decoded in a process of its own, prepared, and read by Tesseract.

It knows nothing of Telegram, of the database or of the errors that are looked for.
"""

import asyncio
import io
import json
import re
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from PIL import Image

from bot.screenshots import decoder
from bot.screenshots.cores import Cores, cores_at_hand
from bot.screenshots.decoder import Reason, UnreadablePicture, check_kind, is_long
from bot.screenshots.preparation import SHRUNK_WIDTH, Way, is_blank, prepare, slices, turns_to_try
from bot.screenshots.tesseract import LANGUAGE, Tesseract, environment

MAX_BYTES = 10 * 1024 * 1024
# Below this confidence (0–100) what Tesseract calls a word is nearly always a border, an icon or noise.
GARBAGE = 25

# What one way loses (a link under its line, large dense letters, faint or small ones) another finds, so three are
# always tried and the best counts: the clear words may be a neighbour's, and a lamp may hide half of a sentence.
# Tesseract's --psm 6 takes the screen as one block and keeps underlined links; 4 sees columns, and is the last resort
# where what stands beside a dialog has led it astray.
PASSES = ((Way.EVEN, 6), (Way.CLOSE, 6), (Way.PLAIN, 6), (Way.SOFT, 6), (Way.SHARP, 6), (Way.EVEN, 4))
ALWAYS = (Way.EVEN, Way.CLOSE, Way.PLAIN)
GLANCE = ((Way.CLOSE, 6), (Way.EVEN, 6))  # at a picture turned by a guess
_CRASHED = 0x8000_0000  # Windows: from here on an exit status is the number of an exception (NTSTATUS, «severity»)
PASS_S = 0.5  # what every further pass is given at the least
MOST_SLICES = 16
EDGE_LINES = 5  # of a slice's end: as many as an error text takes on a phone
SLICE_SHARE = 0.5  # of the time limit: what each further slice of a long picture adds to it
LONGEST_LIMIT = 3.0  # times the time limit: no picture is given more

T = TypeVar("T")
_TURNS = {90: Image.Transpose.ROTATE_90, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_270}


@dataclass(frozen=True, slots=True)
class Reading:
    """Holds the result of one pass; `weight` counts the Cyrillic letters in words that Tesseract is confident of."""

    text: str
    weight: float
    confidence: float

    @property
    def score(self) -> float:
        return self.weight * self.confidence

    @property
    def poor(self) -> bool:
        """Tells whether the text is too short or too uncertain to rest on: another way of reading is worth its time."""
        return self.weight < 30 or self.confidence < 90

    @property
    def junk(self) -> bool:
        """Tells whether hardly a word is sure: there is nothing to read, or the picture does not stand upright."""
        return self.weight < 30 or self.confidence < 65


class ScreenshotReader:
    """Reads pictures outside the event loop, on at most `at_once` cores at a time (all cores, if not given).

    `tesseract` is what `find_tesseract` gave; `time_limit` is in seconds, for one picture, counted while it has a core.
    No other way of reading a picture is tried where `is_enough` says so of its text; it is to be quick.
    """

    def __init__(
        self,
        tesseract: Tesseract | None,
        *,
        is_enough: Callable[[str], bool] = lambda text: False,
        time_limit: float = 10.0,
        at_once: int | None = None,
    ) -> None:
        self.tesseract = tesseract
        self._is_enough = is_enough
        self._time_limit = time_limit
        self._cores = Cores(at_once or cores_at_hand())

    async def read(self, data: bytes) -> str:
        """Gives the text on the picture, line by line; "" where there is none.

        Raises UnreadablePicture; OSError where the system has no process to spare.
        """
        if self.tesseract is None:
            raise UnreadablePicture(Reason.NO_READER)
        if len(data) > MAX_BYTES:
            raise UnreadablePicture(Reason.TOO_BIG)
        check_kind(data)
        work = _Work(self._cores, self._time_limit)
        image = await work.step(lambda: decode_apart(data))
        if image is None:
            raise UnreadablePicture(Reason.TOO_SLOW)
        return await self._read(_Looking(self.tesseract, self._is_enough), work, image)

    async def _read(self, looking: "_Looking", work: "_Work", image: Image.Image) -> str:
        """Gives the text of the picture as it stands; where that is hardly any, the most that any turn of it gives."""
        work.left_s = self._time_limit * min(LONGEST_LIMIT, 1 + SLICE_SHARE * (len(slices(image)) - 1))
        best, is_whole = await _read_slices(looking, work, image)
        if best.junk and not looking.found(best):
            best, is_whole = await self._turned(looking, work, image, best, is_whole)
        if looking.found(best):
            return best.text
        if is_long(image.size) and min(image.size) < SHRUNK_WIDTH:
            raise UnreadablePicture(Reason.SHRUNK, best.text)
        if not is_whole:
            raise UnreadablePicture(Reason.TOO_LONG if is_long(image.size) else Reason.TOO_SLOW, best.text)
        return best.text

    async def _turned(
        self, looking: "_Looking", work: "_Work", image: Image.Image, best: Reading, is_whole: bool
    ) -> tuple[Reading, bool]:
        """Gives the best reading of the turns, and of the picture as it stands, which gave `best` so far."""
        likeliest = image
        for angle in turns_to_try(image):
            work.left_s = max(work.left_s, self._time_limit / 2)
            turned = image.transpose(_TURNS[angle])
            reading, is_all = await _read_slices(looking, work, turned, GLANCE)
            if reading.score > best.score or looking.found(reading):
                best, is_whole, likeliest = reading, is_all, turned
            if not best.poor or looking.found(best):  # upside-down letters are taken for words now and then
                break
        if not looking.found(best):
            # Only a glance was given to each turn; the other ways of reading are worth their time of the likeliest one.
            work.left_s = max(work.left_s, self._time_limit / 2)
            others = PASSES[2:] if best.poor else (PASSES[0], *PASSES[2:])
            again, is_all = await _read_slices(looking, work, likeliest, others)
            if again.score > best.score or looking.found(again):
                best, is_whole = again, is_all
        return best, is_whole


@dataclass(frozen=True, slots=True)
class _Looking:
    """Holds what reads, and what it looks for."""

    tesseract: Tesseract
    is_enough: Callable[[str], bool]

    def found(self, reading: Reading) -> bool:
        """Tells whether nothing more need be read."""
        return bool(reading.text) and self.is_enough(reading.text)

    def found_at_edge(self, reading: Reading) -> bool:
        """Tells whether it is found in the last lines of a slice alone: its rest, which tells the path, may be cut."""
        return not self.is_enough("\n".join(reading.text.splitlines()[:-EDGE_LINES]))


class _Work:
    """The work on one picture, in steps that each take a core for a while; `left_s` are the seconds it may have yet."""

    def __init__(self, cores: Cores, time_limit: float) -> None:
        self._cores = cores
        self._used_s = 0.0
        self.left_s = time_limit

    async def step(self, work: Callable[[], Awaitable[T]], longest: float | None = None) -> T | None:
        """Does one step of at most `longest` seconds; gives None where the time is up."""
        async with self._cores.one(self._used_s):
            started = time.monotonic()
            try:
                async with asyncio.timeout(min(self.left_s, longest or self.left_s)):
                    return await work()
            except TimeoutError:
                return None
            finally:
                took = time.monotonic() - started
                self._used_s += took
                self.left_s -= took


async def _read_slices(
    looking: _Looking, work: _Work, image: Image.Image, ways: tuple[tuple[Way, int], ...] = PASSES
) -> tuple[Reading, bool]:
    """Reads the slices of a picture one after the other, and tells whether there was time for all of them."""
    readings: list[Reading] = []
    parts, cut = slices(image), None
    for part in parts[:MOST_SLICES]:
        reading = await _best_of(looking, work, part, ways, is_slice=len(parts) > 1)
        if reading is None:
            break
        readings.append(reading)
        is_found = looking.found(reading)
        if cut or (is_found and (part is parts[-1] or not looking.found_at_edge(reading))):
            return (reading if is_found else cut or reading), True
        cut = reading if is_found else None
    return (cut, True) if cut else (joined(readings), len(readings) == len(parts))


async def _best_of(
    looking: _Looking, work: _Work, image: Image.Image, ways: tuple[tuple[Way, int], ...], *, is_slice: bool
) -> Reading | None:
    """Gives the best of several ways to read a picture; of a slice, one of many, only as far as needed.

    None where there was no time for any.
    """
    before = work.left_s
    best = await work.step(lambda: _pass(looking.tesseract, image, *ways[0]))
    first_took = before - work.left_s
    if best is None or looking.found(best):
        return best
    for way, layout in ways[1 : 3 if is_slice else None]:
        if not (best.poor or (way in ALWAYS and not is_slice)):
            continue
        # a noisy photo can hold Tesseract for seconds in one way and not in another: that way is then given up
        longest = max(PASS_S, (4.0 if way.is_close_up else 1.5) * first_took)
        reading = await work.step(partial(_pass, looking.tesseract, image, way, layout), longest)
        if reading is not None:
            best = reading if looking.found(reading) else max(best, reading, key=lambda one: one.score)
        if looking.found(best) or (way is Way.CLOSE and best.junk):
            break  # what is junk in this way, too, does not stand upright, or has nothing to be read
    return best


def joined(readings: list[Reading]) -> Reading:
    """Joins the readings of the slices of one picture to the reading of the whole."""
    weight = sum(reading.weight for reading in readings)
    confidence = sum(reading.score for reading in readings) / weight if weight else 0.0
    return Reading("\n".join(reading.text for reading in readings if reading.text), weight, confidence)


# --- decoding --------------------------------------------------------------------------------------------------------


async def decode_apart(data: bytes) -> Image.Image:
    """Decodes a picture to grey pixels in a process of its own, which is killed when nobody waits for it any longer.

    Raises UnreadablePicture; OSError where there is no process to spare.
    """
    status, answer = await _run(data, sys.executable, "-I", decoder.__file__)
    line, _, rest = answer.partition(b"\n")
    told = json.loads(line or b"{}")
    if status != 0:
        # the decoder crashed, or met its limit in a way of which it could not tell
        width, height = told.get("opened", (0, 0))
        raise UnreadablePicture(decoder.undecoded((width, height)))
    if "opened" in told:
        line, _, rest = rest.partition(b"\n")
        told = json.loads(line)
    if "reason" in told:
        raise UnreadablePicture(Reason(told["reason"]))
    return Image.frombuffer("L", tuple(told["size"]), rest, "raw", "L", 0, 1)


async def _run(data: bytes, *command: str) -> tuple[int, bytes]:
    """Runs a command on `data`; gives its exit status and output. It is killed if nobody waits any longer.

    The status is negative where a signal ended it, _CRASHED or more where Windows did.
    Raises OSError where it cannot be started.
    """
    process = await asyncio.create_subprocess_exec(
        *command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment()
    )
    try:
        output, _ = await process.communicate(data)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None
    return process.returncode, output


def _prepared_file(image: Image.Image, way: Way) -> bytes:
    stream = io.BytesIO()
    prepare(image, way).save(stream, "PPM")
    return stream.getvalue()


# --- reading ---------------------------------------------------------------------------------------------------------


async def _pass(tesseract: Tesseract, image: Image.Image, way: Way, layout: int) -> Reading:
    """Reads the picture once, prepared in one way; `layout` is Tesseract's --psm."""
    if is_blank(image):
        return Reading("", 0, 0)
    prepared = await asyncio.to_thread(_prepared_file, image, way)
    options = ("stdin", "stdout", "-l", LANGUAGE, "--psm", str(layout), "--dpi", "200", "tsv")
    try:
        status, table = await _run(prepared, tesseract.binary, *options)
    except OSError:
        raise UnreadablePicture(Reason.NO_READER) from None
    if status != 0:
        # the picture was decoded and drawn anew by us: what fails is the installation, if no signal ended it
        raise UnreadablePicture(Reason.NO_READER if 0 < status < _CRASHED else Reason.BROKEN)
    return parse(table.decode("utf-8", "replace"))


def parse(table: str) -> Reading:
    """Reads Tesseract's TSV: 12 columns; a word's row has level 5, its line's numbers, its confidence 0–100."""
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
