"""Takes the documentation's pictures from the running demo, and draws the dialogue: run by `make pictures`.

Chromium takes them, the one of the system where there is one, else the one that Playwright brings.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from docs.diagram import HERE, draw

ROOT = HERE.parent
PATIENCE_MS = 60_000
WIDE, NARROW = (1440, 900), (390, 844)
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Fast, but slow enough for the pictures to be taken on the way.
PACE = 0.4


async def take(folder: Path = HERE) -> list[Path]:
    """Plays the example in a demo of its own and takes the pictures on the way; returns the files."""
    async with _demo() as url, async_playwright() as playwright:
        path = next(filter(None, map(shutil.which, BROWSERS)), None)
        # Chromium's own sandbox does not work for root, and no page but ours is opened.
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            return await _pictures(browser, url, folder)
        finally:
            await browser.close()


async def _pictures(browser: Browser, url: str, folder: Path) -> list[Path]:
    light = await _page(browser, url, WIDE, "light")
    dark = await _page(browser, url, WIDE, "dark")
    phone = await _page(browser, url, NARROW, "light")
    await expect(light.locator("#lamp")).to_have_text("Бот работает")
    await _begins_in_max(light)
    await light.locator("#example").click()
    await expect(phone.locator("#phone-talk")).to_contain_text("Что делать")
    made = [await _shot(phone, folder / "demo-phone.png")]
    await expect(light.locator("#desk-talk .reaction")).to_be_visible()
    await light.locator("#example").click()
    await expect(light.locator(".toasts p")).to_have_count(0)
    made += [await _shot(light, folder / "demo.png"), await _shot(dark, folder / "demo-dark.png")]
    return [*made, *await _desk(light, folder)]


async def _begins_in_max(page: Page) -> None:
    """Lets the father come to the first step in MAX."""
    talk = page.locator("#max-talk")
    for label in ("Начать", "Я родитель", "Помогаю ребёнку до 18"):
        await talk.get_by_role("button", name=label).click()
    await expect(talk).to_contain_text("Шаг 1 из 5")


async def _desk(page: Page, folder: Path) -> list[Path]:
    """Takes pictures of the desk alone: a ticket's card with its buttons, and an answer with a note below it."""
    desk, talk, form = page.locator(".desk"), page.locator("#desk-talk"), page.locator("#desk-form")
    await talk.evaluate("talk => talk.scrollTo(0, 0)")
    made = [await _shot(desk, folder / "desk-card.png")]
    await form.get_by_label("Сообщение школы").fill("// позвоню в канцелярию")
    await form.get_by_label("Сообщение школы").press("Enter")
    await expect(talk).to_contain_text("позвоню в канцелярию")
    await talk.get_by_role("button", name="Данные исправлены").last.click()
    await expect(page.locator("#phone-talk")).to_contain_text("Школа исправила данные")
    await expect(page.locator(".toasts p")).to_have_count(0)
    await talk.evaluate("talk => talk.scrollTo(0, talk.scrollHeight)")
    return [*made, await _shot(desk, folder / "desk-answer.png")]


async def _page(browser: Browser, url: str, size: tuple[int, int], scheme: str) -> Page:
    width, height = size
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
        locale="ru-RU",
    )
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    page = await context.new_page()
    await page.goto(f"{url}?pace={PACE}")
    return page


async def _shot(what: Page | Locator, file: Path) -> Path:
    await what.screenshot(path=file, animations="disabled")
    return file


@asynccontextmanager
async def _demo() -> AsyncIterator[str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "demo", cwd=ROOT, stdout=asyncio.subprocess.PIPE, env={**os.environ}
    )
    assert process.stdout is not None
    try:
        address = None
        while address is None:
            line = (await asyncio.wait_for(process.stdout.readline(), 60)).decode()
            if not line:
                raise RuntimeError("the demo did not start")
            address = re.search(r"http://\S+", line)
        yield address[0]
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()


if __name__ == "__main__":
    for picture in (*draw(), *asyncio.run(take())):
        print(picture.relative_to(ROOT))
