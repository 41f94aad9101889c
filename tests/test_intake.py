"""The intake: floods, order within a family, updates that cannot be handled, and arbitrary updates that never raise."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from aiogram.types import Update
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.channels.incoming_json import Unreadable, as_update, loads
from bot.flood import SILENT_AT_ONCE, Floods, FloodVerdict
from bot.handlers.dispatcher import make_dispatcher
from bot.intake import Locks
from bot.update_parts import kind_of
from storage import models, outbox
from tests.world import World


def test_more_than_sixty_messages_in_ten_seconds_are_told_once_and_then_left_unanswered() -> None:
    floods = Floods()
    verdicts = []
    for n in range(90):
        verdicts.append(floods.message(1, n, 100 + n / 10, 100 + n / 10))
        if verdicts[-1] is FloodVerdict.TELL:
            floods.told(1, 100 + n / 10)
    assert verdicts == [FloodVerdict.LET_IN] * 60 + [FloodVerdict.TELL] + [FloodVerdict.SILENT] * 29
    assert floods.message(2, 200, 105.0, 105.0) is FloodVerdict.LET_IN, "others are not touched"
    assert floods.message(1, 201, 200.0, 200.0) is FloodVerdict.LET_IN, "and it ends"


def test_the_rest_of_a_flood_is_left_unanswered_however_late_it_is_handled_and_what_came_later_is_not() -> None:
    floods = Floods()
    floods.told(1, 100.0)
    assert floods.message(1, 1, 105.0, 300.0) is FloodVerdict.SILENT
    assert floods.message(1, 2, 161.0, 161.5) is FloodVerdict.LET_IN
    assert floods.message(1, 3, 200.0, 100.5) is FloodVerdict.LET_IN, "what piled up is handled at one moment"


def test_until_the_notice_is_certain_to_go_out_nobody_is_left_unanswered() -> None:
    floods = Floods()
    verdicts = [floods.message(1, n, 100.0, 100.0) for n in range(70)]
    assert verdicts == [FloodVerdict.LET_IN] * 60 + [FloodVerdict.TELL] * 10


def test_one_update_that_comes_again_and_again_is_no_flood() -> None:
    """While the database is away, polling tries an update every second, and a webhook's comes again every other."""
    floods = Floods()
    assert all(floods.message(1, 77, 100.0, 100.0 + n) is FloodVerdict.LET_IN for n in range(500))


def test_those_whose_silence_is_over_are_forgotten() -> None:
    floods = Floods()
    for account in range(3 * SILENT_AT_ONCE):
        floods.told(account, account * 1.0)
    assert len(floods._silent_until) <= SILENT_AT_ONCE + 1


def test_a_clock_that_is_put_back_silences_nobody() -> None:
    floods = Floods()
    floods.told(1, 9000.0)
    assert floods.message(1, 1, 9059.0, 9059.0) is FloodVerdict.SILENT
    assert floods.message(1, 2, 1000.0, 1000.0) is FloodVerdict.LET_IN
    assert [floods.presses_too_fast(2, n, 9000.0) for n in range(20)] == [False] * 20
    assert not floods.presses_too_fast(2, 20, 1000.0)


def test_what_piled_up_in_an_outage_is_no_flood() -> None:
    floods = Floods()
    assert all(floods.message(1, n, 1000.0 + n, 9000.0) is FloodVerdict.LET_IN for n in range(300))


def test_sixty_messages_in_ten_seconds_are_let_in_for_ever() -> None:
    floods = Floods()
    assert all(floods.message(1, n, n / 5.99, n / 5.99) is FloodVerdict.LET_IN for n in range(1000))


def test_presses_past_twenty_a_second() -> None:
    floods = Floods()
    assert [floods.presses_too_fast(1, n, 5 + n / 100) for n in range(25)] == [False] * 20 + [True] * 5
    assert not floods.presses_too_fast(1, 30, 7.0)
    assert not any(floods.presses_too_fast(2, 100 + n, 10 + n / 19) for n in range(500))
    assert not any(floods.presses_too_fast(3, 999, 50.0) for _ in range(100)), "one press that comes again and again"


