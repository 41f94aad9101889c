"""kill -9 once, at a chosen moment (in a form, in a relay): nothing is lost, and the family keeps its place."""

from __future__ import annotations

import pytest

from tests.world import World

pytestmark = pytest.mark.process


async def test_the_form_goes_on_after_a_kill(unstarted_world: World) -> None:
    world = unstarted_world
    await world.launch()
    mother = world.person()
    await world.begins(mother, "parent")
    await mother.press("Появилась ошибка")
    await mother.press("1")
    await mother.press("Написать в школу")
    await mother.press("Родителя")
    await mother.says("7Б")
    await mother.sees("Как зовут")
    await world.kill()
    await mother.says("Иванов Пётр")
    await world.launch()
    await mother.sees("Что случилось")
    await mother.says("не пускает второй день")
    await mother.sees("Вот что получит школа")
    await mother.press("Отправить")
    await mother.sees("отправлено в школу")
    topic = await world.topic_of(1)
    assert "Иванов Пётр" in str(topic.card) and "не пускает второй день" in str(topic.card)


async def test_a_relay_survives_a_kill_both_ways(unstarted_world: World) -> None:
    world = unstarted_world
    await world.launch()
    mother = world.person()
    number = await world.sends_ticket(mother)
    topic = await world.topic_of(number)
    world.telegram.latency = 0.4
    await mother.says("весть семьи")
    await world.desk.writes("ответ школы", topic=topic)
    await world.kill()
    world.telegram.latency = 0.0
    await world.launch()
    await mother.sees("ответ школы", anywhere=True)
    await world.desk.sees("весть семьи", topic=topic)
    assert sum("весть семьи" in text for text in topic.texts) <= 2
