"""Dialogues that nobody returned to for a year: erased in portions, with what hangs on them, never under a ticket."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import (
    dialogues,
    expiry,
    failed_updates,
    family_erasing,
    handovers,
    jobs,
    outbox,
    purging,
    reminders,
    sends,
    ticket_models,
    tickets,
)
from storage import models as tables
from storage.database import Database
from storage.dialogues import Dialogue
from storage.ticket_status import OPENED_AGAIN

DAY = 24 * 3600.0
NOW = 1000 * DAY
YEAR_AGO = NOW - 365 * DAY


async def look(database: Database, now: float = NOW) -> int:
    """One look of the upkeep."""
    return await database.write(lambda c: expiry.expire(c, now - 365 * DAY, now))


async def ticket_of(connection: AsyncConnection, family: int, **values: Any) -> None:
    """A ticket of that family."""
    row = {"consent_at": 1.0, "created_at": 1.0, "updated_at": 1.0, "words": "слова семьи"}
    await connection.execute(
        ticket_models.tickets.insert().values(
            family_id=family, number=family, form_id=f"form{family}", **{**row, **values}
        )
    )


async def left(database: Database) -> list[int]:
    """The families that have a dialogue."""

    async def read(connection: AsyncConnection) -> list[int]:
        query = select(tables.dialogues.c.family_id).order_by(tables.dialogues.c.family_id)
        return [row.family_id for row in await connection.execute(query)]

    return await database.read(read)


@pytest.mark.parametrize(
    ("moved", "ticket", "stays"),
    [
        (YEAR_AGO - 1, None, False),
        (0.0, None, False),
        (YEAR_AGO, None, True),
        (NOW, None, True),
        (YEAR_AGO - 1, {"turn": "nobody"}, True),
        (YEAR_AGO - 1, {"turn": "school"}, True),
        (YEAR_AGO - 1, {"turn": "family"}, True),
        (YEAR_AGO - 1, {"reopened": True}, True),
        (YEAR_AGO - 1, {"is_open": False, "solved_at": NOW - DAY}, True),
        (YEAR_AGO - 1, {"is_open": False, "solved_at": YEAR_AGO - 1}, False),
        (YEAR_AGO - 1, {"is_open": False, "solved_at": YEAR_AGO - 1, "erased_at": YEAR_AGO}, False),
    ],
)
async def test_a_dialogue_is_erased_after_a_year_unless_its_ticket_is_under_way(
    database: Database, moved: float, ticket: dict[str, Any] | None, stays: bool
) -> None:
    async def fill(connection: AsyncConnection) -> None:
        await dialogues.save(connection, Dialogue(7, name="Мария", updated_at=moved, blocked_at=5.0))
        if ticket:
            await ticket_of(connection, 7, **ticket)

    await database.write(fill)
    await look(database)
    assert await left(database) == ([7] if stays else [])
    assert await database.read(purging.is_owed) is not stays


async def test_all_that_hangs_on_it_goes_too_and_nothing_of_others(database: Database) -> None:
    async def fill(connection: AsyncConnection, family: int, moved: float) -> None:
        await dialogues.save(connection, Dialogue(family, name="Мария", updated_at=moved))
        await reminders.put(connection, family, "step", NOW + DAY, moved)
        await jobs.put(connection, kind="reading", family_id=family, payload={"a": 1}, key=f"key{family}", at=moved)
        await outbox.put(
            connection, chat_id=family, queue=outbox.family_queue(family), kind="screen", payload={"text": "слова"},
            family_id=family, at=moved,
        )  # fmt: skip
        await outbox.hold_family(connection, family)
        await sends.count_send(connection, family, "message", 1, moved)
        await failed_updates.note_failure(
            connection, update_id=family, kind="message", chat_id=family, error="", text="слова", at=moved, most=1
        )

    for family, moved in ((1, YEAR_AGO - 1), (2, NOW)):
        await database.write(lambda c, family=family, moved=moved: fill(c, family, moved))
        await database.write(
            lambda c, family=family, moved=moved: handovers.put(c, f"token{family}", family, None, "step", moved)
        )
    await look(database)

    async def found(connection: AsyncConnection) -> dict[str, list[int]]:
        columns = (
            tables.dialogues.c.family_id, tables.reminders.c.family_id, tables.jobs.c.family_id,
            tables.outbox.c.chat_id, tables.sends.c.chat_id, tables.failed_updates.c.chat_id,
            tables.handovers.c.pupil_id,
        )  # fmt: skip
        return {str(c): list((await connection.execute(select(c))).scalars()) for c in columns}

    assert set(map(tuple, (await database.read(found)).values())) == {(2,)}


async def test_a_crowd_is_gone_through_in_portions_once_a_day(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A restart in the middle goes on where the last look ended."""
    monkeypatch.setattr(expiry, "AT_A_LOOK", 10)
    old = {3, 9, 10, 11, 20, 25}

    async def fill(connection: AsyncConnection) -> None:
        for family in range(1, 26):
            await dialogues.save(connection, Dialogue(family, updated_at=YEAR_AGO - 1 if family in old else NOW))

    await database.write(fill)
    assert [await look(database, NOW + n) for n in range(5)] == [10, 10, 5, 0, 0]
    assert await left(database) == [n for n in range(1, 26) if n not in old]
    await database.write(lambda c: dialogues.save(c, Dialogue(30, updated_at=1.0)))
    assert await look(database, NOW + DAY / 2) == 0
    assert await look(database, NOW - 5 * DAY) == 10, "a clock that was put back ends no rounds"
    await look(database, NOW - 5 * DAY)
    assert 30 not in await left(database)


