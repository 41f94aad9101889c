"""Reads the text in a picture of a screen: decoded in a process of its own, prepared, and read by Tesseract.

A leaf: knows nothing of Telegram, of the database or of the errors that are looked for.
"""

import asyncio
import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass

from PIL import Image

from bot.screenshots import decoder
from bot.screenshots.decoder import Reason, Unreadable, check_kind, is_long
from bot.screenshots.preparation import SHRUNK_WIDTH, Way, lines_stand, prepare, slices, turns_to_try

MAX_BYTES = 10 * 1024 * 1024
LANGUAGE = "rus"

# Below this confidence (0–100) what Tesseract calls a word is nearly always a border, an icon or noise.
GARBAGE = 25

# What one way loses (a link under its line, large dense letters, faint ones) the other finds, so both are always tried
# and the better counts. Tesseract's --psm 6 takes the screen as one block and keeps underlined links; 4 sees columns,
# and is the last resort where what stands beside a dialog has led it astray.
PASSES = ((Way.EVEN, 6), (Way.PLAIN, 6), (Way.EVEN, 4))
SURE_PASSES = 2
_CRASHED = 0x8000_0000  # Windows: from here on an exit status is the number of an exception (NTSTATUS, «severity»)
PASS_S = 0.5  # what every further pass is given at the least
MOST_SLICES = 16
SLICE_SHARE = 0.5  # of the time limit: what each further slice of a long picture adds to it
LONGEST_LIMIT = 3.0  # times the time limit: no picture is given more

_TURNS = {90: Image.Transpose.ROTATE_90, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_270}


@dataclass(frozen=True, slots=True)
class Tesseract:
    """Names an installed Tesseract that knows Russian."""

    binary: str
    version: str


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


def find_tesseract() -> Tesseract | None:
    """Looks for the `tesseract` command with the Russian language; None where either is missing. Blocks a moment."""
    binary = shutil.which("tesseract") or shutil.which("tesseract", path=_windows_folder())
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


def _windows_folder() -> str:
    """The folder that the installer for Windows takes; it does not put it into PATH."""
    return os.path.join(os.environ.get("PROGRAMFILES", ""), "Tesseract-OCR")


def _ask(binary: str, option: str) -> str:
    # older versions answer on stderr
    done = subprocess.run(
        [binary, option], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=10, env=_environment()
    )
    return done.stdout.decode("utf-8", "replace")


