"""Fetching goes on: beside chats that hang, after the numbers of updates fell, through networks that let little by."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest
from aiogram.exceptions import TelegramServerError

from bot import texts_ru as texts
from bot.channels.telegram.get_updates import BATCH, Fetcher
from bot.channels.telegram.session import make_bot
from sandbox.person import Person
from sandbox.slow_network import narrowed
from storage.handled_updates import Claim, claim
from tests.ticket_under_way import all_sent
from tests.world import World


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: this is the way from Telegram; test_intake.py has the database's part on both."""
    return sqlite_url


FIRST = 700_000_001  # the sandbox's first number
FALLS = [1, 500_000_001, FIRST - 200_000, FIRST - 100]  # far below, and on either side of the server's limits
HANGS_S = 1.0


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long: neither the bot for a call, nor the sandbox before it drops or does it."""
    monkeypatch.setattr("bot.services.PATIENCE_S", 0.05)
    monkeypatch.setattr("bot.handlers.family_chat.SHOWN_WITHIN_S", 2 * HANGS_S)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that stalls is given up soon."""
    monkeypatch.setattr("bot.channels.telegram.get_updates.PATIENCE_S", 0.3)
    monkeypatch.setattr("bot.channels.telegram.get_updates._LONGEST_PATIENCE_S", 0.3)


def answers_to(person: Person, words: str = "Пришлите надпись") -> int:
    """Counts how often a person read the answer to /help."""
    return sum(words in text for text in person.texts)


# --- numbers that fall -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", FALLS)
async def test_updates_whose_numbers_fell_are_handled_once(world: World, first: int) -> None:
    """The offset follows down, nobody is told twice, and the bot does not ask again and again."""
    mother, father = world.person(), world.person("Пётр")
    await mother.says("/start")
    await mother.sees("Кто пишет")
    await world.eventually(lambda: not world.telegram.pending)
    world.telegram.renumber(first)
    asked = world.telegram.counts["getUpdates"]
    await mother.says("/help")
    await mother.sees("Пришлите надпись")
    await father.says("/help")
    await father.sees("Пришлите надпись")
    await world.eventually(lambda: not world.telegram.pending, what="the offset below what it was")
    assert answers_to(mother) == answers_to(father) == 1
    assert world.telegram.counts["getUpdates"] - asked < 20


async def test_more_updates_than_an_answer_holds_are_taken_after_the_numbers_fell(world: World) -> None:
    """Behind a hundred waiting ones a family is answered, too."""
    mother = world.person()
    await mother.says("/start")
    await world.eventually(lambda: not world.telegram.pending)
    world.telegram.renumber(5)
    group = world.telegram.group("Чужая", forum=False)
    for number in range(BATCH + 20):
        world.telegram.post(mother.id, {"text": f"в чужой группе {number}"}, chat_id=group.id)
    await mother.says("/help")
    await mother.sees("Пришлите надпись")
    await world.eventually(lambda: not world.telegram.pending)
    assert answers_to(mother) == 1


async def test_a_number_that_an_update_of_an_earlier_week_had_is_handled(unstarted_world: World) -> None:
    """After a pause of the bot's own, the marks of old updates mean nothing."""
    world = await unstarted_world.start()
    mother = world.person()
    await mother.says("/start")
    await mother.sees("Кто пишет")
    assert world.app is not None
    await world.app.services.database.write(lambda c: claim(c, [Claim(FIRST + 1, world.clock())]))
    await world.stop()
    world.clock.move(days=8)
    await world.start()
    await mother.says("/privacy")
    await mother.sees("хран")
    assert len(mother.from_bot) == 2


# --- a chat that hangs -----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("way", ["hang", "late"])
async def test_a_chat_that_hangs_holds_up_nobody_and_gets_its_screen_once(world: World, way: str) -> None:
    """The call is lost, or it arrives after all: the update is done before, and the screen comes once."""
    telegram = world.telegram
    telegram.hang_seconds = HANGS_S
    slow, others = world.person("Медленный"), [world.person(f"Семья {n}") for n in range(3)]
    trouble = telegram.fault(way, method="sendMessage", chat=slow.id)
    await slow.says("/start")
    await world.eventually(lambda: trouble.times == 0, what="the call that hangs")
    await world.eventually(lambda: not telegram.pending, what="the offset past the update of the chat that hangs")
    assert not slow.from_bot, "it was done before its call ended"
    for other in others:
        await other.says("/start")
        await other.sees("Кто пишет")
    await slow.sees("Кто пишет")
    await all_sent(world)
    await slow.says("/help")
    await slow.sees("Пришлите надпись")
    assert len(slow.from_bot) == 2, slow.texts


@pytest.mark.usefixtures("hasty")
async def test_a_press_whose_answer_hangs_holds_up_nobody(world: World) -> None:
    world.telegram.hang_seconds = 5 * HANGS_S
    mother, father = world.person(), world.person("Пётр")
    await world.begins(mother, "parent")
    await world.begins(father, "parent")
    world.telegram.fault("hang", method="answerCallbackQuery")
    await mother.press("Готово", wait=False)
    await mother.sees("Шаг 2 из")
    await father.press("Готово", wait=False)
    await father.sees("Шаг 2 из")
    await world.eventually(lambda: not world.telegram.pending)


