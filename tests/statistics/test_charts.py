"""The picture of /stats, looked at by its pixels: wide as a phone, bars true to the numbers, nothing at the edges."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot.delivery import chart_sender
from bot.statistics import canvas, charts, report
from storage.statistics import Summary
from tests.pack import PACK
from tests.statistics.test_report import full, summed

ROOT = Path(__file__).parents[2]


def picture_of(summary: Summary) -> Image.Image:
    numbers: dict[str, Any] = json.loads(json.dumps(report.picture(summary, PACK)))
    return Image.open(io.BytesIO(charts.draw(numbers))).convert("RGB")


def rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def longest_runs(image: Image.Image, colour: str) -> list[int]:
    """The lengths of the bars of a colour, top to bottom, pixels."""
    wanted, runs, inside = rgb(colour), [], False
    pixels = image.load()
    assert pixels is not None
    for y in range(image.height):
        row = [x for x in range(image.width) if pixels[x, y] == wanted]
        length = len(row) if len(row) > 12 else 0  # the mark before a heading is ten pixels wide
        if length and not inside:
            runs.append(length)
        inside = bool(length)
    return runs


def test_it_is_as_wide_as_a_phone_and_not_too_high_to_be_read() -> None:
    image = picture_of(full())
    assert image.width == charts.WIDTH
    assert image.width < image.height <= 2.1 * image.width


@pytest.mark.parametrize(
    "summary", [full(), full(366, scale=100_000), full(1), summed(unknown=1)], ids=["usual", "region", "day", "little"]
)
def test_nothing_is_cut_off_at_the_edges(summary: Summary) -> None:
    image = picture_of(summary)
    paper = rgb(canvas.PAPER)
    sides = [(0, 0, 20, image.height), (image.width - 20, 0, image.width, image.height)]
    ends = [(0, 0, image.width, 18), (0, image.height - 18, image.width, image.height)]
    for box in (*sides, *ends):
        assert image.crop(box).getcolors() == [((box[2] - box[0]) * (box[3] - box[1]), paper)]


def test_bars_are_as_long_as_their_numbers() -> None:
    values: dict[str, Any] = {
        "began": {"child": 20},
        "reached": {("child", n): 10 for n in range(2, 7)},
        "done": {"child": 5},
    }
    bars = longest_runs(picture_of(summed(**values)), charts.PATH_COLOURS[0])
    assert len(bars) == 7
    assert bars[1] / bars[0] == pytest.approx(0.5, abs=0.01)
    assert bars[6] / bars[0] == pytest.approx(0.25, abs=0.01)


def test_one_beside_thousands_is_still_seen_and_zero_is_not() -> None:
    found = replace(summed(), errors={"diary_not_found": 5000, "consent_required": 1}, unknown=1)
    image = picture_of(found)
    pixels = image.load()
    assert pixels is not None
    wanted = rgb(charts.ERROR_COLOUR)
    columns = [sum(pixels[x, y] == wanted for y in range(image.height)) for x in range(image.width)]
    assert max(columns) >= 3 * 30, "three bars begin at one place"
    assert not longest_runs(picture_of(summed(began={"parent": 3})), charts.ERROR_COLOUR)


def test_large_words_shrink_rather_than_leave_their_room() -> None:
    page = canvas.Canvas(400, 100)
    assert page.text(10, 50, "Очень длинная надпись, которой здесь тесно", 34, room=200) <= 200
    assert page.text(10, 50, "Коротко", 34, room=300) < 300


async def test_a_process_of_its_own_draws_it_and_knows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_TOKEN", "123456789:secret")
    assert "BOT_TOKEN" not in chart_sender._environment()
    drawn = await chart_sender.drawn(json.loads(json.dumps(report.picture(full(), PACK))))
    assert Image.open(io.BytesIO(drawn)).width == charts.WIDTH


async def test_numbers_that_cannot_be_drawn_are_told() -> None:
    with pytest.raises(chart_sender.NotDrawn, match="KeyError"):
        await chart_sender.drawn({"nonsense": 1})


@pytest.mark.slow
def test_the_bot_itself_never_loads_what_draws() -> None:
    look = (
        "import sys; from bot import quick_imports; quick_imports.begin(); import bot.app, bot.delivery.senders;"
        "sys.exit(bool({'bot.statistics.canvas', 'reportlab', 'segno'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", look], cwd=ROOT, env=os.environ, check=False, timeout=60)
    assert done.returncode == 0
