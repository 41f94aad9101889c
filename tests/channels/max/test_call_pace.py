"""The bot's own pace at MAX: 2 changes a second in a chat, fewer than 30 calls a second in all."""

from __future__ import annotations

import asyncio

import pytest

from bot.channels.max.call_pace import CallPace


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were made, in seconds; none of them is waited for."""
    made: list[float] = []

    async def sleep(seconds: float) -> None:
        made.append(seconds)

    monkeypatch.setattr("bot.channels.max.call_pace.asyncio.sleep", sleep)
    return made


async def test_the_third_change_of_a_chat_waits_and_no_other_chat_does(waits: list[float]) -> None:
    pace = CallPace()
    for chat in (1, 1, 2, 2):
        await pace.wait(chat)
    assert waits == []
    await pace.wait(1)
    await pace.wait(1)
    await pace.wait(1)
    assert [round(one, 1) for one in waits] == [1.1, 1.1, 2.2]


async def test_calls_that_change_nothing_are_counted_together(waits: list[float]) -> None:
    pace = CallPace()
    for _ in range(30):
        await pace.wait()
    assert 1 <= len(waits) <= 2 and all(1.0 <= one <= 1.2 for one in waits)


async def test_many_calls_that_wait_for_one_chat_delay_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    pace, never = CallPace(), asyncio.Event()

    async def sleep(seconds: float) -> None:
        await never.wait()

    monkeypatch.setattr("bot.channels.max.call_pace.asyncio.sleep", sleep)
    calls = [asyncio.ensure_future(pace.wait(1)) for _ in range(60)]
    others = [asyncio.ensure_future(pace.wait(chat)) for chat in (2, 3, 2, None)]
    await asyncio.wait(others, timeout=1)
    assert all(call.done() for call in others) and sum(call.done() for call in calls) == 2
    for call in (*calls, *others):
        call.cancel()
    await asyncio.gather(*calls, *others, return_exceptions=True)
