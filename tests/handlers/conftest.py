"""A world in each shape that a school's support chat may have, and in each pairing of messengers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.ticket_under_way import Talk, begin
from tests.world import World

WORLDS: dict[str, dict[str, Any]] = {
    "forum": {},
    "group": {"forum": False},
    "max": {"channels": ("max",), "desk": "max"},
    # The first of the channels is the families'.
    "max-forum": {"channels": ("max", "telegram")},
    "telegram-max": {"channels": ("telegram", "max"), "desk": "max"},
}


@pytest_asyncio.fixture(params=["forum", "group"])
async def either_world(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[World]:
    """A forum, then a plain group."""
    async with World(database_url, **WORLDS[request.param]) as made:
        yield await made.start()


@pytest_asyncio.fixture
async def either_talk(either_world: World) -> Talk:
    """A sent ticket in a forum, then in a plain group."""
    return await begin(either_world)


@pytest_asyncio.fixture(params=list(WORLDS))
async def any_world(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[World]:
    """A forum, a plain group, all in MAX, families in MAX before a forum, families in Telegram before a group of MAX.

    For what is central to a family or a desk, one test of each: every messenger on one of the databases (`PAIRS`).
    """
    async with World(database_url, **WORLDS[request.param]) as made:
        made.max.strict_pace = True
        yield await made.start()


@pytest_asyncio.fixture
async def any_talk(any_world: World) -> Talk:
    """A sent ticket in each of these worlds."""
    return await begin(any_world)


@pytest_asyncio.fixture(params=["telegram", "max"])
async def family_world(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[World]:
    """Families and their desk in Telegram, then in MAX: for what a family does without a word to the desk."""
    async with World(database_url, channels=(request.param,), desk=request.param) as made:
        made.max.strict_pace = True
        yield await made.start()


@pytest_asyncio.fixture
async def talk(world: World) -> Talk:
    """A sent ticket in a forum."""
    return await begin(world)
