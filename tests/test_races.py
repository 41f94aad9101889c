"""Races on PostgreSQL: what desk, family and clock do to one ticket at the same moment happens one after the other."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from aiogram.types import CallbackQuery, Chat, Message, Update, User
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.app import App
from bot.tickets import deletions
from storage import models as tables
from storage import named_values, outbox, tickets
from storage.database import Database
from storage.ticket_models import ticket_messages
from tests.ticket_under_way import Talk, begin
from tests.world import World

pytestmark = pytest.mark.postgres
_updates = itertools.count(900_000_000)


class Held:
    """Another replica in the middle of a transaction that changes a ticket."""

    def __init__(self, url: str) -> None:
        self.database = Database(url)
        self.started, self.may_end = asyncio.Event(), asyncio.Event()

    async def change(self, number: int, **values: Any) -> None:
        """Changes the ticket, and commits once `may_end` is set."""

        async def work(connection: AsyncConnection) -> None:
            assert await tickets.locked(connection, number)
            await tickets.change(connection, number, **values)
            self.started.set()
            await self.may_end.wait()

        async with self.database._writer_engine.begin() as connection:
            await work(connection)


@pytest_asyncio.fixture
async def talk(postgres_url: str) -> AsyncIterator[Talk]:
    async with World(postgres_url) as world:
        await world.start()
        made = await begin(world)
        await made.school("проверили, всё верно")
        await made.family.sees("всё верно")
        await world.all_sent()
        yield made


_LONG_AGO = datetime.fromtimestamp(0, UTC)


def _now(talk: Talk) -> datetime:
    return datetime.fromtimestamp(talk.world.clock(), UTC)


def desk_presses(talk: Talk, data: str) -> Update:
    card = talk.card
    message = Message(
        message_id=card["message_id"],
        date=_LONG_AGO,
        chat=Chat(id=talk.world.support.id, type="supergroup"),
        text="карточка",
    )
    query = CallbackQuery(
        id=str(next(_updates)), from_user=User(id=talk.world.desk.id, is_bot=False, first_name="Ольга"),
        chat_instance="1", message=message, data=data,
    )  # fmt: skip
    return Update(update_id=next(_updates), callback_query=query)


def desk_writes(talk: Talk, words: str) -> Update:
    message = Message(
        message_id=next(_updates), date=_now(talk), chat=Chat(id=talk.world.support.id, type="supergroup"),
        message_thread_id=talk.where["topic"].id, is_topic_message=True, text=words,
        from_user=User(id=talk.world.desk.id, is_bot=False, first_name="Ольга"),
    )  # fmt: skip
    return Update(update_id=next(_updates), message=message)


def family_presses(talk: Talk, data: str) -> Update:
    message = Message(message_id=1, date=_LONG_AGO, chat=Chat(id=talk.family.id, type="private"), text="экран")
    query = CallbackQuery(
        id=str(next(_updates)), from_user=User(id=talk.family.id, is_bot=False, first_name="Мария"), chat_instance="1",
        message=message, data=data,
    )  # fmt: skip
    return Update(update_id=next(_updates), callback_query=query)


def family_writes(talk: Talk, words: str) -> Update:
    message = Message(
        message_id=next(_updates), date=_now(talk), chat=Chat(id=talk.family.id, type="private"),
        text=words, from_user=User(id=talk.family.id, is_bot=False, first_name="Мария"),
    )  # fmt: skip
    return Update(update_id=next(_updates), message=message)


SOLVED = {"is_open": False, "turn": "nobody", "waiting_since": None, "prompt_message_id": None}
TAKEN = {"turn": "school", "waiting_since": None}
ACTIONS: dict[str, Callable[[Talk], Update]] = {
    "an answer": lambda talk: desk_writes(talk, "ещё одно слово школы"),
    "fixed": lambda talk: desk_presses(talk, f"fixed:{talk.number}"),
    "a ready answer": lambda talk: desk_presses(talk, f"sendready:{talk.number}:class_and_name"),
    "taken": lambda talk: desk_presses(talk, f"take:{talk.number}"),
    "solved": lambda talk: desk_presses(talk, f"solved:{talk.number}"),
    "opened again": lambda talk: desk_presses(talk, f"again:{talk.number}"),
    "the family writes": lambda talk: family_writes(talk, "а теперь?"),
    "helped": lambda talk: family_presses(talk, f"helped:{talk.number}"),
    "not helped": lambda talk: family_presses(talk, f"nothelped:{talk.number}"),
    "withdrawn": lambda talk: family_presses(talk, f"withdraw:{talk.number}"),
    "reopened": lambda talk: family_presses(talk, f"reopen:{talk.number}"),
}
# What each comes to where the ticket was solved, or taken in hand, a moment before.
AFTER = {
    "an answer": ("reopened", "waiting_family"),
    "fixed": ("reopened", "waiting_family"),
    "a ready answer": ("reopened", "waiting_family"),
    "taken": ("solved", "in_work"),
    "solved": ("solved", "solved"),
    "opened again": ("reopened", "in_work"),
    "the family writes": ("solved", "in_work"),
    "helped": ("solved", "solved"),
    "not helped": ("reopened", "reopened"),
    "withdrawn": ("solved", "solved"),
    "reopened": ("reopened", "in_work"),
}


@pytest.mark.parametrize(("before", "values"), [(0, SOLVED), (1, TAKEN)], ids=["solved", "taken"])
@pytest.mark.parametrize("action", ACTIONS)
async def test_an_action_meets_the_ticket_as_the_other_replica_left_it(
    talk: Talk, action: str, before: int, values: dict[str, Any]
) -> None:
    """An answer to a ticket that is solved at that moment opens it again."""
    app: App | None = talk.world.app
    assert app is not None
    other = Held(talk.world.environment["DATABASE_URL"])
    changing = asyncio.create_task(other.change(talk.number, **values))
    await other.started.wait()
    acting = asyncio.create_task(app._intake.handle(ACTIONS[action](talk).as_(app.services.bot)))
    await waits_for_a_lock(other.database, lambda: acting.done())
    other.may_end.set()
    await asyncio.gather(changing, acting)
    assert await talk.status() == AFTER[action][before]
    await other.database.close()


async def waits_for_a_lock(database: Database, or_until: Callable[[], bool]) -> None:
    """Waits until somebody waits for a row that is locked, or until something else holds."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )

    async def count(connection: AsyncConnection) -> bool:
        return bool((await connection.execute(waiting)).scalar_one())

    for _ in range(10_000):
        if or_until() or await database.read(count):
            return
    raise AssertionError("nobody came to the lock")


