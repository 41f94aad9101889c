"""kill -9 at random, again and again under load: every ticket, message and answer arrives, few of them twice."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from sandbox.administrator import TopicView
from sandbox.person import Person
from tests import polled_waiting
from tests.world import World

KILLS, FAMILIES = 8, 4
pytestmark = [pytest.mark.process, pytest.mark.timeout(1200)]  # as long as every start of a process may take together
LIMIT = 60.0


def doubled(texts: list[str], wanted: list[str]) -> int:
    """Counts how many of the wanted texts stand there once too often."""
    counts = Counter(text for text in texts if text in wanted)
    return sum(count - 1 for count in counts.values())


def holds_all(texts: list[str], wanted: list[str]) -> bool:
    """Tells whether each wanted text stands there, by itself or as a line of a merged message."""
    lines = {line for text in texts for line in text.split("\n")}
    return all(text in lines for text in wanted)


async def kill_at_random(world: World, rng: random.Random) -> None:
    """Ends the process within a moment, in the middle of whatever it does, and starts it anew."""
    await polled_waiting.random_moment(rng, 0.4)
    await world.kill()
    await world.launch()


async def test_nothing_is_lost_however_often_the_process_is_killed(unstarted_world: World) -> None:
    world, rng = unstarted_world, random.Random(17)
    world.desk.limit = LIMIT
    world.telegram.latency = 0.03
    await world.launch()
    families = [world.person(f"Семья {n}", limit=LIMIT) for n in range(FAMILIES)]
    numbers = [await world.sends_ticket(family) for family in families]
    topics = [await world.topic_of(number) for number in numbers]
    told: dict[int, list[str]] = {family.id: [] for family in families}
    answered: dict[int, list[str]] = {family.id: [] for family in families}
    for round_number in range(KILLS):
        for family, topic in zip(families, topics, strict=True):
            told[family.id].append(f"весть {round_number} от {family.id}")
            answered[family.id].append(f"ответ {round_number} для {family.id}")
            await family.says(told[family.id][-1])
            await world.desk.writes(answered[family.id][-1], topic=topic)
        await kill_at_random(world, rng)
    await world.eventually(lambda: everything(world, families, topics, told, answered), LIMIT, "every message")
    # One message at a time is on its way to a chat, so a kill doubles one in each chat at the most, however slow the
    # machine is. The desk's topics are one chat.
    at_desk = sum(doubled(topic.texts, told[family.id]) for family, topic in zip(families, topics, strict=True))
    assert at_desk <= KILLS, f"{at_desk} doubled at the desk by {KILLS} kills"
    for family in families:
        assert doubled(family.texts, answered[family.id]) <= KILLS, family.texts
    assert len(world.desk.topics) == FAMILIES
    assert not world.telegram.violations


def everything(
    world: World,
    families: list[Person],
    topics: list[TopicView],
    told: dict[int, list[str]],
    answered: dict[int, list[str]],
) -> bool:
    """Tells whether all that was said stands at its place, on both sides."""
    return all(
        holds_all(topic.texts, told[family.id]) and holds_all(family.texts, answered[family.id])
        for family, topic in zip(families, topics, strict=True)
    )


async def test_a_ticket_sent_at_the_moment_of_a_kill_exists_once(unstarted_world: World) -> None:
    world, rng = unstarted_world, random.Random(5)
    world.desk.limit = LIMIT
    world.telegram.latency = 0.05
    await world.launch()
    families = [world.person(f"Семья {n}", limit=LIMIT) for n in range(5)]
    for family in families:
        await world.fills_form(family, "parent", f"слова {family.id}")
    for family in families:
        await family.press("Отправить", wait=False)
        await kill_at_random(world, rng)
    await world.eventually(
        lambda: all(f"слова {family.id}" in " ".join(world.desk.texts) for family in families), LIMIT, "every card"
    )
    for family in families:
        topics = [t for t in world.desk.topics if any(f"слова {family.id}" in text for text in t.texts)]
        assert len(topics) == 1, [topic.name for topic in topics]

    def pinned() -> list[int]:
        return sorted(int(t.name.split("№")[1].split()[0]) for t in world.desk.topics if t.pinned)

    # Five tickets leave no room for pins in the group's minute: they come in the next.
    await world.eventually(lambda: pinned() == [1, 2, 3, 4, 5], 2 * LIMIT, "every card pinned, each number once")


async def test_status_changes_survive_a_kill(unstarted_world: World) -> None:
    world = unstarted_world
    world.desk.limit = LIMIT
    await world.launch()
    family = world.person(limit=LIMIT)
    number = await world.sends_ticket(family)
    topic = await world.topic_of(number)
    world.telegram.latency = 0.1
    await world.desk.press("Данные исправлены", topic=topic)
    await world.kill()
    await world.launch()
    await family.sees("Попробуйте войти", anywhere=True)
    await family.press("Помогло")
    await world.kill()
    world.telegram.latency = 0.0
    await world.launch()
    await world.eventually(lambda: world.desk.topic(f"№{number}").closed, LIMIT, "the topic closed")
    await world.desk.sees("помогло", topic=topic)
