"""Measures how well hard photos of screens are understood: `python -m benchmarks.hard_pictures [COUNT SEED | FOLDER]`.

The folder is one that `python -m tests.screens.hard` wrote. Time counts as processor seconds, so that a busy machine
measures the same as an idle one.
"""

import asyncio
import resource
import statistics
import sys
from collections import Counter
from functools import partial
from pathlib import Path

from bot.flows import pack_files
from bot.flows.understanding import Recognition, Verdict, recognise_screen
from bot.handlers.family.picture_jobs import shows_error
from bot.screenshots import reader
from bot.screenshots.decoder import UnreadablePicture
from bot.screenshots.reader import ScreenshotReader
from bot.screenshots.tesseract import find_tesseract
from tests.screens.hard import hard_screens
from tests.screens.make import Screen
from tests.screens.measure import stored

_PATIENCE_S = 60.0


def main(argv: list[str]) -> None:
    """Reads the pictures and prints each that was not understood, and the sums."""
    screens = stored(Path(argv[0])) if argv and Path(argv[0]).is_dir() else list(hard_screens(*_numbers(argv)))
    reader.PASS_S = _PATIENCE_S
    asyncio.run(_measure(screens))


def _numbers(argv: list[str]) -> tuple[int, int]:
    count, seed = (int(argument) for argument in argv or ("80", "1"))
    return count, seed


async def _measure(screens: list[Screen]) -> None:
    sure, doubtful, shown, seconds = Counter[str](), Counter[str](), Counter[str](), list[float]()
    false = wrong = 0
    tool = ScreenshotReader(
        find_tesseract(), is_enough=partial(shows_error, pack=pack_files.load()), time_limit=_PATIENCE_S
    )
    for screen in screens:
        began = _processor_seconds()
        text = await _text_of(tool, screen)
        seconds.append(_processor_seconds() - began)
        found = recognise_screen(text, pack_files.load())
        hardship, label = screen.kind.partition("/")[0], screen.label.partition("-")[2]
        is_sure, is_right = found.verdict is Verdict.SURE, found.error == label
        if screen.wording:
            shown[hardship] += 1
            sure[hardship] += is_sure and is_right
            doubtful[hardship] += is_right and not is_sure
            wrong += is_sure and not is_right
        else:
            false += is_sure
        if is_sure != bool(screen.wording) or (is_sure and not is_right):
            print(
                f"{screen.name}  {screen.kind}  {_told(found)}  {seconds[-1]:.1f} s  {' '.join(text.split())[:200]!r}"
            )
    for hardship, count in sorted(shown.items()):
        print(f"{hardship:8} sure {sure[hardship]} of {count}, doubtful {doubtful[hardship]}")
    print(f"all      sure {sure.total()} of {shown.total()}, doubtful {doubtful.total()}, sure and wrong {wrong}")
    print(f"no error sure {false} of {len(screens) - shown.total()}")
    print(f"seconds  median {statistics.median(seconds):.1f}, most {max(seconds):.1f}")


async def _text_of(tool: ScreenshotReader, screen: Screen) -> str:
    try:
        return await tool.read(screen.data)
    except UnreadablePicture as error:
        print(f"{screen.name}: {error.reason}")
        return error.text


def _told(found: Recognition) -> str:
    return f"{found.verdict} {found.error} {found.confidence:.2f}"


def _processor_seconds() -> float:
    spent = (resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in spent)


if __name__ == "__main__":
    main(sys.argv[1:])
