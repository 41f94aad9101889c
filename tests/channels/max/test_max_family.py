"""Families in MAX: the guide in one message, errors in every form, links, hand-over, the kinds that MAX has."""

from __future__ import annotations

import re

import pytest

from tests.channels.max.conftest import link_handed_over, payload_of
from tests.world import ERRORS, LINKS, ROLES, World

TELEGRAM = re.compile(r"telegram|телеграм|t\.me/", re.IGNORECASE)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: a message of MAX becomes the same on both; mids and the marker run on both elsewhere."""
    return sqlite_url


@pytest.mark.parametrize("path", ["parent", "child", "parent>child"])
async def test_the_guide_is_walked_in_one_message_and_a_press_costs_one_call(max_world: World, path: str) -> None:
    reader = max_world.person()
    await reader.opens_link("")
    for label in ROLES[path]:
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


async def test_errors_are_understood_by_number_by_text_by_caption_and_by_picture(max_world: World) -> None:
    mother = max_world.person()
    await max_world.begins(mother, "parent")
    await mother.press("Появилась ошибка")
    await mother.press("1")
    await mother.sees("Что делать")
    await mother.says("/start")
    await mother.opens_link("child")
    await mother.sees("Шаг 1 из")
    await mother.says(ERRORS["child", "consent_required"])
    await mother.sees("Помогло")
    await mother.opens_link("parent")
    await mother.sees("Шаг 1 из")
    await mother.sends_photo(b"\x89PNG\r\n\x1a\n", caption=ERRORS["adult", "diary_not_found"])
    await mother.sees("Что делать")
    assert not max_world.violations


@pytest.mark.parametrize("link", ["child", "adult_pupil", "parent", *LINKS.values()])
async def test_a_link_opens_its_path(max_world: World, link: str) -> None:
    reader = max_world.person()
    await reader.opens_link(link)
    await reader.sees("Шаг 1 из")


async def test_commands_are_typed_in_max_as_in_telegram(max_world: World) -> None:
    mother = max_world.person()
    for command, words in (("/start", "Кто пишет"), ("/help", "Школа №43"), ("/privacy", "кто за них отвечает")):
        await mother.says(command)
        await mother.sees(words)
    await mother.says("абракадабра зелёная")
    await mother.sees("Не понял")
    assert not TELEGRAM.search("\n".join(mother.texts)) and not max_world.violations


async def test_every_kind_of_message_gets_an_answer_and_none_ends_the_guide(max_world: World) -> None:
    mother = max_world.person()
    await max_world.begins(mother, "parent")
    for send in (mother.sends_sticker, mother.sends_contact, mother.sends_location, mother.sends_voice):
        before = len(mother.from_bot)
        await send()
        await max_world.eventually(lambda before=before: len(mother.from_bot) > before, what="an answer")
    await mother.sends({"attachments": [{"type": "hologram", "payload": {"depth": 3}}]})
    await mother.settles()
    max_world.max.queue_update("moon_landed", {"chat_id": mother.chat_id, "user": {}}, mother.chat_id, mother.id)
    max_world.max.queue_update("message_created", {"message": None}, mother.chat_id, mother.id)
    await mother.settles()
    await mother.forwards(ERRORS["adult", "diary_not_found"])
    await mother.sees("Что делать")
    assert not max_world.violations


async def test_a_child_hands_the_screen_over_by_a_link_of_max(max_world: World) -> None:
    child, mother = max_world.person("Петя"), max_world.person("Мария")
    await max_world.begins(child, "child")
    link = link_handed_over(child)
    assert link.startswith("https://max.ru/dnevnik_max_bot?start=h_")
    await mother.opens_link(payload_of(link))
    await mother.sees("Шаг 1 из")
    assert not max_world.violations and not TELEGRAM.search("\n".join([*child.texts, *child.urls.values()]))


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
