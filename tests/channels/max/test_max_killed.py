"""kill -9 while families of both messengers write and a desk in either answers: every message stands at its place."""

from __future__ import annotations

from collections import Counter

import pytest

from sandbox.visible import text_of
from tests.ticket_under_way import begin
from tests.world import World

pytestmark = pytest.mark.process
KILLS = 2


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: tests/test_crash.py kills on both, and here the messenger differs."""
    return sqlite_url


@pytest.mark.parametrize("desk", ["telegram", "max"])
async def test_nothing_is_lost_in_either_messenger(database_url: str, desk: str) -> None:
    async with World(database_url, channels=("telegram", "max"), desk=desk) as world:
        await world.launch()
        families = [world.person("Мария", channel="max"), world.person("Пётр", channel="telegram")]
        talks = [await begin(world, family=family) for family in families]
        world.telegram.latency = world.max.latency = 0.1
        for turn in range(KILLS):
            for talk in talks:
                await talk.family.says(f"весть {turn} от {talk.family.id}")
                await talk.school(f"ответ {turn} для {talk.family.id}")
            await world.eventually(
                lambda turn=turn: _holds(world.desk.texts, f"весть {turn}"), what="the first of them"
            )
            await world.kill()
            await world.launch()
        for talk in talks:
            for turn in range(KILLS):
                await world.desk.sees(f"весть {turn} от {talk.family.id}")
                await talk.family.sees(f"ответ {turn} для {talk.family.id}", anywhere=True)
            other = next(one for one in families if one is not talk.family)
            assert not _holds(talk.family.texts, f"для {other.id}")
            assert not any(f"от {other.id}" in text_of(message) for message in talk.shown if "topic" in talk.where)
        counts = Counter(text for family in families for text in family.texts if text.startswith("ответ"))
        assert all(count <= 1 + KILLS for count in counts.values()) and not world.violations


def _holds(texts: list[str], words: str) -> bool:
    return any(words in text for text in texts)