def _environment() -> dict[str, str]:
    """Gives Tesseract only the variables it needs: the bot's own hold its token. One thread reads one picture."""
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
        """Gives the text on the picture, line by line; "" where there is none.

        Raises Unreadable; OSError where the system has no process to spare.
        """
        if self.tesseract is None:
            raise Unreadable(Reason.NO_READER)
        if len(data) > MAX_BYTES:
            raise Unreadable(Reason.TOO_BIG)
        check_kind(data)
        async with self._turns:
            try:
                async with asyncio.timeout(self._time_limit):
                    image = await decode_apart(data)
            except TimeoutError:
                raise Unreadable(Reason.TOO_SLOW) from None
            return await self._read(self.tesseract, image)

    async def _read(self, tesseract: Tesseract, image: Image.Image) -> str:
        """Gives the text of the picture as it stands; where that is hardly any, the most that any turn of it gives."""
        ends_at = time.monotonic() + self._time_limit * min(LONGEST_LIMIT, 1 + SLICE_SHARE * (len(slices(image)) - 1))
        best, is_whole = await self._read_slices(tesseract, image, ends_at)
        for angle in turns_to_try(image) if best.junk else ():
            until = max(ends_at, time.monotonic() + self._time_limit / 2)
            turned, is_all = await self._read_slices(tesseract, image.transpose(_TURNS[angle]), until, is_guess=True)
            if turned.score > best.score:
                best, is_whole = turned, is_all
            if not best.junk:
                break
        if is_long(image.size) and min(image.size) < SHRUNK_WIDTH:
            raise Unreadable(Reason.SHRUNK, best.text)
        if not is_whole:
            raise Unreadable(Reason.TOO_LONG if is_long(image.size) else Reason.TOO_SLOW, best.text)
        return best.text

    async def _read_slices(
        self, tesseract: Tesseract, image: Image.Image, ends_at: float, *, is_guess: bool = False
    ) -> tuple[Reading, bool]:
        """Reads the slices of a picture one after the other, and tells whether there was time for all of them.

        A guess is read with one pass where that finds nothing.
        """
        readings: list[Reading] = []
        parts = slices(image)
        with contextlib.suppress(TimeoutError):
            for part in parts[:MOST_SLICES]:
                async with asyncio.timeout(ends_at - time.monotonic()):
                    readings.append(await self._best_of(tesseract, part, is_slice=len(parts) > 1, is_guess=is_guess))
        return joined(readings), len(readings) == len(parts)

    async def _best_of(self, tesseract: Tesseract, image: Image.Image, *, is_slice: bool, is_guess: bool) -> Reading:
        """Gives the best of several ways to read a picture; of a slice, one of many, only as far as needed."""
        started = time.monotonic()
        best = await _pass(tesseract, image, *PASSES[0])
        first_took = time.monotonic() - started
        if best.junk and (is_guess or lines_stand(image)):
            return best
        sure, most = (1, SURE_PASSES) if is_slice else (SURE_PASSES, len(PASSES))
        for number, (way, layout) in enumerate(PASSES[1:most], start=1):
            # a further pass must not turn a picture that was read, if badly, into one that took too long
            late = time.monotonic() - started > self._time_limit / 3
            if late or (number >= sure and not best.poor):
                break
            # a noisy photo can hold Tesseract for seconds in one way and not in another: that way is then given up
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(PASS_S, 1.5 * first_took)):
                    best = max(best, await _pass(tesseract, image, way, layout), key=lambda reading: reading.score)
        return best


def joined(readings: list[Reading]) -> Reading:
    """Joins the readings of the slices of one picture to the reading of the whole."""
    weight = sum(reading.weight for reading in readings)
    confidence = sum(reading.score for reading in readings) / weight if weight else 0.0
    return Reading("\n".join(reading.text for reading in readings if reading.text), weight, confidence)


def _cores() -> int:
    """Counts the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1


# --- decoding --------------------------------------------------------------------------------------------------------


async def decode_apart(data: bytes) -> Image.Image:
    """Decodes a picture to grey pixels in a process of its own, which is killed when nobody waits for it any longer.

    Raises Unreadable; OSError where there is no process to spare.
    """
    status, answer = await _run(data, sys.executable, "-I", decoder.__file__)
    head, _, pixels = answer.partition(b"\n")
    if status != 0:
        # the decoder crashed, or met its limit in a way of which it could not tell
        raise Unreadable(Reason.BROKEN)
    told = json.loads(head)
    if "reason" in told:
        raise Unreadable(Reason(told["reason"]))
    return Image.frombuffer("L", tuple(told["size"]), pixels, "raw", "L", 0, 1)


async def _run(data: bytes, *command: str) -> tuple[int, bytes]:
    """Runs a command on `data`; gives its exit status and output. It is killed if nobody waits any longer.

    The status is negative where a signal ended it, _CRASHED or more where Windows did.
    Raises OSError where it cannot be started.
    """
    process = await asyncio.create_subprocess_exec(
        *command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_environment()
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
    prepared = await asyncio.to_thread(_prepared_file, image, way)
    options = ("stdin", "stdout", "-l", LANGUAGE, "--psm", str(layout), "--dpi", "200", "tsv")
    try:
        status, table = await _run(prepared, tesseract.binary, *options)
    except OSError:
        raise Unreadable(Reason.NO_READER) from None
    if status != 0:
        # the picture was decoded and drawn anew by us: what fails is the installation, if no signal ended it
        raise Unreadable(Reason.NO_READER if 0 < status < _CRASHED else Reason.BROKEN)
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
