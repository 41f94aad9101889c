"""getUpdates over HTTP: acknowledgement by offset, long polls, two at once, the life of an update.

And troubles to order.
"""

from __future__ import annotations

import asyncio
import random

import aiohttp
import pytest

from sandbox.person import Person
from sandbox.telegram.bot_api import Telegram
from sandbox.telegram.errors import bad_gateway, internal_error, too_many
from tests.polled_waiting import until_true
from tests.sandbox.conftest import Api
from tests.sandbox.test_messages import refused


@pytest.fixture
def mother(telegram: Telegram) -> Person:
    return Person(telegram, "Мария", id=101)


async def test_an_update_is_acknowledged_by_a_larger_offset(telegram: Telegram, api: Api, mother: Person) -> None:
    for text in ("раз", "два", "три"):
        await mother.says(text)
    first = await api.getUpdates()
    assert [one["message"]["text"] for one in first] == ["раз", "два", "три"] and not telegram.settled(101)
    assert first == await api.getUpdates(), "without an offset nothing is acknowledged"
    left = await api.getUpdates(offset=first[1]["update_id"])
    assert [one["message"]["text"] for one in left] == ["два", "три"]
    assert await api.getUpdates(offset=first[2]["update_id"] + 1) == []
    assert telegram.settled(101) and telegram.acknowledged == 3


async def test_a_negative_offset_throws_the_older_ones_away(api: Api, mother: Person) -> None:
    for text in ("раз", "два", "три"):
        await mother.says(text)
    assert [one["message"]["text"] for one in await api.getUpdates(offset=-1)] == ["три"]
    assert len(await api.getUpdates()) == 1


async def test_at_most_a_hundred_come_at_once(api: Api, mother: Person) -> None:
    for number in range(105):
        await mother.says(str(number))
    assert len(await api.getUpdates(limit=1000)) == 100
    assert len(await api.getUpdates(limit=7)) == 7


async def test_a_long_poll_ends_with_the_first_update(telegram: Telegram, api: Api, mother: Person) -> None:
    poll = asyncio.create_task(api.getUpdates(timeout=50))
    await until_true(lambda: telegram.polls == 1)
    await mother.says("раз")
    async with asyncio.timeout(40):
        assert (await poll)[0]["message"]["text"] == "раз"


async def test_of_two_polls_the_older_ends(telegram: Telegram, api: Api, mother: Person) -> None:
    older = asyncio.create_task(api.getUpdates(timeout=20))
    await until_true(lambda: telegram.polls == 1)
    newer = asyncio.create_task(api.getUpdates(timeout=20))
    await refused(older, "409 Conflict: terminated by other getUpdates request")
    await mother.says("раз")
    assert len(await newer) == 1


async def test_a_press_lives_150_seconds_and_a_message_a_day(telegram: Telegram, api: Api, mother: Person) -> None:
    now = telegram.now()
    telegram.now = lambda: now
    message = await mother.says("раз")
    await mother.taps(message, "done", wait=False)
    now += 151
    assert ["message" in one for one in await api.getUpdates()] == [True]
    now += 86_400
    assert await api.getUpdates() == [] and telegram.expired == 2


async def test_kinds_that_were_not_asked_for_do_not_come(telegram: Telegram, api: Api, mother: Person) -> None:
    assert await api.getUpdates(allowed_updates=["callback_query"]) == []
    await mother.says("раз")
    assert await api.getUpdates() == []


async def test_edits_and_blocking_are_told(api: Api, mother: Person) -> None:
    said = await mother.says("раз")
    await mother.edits(said, "два")
    await mother.blocks_bot()
    await mother.says("не дойдёт")
    await mother.unblocks_bot()
    updates = await api.getUpdates()
    assert updates[0]["message"]["text"] == "раз" and updates[1]["edited_message"]["text"] == "два"
    assert [one["my_chat_member"]["new_chat_member"]["status"] for one in updates[2:]] == ["kicked", "member"]


async def test_troubles_come_as_ordered(telegram: Telegram, api: Api, mother: Person) -> None:
    await mother.says("/start")
    telegram.fault(internal_error(), times=2, method="send.*")
    telegram.fault(too_many(7), chat=101)
    await refused(api.sendMessage(chat_id=101, text="а"), "500 Internal Server Error")
    assert await api.getMe()
    await refused(api.sendMessage(chat_id=101, text="а"), "500")
    failed = await refused(api.sendMessage(chat_id=101, text="а"), "429 Too Many Requests: retry after 7")
    assert failed.headers["Retry-After"] == "7" and failed.body["parameters"]["retry_after"] == 7
    assert await api.sendMessage(chat_id=101, text="а")
    telegram.fault(bad_gateway(), method="getUpdates")
    await refused(api.getUpdates(), "502 Bad Gateway")


def test_a_trouble_that_no_call_could_meet_is_refused(telegram: Telegram) -> None:
    with pytest.raises(ValueError, match=r"send\|copy"):
        telegram.fault(internal_error(), method="send|copy")


async def test_a_dropped_call_is_done_or_not(telegram: Telegram, api: Api, mother: Person) -> None:
    await mother.says("/start")
    telegram.fault("drop")
    with pytest.raises(aiohttp.ClientError):
        await api.sendMessage(chat_id=101, text="потеряно")
    telegram.fault("done-then-drop")
    with pytest.raises(aiohttp.ClientError):
        await api.sendMessage(chat_id=101, text="дошло")
    telegram.hang_seconds = 0.05
    telegram.fault("hang")
    with pytest.raises(aiohttp.ClientError):
        await api.sendMessage(chat_id=101, text="повисло")
    assert mother.texts == ["дошло"]


async def test_a_share_of_calls_fails_the_same_way_each_time(telegram: Telegram, api: Api) -> None:
    outcomes = []
    for _ in range(2):
        telegram.random_faults(0.3, random.Random(5), kinds=("500", "429"))
        outcomes.append([await failing(api) for _ in range(40)])
    assert outcomes[0] == outcomes[1] and 3 < sum(outcomes[0]) < 25
    telegram.faults.clear()
    assert not await failing(api)


async def failing(api: Api) -> bool:
    async with api.session.get(f"{api.url}/bot{api.token}/getMe") as answer:
        return answer.status != 200


async def test_listeners_hear_of_every_change(telegram: Telegram, api: Api, mother: Person) -> None:
    heard: list[str] = []
    stop = telegram.subscribe(lambda event: heard.append(event["event"]))
    said = await mother.says("раз")
    update = (await api.getUpdates())[0]["update_id"]
    sent = await api.sendMessage(chat_id=101, text="а")
    here = {"chat_id": 101, "message_id": sent["message_id"]}
    await api.editMessageText(**here, text="б")
    await api.setMessageReaction(
        chat_id=101, message_id=said["message_id"], reaction=[{"type": "emoji", "emoji": "👍"}]
    )
    await api.deleteMessage(**here)
    await api.getUpdates(offset=update + 1)
    told = [event for event in heard if event not in ("call", "poll")]
    assert told == ["message", "update", "message", "edited", "reaction", "deleted", "acknowledged"]
    assert heard.count("call") == 5
    stop()
    await mother.says("два")
    assert len(heard) == len(told) + heard.count("call") + heard.count("poll")


async def test_calls_are_logged_within_bounds() -> None:
    telegram = Telegram(log=3)
    for _ in range(5):
        await telegram.call("getMe", {})
    assert len(telegram.calls) == 3 and telegram.counts["getMe"] == 5
    silent = Telegram(log=0)
    await silent.call("getMe", {})
    assert not silent.calls
