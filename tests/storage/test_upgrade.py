"""A database that version 1.1.0 itself made (version_1_1_0/make_database.py) goes on after the upgrade to this one."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from alembic import command
from sqlalchemy import Column, Connection, MetaData, Table, create_engine, func, insert, make_url, select, text
from sqlalchemy.ext.asyncio import create_async_engine

from bot import texts_ru as texts
from sandbox.person import Person
from sandbox.telegram.records import Topic
from sandbox.visible import labels_of, text_of
from storage import models
from tests.conftest import BOTH
from tests.postgres import Postgres
from tests.storage.test_migrations import config_of
from tests.ticket_under_way import sent_by_the_clock
from tests.world import World

FOLDER = Path(__file__).parent / "version_1_1_0"
DATABASE = (FOLDER / "database.sql").read_text("utf-8")
KEPT: dict[str, Any] = json.loads((FOLDER / "telegram.json").read_text("utf-8"))
REVISION = "0002"  # the newest of version 1.1.0
TOLD = " перед обновлением"  # ends every message of the outbox

# What a family does next, «[Label]» being a press, and what it sees then. The others press their screen's first button.
NEXT = {
    "role": ("[Я родитель]", "Под чьей учётной записью"),
    "age": ("[Мне ещё нет 18]", "Шаг 1 из 5"),
    "whose": ("[Вхожу сам(а)]", "Шаг 1 из 2"),
    "step": ("[Готово]", "Шаг 2 из 2"),
    "step of a child": ("[Готово]", "Шаг 3 из 5"),
    "step for a child": ("[Готово]", "Шаг 2 из 5"),
    "end": ("[Получилось]", "дневник открывается"),
    "errors": ("[Другое]", "Пришлите"),
    "account": ("[Родителя]", "В каком классе"),
    "wrong": ("[Написать в школу]", "В каком классе"),
    "class": ("7Б", "Как зовут"),
    "name": ("Пётр", "Что случилось"),
    "words": ("не пускает", "Вот что получит школа"),
    "preview": ("[Отправить]", "отправлено в школу"),
    "edit": ("[Класс]", "В каком классе"),
    "edit class": ("8А", "8А"),
    "edit name": ("Анна", "Анна"),
    "edit words": ("зелёная кракозябра", "зелёная кракозябра"),
    "forget": ("[Отмена]", ""),
    "second form": ("[Добавить к обращению]", ""),
}


def old_file(folder: Path) -> Path:
    """The SQLite file as version 1.1.0 left it."""
    file = folder / "bot.sqlite3"
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.executescript(DATABASE)
    return file


async def old_postgres(server: Postgres, file: Path) -> str:
    """The same rows in PostgreSQL, in the tables that the migrations of that version make."""
    url = await asyncio.to_thread(server.new_database)
    engine = create_async_engine(make_url(url))
    async with engine.begin() as connection:
        await connection.run_sync(lambda c: command.upgrade(config_of(c), REVISION))
        await connection.run_sync(_copy, file)
    await engine.dispose()
    return url


def _copy(connection: Connection, file: Path) -> None:
    target = MetaData()
    target.reflect(connection)
    source = create_engine(f"sqlite:///{file}")
    with source.connect() as old:
        for table in target.sorted_tables:
            # PostgreSQL's types read what SQLite keeps as text or number: JSON, and yes or no.
            readable = Table(table.name, MetaData(), *(Column(column.name, column.type) for column in table.columns))
            rows = [dict(row._mapping) for row in old.execute(select(readable))]
            if rows and table.name != "alembic_version":
                connection.execute(insert(table), rows)
            if "id" in table.c and rows:
                sequence = text("SELECT setval(pg_get_serial_sequence(:table, 'id'), :newest)")
                connection.execute(sequence, {"table": table.name, "newest": max(row["id"] for row in rows)})
    source.dispose()


@pytest_asyncio.fixture(params=BOTH)
async def old_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of version 1.1.0, on SQLite and on PostgreSQL."""
    file = old_file(tmp_path)
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{file}"
    return await old_postgres(request.getfixturevalue("postgres"), file)


def restore(world: World) -> dict[str, Person]:
    """Puts into the chats what stood there, as Telegram keeps it during an upgrade; gives the families."""
    telegram = world.telegram
    world.clock.set_to(KEPT["at"] + 600)
    telegram.newest_update = max(stored("SELECT update_id FROM handled_updates"))
    families = {name: world.person(name, id=number) for name, number in KEPT["families"].items()}
    for kept in KEPT["chats"]:
        chat = telegram.chats.get(kept["id"])
        if chat is None:
            continue  # that of an administrator, who has another number here
        for message in kept["messages"]:
            chat.messages[message["message_id"]] = {**message, "chat": chat.info}
            chat.touched[message["message_id"]] = telegram.tick()
        for topic in kept["topics"]:
            chat.topics[topic["id"]] = Topic(topic["id"], topic["name"], topic["closed"], topic["by_bot"])
        chat.pinned = list(kept["pinned"])
        chat.numbers = itertools.count(max(chat.messages, default=0) + 1)
        chat.started = chat.private
    return families


def stored(query: str) -> list[Any]:
    """The first column of what a query finds in the database of version 1.1.0."""
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(DATABASE)
        return [row[0] for row in connection.execute(query)]


def test_every_screen_and_an_outbox_stand_in_the_old_database() -> None:
    assert {screen.partition(":")[0] for screen in stored("SELECT screen FROM dialogues")} >= {
        "role", "age", "whose", "step", "end", "done", "errors", "other", "remedy", "account", "wrong", "doubt",
        "unknown", "unknown_again", "topic", "form_class", "form_name", "form_words", "form_preview", "form_edit",
        "edit_class", "edit_name", "edit_words", "join", "ticket",
    }  # fmt: skip
    assert {"card", "to_desk", "to_family"} <= set(stored("SELECT kind FROM outbox"))
    assert stored("SELECT version_num FROM alembic_version") == [REVISION]


