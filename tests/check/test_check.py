"""`check`: for everything the bot needs, a row that says what is right and what to do about the rest."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.check import check_command
from bot.check.table import Level, Row, lines
from sandbox.ports import free_port
from sandbox.telegram.errors import Refused
from storage import moved_chats, schools
from storage.database import Database
from tests.ticket_under_way import all_sent
from tests.world import World

ALL = {
    "SCHOOL_CONTACTS": "8 (4912) 00-00-00",
    "DIARY_URL": "https://diary.example/",
    "FEEDBACK_FORM_URL": "https://form.example/",
    "PRIVACY_URL": "https://school.example/privacy",
    "WORKING_HOURS": "Mon-Fri 08:00-17:00",
}


async def checked(world: World) -> tuple[int, str]:
    """The exit status and the printed table."""
    printed: list[str] = []
    status = await check_command.check_everything(world.settings(), printed.append)
    return status, "\n".join(printed)


async def runs_once(world: World) -> None:
    await world.start()
    await world.stop()


def row_of(table: str, what: str) -> str:
    """A row with what to do under it, without the gaps between its columns."""
    found, taken = "", False
    for line in table.splitlines():
        if not line.startswith("  "):
            taken = line[2:].startswith(what)
        found += " ".join(line.split()) + "\n" if taken else ""
    assert found, f"no row «{what}» in\n{table}"
    return found.strip()


async def test_all_is_right_and_nothing_is_changed(unstarted_world: World) -> None:
    unstarted_world.environment |= ALL
    await runs_once(unstarted_world)
    before = unstarted_world.telegram.counts.copy()
    status, table = await checked(unstarted_world)
    assert status == 0
    assert table.endswith("или make run")
    assert not [line for line in table.splitlines() if line.startswith(("✗", "!", "·"))]
    assert row_of(table, "Токен") == "✓ Токен бот @dnevnik_sandbox_bot"
    assert "--local" in row_of(table, "Связь с Telegram"), "of a server of one's own it is told what its files need"
    assert row_of(table, "Чат поддержки") == "✓ Чат поддержки «Поддержка», с темами"
    assert "версия 0" in row_of(table, "База")
    assert row_of(table, "Очередь") == "✓ Очередь всё доставлено"
    asked = set(unstarted_world.telegram.counts - before)
    assert asked == {"getMe", "getWebhookInfo", "getChat", "getChatMember"}


@pytest_asyncio.fixture
async def file_world(tmp_path: Path) -> AsyncIterator[World]:
    """A world that is not started, on a SQLite file that is not there yet: for what only a file can be."""
    async with World(f"sqlite+aiosqlite:///{tmp_path}/bot.sqlite3") as made:
        yield made


async def test_an_empty_database_of_a_server_is_no_fault(bare_database_url: str) -> None:
    async with World(bare_database_url) as world:
        status, table = await checked(world)
    assert status == 0
    assert row_of(table, "База").startswith("·")


async def test_a_new_school_is_told_what_to_fill_in(file_world: World, tmp_path: Path) -> None:
    del file_world.environment["SUPPORT_CHAT_ID"]
    status, table = await checked(file_world)
    assert status == 0, "warnings alone do not fail"
    assert "/id" in row_of(table, "Чат поддержки") and row_of(table, "Чат поддержки").startswith("!")
    assert "DIARY_URL:" in row_of(table, "По желанию")
    assert row_of(table, "База").startswith("·") and "создаст" in row_of(table, "База")
    assert not os.listdir(tmp_path), "looking must leave no database behind"
    assert "строки с «!»" in table


async def test_a_token_that_telegram_refuses(unstarted_world: World) -> None:
    unstarted_world.environment["BOT_TOKEN"] = "123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-pc"
    status, table = await checked(unstarted_world)
    assert status == 1
    assert row_of(table, "Токен").startswith("✗") and "@BotFather" in row_of(table, "Токен")
    assert row_of(table, "Связь с Telegram").startswith("✓")
    assert "AAEhBOweik6ad9r" not in table


@pytest.mark.parametrize("setting", ["TELEGRAM_API_URL", "TELEGRAM_PROXY"])
async def test_telegram_out_of_reach(unstarted_world: World, setting: str) -> None:
    unstarted_world.environment[setting] = f"http://127.0.0.1:{free_port()}"
    status, table = await checked(unstarted_world)
    assert status == 1
    assert row_of(table, "Связь с Telegram").startswith("✗") and "TELEGRAM_PROXY" in row_of(table, "Связь с Telegram")
    assert row_of(table, "База"), "the rest is looked at all the same"


async def test_telegram_that_falls_silent_halfway(unstarted_world: World) -> None:
    unstarted_world.telegram.fault(Refused(502, "Bad Gateway"), method="getChat")
    status, table = await checked(unstarted_world)
    assert status == 1
    assert "Bad Gateway" in table


async def test_missing_rights_are_named(unstarted_world: World) -> None:
    unstarted_world.support.lacking = {"can_manage_topics", "can_pin_messages"}
    status, table = await checked(unstarted_world)
    assert status == 1
    assert "закреплять сообщения; управлять темами" in row_of(table, "Права в группе")
    assert row_of(table, "Видит ответы").startswith("✓")


async def test_the_right_that_only_forget_needs_is_a_warning(unstarted_world: World) -> None:
    unstarted_world.support.lacking = {"can_delete_messages"}
    status, table = await checked(unstarted_world)
    assert status == 0
    assert row_of(table, "Права в группе").startswith("!") and "удалять сообщения" in row_of(table, "Права в группе")


async def test_a_plain_group_needs_no_pin(unstarted_world: World) -> None:
    del unstarted_world.support.info["is_forum"]
    unstarted_world.support.lacking = {"can_pin_messages", "can_manage_topics"}
    status, table = await checked(unstarted_world)
    assert status == 0
    assert row_of(table, "Права в группе").startswith("✓")


@pytest.mark.parametrize(("privacy", "mark"), [(True, "✗"), (False, "✓")])
async def test_privacy_mode_hides_answers_from_a_mere_member(unstarted_world: World, privacy: bool, mark: str) -> None:
    unstarted_world.support.bot = "member"
    unstarted_world.telegram.bot["can_read_all_group_messages"] = not privacy
    status, table = await checked(unstarted_world)
    assert status == 1
    assert row_of(table, "Видит ответы").startswith(mark)
    assert "быть администратором" in row_of(table, "Права в группе")


@pytest.mark.parametrize("status_there", ["left", "kicked"])
async def test_a_bot_that_was_removed_from_the_group(unstarted_world: World, status_there: str) -> None:
    unstarted_world.support.bot = status_there
    status, table = await checked(unstarted_world)
    assert status == 1
    assert row_of(table, "Чат поддержки").startswith("✗") and "Добавьте бота" in row_of(table, "Чат поддержки")


async def test_a_group_that_is_not_there(unstarted_world: World) -> None:
    unstarted_world.environment["SUPPORT_CHAT_ID"] = "-100777"
    status, table = await checked(unstarted_world)
    assert status == 1
    assert "chat not found" in row_of(table, "Чат поддержки") and "/id" in row_of(table, "Чат поддержки")


async def test_a_channel_is_no_support_chat(unstarted_world: World) -> None:
    channel = unstarted_world.telegram.group("Новости", kind="channel")
    unstarted_world.environment["SUPPORT_CHAT_ID"] = str(channel.id)
    status, table = await checked(unstarted_world)
    assert status == 1
    assert "не группа" in row_of(table, "Чат поддержки")


async def test_an_upgraded_group_is_followed(unstarted_world: World) -> None:
    telegram = unstarted_world.telegram
    old = telegram.group("Поддержка", kind="group")
    telegram.user(77, "Ольга")
    new = telegram.upgrade(old, 77)
    unstarted_world.environment["SUPPORT_CHAT_ID"] = str(old.id)
    status, table = await checked(unstarted_world)
    assert status == 0
    assert f"SUPPORT_CHAT_ID={new.id}" in row_of(table, "Номер чата")
    assert row_of(table, "Чат поддержки").startswith("·"), "no topics is a note, not a fault"


async def test_a_webhook_of_somebody_else_is_told(unstarted_world: World) -> None:
    url = f"http://127.0.0.1:{free_port()}/hook"
    await unstarted_world.telegram.call("setWebhook", {"url": url})
    status, table = await checked(unstarted_world)
    assert status == 0
    assert row_of(table, "Сообщения").startswith("!") and url in row_of(table, "Сообщения")


async def test_the_webhook_of_the_settings(unstarted_world: World) -> None:
    url = f"http://127.0.0.1:{free_port()}/hook"
    unstarted_world.environment["WEBHOOK_URL"] = url
    _, table = await checked(unstarted_world)
    assert row_of(table, "Сообщения").startswith("·")
    await unstarted_world.telegram.call("setWebhook", {"url": url})
    _, table = await checked(unstarted_world)
    assert row_of(table, "Сообщения") == f"✓ Сообщения приходят на {url}"
    mother = unstarted_world.person()
    await mother.says("/start")
    await unstarted_world.eventually(lambda: bool(unstarted_world.telegram.get_webhook_info({}).get("last_error_date")))
    _, table = await checked(unstarted_world)
    assert row_of(table, "Сообщения").startswith("!") and "ждут бота: 1" in row_of(table, "Сообщения")


async def test_a_running_bot_is_recognised_at_its_port(world: World) -> None:
    status, table = await checked(world)
    assert status == 0
    assert "бот уже работает, и всё у него хорошо" in row_of(table, "Порт")


async def test_a_running_bot_that_is_unwell(world: World) -> None:
    assert world.app is not None
    world.app.services.schools.desks[1].away = "removed"
    _, table = await checked(world)
    assert row_of(table, "Порт").startswith("!") and "removed" in row_of(table, "Порт")


async def test_a_port_that_something_else_holds(unstarted_world: World) -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        unstarted_world.environment["HTTP_PORT"] = str(server.sockets[0].getsockname()[1])
        status, table = await checked(unstarted_world)
    assert status == 1
    assert row_of(table, "Порт").startswith("✗") and "HTTP_PORT" in row_of(table, "Порт")


async def test_schools_without_a_group_are_counted(file_world: World) -> None:
    world = file_world
    await runs_once(world)
    _, table = await checked(world)
    assert "Школы" not in table, "one school is never spoken of"
    database = Database(world.environment["DATABASE_URL"])
    await database.open()

    async def add(slug: str, **values: Any) -> None:
        await database.write(lambda c: schools.add(c, slug=slug, name=f"Школа №{slug}", **values))

    await add("2", chat_id=-100200)
    await add("left", left_at=1.0)
    status, table = await checked(world)
    assert status == 0 and row_of(table, "Школы") == "✓ Школы школ: 2, без группы: 0"
    await add("3")
    _, table = await checked(world)
    assert row_of(table, "Школы").startswith("! Школы школ: 3, без группы: 1\n")
    assert "schools code ИМЯ" in row_of(table, "Школы")
    await database.write(lambda c: schools.change(c, 2, pack="нет_такого"))
    status, table = await checked(world)
    assert status == 1 and row_of(table, "Пакет школы").startswith("✗ Пакет школы «Школа №2»: нет такого пакета")
    await database.close()
    del world.environment["SUPPORT_CHAT_ID"]
    world.environment["OPERATOR_CHAT_ID"] = "-100500"
    _, table = await checked(world)
    assert row_of(table, "Чат поддержки").startswith("· Чат поддержки не задан: школы привязывают")


async def test_the_operators_chat_is_reached_and_may_be_written_in(file_world: World) -> None:
    """It is looked at where it is set, and missed where several schools share the bot."""
    world, telegram = file_world, file_world.telegram
    chat = telegram.group("Операторы", forum=False, bot="member")
    world.environment["OPERATOR_CHAT_ID"] = str(chat.id)
    status, table = await checked(world)
    right = "✓ Чат оператора «Операторы»: сюда приходят подсчёты и то, что застряло"
    assert status == 0 and row_of(table, "Чат оператора") == right

    async def is_wrong(*said: str) -> None:
        status, table = await checked(world)
        row = row_of(table, "Чат оператора")
        assert status == 1 and row.startswith("✗") and "→" in row and all(words in row for words in said), row

    for gone in ("left", "kicked"):
        chat.bot = gone
        await is_wrong(f"Добавьте бота в группу {chat.id}")
    chat.bot, chat.lacking = "restricted", {"can_send_messages"}
    await is_wrong("«Операторы», но писать в ней бот не может", "администратором")
    chat.bot, chat.lacking = "member", set()
    chat.info["permissions"] = {"can_send_messages": False}
    await is_wrong("писать в ней бот не может")
    chat.bot = "administrator"
    assert row_of((await checked(world))[1], "Чат оператора") == right
    for other in (telegram.group("Новости", kind="channel").id, -100777):
        world.environment["OPERATOR_CHAT_ID"] = str(other)
        await is_wrong("напишите в нужной группе /id и исправьте OPERATOR_CHAT_ID")

    old = telegram.group("Инна и Олег", kind="group")
    telegram.user(77, "Инна")
    new = telegram.upgrade(old, 77)
    world.environment["OPERATOR_CHAT_ID"] = str(old.id)
    status, table = await checked(world)
    assert status == 0 and row_of(table, "Чат оператора").startswith("! Чат оператора «Инна и Олег», номер")
    assert f"OPERATOR_CHAT_ID={new.id}" in row_of(table, "Чат оператора")
    # Telegram does not tell where an old group went in every answer; what the bot met stands in its database.
    await runs_once(world)
    database = Database(world.environment["DATABASE_URL"])
    await database.open()
    await database.write(lambda c: moved_chats.note(c, -100501, new.id))
    world.environment["OPERATOR_CHAT_ID"] = "-100501"
    assert f"OPERATOR_CHAT_ID={new.id}" in row_of((await checked(world))[1], "Чат оператора")

    await database.write(lambda c: schools.add(c, slug="2", name="Школа №2", chat_id=new.id))
    world.environment["OPERATOR_CHAT_ID"] = str(new.id)
    status, table = await checked(world)
    assert status == 1 and "✗ Чат оператора это группа школы «Школа №2»" in row_of(table, "Чат оператора")
    await database.close()
    del world.environment["OPERATOR_CHAT_ID"]
    status, table = await checked(world)
    assert status == 0 and row_of(table, "Чат оператора").startswith("· Чат оператора не задан, а школ несколько")


async def test_what_waits_in_the_outbox_is_told(file_world: World) -> None:
    world = file_world
    await world.start()
    mother = world.person()
    await world.sends_ticket(mother)
    await world.topic_of(1)
    await all_sent(world)
    world.telegram.fault(Refused(500, "Internal Server Error"), times=10_000, method="(send|create|copy).*")
    await mother.says("и ещё вот что")
    await world.eventually(lambda: world.telegram.faults.met > 0, what="a try that failed")
    await world.stop()
    _, table = await checked(world)
    assert row_of(table, "Очередь").startswith("✓ Очередь ждут отправки: 1")
    file = world.settings().sqlite_file
    assert file is not None
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE outbox SET created_at = created_at - 7230")
    connection.close()
    _, table = await checked(world)
    assert row_of(table, "Очередь").startswith("! Очередь ждут отправки: 1, старшее — 120 мин")


def _file_of(world: World) -> Path:
    file = world.settings().sqlite_file
    assert file is not None
    return file


async def test_a_database_of_a_newer_bot(file_world: World) -> None:
    await runs_once(file_world)
    with sqlite3.connect(_file_of(file_world)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    status, table = await checked(file_world)
    assert status == 1
    assert row_of(table, "База").startswith("✗") and "более новой" in row_of(table, "База")


async def test_an_older_database_is_to_be_copied_first(unstarted_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await runs_once(unstarted_world)
    from bot.check import database_rows

    monkeypatch.setattr(database_rows, "versions", lambda _: ("0001", "0002"))
    monkeypatch.setattr(database_rows, "is_known", lambda revision: revision == "0001")
    status, table = await checked(unstarted_world)
    assert status == 0
    assert row_of(table, "База").startswith("!") and "копию" in row_of(table, "База")


async def test_a_file_that_is_no_database(file_world: World) -> None:
    _file_of(file_world).write_bytes(b"nothing of the kind " * 100)
    status, table = await checked(file_world)
    assert status == 1
    assert row_of(table, "База").startswith("✗") and "not a database" in row_of(table, "База")


async def test_an_empty_database_is_no_fault(file_world: World) -> None:
    _file_of(file_world).touch()
    status, table = await checked(file_world)
    assert status == 0
    assert row_of(table, "База").startswith("·") and "пустая" in row_of(table, "База")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite+aiosqlite:////dev/null/bot.sqlite3", "/dev/null"),
        ("sqlite+aiosqlite:////proc", "/proc"),
        ("postgresql+asyncpg://bot:hush@127.0.0.1:1/bot", "[Errno 111]"),
        ("postgresql+asyncpg://bot:hush@127.0.0.1:1/bot?sslcert=a.crt", "sslcert"),
    ],
)
async def test_a_database_out_of_reach(unstarted_world: World, url: str, said: str) -> None:
    unstarted_world.environment["DATABASE_URL"] = url
    status, table = await checked(unstarted_world)
    assert status == 1
    assert row_of(table, "База").startswith("✗") and said in row_of(table, "База")
    assert "DATABASE_URL" in row_of(table, "База")
    assert "hush" not in table


async def test_without_tesseract_it_is_said_how_to_get_it(
    unstarted_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check_command, "find_tesseract", lambda: None)
    status, table = await checked(unstarted_world)
    assert status == 0
    assert row_of(table, "Снимки экрана").startswith("!") and "tesseract-ocr-rus" in row_of(table, "Снимки экрана")


@pytest.mark.ocr
async def test_the_installed_tesseract_is_found(unstarted_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert shutil.which("tesseract")
    _, table = await checked(unstarted_world)
    assert "Tesseract" in row_of(table, "Снимки экрана")


def test_the_table_is_aligned_and_what_to_do_stands_under_what_was_found() -> None:
    rows = [Row(Level.RIGHT, "A", "one"), Row(Level.WRONG, "Long", "two", "do this\nand that")]
    assert lines(rows) == [
        "✓ A     one",
        "✗ Long  two",
        "        → do this",
        "        → and that",
        "",
        "Не готово, строк с «✗»: 1. Сделайте, что сказано у стрелок, и проверьте ещё раз.",
    ]
