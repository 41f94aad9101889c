"""Letters are found among what is none, and come out alike whether they are faint or strong, light or dark."""

from __future__ import annotations

import random

import numpy as np
import pytest
from PIL import Image, ImageDraw

from bot.flows.understanding import Verdict, recognise_screen
from bot.screenshots.letters import letters_alone
from bot.screenshots.preparation import Way, prepare
from bot.screenshots.reader import ScreenshotReader
from tests.pack import PACK
from tests.screens.hard import hard_screen
from tests.screens.make import font
from tests.screenshots.test_screenshots import installed

SIZE = (1200, 1600)


def written(*lines: tuple[int, int, int], paper: int = 128) -> Image.Image:
    """A grey picture with a line of words at each place (left, top), in that level."""
    picture = Image.new("L", SIZE, paper)
    pen = ImageDraw.Draw(picture)
    for left, top, level in lines:
        pen.text((left, top), "дневник не найден", level, font=font("DejaVuSans", 40))
    return picture


def grained(picture: Image.Image, strength: float = 12) -> Image.Image:
    """The picture as a camera sees it in poor light; the same each time."""
    grain = np.random.default_rng(1).normal(0, strength, (picture.height, picture.width))
    return Image.fromarray((np.asarray(picture) + grain).clip(0, 255).astype(np.uint8))


def ink(picture: Image.Image) -> float:
    """The share of the picture that is black."""
    return sum(picture.histogram()[:128]) / (picture.width * picture.height)


@pytest.mark.parametrize("sharpen", [False, True])
def test_the_grain_of_a_camera_is_no_letters(sharpen: bool) -> None:
    assert ink(letters_alone(grained(written()), 1.2, sharpen=sharpen)) == 0


def test_the_stripes_of_a_desk_are_no_letters() -> None:
    desk = written((300, 800, 90))
    pen = ImageDraw.Draw(desk)
    for top in range(100, 1600, 300):
        pen.line((0, top, 1200, top), 0, width=12)
    assert letters_alone(grained(desk), 1.2).size == pytest.approx((460, 90), abs=60)


@pytest.mark.parametrize(("faint", "strong"), [(100, 0), (156, 255), (100, 255)])
def test_faint_letters_come_out_like_strong_ones(faint: int, strong: int) -> None:
    """A lamp is reflected, or the picture was taken in the dark: one threshold for all of it loses the faint part."""
    prepared = prepare(grained(written((300, 300, strong), (300, 1200, faint)), 6), Way.CLOSE)
    half = prepared.height // 2
    above, below = prepared.crop((0, 0, prepared.width, half)), prepared.crop((0, half, *prepared.size))
    assert ink(below) == pytest.approx(ink(above), rel=0.4)
    assert ink(above) > 0.01


def test_only_the_part_with_letters_is_left() -> None:
    """A small part of a large photo is read in a fraction of the time."""
    alone = letters_alone(grained(written((300, 300, 0))), 1.2)
    assert alone.width < 700 and alone.height < 200


@pytest.mark.ocr
@pytest.mark.parametrize(
    ("number", "label", "hardship", "seed"),
    [(45, "child-diary_not_found", "faint", 270111), (30, "child-consent_required", "far", 270222)],
)
async def test_a_photo_whose_letters_were_lost_is_understood(number: int, label: str, hardship: str, seed: int) -> None:
    """They were lost in the grain of a camera, and on a large table."""
    made = hard_screen(number, label, hardship, random.Random(f"hard-{seed}-{number}"))

    def is_sure(text: str) -> bool:
        return recognise_screen(text, PACK).verdict is Verdict.SURE

    text = await ScreenshotReader(installed(), is_enough=is_sure, time_limit=60).read(made.data)
    assert is_sure(text) and recognise_screen(text, PACK).error == label.partition("-")[2], text
