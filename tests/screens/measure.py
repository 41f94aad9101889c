"""Measures the screenshot reader: what share of drawn screens comes out as text that is good enough, and how fast.

`python -m tests.screens.measure [COUNT] [SEED]`, or `python -m tests.screens.measure FOLDER` for pictures with a
manifest.jsonl (fields `file`, `label`, `path`, as `tests.screens.make` writes them or without its `wording`).
"""

import asyncio
import json
import re
import statistics
import sys
import time
from collections import Counter
from pathlib import Path

from rapidfuzz import fuzz

from bot.screenshots.reader import ScreenshotReader
from bot.screenshots.tesseract import find_tesseract
from tests.screens.make import ERRORS, Screen, screens

GOOD = 85.0


def normalised(text: str) -> str:
    return " ".join(re.sub(r"[^а-я0-9 ]", " ", text.lower().replace("ё", "е")).split())


def likeness(wording: str, text: str) -> float:
    """0–100: how much of the wording stands in the text, character by character."""
    return fuzz.partial_ratio(normalised(wording), normalised(text))


def stored(folder: Path) -> list[Screen]:
    """The screens of a folder with a manifest."""
    found = []
    for line in (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        label = row["label"]
        if "path" in row and label != "none":
            label = f"{'child' if row['path'] == 'child' else 'adult'}-{label}"
        data = (folder / row["file"]).read_bytes()
        found.append(Screen(row["file"], label, ERRORS.get(label, ""), row.get("kind", "stored"), data))
    return found


async def measure(made: list[Screen]) -> None:
    reader = ScreenshotReader(find_tesseract())
    times, good, known, false = [], Counter[str](), Counter[str](), 0
    for screen in made:
        started = time.perf_counter()
        text = await reader.read(screen.data)
        times.append(time.perf_counter() - started)
        kind = screen.kind.partition("/")[0]
        if not screen.wording:
            best = max(likeness(wording, text) for wording in ERRORS.values())
            false += best >= GOOD
            continue
        known[kind] += 1
        score = likeness(screen.wording, text)
        good[kind] += score >= GOOD
        if score < GOOD:
            print(f"{score:5.1f}  {screen.name}  {screen.kind}  {' '.join(text.split())[:160]!r}")
    for kind, count in sorted(known.items()):
        print(f"{kind:8} {good[kind]:4} of {count:4}  {100 * good[kind] / count:5.1f} %")
    print(
        f"all      {good.total():4} of {known.total():4}  {100 * good.total() / known.total():5.1f} %, false: {false}"
    )
    print(f"seconds: mean {statistics.mean(times):.2f}, median {statistics.median(times):.2f}, most {max(times):.2f}")


if __name__ == "__main__":
    arguments = sys.argv[1:] or ["90"]
    if Path(arguments[0]).is_dir():
        asyncio.run(measure(stored(Path(arguments[0]))))
    else:
        asyncio.run(measure(list(screens(*(int(argument) for argument in arguments)))))
