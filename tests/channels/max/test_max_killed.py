"""kill -9 while families of both messengers write and the desk answers: every message stands at its place."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.world import World

pytestmark = pytest.mark.process
KILLS = 2


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: tests/test_crash.py kills on both, and here the messenger differs."""
    return sqlite_url


async def test_nothing_is_lost_in_either_messenger(database_url: str) -> None:
    async with World(database_url, channels=("telegram", "max"), desk="max") as world:
        await world.launch()
        families = [world.person("Мария", channel="max"), world.person("Пётр", channel="telegram")]
        cards = []
        for family in families:
            number = await world.sends_ticket(family)
            cards.append(await world.desk.sees(f"№{number} ·"))
        world.telegram.latency = world.max.latency = 0.1
        for turn in range(KILLS):
            for family, card in zip(families, cards, strict=True):
                await family.says(f"весть {turn} от {family.id}")
                await world.desk.writes(f"ответ {turn} для {family.id}", reply_to=card)
            await world.eventually(
                lambda turn=turn: _holds(world.desk.texts, f"весть {turn}"), what="the first of them"
            )
            await world.kill()
            await world.launch()
        for family in families:
            for turn in range(KILLS):
                await world.desk.sees(f"весть {turn} от {family.id}")
                await family.sees(f"ответ {turn} для {family.id}", anywhere=True)
        counts = Counter(text for family in families for text in family.texts if text.startswith("ответ"))
        assert all(count <= 1 + KILLS for count in counts.values()) and not world.violations


def _holds(texts: list[str], words: str) -> bool:
    return any(words in text for text in texts)