def test_accounts_that_went_quiet_are_forgotten() -> None:
    floods = Floods()
    for account in range(10_000):
        floods.message(account, account, float(account), float(account))
    kept = floods._messages._current, floods._messages._previous
    assert sum(map(len, kept)) < 50


def test_nothing_that_an_update_passes_is_handed_to_a_thread() -> None:
    """aiogram runs what is no coroutine in a thread: a bare magic filter costs more than the screen behind it."""
    observers = [one for router in make_dispatcher().chain_tail for one in router.observers.values()]
    handlers = [handler for observer in observers for handler in observer.handlers]
    calls = [one for handler in handlers for one in (handler, *(handler.filters or ()))]
    calls += [one for observer in observers for one in observer._handler.filters or ()]
    assert len(calls) > 50
    assert [one.callback for one in calls if not one.awaitable] == []


async def test_a_family_waits_for_its_turn_and_nobody_elses() -> None:
    locks, order = Locks(), []

    async def visit(key: int, name: str, gate: asyncio.Event | None = None) -> None:
        async with locks.lock(key):
            if gate:
                await gate.wait()
            order.append(name)

    gate = asyncio.Event()
    first = asyncio.create_task(visit(1, "a", gate))
    await asyncio.sleep(0)
    rest = [asyncio.create_task(visit(1, name)) for name in "bcd"]
    await visit(2, "other")
    gate.set()
    await asyncio.gather(first, *rest)
    assert order == ["other", "a", "b", "c", "d"] and not locks._locks


async def test_a_flood_is_answered_once_while_others_are_served(world: World) -> None:
    pest, mother = world.person("Пест"), world.person("Мария")
    for number in range(150):
        await pest.says(f"флуд {number}")
    await mother.says("/start")
    await mother.sees("Кто пишет")
    await pest.settles()
    await world.eventually(lambda: texts.FLOOD in pest.texts, what="the one notice")
    assert sum(text == texts.FLOOD for text in pest.texts) == 1
    assert len(pest.from_bot) < 45, "what was owed before gave way to the notice"
    shown = len(pest.from_bot)
    await pest.says("ещё")
    await pest.settles()
    assert len(pest.from_bot) == shown


async def test_presses_past_the_limit_are_answered_without_work(world: World) -> None:
    hasty = world.person()
    await world.begins(hasty, "parent")
    telegram, edits = world.telegram, world.telegram.counts["editMessageText"]
    world.clock.stop()
    for _ in range(60):
        telegram.press(hasty.id, hasty.id, (hasty.screen or {})["message_id"], "nonsense")
    await hasty.settles()
    await world.eventually(lambda: all(query.answers for query in telegram.queries.values()))
    noticed = [a for q in telegram.queries.values() for a in q.answers if a.get("text") == texts.PRESSES_TOO_FAST]
    assert len(noticed) >= 39
    assert telegram.counts["editMessageText"] - edits <= 21


async def test_the_same_update_twice_changes_nothing_the_second_time(world: World) -> None:
    assert world.app is not None
    family = world.person()
    number = await world.sends_ticket(family)
    await family.says("ещё строка")
    await family.settles()
    intake, bot = world.app._intake, world.app.services.bot
    message = list(world.telegram.chats[family.id].messages.values())[-1]
    body = {"update_id": 999_000_001, "message": {k: v for k, v in message.items() if not k.startswith("_")}}
    for _ in range(3):
        await intake.handle(as_update(json.loads(json.dumps(body)), bot))

    def lines() -> int:
        return sum("ещё строка" in m.get("text", "") for m in world.support.messages.values())

    await world.eventually(lambda: lines() >= 1, what=f"the line of ticket {number}")
    assert number and lines() <= 2, "the original, and the repeated update once"


