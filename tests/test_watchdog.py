"""A handler that blocks the event loop is named, and its update is set aside at the next start."""

from __future__ import annotations

import asyncio
import functools
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

import bot.app
from bot.handlers.family import texts_and_pictures
from bot.watchdog import InHand, Watchdog
from storage.models import failed_updates
from tests import polled_waiting
from tests.world import World

_BLOCKS = "замри навсегда"


def _freeze_at_a_word() -> None:
    """Makes of this process's bot one that matches, for one text, a pattern without end; its watchdog looks often."""
    read = vars(texts_and_pictures)["understand"]

    def understand(text: str, context: Any) -> Any:
        if text == _BLOCKS:
            re.match("(a|aa)+$", "a" * 200 + "b")
        return read(text, context)

    vars(texts_and_pictures)["understand"] = understand
    vars(bot.app)["App"] = functools.partial(bot.app.App, blocked_s=0.5)


def _waits(seen: threading.Event) -> None:
    seen.wait()


def _spins(seen: threading.Event) -> None:
    while not seen.is_set():
        pass


def _matches(seen: threading.Event) -> None:
    # The matching of a pattern lets no other thread work, and ends by itself only after seconds.
    for length in range(28, 60):
        if seen.is_set():
            return
        re.match("(a|aa)+$", "a" * length + "b")


@pytest.mark.parametrize("block", [_waits, _spins, _matches])
@pytest.mark.parametrize("through", ["the handler", "the database's writer"])
def test_the_update_that_blocks_the_loop_is_named(
    block: Callable[[threading.Event], None], through: str, caplog: pytest.LogCaptureFixture
) -> None:
    in_hand: dict[asyncio.Task[object], InHand] = {}
    works_for: list[asyncio.Task[object]] = []
    seen, over = threading.Event(), threading.Event()
    kept, forgotten = list[InHand](), list[InHand]()

    def keep(update: InHand) -> None:
        kept.append(update)
        seen.set()

    def forget(update: InHand) -> None:
        forgotten.append(update)
        over.set()

    async def handler(ready: asyncio.Event) -> None:
        if through == "the handler":
            block(seen)
            return
        works_for.append(asyncio.current_task())  # type: ignore[arg-type]

        async def work() -> None:
            block(seen)

        await asyncio.create_task(work())

    async def another(ready: asyncio.Event) -> None:
        await ready.wait()

    async def go() -> None:
        ready = asyncio.Event()
        dog = Watchdog(in_hand, lambda: works_for[0] if works_for else None, keep, forget, limit_s=0.1)
        with dog.watching():
            waiting = asyncio.create_task(another(ready))
            in_hand[waiting] = InHand(1, "message")
            blocking = asyncio.create_task(handler(ready))
            in_hand[blocking] = InHand(2, "callback_query")
            await blocking
            assert await asyncio.to_thread(over.wait, 60)
            ready.set()
            await waiting

    asyncio.run(go())
    assert kept == [InHand(2, "callback_query")] == forgotten
    said = next(record.getMessage() for record in caplog.records if "stands still" in record.getMessage())
    assert "update 2 (callback_query)" in said and "2 updates are in hand" in said
    assert block.__name__ in said and "test_watchdog.py:" in said


def test_a_loop_that_goes_on_is_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    kept = list[InHand]()

    async def go() -> None:
        with Watchdog({}, lambda: None, kept.append, kept.append, limit_s=10.0).watching():
            for _ in range(50):
                await asyncio.to_thread(lambda: None)

    asyncio.run(go())
    assert not kept and not [record for record in caplog.records if "stands still" in record.getMessage()]


async def _until_it_stands_still(errors: Path) -> str:
    def told() -> list[str]:
        return [line for line in errors.read_text("utf-8").splitlines() if "stands still" in line]

    await polled_waiting.until_true(lambda: bool(told()), what="a word of the watchdog")
    return told()[0]


@pytest.mark.process
@pytest.mark.timeout(300)
@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_an_update_that_freezes_the_bot_freezes_no_second_one(
    unstarted_world: World, tmp_path: Path, mode: str
) -> None:
    world, errors = unstarted_world, tmp_path / "errors"
    if mode == "webhook":
        world.environment["WEBHOOK_URL"] = f"http://127.0.0.1:{world.environment['HTTP_PORT']}/hook"
    await world.launch(prepare=_freeze_at_a_word, errors=errors)
    mother, father = world.person(), world.person("Пётр")
    await mother.says("/start")
    await mother.sees("Кто")
    await mother.says(_BLOCKS)
    said = await _until_it_stands_still(errors)
    assert "(message) blocks it" in said and "understand" in said and _BLOCKS not in said
    await father.says("/start")
    await world.kill()
    await world.launch(prepare=_freeze_at_a_word)
    await mother.sees("Что-то пошло не так")
    await father.sees("Кто")
    await mother.says("/start")
    await mother.sees("Кто")
    await world.kill()
    await world.start()
    assert world.app is not None
    rows = await world.app.services.database.read(lambda c: c.execute(select(failed_updates)))
    (row,) = rows.all()
    assert (row.set_aside, row.kind, row.text) == (True, "message", None)
    assert not world.app.services.facts.blocking