async def test_behind_an_update_that_never_ends_the_rest_of_the_hundred_is_answered(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not confirmed, and it is handled at the next start."""
    assert world.app is not None
    monkeypatch.setattr("bot.app.DRAIN_S", 0.1)
    stuck = world.person("Застрял")
    handle = world.app._intake.handle

    async def endless(update: Any, **more: Any) -> Any:
        if update.message and update.message.chat.id == stuck.id:
            await asyncio.Event().wait()
        return await handle(update, **more)

    monkeypatch.setattr(world.app._intake, "handle", endless)
    await stuck.says("/start")
    families = [world.person(f"Семья {number}") for number in range(5)]
    for family in families:
        await family.says("/start")
    await world.eventually(lambda: all(family.from_bot for family in families), what="an answer to every other family")
    assert next(iter(world.telegram.pending)) == FIRST, "what is in hand is not confirmed, nor what comes after it"
    await world.stop()
    await world.start()
    await stuck.sees("Кто пишет")
    await world.eventually(lambda: not world.telegram.pending)
    await all_sent(world)
    assert len(stuck.from_bot) == 1


# --- narrow networks -------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("per_connection", [False, True])
async def test_a_backlog_drains_through_a_network_that_lets_little_by(
    unstarted_world: World, per_connection: bool
) -> None:
    """An answer of a hundred long messages never comes whole."""
    world, telegram = unstarted_world, unstarted_world.telegram
    families = [world.person(f"Семья {number}") for number in range(40)]
    for family in families:
        await family.says("Не получается войти в дневник, пишет непонятное. " * 12)
    async with narrowed(world.environment["TELEGRAM_API_URL"], per_connection=per_connection) as (network, url):
        world.environment["TELEGRAM_API_URL"] = url
        await world.start()
        await world.eventually(lambda: all(family.from_bot for family in families), what="an answer to every family")
        await world.eventually(lambda: not telegram.pending)
        assert world.app is not None
        assert network.stalled and texts.HEALTH_ANSWERS_STALL in world.app.services.health.reasons()
        limits = {call["limit"] for call in world.calls("getUpdates")}
        assert BATCH in limits and min(limits) < BATCH
        await world.stop()
    assert {len(family.from_bot) for family in families} == {1}


async def test_connections_that_freeze_after_16_kilobytes_double_no_message_and_lose_none(
    unstarted_world: World,
) -> None:
    """A connection is renewed before it freezes."""
    world = unstarted_world
    async with narrowed(world.environment["TELEGRAM_API_URL"], per_connection=True) as (network, url):
        world.environment["TELEGRAM_API_URL"] = url
        await world.start()
        mother = world.person()
        await world.begins(mother, "child")
        for _ in range(5):
            for label in ("Готово", "Готово", "Назад", "Назад"):
                await mother.press(label)
            world.clock.move(seconds=2)  # for a person, and for no flood
        await mother.sees("Шаг 1 из")
        assert network.stalled == 0
        await all_sent(world)
        await world.stop()
    assert sum("Шаг" in text for text in mother.texts) == 1


@pytest.mark.usefixtures("impatient")
async def test_an_update_that_never_comes_whole_blocks_nobody_and_its_family_is_told(unstarted_world: World) -> None:
    """Even one message may be longer than what the network lets by."""
    world = unstarted_world
    wordy, mother = world.person("Много слов"), world.person()
    await wordy.says("слово " * 600)
    await mother.says("/start")
    async with narrowed(world.environment["TELEGRAM_API_URL"], per_connection=False, most=3000) as (_, url):
        world.environment["TELEGRAM_API_URL"] = url
        await world.start()
        await mother.sees("Кто пишет")
        await wordy.sees(texts.MESSAGE_CUT)
        await world.eventually(lambda: not world.telegram.pending)
        await world.stop()


UPDATES = [{"update_id": FIRST + n, "message": {"text": f"«слово» {n}", "chat": {"id": n}}} for n in range(6)]
BODY = orjson.dumps({"ok": True, "result": UPDATES})


async def test_of_an_answer_that_broke_off_only_whole_updates_are_taken() -> None:
    """Wherever it broke off, each update that came whole is taken, and no part of one."""
    bot = make_bot(World("sqlite+aiosqlite:///unused.sqlite3").settings())
    for length in range(len(BODY)):
        fetcher = Fetcher(bot)
        try:
            taken = fetcher._of_stalled(BODY[:length]).updates
        except TimeoutError:
            taken = []
        assert taken == UPDATES[: len(taken)] and 1 <= fetcher.limit <= BATCH // 10
        assert len(taken) >= BODY[:length].count(b'"update_id":') - 1


# --- answers that no parser takes ------------------------------------------------------------------------------------


async def test_an_update_that_no_parser_takes_costs_itself_and_none_beside_it(
    unstarted_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = make_bot(unstarted_world.settings())
    deep = b"[" * 5000 + b"]" * 5000
    queue = [(7, b'{"update_id": 7}'), (8, b'{"update_id": 8, "message": %s}' % deep), (9, b'{"update_id": 9}')]

    async def call(_bot: Any, _name: str, _timeout: float, **more: Any) -> tuple[int, bytes, bool]:
        asked = orjson.loads(more["data"])
        sent = [raw for number, raw in queue if number >= asked.get("offset", 0)][: asked["limit"]]
        return 200, b'{"ok": true, "result": [%s]}' % b",".join(sent), True

    monkeypatch.setattr(bot.session, "call", call)
    fetcher, offset, taken, cut = Fetcher(bot), 0, [], []
    for _ in range(12):
        try:
            fetched = await fetcher.fetch(offset)
        except TelegramServerError:
            continue
        taken += [raw["update_id"] for raw in fetched.updates]
        cut += [fetched.cut["update_id"]] if fetched.cut else []
        offset = max([offset - 1, *taken, *cut]) + 1
    assert (taken, cut) == ([7, 9], [8])
    await bot.session.close()
