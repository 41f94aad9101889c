"""The second pack, learned once a session, and a world whose bot speaks by it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.flows.content import Pack
from tests.content.learned_packs import FOUR_PATHS, learned_copy
from tests.world import World


@pytest.fixture(scope="session")
def four_paths(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    """The pack with a third error, an error of one path only, a path for 14–18, and topics of its own."""
    return learned_copy(FOUR_PATHS, tmp_path_factory.mktemp("packs") / FOUR_PATHS.name)


@pytest_asyncio.fixture
async def school_world(database_url: str, four_paths: Pack) -> AsyncIterator[World]:
    """A world whose bot got the second pack by the setting CONTENT alone."""
    async with World(database_url, CONTENT=str(four_paths.folder)) as made:
        yield await made.start()
