"""`check` where the bot is in MAX: token, webhook, group and rights there, and settings that disagree."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.check.test_check import ALL, checked, row_of
from tests.world import World

OTHERS_TOKEN = "f9LHodD0cOJ-token_of_another_bot_in_max"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: test_check.py looks at both."""
    return sqlite_url


@pytest_asyncio.fixture
async def max_unstarted(database_url: str) -> AsyncIterator[World]:
    """Families and desk in MAX; the bot does not run."""
    async with World(database_url, channels=("max",), desk="max") as made:
        made.environment |= ALL
        yield made


async def test_all_is_right_and_nothing_is_changed(max_unstarted: World) -> None:
    status, table = await checked(max_unstarted)
    assert status == 0 and not [line for line in table.splitlines() if line.startswith(("✗", "!", "·"))], table
    assert row_of(table, "Токен MAX") == "✓ Токен MAX бот @dnevnik_max_bot"
    assert "«Поддержка» в MAX" in row_of(table, "Чат поддержки")
    assert "до 27.02.2032" in row_of(table, "Сертификат для MAX")
    assert set(max_unstarted.max.counts) == {"get_me", "get_subscriptions", "get_chat", "get_own_membership"}


async def test_a_token_that_max_refuses(max_unstarted: World) -> None:
    max_unstarted.environment["MAX_TOKEN"] = OTHERS_TOKEN
    status, table = await checked(max_unstarted)
    assert status == 1
    assert row_of(table, "Токен MAX").startswith("✗") and "business.max.ru" in row_of(table, "Токен MAX")
    assert row_of(table, "Связь с MAX").startswith("✓") and OTHERS_TOKEN not in table


@pytest.mark.parametrize(
    ("there", "lacking", "mark", "said"),
    [
        ("member", set(), "✗", "быть администратором, чтобы видеть все сообщения"),
        ("administrator", {"read_all_messages"}, "✗", "быть администратором, чтобы видеть все сообщения"),
        ("administrator", {"delete"}, "!", "удалять сообщения"),
    ],
)
async def test_rights_that_the_bot_lacks_in_the_group_are_named(
    max_unstarted: World, there: str, lacking: set[str], mark: str, said: str
) -> None:
    max_unstarted.support.bot, max_unstarted.support.lacking = there, lacking
    status, table = await checked(max_unstarted)
    row = row_of(table, "Права в группе")
    assert status == (mark == "✗") and row.startswith(mark) and said in row and "→" in row


@pytest.mark.parametrize("is_there", [True, False])
async def test_a_group_without_the_bot_and_one_that_is_not_there_are_told(max_unstarted: World, is_there: bool) -> None:
    if is_there:
        max_unstarted.support.bot = "kicked"
    else:
        max_unstarted.environment["SUPPORT_CHAT_ID"] = f"max:{max_unstarted.support.id - 1}"
    status, table = await checked(max_unstarted)
    row = row_of(table, "Чат поддержки")
    assert status == 1 and row.startswith("✗") and f"max:{max_unstarted.support.id - (not is_there)}" in row


async def test_the_operators_chat_is_reached_seen_and_may_be_written_in(max_unstarted: World) -> None:
    """Commands reach the bot in a group of MAX only as an administrator that reads all messages."""
    world = max_unstarted
    chat = world.max.group("Операторы")
    world.environment["OPERATOR_CHAT_ID"] = f"max:{chat.id}"
    status, table = await checked(world)
    assert status == 0 and row_of(table, "Чат оператора").startswith("✓ Чат оператора «Операторы»: сюда приходят")
    for there, lacking, said in (
        ("member", set[str](), "команд бот в ней не видит"),
        ("administrator", {"read_all_messages"}, "команд бот в ней не видит"),
        ("administrator", {"write"}, "писать в ней бот не может"),
        ("left", set(), f"Добавьте бота в группу max:{chat.id}"),
    ):
        chat.bot, chat.lacking = there, lacking
        status, table = await checked(world)
        row = row_of(table, "Чат оператора")
        assert status == 1 and row.startswith("✗") and said in row and "→" in row, row
    world.environment["OPERATOR_CHAT_ID"] = "max:-777"
    status, table = await checked(world)
    assert status == 1 and "исправьте OPERATOR_CHAT_ID" in row_of(table, "Чат оператора")


async def test_a_webhook_of_somebody_else_is_told_and_the_own_is_right(max_unstarted: World) -> None:
    await max_unstarted.max.subscribe_webhook({"url": "https://old.school.example/max"})
    status, table = await checked(max_unstarted)
    row = row_of(table, "Сообщения из MAX")
    assert status == 0 and row.startswith("!") and "https://old.school.example/max" in row
    max_unstarted.environment["MAX_WEBHOOK_URL"] = "https://old.school.example/max"
    _, table = await checked(max_unstarted)
    assert row_of(table, "Сообщения из MAX").startswith("✓")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            {"SUPPORT_CHAT_ID": "-70801"},
            "SUPPORT_CHAT_ID: это группа в Telegram, а BOT_TOKEN не задан. Если она в MAX, напишите max:-70801",
        ),
        (
            {"OPERATOR_CHAT_ID": "-70801"},
            "OPERATOR_CHAT_ID: это группа в Telegram, а BOT_TOKEN не задан. Если она в MAX, напишите max:-70801",
        ),
    ],
)
async def test_settings_that_disagree_are_told_as_run_tells_them(
    max_unstarted: World, settings: dict[str, str], said: str
) -> None:
    max_unstarted.environment |= settings
    status, table = await checked(max_unstarted)
    assert status == 2 and any(line.startswith("✗ Настройки") and said in line for line in table.splitlines()), table
