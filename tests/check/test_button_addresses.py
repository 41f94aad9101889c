"""`check` names the addresses of buttons that Telegram, or a family's phone, cannot take."""

from __future__ import annotations

import pytest

from bot.check import button_addresses
from sandbox.telegram.errors import bad
from tests.check.test_check import ALL, checked, row_of
from tests.world import World


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: an address is refused by Telegram."""
    return sqlite_url


GOOD = [
    "https://diary.example/",
    "https://es.ryazan.gov.ru/auth?x=1&y=2#a",
    "http://школа43.рф/дневник",
    "https://xn--80ak6aa92e.xn--p1ai/",
    "https://my_school.example:8443/",
    "https://8.8.8.8/",
    "https://[2001:4860:4860::8888]/",
]
BAD = [
    "http://10.0.0.5/",
    "http://192.168.1.10:8080/diary",
    "http://172.16.0.1/",
    "http://127.0.0.1:8000/",
    "http://169.254.1.1/",
    "http://[::1]/",
    "http://[fd00::1]/",
    "http://localhost/",
    "http://localhost.localdomain/",
    "http://diary/",
    "http://diary.local/",
    "http://diary.school.lan./",
    "http://server.internal/",
    "https://diary.example /",
    "https://dia\u200bry.example/",
    "https://-diary.example/",
    "https://diary..example/",
    "https://dia*ry.example/",
    "https://",
    "http://[::1",
]


@pytest.mark.parametrize("address", GOOD)
def test_an_address_that_every_phone_opens_is_right(address: str) -> None:
    assert button_addresses.why_refused(address) == ""


@pytest.mark.parametrize("address", BAD)
def test_an_address_that_nobody_opens_is_told_why(address: str) -> None:
    assert button_addresses.why_refused(address)


async def test_check_names_the_setting_before_anybody_meets_the_button(unstarted_world: World) -> None:
    unstarted_world.environment |= {**ALL, "DIARY_URL": "http://10.0.0.5/", "PRIVACY_URL": "http://files.lan/p"}
    status, table = await checked(unstarted_world)
    assert status == 0, "the bot works without these buttons"
    row = row_of(table, "Кнопки")
    assert row.startswith("! Кнопки адрес кнопки DIARY_URL Telegram не принимает")
    assert "PRIVACY_URL" in row and "FEEDBACK_FORM_URL" not in row


async def test_check_repeats_what_a_running_bot_has_met(unstarted_world: World) -> None:
    """An address that passes every rule known here, and not Telegram's."""
    world = unstarted_world
    world.environment |= ALL
    await world.start()
    world.telegram.fault(bad("BUTTON_URL_INVALID"), times=99, when=lambda p: "diary.example" in str(p))
    mother = world.person()
    await mother.opens_link("parent")
    await mother.sees("Шаг 1 из 2")
    _, table = await checked(world)
    assert "адрес кнопки DIARY_URL Telegram не принимает" in row_of(table, "Порт")
