"""Updates that polling fetched: one family's in order, the families side by side, each until it is done or given up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from bot.channels import polling_tasks
from bot.channels.polling_tasks import InTurn, Work, pause, unless_stopped, until_done
from storage.database import DatabaseAway


def noting(done: list[str], name: str, until: asyncio.Event | None = None) -> Work:
    """Makes work that waits for something, and notes that it was done."""

    async def work() -> None:
        if until is not None:
            await until.wait()
        done.append(name)

    return work


async def settled(*holds: Callable[[], bool]) -> None:
    """Lets everything run that can."""
    for _ in range(20):
        await asyncio.sleep(0)
    assert all(one() for one in holds)


async def test_one_family_waits_for_itself_alone() -> None:
    stopping, answered, done = asyncio.Event(), asyncio.Event(), list[str]()
    in_hand = InTurn(stopping)
    in_hand.begin(1, noting(done, "Мария 1", answered), family=7)
    in_hand.begin(2, noting(done, "Мария 2"), family=7)
    in_hand.begin(3, noting(done, "Пётр"), family=8)
    in_hand.begin(4, noting(done, "ничьё"))
    await settled(lambda: done == ["Пётр", "ничьё"], lambda: 2 in in_hand, lambda: 3 not in in_hand)
    answered.set()
    await in_hand.wait()
    assert done == ["Пётр", "ничьё", "Мария 1", "Мария 2"] and not in_hand and in_hand.oldest is None


async def test_work_that_fails_holds_up_no_later_one_of_its_family() -> None:
    in_hand, done = InTurn(asyncio.Event()), list[str]()

    async def fails() -> None:
        raise ValueError

    in_hand.begin(1, fails, family=7)
    in_hand.begin(2, noting(done, "следующее"), family=7)
    oldest = in_hand.oldest
    await in_hand.wait()
    assert done == ["следующее"] and oldest is not None and isinstance(oldest.exception(), ValueError)


async def test_what_has_not_begun_when_the_bot_stops_is_left() -> None:
    stopping, answered, done = asyncio.Event(), asyncio.Event(), list[str]()
    in_hand = InTurn(stopping)
    in_hand.begin(1, noting(done, "начато", answered), family=7)
    in_hand.begin(2, noting(done, "не начато"), family=7)
    await settled(lambda: not done)
    stopping.set()
    answered.set()
    await in_hand.wait()
    assert done == ["начато"] and not in_hand


async def test_a_call_ends_with_the_bot_and_so_does_a_pause() -> None:
    stopping, never = asyncio.Event(), asyncio.Event()
    assert await unless_stopped(asyncio.sleep(0, "ответ"), stopping) == "ответ"
    asyncio.get_running_loop().call_soon(stopping.set)
    assert await unless_stopped(never.wait(), stopping) is None
    await pause(3600, stopping)


async def test_work_waits_for_the_database_and_is_given_up_after_a_few_faults_of_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An update whose handling always fails would come again for ever, and hold up all that came after it."""
    monkeypatch.setattr(polling_tasks, "DATABASE_RETRY_S", 0.0)
    stopping, tried = asyncio.Event(), list[str]()

    async def fails(error: Exception, times: int) -> None:
        tried.append(type(error).__name__)
        if len(tried) <= times:
            raise error

    assert await until_done("работа", lambda: fails(DatabaseAway("away"), 20), stopping)
    assert len(tried) == 21
    tried.clear()
    assert await until_done("работа", lambda: fails(ValueError("fault"), 10**6), stopping)
    assert len(tried) == polling_tasks.TRIES
    stopping.set()
    assert not await until_done("работа", lambda: fails(DatabaseAway("away"), 10**6), stopping)
