"""All that the only desk of before was owed goes to desk 1, and comes back on the way down."""

from __future__ import annotations

from typing import Any

from alembic import command
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from storage import outbox, tickets
from tests.storage.test_migrations import config_of

BEFORE, NEWER = "0007", "0008"
# Each row of the outbox: its chat, queue, kind and payload, and what becomes of chat, queue and payload.
ROWS = [
    (0, "ticket:1", "to_desk", '{"row": 3}', -1, "ticket:1"),
    (0, "general", "desk_text", '{"text": "—"}', -1, "desk:1"),
    (0, "general:7", "chart", '{"text": "—"}', -1, "desk:1:7"),
    (0, "pin:1", "pin", '{"message_id": 5, "desk_chat_id": -100}', -1, "pin:1"),
    (7, "family:7", "screen", '{"text": "—"}', 7, "family:7"),
]
FACTS = {"pause:0": "pause:-1", "pause:0:card": "pause:-1:card", "pause:7:edit": "pause:7:edit", "notice": "notice"}


def fill(connection: Connection) -> None:
    command.upgrade(config_of(connection), BEFORE)
    for number, (chat, queue, kind, payload, *_) in enumerate(ROWS, 1):
        connection.execute(
            text(
                "INSERT INTO outbox (id, chat_id, queue, kind, payload, created_at, not_before)"
                " VALUES (:id, :chat, :queue, :kind, :payload, 1, 1)"
            ),
            {"id": number, "chat": chat, "queue": queue, "kind": kind, "payload": payload},
        )
    for number, chat in enumerate((0, 7), 1):
        connection.execute(
            text("INSERT INTO sends (id, chat_id, kind, at) VALUES (:id, :chat, 'message', 1)"),
            {"id": number, "chat": chat},
        )
    for name in FACTS:
        connection.execute(text("INSERT INTO facts (name, value) VALUES (:name, '9')"), {"name": name})
    connection.execute(
        text("INSERT INTO tickets (id, form_id, consent_at, created_at, updated_at) VALUES (1, 'form', 1, 1, 1)")
    )


def seen(connection: Connection) -> dict[str, list[Any]]:
    return {
        "outbox": [tuple(row) for row in connection.execute(text("SELECT chat_id, queue FROM outbox ORDER BY id"))],
        "sends": [row.chat_id for row in connection.execute(text("SELECT chat_id FROM sends ORDER BY id"))],
        "facts": sorted(row.name for row in connection.execute(text("SELECT name FROM facts"))),
    }


async def test_the_only_desk_becomes_desk_1_and_back(bare_database_url: str) -> None:
    engine = create_async_engine(bare_database_url)
    async with engine.begin() as connection:
        await connection.run_sync(fill)
        before = await connection.run_sync(seen)
        for _ in range(2):
            await connection.run_sync(lambda c: command.upgrade(config_of(c), NEWER))
            assert await connection.run_sync(seen) == {
                "outbox": [(chat, queue) for *_, chat, queue in ROWS],
                "sends": [-1, 7],
                "facts": sorted(FACTS.values()),
            }
            await connection.run_sync(lambda c: command.downgrade(config_of(c), BEFORE))
            assert await connection.run_sync(seen) == before
        await connection.run_sync(lambda c: command.upgrade(config_of(c), "head"))
        ticket = await tickets.get(connection, 1)
        assert ticket is not None and ticket.desk_id == 1
        rows = await outbox.waiting_for(connection, outbox.address_of_desk(1))
        assert [row.desk_id for row in rows] == [1, 1, 1, 1]
        assert [row.payload for row in rows if row.kind == "pin"] == [{"message_id": 5}]
        assert [row.desk_id for row in await outbox.waiting_for(connection, 7)] == [None]
    await engine.dispose()