async def test_what_comes_into_an_erased_ticket_as_an_edit_is_not_stored(database: Database) -> None:
    """Its words were erased, and no later sweep would find them again; once it is open again, they may come in."""

    async def fill(connection: AsyncConnection, number: int, erased_at: float | None) -> int:
        await ticket_of(connection, number, is_open=False, solved_at=1.0, erased_at=erased_at, id=number)
        return await tickets.add_message(
            connection, ticket_id=number, side="family", family_id=number, kind="text", at=1.0
        )

    erased = await database.write(lambda c: fill(c, 1, 5.0))
    kept = await database.write(lambda c: fill(c, 2, None))
    for values in (
        {"text": "слова"},
        {"entities": [{"a": 1}]},
        {"file_id": "f", "kind": "photo"},
        {"text": "", "kind": "x"},
    ):

        async def change(connection: AsyncConnection, row: int, values: dict[str, Any] = values) -> bool:
            return await tickets.change_message(connection, row, **values)

        assert await database.write(lambda c: change(c, erased)) is False
        assert await database.write(lambda c: change(c, kept)) is True
    found = await database.read(lambda c: tickets.message(c, erased))
    assert found is not None and (found.text, found.entities, found.file_id, found.kind) == (None, None, None, "text")
    assert await database.write(lambda c: tickets.change_message(c, erased, desk_message_id=9, text=None))
    ticket = await database.read(lambda c: tickets.get(c, 1))
    assert ticket is not None
    await database.write(lambda c: tickets.set_facts(c, ticket, OPENED_AGAIN, actor="школа", cause="reopened", at=9.0))
    assert await database.write(lambda c: tickets.change_message(c, erased, text="новые слова"))


async def test_a_ticket_does_not_remember_whose_it_was_longer_than_the_dialogue(database: Database) -> None:
    """«Если не писать год, забуду и номер»; a text that is kept for longer is still its family's until it is erased."""
    closed = {"is_open": False, "solved_at": YEAR_AGO - DAY}

    async def fill(connection: AsyncConnection) -> None:
        for family, erased_at in ((1, YEAR_AGO), (2, None)):
            await dialogues.save(connection, Dialogue(family, updated_at=YEAR_AGO - DAY))
            await ticket_of(connection, family, erased_at=erased_at, **closed)
            row = {"ticket_id": family, "side": "family", "kind": "text", "at": 1.0, "family_message_id": 5}
            await connection.execute(ticket_models.ticket_messages.insert().values(family_id=family, **row))

    async def whose(connection: AsyncConnection) -> list[tuple[int | None, ...]]:
        t, m = ticket_models.tickets.c, ticket_models.ticket_messages.c
        query = select(t.family_id, m.family_id, m.family_message_id).where(m.ticket_id == t.id).order_by(t.id)
        return [tuple(row) for row in await connection.execute(query)]

    await database.write(fill)
    await look(database)
    assert await database.read(whose) == [(None, None, None), (2, 2, 5)]
    await database.write(lambda c: family_erasing.erase_old_texts(c, NOW - 2 * DAY, NOW))
    assert await database.read(whose) == [(None, None, None)] * 2
