"""The erasing of old texts, row by row: few at a time, and nothing that is still needed."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import dialogues, failed_updates, family_erasing, outbox
from storage.database import Database
from storage.dialogues import Dialogue
from storage.models import failed_updates as failed_table
from storage.models import outbox as outbox_table
from storage.ticket_models import tickets

DAY = 24 * 3600.0
DESK = outbox.address_of_desk(1)
HOUR = 3600.0


def closed_ticket(number: int, at: float) -> dict[str, Any]:
    """A ticket that was closed at that moment."""
    return {
        "family_id": number, "number": number, "form_id": f"form{number}", "is_open": False,
        "words": "слова семьи", "consent_at": at,
        "created_at": at, "updated_at": at, "solved_at": at,
    }  # fmt: skip


async def look(database: Database, before: float, now: float) -> int:
    """One look of the upkeep."""
    return await database.write(lambda c: family_erasing.erase_old_texts(c, before, now))


async def test_a_crowd_of_old_tickets_is_erased_in_several_looks(database: Database) -> None:
    async def fill(connection: AsyncConnection) -> None:
        await connection.execute(
            tickets.insert(), [closed_ticket(n, 1.0) for n in range(1, family_erasing.AT_ONCE * 2 + 8)]
        )
        await connection.execute(tickets.insert().values(**closed_ticket(9_999, 3 * DAY)))

    await database.write(fill)
    erased = [await look(database, DAY, 2 * DAY) for _ in range(4)]
    assert erased == [family_erasing.AT_ONCE, family_erasing.AT_ONCE, 7, 0]

    async def left(connection: AsyncConnection) -> int:
        query = select(func.count()).where(tickets.c.words.is_not(None))
        return int((await connection.execute(query)).scalar_one())

    assert await database.read(left) == 1


async def test_what_no_ticket_holds_is_erased_where_no_ticket_is_due(database: Database) -> None:
    payload = {"text": "слова семьи"}

    async def fill(connection: AsyncConnection) -> None:
        for number, at in ((1, DAY), (2, 3 * DAY)):
            row = await outbox.put(
                connection, chat_id=DESK, queue=f"l{number}", kind="desk_text", payload=payload, at=at
            )
            await outbox.set_aside(connection, [row], "refused")
            await failed_updates.note_failure(
                connection, update_id=number, kind="message", chat_id=7, error="", text="слова семьи", at=at, most=1
            )
        await outbox.put(connection, chat_id=DESK, queue="waits", kind="desk_text", payload=payload, at=DAY)

    async def left(connection: AsyncConnection) -> tuple[list[str], list[int]]:
        queues = await connection.execute(select(outbox_table.c.queue).order_by(outbox_table.c.id))
        failures = await connection.execute(select(failed_table.c.update_id))
        return [row.queue for row in queues], [row.update_id for row in failures]

    await database.write(fill)
    await look(database, 2 * DAY, 4 * DAY)
    assert await database.read(left) == (["l2", "waits"], [2])


async def test_what_waits_for_a_family_that_is_away_goes_with_its_ticket(database: Database) -> None:
    async def fill(connection: AsyncConnection) -> None:
        await connection.execute(tickets.insert(), [closed_ticket(1, DAY), closed_ticket(2, 3 * DAY)])
        for number in (1, 2):
            await outbox.put(
                connection, chat_id=number, queue=f"family:{number}", kind="screen", payload={"text": "ответ"}, at=DAY,
                ticket_id=number, family_id=number,
            )  # fmt: skip
            await outbox.hold_family(connection, number)

    async def left(connection: AsyncConnection) -> list[int | None]:
        return [row.ticket_id for row in await connection.execute(select(outbox_table.c.ticket_id))]

    await database.write(fill)
    await look(database, 2 * DAY, 4 * DAY)
    assert await database.read(left) == [2]


async def test_forms_are_looked_for_once_an_hour_whatever_the_clock_does(database: Database) -> None:
    old = Dialogue(1, screen="form_words", form={"form_id": "f", "words": "слова семьи"}, updated_at=DAY)

    async def form_of(family: int) -> tuple[str, dict[str, Any]]:
        found = await database.read(lambda c: dialogues.load(c, family))
        return found.screen, found.form

    now = 9 * DAY
    await look(database, DAY - 1, now)
    await database.write(lambda c: dialogues.save(c, old))
    await look(database, 2 * DAY, now + HOUR / 2)
    assert (await form_of(1))[1], "the hour is not over"
    await look(database, 2 * DAY, now - 5 * DAY)
    assert await form_of(1) == ("role", {})


async def test_a_fresh_form_and_the_place_in_a_ticket_stay(database: Database) -> None:
    fresh = Dialogue(1, screen="form_words", form={"form_id": "f", "words": "слова"}, updated_at=3 * DAY)
    talking = Dialogue(2, screen="ticket:5", form={"pending": [{"text": "слова"}]}, updated_at=DAY)
    for dialogue in (fresh, talking):
        await database.write(lambda c, dialogue=dialogue: dialogues.save(c, dialogue))
    await look(database, 2 * DAY, 4 * DAY)
    kept, blank = [await database.read(lambda c, n=n: dialogues.load(c, n)) for n in (1, 2)]
    assert (kept.screen, kept.form) == (fresh.screen, fresh.form)
    assert (blank.screen, blank.form) == ("ticket:5", {})


async def test_the_error_of_a_statement_names_no_values(database: Database) -> None:
    """It is logged, and kept with the update that could not be handled."""

    async def store(connection: AsyncConnection) -> None:
        await connection.execute(tickets.insert().values(**closed_ticket(1, 1.0)))
        await connection.execute(tickets.insert().values(**closed_ticket(2, 1.0) | {"class_name": "я" * 999}))

    with pytest.raises(DBAPIError) as refused:
        await database.write(store)
    assert "слова семьи" not in str(refused.value) and "INSERT INTO tickets" in str(refused.value)
