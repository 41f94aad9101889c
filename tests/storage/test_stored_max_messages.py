"""A message of MAX has one number, whoever meets it and however often; what no ticket holds is forgotten."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from storage import family_erasing, max_messages, tickets
from storage.database import Database


async def test_a_number_stays_until_nothing_speaks_of_it(database: Database) -> None:
    async def meet(connection: AsyncConnection) -> tuple[list[int], list[int], list[int]]:
        one = await max_messages.numbers_of(connection, "mid.a", 1, 7, 100.0)
        both = await max_messages.numbers_of(connection, "mid.a", 2, 7, 200.0)
        other = await max_messages.numbers_of(connection, "mid.b", 1, 8, 100.0)
        return one, both, other

    one, both, other = await database.write(meet)
    assert both[:1] == one and len({*both, *other}) == 3 and sorted([*both, *other]) == [*both, *other]
    assert await database.read(lambda c: max_messages.place_of(c, both[1])) == ("mid.a", 1)
    assert await database.read(lambda c: max_messages.place_of(c, 999)) is None
    assert await database.read(lambda c: max_messages.known_numbers(c, "mid.a")) == both

    async def keep_and_forget(connection: AsyncConnection) -> None:
        await tickets.add_message(
            connection, ticket_id=1, side="family", family_id=7, family_message_id=both[0], kind="text", at=100.0
        )
        await max_messages.forget_unused(connection, 150.0)

    await database.write(keep_and_forget)
    assert await database.read(lambda c: max_messages.place_of(c, both[0])) == ("mid.a", 0)
    assert await database.read(lambda c: max_messages.place_of(c, other[0])) is None
    again = await database.write(lambda c: max_messages.numbers_of(c, "mid.b", 1, 8, 300.0))
    assert again[0] > max(both)

    await database.write(lambda c: family_erasing.erase_family(c, 7))
    assert await database.read(lambda c: max_messages.known_numbers(c, "mid.a")) == []