async def silence(database: Database, key: str, now: float) -> bool:
    """A replica meets a flood."""
    return await database.write(lambda c: named_values.begin_silence(c, key, now, now + 60.0))


async def test_of_two_replicas_that_meet_a_flood_one_tells_of_it(postgres_url: str) -> None:
    databases = [Database(postgres_url) for _ in range(2)]
    await databases[0].open()
    await databases[1].open()
    told: list[bool] = []
    for number in range(20):
        told += await asyncio.gather(*(silence(database, f"k{number}", 5.0) for database in databases))
    assert sum(told) == 20
    assert not await silence(databases[0], "k1", 64.0)
    assert await silence(databases[1], "k1", 65.0), "the next flood is told of"
    for database in databases:
        await database.close()


async def test_what_the_school_writes_while_a_family_erases_itself_is_erased_too(talk: Talk) -> None:
    """The answer is in another replica's open transaction: neither its words nor the family's id may stay behind."""
    app: App | None = talk.world.app
    assert app is not None
    database = Database(talk.world.environment["DATABASE_URL"])
    started, may_end = asyncio.Event(), asyncio.Event()
    row = {"ticket_id": talk.number, "side": "desk", "kind": "text", "text": "ответ школы", "at": 1.0}

    async def answer() -> None:
        async with database._writer_engine.begin() as connection:
            assert await tickets.locked(connection, talk.number)
            await connection.execute(ticket_messages.insert().values(family_id=talk.family.id, **row))
            await outbox.put(
                connection, chat_id=talk.family.id, queue=outbox.family_queue(talk.family.id), kind="screen",
                payload={"text": "ответ школы"}, at=9e9, delay=9e9, ticket_id=talk.number, family_id=talk.family.id,
            )  # fmt: skip
            started.set()
            await may_end.wait()

    answering = asyncio.create_task(answer())
    await started.wait()
    erasing = asyncio.create_task(app._intake.handle(family_presses(talk, "forget:yes").as_(app.services.bot)))
    await waits_for_a_lock(database, lambda: erasing.done())
    may_end.set()
    await asyncio.gather(answering, erasing)

    async def left(connection: AsyncConnection) -> tuple[int, ...]:
        counts = (
            select(func.count()).select_from(ticket_messages).where(ticket_messages.c.family_id == talk.family.id),
            select(func.count()).select_from(ticket_messages).where(ticket_messages.c.text.is_not(None)),
            select(func.count()).select_from(tables.outbox).where(tables.outbox.c.family_id == talk.family.id),
        )
        return tuple([int((await connection.execute(one)).scalar_one()) for one in counts])

    assert await database.read(left) == (0, 0, 0)
    await database.close()


async def test_an_answer_that_arrives_while_the_school_deletes_it_does_not_stay_at_the_family(talk: Talk) -> None:
    app: App | None = talk.world.app
    assert app is not None
    database = app.services.database
    answer = await talk.school("пароль другой семьи")
    shown = await talk.family.sees("пароль другой семьи")
    await talk.world.all_sent()

    async def note_arrival(connection: AsyncConnection, number: int | None) -> None:
        mine = ticket_messages.c.desk_message_id == answer["message_id"]
        await connection.execute(ticket_messages.update().where(mine).values(family_message_id=number))

    await database.write(lambda c: note_arrival(c, None))
    held = Held(talk.world.environment["DATABASE_URL"])
    desk = app.services.schools.desk_numbered(1)
    assert desk is not None
    chat, numbers = talk.world.support.id, [answer["message_id"]]
    held_open = asyncio.create_task(held.change(talk.number, class_name="8А"))
    await held.started.wait()
    deleting = asyncio.create_task(database.write(lambda c: deletions.by_school(c, desk.id, chat, numbers, 1.0)))
    await waits_for_a_lock(held.database, lambda: deleting.done())
    async with held.database._writer_engine.begin() as connection:
        await note_arrival(connection, shown["message_id"])
    held.may_end.set()
    await asyncio.gather(held_open, deleting)
    await talk.world.eventually(
        lambda: not any("пароль" in words for words in talk.family.texts), what="the answer's end at the family"
    )
    await held.database.close()