async def test_a_message_shares_its_commit_and_wakes_no_worker_where_nothing_is_owed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nearly every message is such; it is one work of the writer, and nobody looks into the outbox."""
    assert world.app is not None
    services, mother = world.app.services, world.person()
    await world.begins(mother, "parent")
    works, woken, write_once, wake = [], [], services.database.write_once, services.owed.set

    async def counted(update: int, *rest: Any, **more: Any) -> Any:
        works.append(update)
        return await write_once(update, *rest, **more)

    monkeypatch.setattr(services.database, "write_once", counted)

    def wakes() -> None:
        woken.append(1)
        wake()

    monkeypatch.setattr(services.owed, "set", wakes)
    world.clock.stop()
    for command in ("/help", "/ticket", "/start"):
        world.clock.move(seconds=2)
        await mother.says(command)
        await mother.settles()
    assert (len(works), woken) == (3, []) and "Кто пишет?" in mother.text
    await mother.says("/help")
    await mother.settles()
    assert len(works) == 4 and woken, "within a second of the last one it is owed"
    world.clock.move(seconds=2)
    await mother.sees("/ticket")


async def test_a_press_that_does_not_parse_loses_its_spinner(world: World) -> None:
    telegram, mother = world.telegram, world.person()
    await world.begins(mother, "parent")
    query = telegram.press(mother.id, mother.id, (mother.screen or {})["message_id"], "role")
    pending = next(u for u in telegram.pending.values() if "callback_query" in u.body)
    pending.body["callback_query"]["from"] = "nobody"
    await world.eventually(lambda: bool(query.answers), what="an answer")
    assert query.answers[0]["text"] == texts.SOMETHING_WRONG


# --- arbitrary updates ------------------------------------------------------------------------------------------------

_IDS = st.integers(min_value=1, max_value=2**52) | st.integers(min_value=2**52, max_value=2**63 - 1)
_TEXTS = st.text(max_size=300) | st.sampled_from(
    [
        "/start",
        "/start child",
        "/start h_x",
        "/help",
        "/ticket",
        "/privacy",
        "/forget",
        "/open",
        "/stats",
        "/id",
        "//",
        "/",
    ]
)
_DATA = st.text(max_size=64) | st.sampled_from(
    [
        "role",
        "step:c:p:1",
        "send:",
        "send:x",
        "take:1",
        "solved:-1",
        "reopen:99999999999999999999",
        ":",
        "::::",
        "form_class",
    ]
)
_TYPES = st.sampled_from(["private", "group", "supergroup", "channel"])
_ENTITIES = st.lists(
    st.fixed_dictionaries(
        {
            "type": st.sampled_from(["bold", "url", "bot_command", "text_link", "custom_emoji", "mention"]),
            "offset": st.integers(0, 400),
            "length": st.integers(0, 400),
        },
        optional={"url": st.text(max_size=20)},
    ),
    max_size=4,
)
_USER = st.fixed_dictionaries({"id": _IDS, "is_bot": st.booleans(), "first_name": st.text(max_size=70)})
_FILE = {"file_id": st.text(min_size=1, max_size=20), "file_unique_id": st.text(min_size=1, max_size=20)}
_SIZE = st.fixed_dictionaries({**_FILE, "width": st.integers(0, 9999), "height": st.integers(0, 9999)})
_BODY = st.fixed_dictionaries(
    {},
    optional={
        "text": _TEXTS,
        "caption": _TEXTS,
        "entities": _ENTITIES,
        "photo": st.lists(_SIZE, max_size=3),
        "document": st.fixed_dictionaries(_FILE, optional={"mime_type": st.text(max_size=20), "file_size": _IDS}),
        "voice": st.fixed_dictionaries({**_FILE, "duration": st.integers(0, 9999)}),
        "location": st.fixed_dictionaries({"latitude": st.floats(-90, 90), "longitude": st.floats(-180, 180)}),
        "media_group_id": st.text(max_size=20),
        "message_thread_id": _IDS,
        "is_topic_message": st.booleans(),
        "migrate_to_chat_id": st.integers(-(2**52), -1),
        "forum_topic_closed": st.just({}),
        "sender_chat": st.fixed_dictionaries({"id": _IDS, "type": _TYPES}),
    },
)


def _message(chat_id: int, kind: str, sender: Any, number: int, body: dict[str, Any]) -> dict[str, Any]:
    return {
        "message_id": number, "date": 1_790_000_000, "chat": {"id": chat_id, "type": kind}, "from": sender, **body,
    }  # fmt: skip


_MESSAGES = st.builds(_message, st.integers(-(2**63), 2**63 - 1), _TYPES, _USER, _IDS, _BODY)
_QUERIES = st.fixed_dictionaries(
    {"id": st.text(min_size=1, max_size=30), "from": _USER, "chat_instance": st.text(max_size=10)},
    optional={
        "data": _DATA,
        "message": _MESSAGES | st.builds(lambda m: {**m, "date": 0}, _MESSAGES),
        "game_short_name": st.text(max_size=10),
        "inline_message_id": st.text(max_size=10),
    },
)
_MEMBERS = st.builds(lambda user, status: {"user": user, "status": status}, _USER, st.sampled_from(["member", "left"]))
_MOVES = st.builds(
    lambda chat, user, old, new: {
        "chat": chat, "from": user, "date": 1, "old_chat_member": old, "new_chat_member": new,
    },
    st.fixed_dictionaries({"id": st.integers(-(2**63), 2**63 - 1), "type": _TYPES}), _USER, _MEMBERS, _MEMBERS,
)  # fmt: skip
_UPDATES = st.fixed_dictionaries(
    {"update_id": st.integers(1, 2**62)},
    optional={"message": _MESSAGES, "edited_message": _MESSAGES, "callback_query": _QUERIES, "my_chat_member": _MOVES},
)


@pytest.mark.slow
async def test_no_update_however_strange_raises(world: World) -> None:
    assert world.app is not None
    app = world.app
    loop = asyncio.get_running_loop()
    handled: list[Update] = []

    @settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
    @given(_UPDATES, st.booleans(), st.booleans())
    def feed(raw: dict[str, Any], may_return_call: bool, at_desk: bool) -> None:
        if at_desk:
            _put_at_desk(raw, world.support.id)
        update = as_update(loads(json.dumps(raw)), app.services.bot)
        handled.append(update)
        asyncio.run_coroutine_threadsafe(app._intake.handle(update, may_return_call=may_return_call), loop).result(60)

    await asyncio.to_thread(feed)
    assert len(handled) >= 100
    assert await app.services.database.read(_failed) == [], "none was tried in vain"
    mother = world.person()
    await mother.says("/start")
    await mother.sees("Кто пишет")


async def _failed(connection: AsyncConnection) -> list[str]:
    """Lists what went wrong with the updates that could not be handled."""
    return list((await connection.execute(select(models.failed_updates.c.error))).scalars())


def _put_at_desk(raw: dict[str, Any], chat_id: int) -> None:
    for message in (raw.get("message"), raw.get("edited_message"), raw.get("callback_query", {}).get("message")):
        if message:
            message["chat"] = {"id": chat_id, "type": "supergroup", "is_forum": True}


async def test_a_private_chat_with_a_group_s_number_is_passed_over(world: World) -> None:
    """Its number would be taken for a desk's; that of a school which does not exist fits no column of PostgreSQL."""
    assert world.app is not None
    services, sender = world.app.services, {"id": 7, "is_bot": False, "first_name": "Х"}
    was, now = ({"user": sender, "status": status} for status in ("member", "left"))
    for number in (0, -7, -(10**16)):
        message = _message(number, "private", sender, 1, {"text": "/start"})
        move = {"chat": message["chat"], "from": sender, "date": 1, "old_chat_member": was, "new_chat_member": now}
        press = {"id": "1", "from": sender, "chat_instance": "1", "data": "role", "message": message}
        for event in (
            {"message": message}, {"edited_message": message}, {"callback_query": press}, {"my_chat_member": move},
        ):  # fmt: skip
            update = as_update({"update_id": 1, **event}, services.bot)
            assert kind_of(update) == "other"
            assert await world.app._intake.handle(update) is None
        assert await services.database.read(lambda c, n=number: outbox.waiting_for(c, n)) == []
    assert await services.database.read(_failed) == []


@given(st.binary(max_size=300) | _UPDATES.map(lambda raw: json.dumps(raw).encode()))
def test_reading_a_body_gives_an_update_or_says_that_it_is_none(body: bytes) -> None:
    from bot.channels.incoming_json import read_update

    try:
        update = read_update(body, None)  # type: ignore[arg-type]
    except Unreadable:
        return
    assert isinstance(update, Update)
