"""A family in MAX tells its school like one in Telegram: by button, typed, in a link, and may change it."""

from __future__ import annotations

import pytest

from bot.schools import leaving
from tests.handover_link import link_handed_over, payload_of
from tests.world import World


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: what is stored of the choice is the same in every channel."""
    return sqlite_url


async def test_a_family_of_max_is_asked_for_its_school_once(max_world: World) -> None:
    for number in range(2, 12):
        await max_world.adds_school(str(number), f"Школа №{number}", channel="max")
    mother = max_world.person()
    await mother.opens_link("p_child")
    await mother.sees("Из какой вы школы?")
    assert not mother.labels
    await mother.says("школа №2")
    first = await mother.sees("Шаг 1 из")
    assert "Школа №2" in first["text"]
    await mother.says("/start")
    await mother.press("Сменить школу")
    await mother.sees("Сейчас выбрана школа: Школа №2")
    await mother.says("шкала 3 рязань")
    await mother.sees("Это ваша школа?")
    await mother.says("да")
    await mother.sees("Теперь школа другая: Школа №3")
    await mother.says("Сменить школу")
    await mother.says("школа 11")
    await mother.sees("Школа №11")
    stranger = max_world.person("Анна")
    await stranger.says("вход не работает")
    await stranger.says("школа номер 4")
    await stranger.sees("Школа: Школа №4")
    assert not max_world.violations


async def test_a_hand_over_carries_the_school_between_the_messengers_and_a_school_that_left_is_told(
    database_url: str,
) -> None:
    async with World(database_url, channels=("telegram", "max")) as world:
        await world.start()
        desk = await world.adds_school("2", "Школа №2", channel="max")
        child, mother = world.person("Петя", channel="telegram"), world.person("Мария", channel="max")
        await child.opens_link("s_2_child")
        await child.sees("Шаг 1 из")
        await mother.opens_link(payload_of(link_handed_over(child)))
        await mother.sees("Шаг 1 из")
        await world.sends_ticket(mother, words="из другого мессенджера")
        await desk.sees("из другого мессенджера")
        assert not any("мессенджера" in text for text in world.desk.texts)
        await world.all_sent()
        assert world.app is not None
        await world.app.services.database.write(lambda c: leaving.leave(c, 2, world.clock()))
        await world.looks()
        stranger = world.person("Анна", channel="max")
        await stranger.opens_link("s_2_role_parent")
        assert "Школа №2 больше не пользуется" in (await stranger.sees("Под чьей учётной записью"))["text"]
        assert not world.violations
