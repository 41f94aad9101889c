"""Families in MAX: the guide in one message, errors in every form, links, hand-over, the kinds that MAX has."""

from __future__ import annotations

import re

import pytest

from tests.world import ERRORS, ROLES, World

UNKNOWN = ("hologram", "poll", "new-kind")  # kinds of attachments that MAX has not today
TELEGRAM = re.compile(r"telegram|телеграм|t\.me/", re.IGNORECASE)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: a message of MAX becomes the same on both; mids and the marker run on both elsewhere."""
    return sqlite_url


async def test_a_press_costs_one_call_and_changes_the_one_message(max_world: World) -> None:
    reader = max_world.person()
    await reader.opens_link("")
    for label in ROLES["parent>child"]:
        await reader.press(label)
    steps = 1
    shown = await reader.sees("Шаг 1 из")
    while "Готово" in " ".join(reader.labels):
        before = max_world.max.counts.copy()
        await reader.press("Готово")
        spent = max_world.max.counts - before
        assert spent["answer"] == 1 and not spent["edit_message"] and not spent["send_message"], spent
        steps += 1
    assert steps > 2 and len(reader.from_bot) == 1
    assert reader.screen and reader.screen["message_id"] == shown["message_id"]
    await reader.press("Назад")
    assert not max_world.violations and not TELEGRAM.search("\n".join(reader.texts))


async def test_commands_are_typed_in_max_as_in_telegram(max_world: World) -> None:
    mother = max_world.person()
    for command, words in (("/start", "Кто пишет"), ("/help", "Школа №43"), ("/privacy", "кто за них отвечает")):
        await mother.says(command)
        await mother.sees(words)
    await mother.says("абракадабра зелёная")
    await mother.sees("Не понял")
    assert not TELEGRAM.search("\n".join(mother.texts)) and not max_world.violations


async def test_every_kind_of_message_gets_an_answer_and_none_ends_the_guide(max_world: World) -> None:
    mother, in_max = max_world.person(), max_world.max
    await max_world.begins(mother, "parent")
    for kind in ("sticker", "contact", "location", "voice"):
        await getattr(mother, f"sends_{kind}")()
        await mother.sees("Это я прочитать не могу")
        await mother.says("/start")
        await mother.sees("Кто пишет")
    for kind in UNKNOWN:
        await mother.sends({"attachments": [{"type": kind, "payload": {"depth": 3}}]})
        await mother.sees("Это я прочитать не могу")
        await mother.says("/start")
        await mother.sees("Кто пишет")
    in_max.queue_update("moon_landed", {"chat_id": mother.chat_id, "user": {}}, mother.chat_id, mother.id)
    in_max.queue_update("message_created", {"message": None}, mother.chat_id, mother.id)
    await mother.settles()
    await mother.opens_link("parent")
    await mother.sees("Шаг 1 из")
    await mother.forwards(ERRORS["adult", "diary_not_found"])
    await mother.sees("Что делать")
    assert not max_world.violations


async def test_who_stops_the_bot_in_the_middle_of_a_form_is_told_what_became_of_it(max_world: World) -> None:
    mother = max_world.person()
    await max_world.fills_form(mother, "parent", "второй день не пускает")
    await mother.blocks_bot()
    await mother.settles()
    await mother.unblocks_bot()  # which is a press on «Начать», as /start is in Telegram
    await mother.sees("обращение не отправлено")
    assert await max_world.sends_ticket(mother) == 1
    await max_world.desk.sees("№1 ·")
    assert not max_world.violations
