"""The search of a desk, row by row: order, pages, several words, common ones, other desks, what is erased."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import family_erasing, named_values, ticket_words, tickets
from storage.database import Database
from storage.ticket_models import ticket_words as words_table
from storage.ticket_models import tickets as tickets_table
from storage.ticket_words import FoundTickets, Term

DAY = 24 * 3600.0


def a_ticket(number: int, **more: Any) -> dict[str, Any]:
    """A ticket of desk 1; every third one is closed."""
    return {
        "id": number, "number": number, "family_id": number, "form_id": f"form{number}", "is_open": number % 3 != 0,
        "consent_at": DAY,
        "created_at": DAY, "updated_at": DAY, "solved_at": DAY if number % 3 == 0 else None, "desk_id": 1, **more,
    }  # fmt: skip


async def fill(connection: AsyncConnection) -> None:
    """Thirty tickets: each has its number, «дневник», and «иванов» or «петров»; the 31st is another desk's."""
    rows = [*(a_ticket(number) for number in range(1, 31)), a_ticket(31, desk_id=2)]
    await connection.execute(tickets_table.insert(), rows)
    for number in range(1, 32):
        ticket = await tickets.get(connection, number)
        assert ticket is not None
        await ticket_words.put(connection, ticket, {"дневник", "иванов" if number % 2 else "петров", str(number)})


async def find(
    database: Database, *words: str, offset: int = 0, limit: int = 10, first: int | None = None
) -> FoundTickets:
    terms = [Term(word, whole=word.isdigit()) for word in words]
    return await database.read(lambda c: ticket_words.find(c, 1, terms, offset=offset, limit=limit, first=first))


def numbers(found: FoundTickets) -> list[int]:
    return [ticket.id for ticket in found.tickets]


@pytest.mark.parametrize("rare", [ticket_words.RARE, 5], ids=["rare words", "common words"])
async def test_open_tickets_come_first_and_the_newest_among_them(
    database: Database, monkeypatch: pytest.MonkeyPatch, rare: int
) -> None:
    """However common the words are, the same is found in the same order."""
    monkeypatch.setattr(ticket_words, "RARE", rare)
    await database.write(fill)
    every = [n for n in range(30, 0, -1) if n % 3] + [n for n in range(30, 0, -1) if n % 3 == 0]
    odd = [n for n in every if n % 2]
    pages = [await find(database, "дневн", offset=offset) for offset in (0, 10, 20)]
    assert [n for page in pages for n in numbers(page)] == every
    assert [page.goes_on for page in pages] == [True, True, False]
    assert numbers(await find(database, "дневник", "ив", limit=30)) == odd
    assert numbers(await find(database, "иванов", "петров")) == []
    assert numbers(await find(database, "дневник", "17")) == [17], "a number is a whole word"
    led = [await find(database, "дневник", offset=offset, limit=10, first=3) for offset in (0, 10, 20)]
    assert [n for page in led for n in numbers(page)] == [3, *(n for n in every if n != 3)]
    assert (await find(database, "дневник", first=31)).tickets[0].id == every[0], "another desk's leads nothing"
    assert (await find(database, "дневник")).total == (30 if rare > 30 else None)
    assert (await find(database, "дневник", offset=40)).total == (30 if rare > 30 else None), "behind the end"


async def test_of_words_that_all_are_common_only_the_first_tickets_are_looked_at(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rarer word beside them finds what stands further on."""
    monkeypatch.setattr(ticket_words, "RARE", 5)
    monkeypatch.setattr(ticket_words, "GONE_THROUGH", 4)
    await database.write(fill)
    shown = await find(database, "дневник")
    assert (numbers(shown), shown.total, shown.goes_on) == ([29, 28, 26, 25], None, False)
    assert numbers(await find(database, "дневник", first=3)) == [3, 29, 28, 26, 25]
    nowhere = await find(database, "иванов", "петров")
    assert (numbers(nowhere), nowhere.total) == ([], None)
    assert numbers(await find(database, "дневник", "3")) == [3]


async def test_words_go_with_the_texts_of_their_ticket(database: Database) -> None:
    async def count(connection: AsyncConnection) -> int:
        return int((await connection.execute(select(func.count()).select_from(words_table))).scalar_one())

    await database.write(fill)
    before = await database.read(count)
    await database.write(lambda c: ticket_words.drop(c, 1, {"иванов"}))
    assert numbers(await find(database, "иванов", "1")) == []
    await database.write(lambda c: family_erasing.erase_family(c, 2))
    assert await database.read(count) == before - 1 - 3
    await database.write(lambda c: family_erasing.erase_old_texts(c, 2 * DAY, 3 * DAY))
    assert await database.read(count) == before - 1 - 3 - 3 * 10
    assert all(ticket.is_open for ticket in (await find(database, "дневник", limit=30)).tickets)


async def test_tickets_of_before_the_search_come_in_portions_newest_first(database: Database) -> None:
    erased = {"erased_at": DAY}

    async def old(connection: AsyncConnection) -> None:
        rows = [a_ticket(n) for n in range(1, 6)]
        rows[2] |= {"family_id": None}
        rows[3] |= erased
        await connection.execute(tickets_table.insert(), [{"erased_at": None, **row} for row in rows])
        await named_values.put(connection, "search_words_left", "5")

    await database.write(old)
    portions: list[list[int]] = []
    for _ in range(4):
        assert await database.read(ticket_words.is_incomplete) is (len(portions) < 3)
        portions.append([t.id for t in await database.write(lambda c: ticket_words.next_without(c, 2))])
    assert portions == [[5], [2], [1], []]
