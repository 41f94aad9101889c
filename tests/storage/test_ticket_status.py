"""The facts of a ticket after any causes in any order, and how they come out of a database of before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from bot import texts_ru as texts
from bot.flows.ticket.ticket_card import card_buttons
from storage import tickets
from storage.database import Database
from storage.migrations.upgrade import _config
from storage.ticket_status import CLOSED, NEW, OPENED_AGAIN, Cause, Facts, Status, Turn, after
from tests.storage.test_expiry import ticket_of

ENDS = {Cause.HELPED, Cause.DECIDED, Cause.TOPIC_CLOSED, Cause.WITHDRAWN, Cause.SILENCE}
ANSWERS = {Cause.DESK_WROTE, Cause.FIXED}
OPENS = {Cause.NOT_HELPED, Cause.REOPENED, Cause.TOPIC_REOPENED} | ANSWERS
IN_WORK, WAITS, WAITS_AGAIN = Facts(turn=Turn.SCHOOL), Facts(turn=Turn.FAMILY), Facts(turn=Turn.FAMILY, reopened=True)


def after_all(causes: Sequence[Cause]) -> Facts:
    facts = NEW
    for cause in causes:
        facts = after(facts, cause)
    return facts


facts_after_any = st.lists(st.sampled_from(Cause), max_size=12).map(after_all)


@given(facts_after_any)
def test_whatever_happened_is_shown_by_one_of_the_five_words(facts: Facts) -> None:
    assert facts in {NEW, IN_WORK, WAITS, CLOSED, OPENED_AGAIN, WAITS_AGAIN}
    for status in (facts.status, facts.status_for_family):
        assert status in texts.STATUS_DESK and status in texts.TOPIC_MARKS
        assert status in texts.STATUS_FAMILY
    if facts.is_open:  # `/open` lists it
        assert facts.status_for_family in texts.OPEN_TURNS
    assert card_buttons(1, facts)


@given(facts_after_any, st.sampled_from(Cause))
def test_the_same_cause_again_changes_nothing_but_who_opened_a_ticket_by_an_answer(facts: Facts, cause: Cause) -> None:
    once = after(facts, cause)
    assert after(once, cause) == (WAITS if once == WAITS_AGAIN and cause in ANSWERS else once)


@given(facts_after_any)
def test_a_closed_ticket_is_nobodys_turn_and_whatever_ends_one_closes_it(facts: Facts) -> None:
    assert facts.is_open or facts == CLOSED
    assert all(after(facts, cause) == CLOSED for cause in ENDS)


@given(facts_after_any)
def test_a_closed_ticket_is_opened_by_what_opens_it_and_by_nothing_else(facts: Facts) -> None:
    closed = after(facts, Cause.DECIDED)
    opened = {cause for cause in Cause if after(closed, cause).is_open}
    assert opened == OPENS
    assert all(after(closed, cause).status is Status.REOPENED for cause in opened)


@given(facts_after_any)
def test_taking_never_loses_that_the_family_is_waited_for(facts: Facts) -> None:
    taken = after(facts, Cause.TAKEN)
    assert (taken.turn is Turn.FAMILY) == (facts.turn is Turn.FAMILY)
    assert taken.is_open == facts.is_open
    if taken.is_open:
        assert taken.turn is not Turn.NOBODY and not taken.reopened


@given(facts_after_any, st.sampled_from(sorted(ANSWERS)))
def test_after_a_message_of_the_school_it_is_the_familys_turn_and_then_the_schools(facts: Facts, answer: Cause) -> None:
    asked = after(facts, answer)
    assert asked.is_open and asked.turn is Turn.FAMILY
    assert asked.status_for_family is Status.WAITING_FAMILY
    assert after(asked, Cause.FAMILY_WROTE) == IN_WORK
    assert after(asked, Cause.NOT_HELPED) == OPENED_AGAIN


@given(facts_after_any)
def test_a_family_that_is_not_waited_for_moves_nothing_by_writing(facts: Facts) -> None:
    if facts.turn is not Turn.FAMILY:
        assert after(facts, Cause.FAMILY_WROTE) == facts


# --- a database of before --------------------------------------------------------------------------------------------

OLD: list[tuple[str, float | None, Facts]] = [
    ("new", None, NEW),
    ("in_work", None, IN_WORK),
    ("waiting_family", 5.0, WAITS),
    ("waiting_family", None, WAITS),  # its family was banned
    ("solved", None, CLOSED),
    ("reopened", None, OPENED_AGAIN),
    ("reopened", 5.0, WAITS_AGAIN),
]


def before_the_facts(connection: Connection) -> None:
    revision = ScriptDirectory.from_config(_config()).get_revision("0007")
    command.upgrade(_on(connection), str(revision.down_revision))
    for number, (status, waiting_since, _) in enumerate(OLD, 1):
        row = {"id": number, "form": f"form{number}", "status": status, "waiting_since": waiting_since}
        connection.execute(
            text(
                "INSERT INTO tickets (id, form_id, status, waiting_since, consent_at, created_at, updated_at)"
                " VALUES (:id, :form, :status, :waiting_since, 1.0, 1.0, 1.0)"
            ),
            row,
        )


def to_newest(connection: Connection) -> None:
    command.upgrade(_on(connection), "head")


def back(connection: Connection) -> list[str]:
    revision = ScriptDirectory.from_config(_config()).get_revision("0007")
    command.downgrade(_on(connection), str(revision.down_revision))
    return [row.status for row in connection.execute(text("SELECT status FROM tickets ORDER BY id"))]


def _on(connection: Connection) -> Any:
    config = _config()
    config.attributes["connection"] = connection
    return config


async def test_the_tickets_of_before_get_their_facts_and_give_them_back(bare_database_url: str) -> None:
    engine = create_async_engine(bare_database_url)
    async with engine.begin() as connection:
        await connection.run_sync(before_the_facts)
    for _ in range(2):
        async with engine.begin() as connection:
            await connection.run_sync(to_newest)
            found = [await tickets.get(connection, number) for number in range(1, len(OLD) + 1)]
        assert [ticket and ticket.facts for ticket in found] == [facts for _, _, facts in OLD]
        assert [ticket and ticket.status for ticket in found] == [status for status, _, _ in OLD]
        async with engine.begin() as connection:
            assert await connection.run_sync(back) == [status for status, _, _ in OLD]
    await engine.dispose()


# --- stored facts ----------------------------------------------------------------------------------------------------


async def test_a_ticket_that_moved_meanwhile_is_not_moved_by_what_was_read_before(database: Database) -> None:
    async def move_twice(connection: AsyncConnection) -> list[bool]:
        await ticket_of(connection, 7, id=7)
        read = await tickets.get(connection, 7)
        assert read is not None
        return [
            await tickets.set_facts(connection, read, facts, actor="школа", cause="taken", at=9.0)
            for facts in (IN_WORK, WAITS)
        ]

    assert await database.write(move_twice) == [True, False]
    found = await database.read(lambda c: tickets.get(c, 7))
    assert found is not None and found.facts == IN_WORK


@pytest.mark.parametrize("facts", [NEW, IN_WORK, WAITS, CLOSED, OPENED_AGAIN, WAITS_AGAIN])
async def test_tickets_are_counted_and_listed_by_their_facts(database: Database, facts: Facts) -> None:
    values = {"is_open": facts.is_open, "turn": facts.turn, "reopened": facts.reopened}
    times = {"waiting_since": 1.0 if facts.turn is Turn.FAMILY else None, "card_message_id": 1}
    await database.write(lambda c: ticket_of(c, 7, **values, **times))
    assert await database.read(tickets.count_by_status) == {facts.status: 1}
    assert bool(await database.read(lambda c: tickets.opened(c, 1))) is facts.is_open
    assert bool(await database.read(lambda c: tickets.silent_since(c, 2.0))) is (facts.turn is Turn.FAMILY)
    assert bool(await database.read(lambda c: tickets.never_answered(c, 2.0))) is (facts == NEW)
