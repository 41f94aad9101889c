"""Pictures share the cores: one that takes long lets the others go first, and a reading that was made is kept."""

from __future__ import annotations

import asyncio

import pytest
from PIL import Image

from bot.screenshots import cores, reader
from bot.screenshots.cores import Cores
from bot.screenshots.reader import Reading, ScreenshotReader
from bot.screenshots.tesseract import Tesseract
from tests.screenshots.test_screenshots import saved

PICTURE = saved(Image.new("L", (390, 700), "white"), "PNG")
JUNK, GOOD = Reading("ъъ", 0, 0), Reading("Ваш дневник не найден. Чтобы решить проблему", 40, 80)


async def test_the_picture_that_used_least_time_goes_first() -> None:
    shared, order = Cores(1), list[str]()

    async def step(name: str, used_s: float) -> None:
        async with shared.one(used_s):
            order.append(name)

    async with asyncio.TaskGroup() as group, shared.one(0):
        group.create_task(step("slow", 9.0))
        await asyncio.sleep(0)
        group.create_task(step("new", 0.0))
        group.create_task(step("second", 1.0))
        await asyncio.sleep(0)
        assert order == []
    assert order == ["new", "second", "slow"]


async def test_a_step_that_takes_too_long_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """No picture holds up the next by more than five seconds."""
    assert cores.HOLD_S < 5
    monkeypatch.setattr(cores, "HOLD_S", 0.01)
    shared, other_read = Cores(1), asyncio.Event()

    async def other() -> None:
        async with shared.one(0):
            other_read.set()

    async with asyncio.TaskGroup() as group, shared.one(0):
        group.create_task(other())
        await other_read.wait()  # while the first is still at work
    async with shared.one(0):  # given back once, not twice
        assert shared._free == 0


async def test_one_that_is_cancelled_takes_no_core_with_it() -> None:
    shared = Cores(1)

    async def step() -> None:
        async with shared.one(0):
            pass

    async with shared.one(0):
        waiting = asyncio.create_task(step())
        await asyncio.sleep(0)
        waiting.cancel()
        lent = asyncio.create_task(step())
        await asyncio.sleep(0)
    lent.cancel()  # the core has just been lent to it
    await asyncio.gather(waiting, lent, return_exceptions=True)
    async with asyncio.timeout(60), shared.one(0):
        assert shared._free == 0


async def test_a_reading_is_kept_when_the_next_one_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Found on a busy machine: the first way had read the text, the second one took too long, and both were lost."""
    passes = 0

    async def once(*_: object) -> Reading:
        nonlocal passes
        passes += 1
        if passes > 1:
            await asyncio.Event().wait()
        return GOOD

    monkeypatch.setattr(reader, "_pass", once)
    monkeypatch.setattr(reader, "PASS_S", 0.01)
    assert await ScreenshotReader(Tesseract("none", "5"), time_limit=60).read(PICTURE) == GOOD.text


@pytest.mark.parametrize(("enough", "passes"), [("дневник", 1), ("согласие", len(reader.PASSES))])
async def test_a_text_that_is_understood_is_read_once(
    monkeypatch: pytest.MonkeyPatch, enough: str, passes: int
) -> None:
    made = list[object]()

    async def counted(*way: object) -> Reading:
        made.append(way)
        return GOOD

    monkeypatch.setattr(reader, "_pass", counted)
    tool = ScreenshotReader(Tesseract("none", "5"), is_enough=lambda text: enough in text, time_limit=60)
    assert await tool.read(PICTURE) == GOOD.text
    assert len(made) == passes
