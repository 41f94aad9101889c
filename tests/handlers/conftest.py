"""A world in both shapes that a school's support chat may have."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.talk import Talk, begin
from tests.world import World


@pytest_asyncio.fixture(params=["forum", "group"])
async def either_world(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[World]:
    """A forum, then a plain group."""
    async with World(database_url, forum=request.param == "forum") as made:
        yield await made.start()


@pytest_asyncio.fixture
async def either_talk(either_world: World) -> Talk:
    """A sent ticket in a forum, then in a plain group."""
    return await begin(either_world)


@pytest_asyncio.fixture
async def talk(world: World) -> Talk:
    """A sent ticket in a forum."""
    return await begin(world)
