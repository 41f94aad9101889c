"""Troubles at MAX: nothing that was promised is lost, nothing is said twice, nobody waits for another."""

from __future__ import annotations

import pytest

from sandbox.max.max_errors import MaxRefused, out_of_service, too_many_calls
from sandbox.telegram.faults import What
from tests.ticket_under_way import PNG, begin, sent_by_the_clock
from tests.world import World

TROUBLES: dict[str, What] = {
    "500": MaxRefused(500, "internal.error", "Internal error"),
    "503": out_of_service(),
    "429": too_many_calls(),
    "page": "page",
    "drop": "drop",
}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: a failed call is tried again from rows that tests/delivery fails on both."""
    return sqlite_url


@pytest.mark.slow
async def test_an_answer_arrives_once_after_every_trouble_and_in_its_order(max_world: World) -> None:
    talk = await begin(max_world)
    for name, trouble in TROUBLES.items():
        max_world.max.fault(trouble, times=3, method="send_message", chat=talk.family.chat_id)
        await talk.school(f"Исправили, хотя был {name}")
        await talk.school(f"Попробуйте ещё раз, хотя был {name}")
        await max_world.desk.settles()
        await sent_by_the_clock(max_world)
    said = [text for text in talk.family.texts if "хотя был" in text]
    assert [text.split(",")[0] for text in said] == ["Исправили", "Попробуйте ещё раз"] * len(TROUBLES)
    assert not max_world.violations


async def test_a_press_is_answered_in_spite_of_a_trouble(max_world: World) -> None:
    mother = max_world.person()
    await max_world.begins(mother, "parent")
    max_world.max.fault("done-then-drop", method="answer")
    await mother.press("Готово")
    await mother.sees("Шаг 2 из")
    max_world.max.fault(out_of_service(), method="answer")
    await mother.press("Готово", wait=False)
    await mother.settles()
    await sent_by_the_clock(max_world)
    await mother.sees("Получилось войти?")
    assert len(mother.from_bot) == 1 and not max_world.violations


async def test_a_file_that_is_not_ready_is_waited_for_and_comes_once(max_world: World) -> None:
    talk = await begin(max_world)
    max_world.max.not_ready = {"file": 3, "image": 1}
    await max_world.desk.sends_document(b"%PDF", name="справка.pdf", **talk.where)
    await max_world.desk.settles()
    await sent_by_the_clock(max_world)
    await talk.family_gets("document")
    await talk.family.sends_photo(PNG)
    await talk.family.settles()
    await sent_by_the_clock(max_world)
    await talk.desk_gets("photo")
    documents = [m for m in talk.family.from_bot if "document" in m]
    assert len(documents) == 1 and not max_world.violations


async def test_what_the_bot_itself_wrote_and_a_cleared_dialogue_change_nothing(max_world: World) -> None:
    max_world.max.echoes = True
    talk = await begin(max_world)
    before = len(talk.family.from_bot)
    max_world.max.clear_dialogue(talk.family.id)
    await talk.family.settles()
    assert len(talk.family.from_bot) == before
    await talk.school("Всё исправили")
    await talk.family.sees("Всё исправили", anywhere=True)
    assert len([text for text in talk.family.texts if "Всё исправили" in text]) == 1
    assert not max_world.violations