async def does_next(family: Person, name: str) -> None:
    """The family goes on from the screen that it had; AssertionError where the bot does not."""
    deed, seen = NEXT.get(name, ("", ""))
    if not deed:
        labels = [label for label in labels_of(family.screen or {}) if label not in family.urls]
        deed = f"[{labels[0]}]" if labels else "/help"
    before = (family.text, family.labels, len(family.from_bot))
    if deed.startswith("["):
        await family.press(deed[1:-1])
    else:
        await family.says(deed)
    await family.settles()
    if seen:
        await family.sees(seen)
    else:
        assert (family.text, family.labels, len(family.from_bot)) != before, f"{name}: {deed} shows nothing"
    assert texts.STALE_BUTTON not in family.notices, name


async def test_a_second_school_joins_an_old_database_and_the_first_goes_on(old_database_url: str) -> None:
    newest = max(stored("SELECT id FROM tickets"))
    async with World(old_database_url) as world:
        families = restore(world)
        await world.start()
        await sent_by_the_clock(world)
        second = await world.adds_school("2")
        father = world.person("Иван")
        assert await world.sends_ticket(father, school="2") == 1
        await second.sees("№1 ·")
        # Who talked to the school before is of the first one: its ticket, its next number.
        await families["ticket"].says("весть после прихода второй школы")
        await families["preview"].press("Отправить")
        await families["preview"].sees("отправлено в школу")
        await sent_by_the_clock(world)
        assert "весть после прихода второй школы" in "\n".join(world.desk.topic("№1").texts)
        assert any(f"№{newest + 1} " in topic.name for topic in world.desk.topics)
        assert len(second.topics) == 1 and "прихода второй школы" not in "\n".join(second.texts)
        assert not world.telegram.violations


async def test_what_there_was_is_the_first_schools_and_the_way_back_keeps_it(old_database_url: str) -> None:
    engine = create_async_engine(make_url(old_database_url))
    numbers = sorted(stored("SELECT id FROM tickets"))
    async with engine.begin() as connection:
        before = await connection.run_sync(_counts)
        await connection.execute(text("INSERT INTO bans (key, at, told) VALUES ('banned', 1, :told)"), {"told": True})
        await connection.execute(text("INSERT INTO facts (name, value) VALUES ('notice', 'сегодня работы')"))
        await connection.run_sync(lambda c: command.upgrade(config_of(c), "head"))
        found = await connection.execute(text("SELECT number FROM tickets WHERE desk_id = 1 ORDER BY number"))
        assert list(found.scalars()) == numbers
        for table in ("dialogues", "events", "outbox", "bans"):
            schools = await connection.execute(text(f"SELECT DISTINCT school_id FROM {table}"))
            assert list(schools.scalars()) == [1], table
        last = await connection.execute(text("SELECT id, last_number FROM schools"))
        assert [tuple(row) for row in last] == [(1, numbers[-1])]
        for name in ("notice:1", "notice"):
            notice = await connection.execute(text("SELECT value FROM facts WHERE name = :name"), {"name": name})
            assert notice.scalar_one() == "сегодня работы"
            if name == "notice:1":
                await connection.execute(text("INSERT INTO schools (slug) VALUES ('2')"))
                await connection.execute(text("INSERT INTO bans (school_id, key, at) VALUES (2, 'banned', 2)"))
                await connection.run_sync(lambda c: command.downgrade(config_of(c), "0014"))
        bans = await connection.execute(text("SELECT key, at, told FROM bans"))
        assert [(row.key, row.at, bool(row.told)) for row in bans if row.key == "banned"] == [("banned", 1, True)]
        assert await connection.run_sync(_counts) == before | {"bans": before["bans"] + 1}
    await engine.dispose()


def _counts(connection: Connection) -> dict[str, int]:
    """Counts the rows of what has to outlive an upgrade and the way back."""
    tables = ("bans", "dialogues", "events", "handovers", "outbox", "ticket_events", "ticket_messages", "tickets")
    return {table: connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() for table in tables}


async def test_a_database_of_version_1_1_0_goes_on(old_database_url: str) -> None:
    async with World(old_database_url) as world:
        families = restore(world)
        await world.start()
        await sent_by_the_clock(world)
        desk = "\n".join(world.desk.texts)
        for name in ("ticket", "my ticket"):
            assert f"весть семьи «{name}»{TOLD}" in desk
        for number, name in enumerate(("ticket", "my ticket", "second form"), 1):
            assert any(f"ответ школы на №{number}{TOLD}" in said for said in families[name].texts), name
        assert any("№4" in topic.name for topic in world.desk.topics), "the ticket sent before the upgrade"
        for name, family in families.items():
            world.clock.move(seconds=2)
            if name not in ("ticket", "my ticket", "sends"):
                await does_next(family, name)
        await families["ticket"].says("весть после обновления")
        await families["my ticket"].press("Помогло")
        await world.eventually(lambda: not world.telegram.pending, what="every update taken")
        await sent_by_the_clock(world)
        assert "весть после обновления" in "\n".join(world.desk.topic("№1").texts)
        assert world.desk.topic("№2").closed
        await world.looks()
        await world.desk.writes("/find №1")
        assert "№1 ·" in text_of(await world.desk.sees("Нашлось: 1 обращение")), "a ticket of before there was a search"
        assert world.app is not None
        failed = select(func.count()).select_from(models.failed_updates)
        assert not await world.app.services.database.read(lambda c: c.scalar(failed))
        assert not world.telegram.violations
