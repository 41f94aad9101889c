"""The messages of a morning: each desk is noted for a day once, however many replicas look at that moment."""

from __future__ import annotations

import asyncio

from storage import digests
from storage.database import Database


async def test_a_day_is_claimed_once_and_each_desk_for_itself(database: Database) -> None:
    async def claim(desk_id: int, day: str) -> bool:
        return await database.write(lambda c: digests.claim(c, desk_id, day))

    at_once = await asyncio.gather(*(claim(1, "2030-11-25") for _ in range(4)))
    assert sorted(at_once) == [False, False, False, True]
    assert await claim(2, "2030-11-25")
    assert await claim(1, "2030-11-26") and not await claim(1, "2030-11-26")


async def test_one_desk_that_wants_none_speaks_for_no_other(database: Database) -> None:
    async def is_off(desk_id: int) -> bool:
        return await database.read(lambda c: digests.is_off(c, desk_id))

    await database.write(lambda c: digests.switch(c, 1, on=False))
    assert await is_off(1) and not await is_off(2)
    await database.write(lambda c: digests.claim(c, 1, "2030-11-25"))
    assert await is_off(1)
    await database.write(lambda c: digests.switch(c, 1, on=True))
    assert not await is_off(1)
