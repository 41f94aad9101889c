"""A message of which Telegram refuses a part (its marks, a button) is sent without that part, and this is counted."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.delivery.own_texts import ADDRESSES_REMEMBERED
from sandbox.telegram.errors import Json, bad, too_many
from sandbox.telegram.faults import Fault
from sandbox.visible import labels_of, text_of
from storage import statistics
from tests.bot_port import get
from tests.ticket_under_way import Talk, begin
from tests.world import World

ALWAYS = 10**6
DIARY = "http://10.0.0.5/"
DIARY_BUTTON = "🔗 Открыть дневник"
# Telegram's own words: core.telegram.org server (td), and what schools reported.
TEXT_REFUSALS = (
    'can\'t parse entities: Unsupported start tag "a" at byte offset 12',
    "can't parse entities: Can't find end of the entity starting at byte offset 3",
    "can't parse entities: Unclosed start tag at byte offset 5",
    "ENTITY_BOUNDS_INVALID",
    "strings must be encoded in UTF-8",
)
BUTTON_REFUSALS = (
    "BUTTON_URL_INVALID",
    "BUTTON_TYPE_INVALID",
    f"inline keyboard button URL '{DIARY}' is invalid: Wrong HTTP URL",
    f"inline keyboard button URL '{DIARY}' is invalid: URL host is empty",
    "Wrong HTTP URL",
    "can't parse inline keyboard button: the URL is wrong",
    "REPLY_MARKUP_INVALID",
)


@pytest_asyncio.fixture
async def quick_world(tmp_path: Path) -> AsyncIterator[World]:
    """A forum and the bot with a diary's address, on SQLite: what Telegram refuses does not depend on the database."""
    async with World(f"sqlite+aiosqlite:///{tmp_path}/bot.sqlite3", DIARY_URL=DIARY) as made:
        yield await made.start()


@pytest_asyncio.fixture
async def quick_talk(quick_world: World) -> Talk:
    """A sent ticket there."""
    return await begin(quick_world)


def refuses_marks(world: World, said: str = TEXT_REFUSALS[0]) -> Fault:
    """From now on Telegram refuses whatever is HTML."""
    return world.telegram.fault(bad(said), times=ALWAYS, when=lambda p: p.get("parse_mode") == "HTML")


def refuses_diary(world: World, said: str = BUTTON_REFUSALS[0]) -> Fault:
    """From now on Telegram refuses the button of the diary."""
    return world.telegram.fault(bad(said), times=ALWAYS, when=has_diary)


def has_diary(parameters: Json) -> bool:
    return DIARY in json.dumps(parameters.get("reply_markup") or "")


def counted(world: World, why: str) -> float:
    """Counts how often that was refused."""
    assert world.app is not None
    lines = world.app.services.metrics.render().decode().splitlines()
    found = [line for line in lines if line.startswith(f'bot_refused_parts_total{{why="{why}"}}')]
    return float(found[0].split()[-1]) if found else 0.0


def is_plain(message: dict[str, Any]) -> bool:
    """Tells whether the words came without a mark, and none of the marks is seen as text."""
    marks = [e for e in message.get("entities", message.get("caption_entities", [])) if e["type"] in ("bold", "italic")]
    return not marks and "<b>" not in text_of(message) and "&lt;" not in text_of(message)


# --- marks -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", TEXT_REFUSALS)
async def test_a_screen_that_telegram_refuses_is_sent_plain(
    quick_world: World, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    """New messages and edits that go at once; the words keep their signs, the screen its buttons."""
    world = quick_world
    await world.desk.writes("/notice 1 < 2 & 3")
    await world.desk.sees("Готово, семьи увидят")
    refuses_marks(world, said)
    mother = world.person()
    await mother.says("/start")
    first = await mother.sees("Кто пишет?")
    assert is_plain(first) and "1 < 2 & 3" in text_of(first) and labels_of(first)
    await mother.press("Я родитель")
    await mother.press("Вхожу сам(а)")
    step = await mother.sees("Шаг 1 из 2")
    assert is_plain(step) and step["message_id"] == first["message_id"], "the message itself becomes the screen"
    assert counted(world, "marks") >= 2
    assert said not in caplog.text, "a refusal may quote the text"


async def test_what_is_owed_to_a_family_is_sent_plain(quick_talk: Talk) -> None:
    """A screen of the outbox: a new message, and one in the place of an older one."""
    world = quick_talk.world
    refuses_marks(world)
    await world.desk.press("Данные исправлены", topic=quick_talk.topic)
    told = await quick_talk.family.sees("Школа исправила данные")
    assert is_plain(told) and "👍 Помогло" in labels_of(told)
    world.telegram.fault(too_many(1), method="editMessageText", chat=quick_talk.family.id)
    await quick_talk.family.says("/start")
    screen = await quick_talk.family.sees("Кто пишет?")
    await quick_talk.family.press("Я родитель", message=screen)
    later = await quick_talk.family.sees("Под чьей учётной записью")
    assert is_plain(later) and later["message_id"] == screen["message_id"]


async def test_the_desk_gets_cards_and_words_plain(quick_world: World) -> None:
    world = quick_world
    refuses_marks(world)
    talk = await begin(world)
    assert is_plain(talk.card) and "👀 Взять" in labels_of(talk.card)
    await world.desk.press("Взять", topic=talk.topic)
    await talk.card_shows("в работе")
    assert is_plain(talk.card)
    for command, shown in (
        ("/help", "Как отвечать семьям"),
        ("/open", "Открытых обращений: 1"),
        ("/ticket 1", "семья"),
    ):
        await world.desk.writes(command)
        assert is_plain(await world.desk.sees(shown))
    await world.desk.writes("/id")
    assert is_plain(await world.desk.sees("Номер этой группы"))
    assert counted(world, "marks") >= 5


@pytest.mark.parametrize("with_picture", [True, False])
async def test_statistics_are_sent_plain(quick_world: World, with_picture: bool) -> None:
    world = quick_world
    assert world.app is not None
    await world.app.services.database.write(
        lambda c: statistics.count(c, "began", world.clock(), school_id=1, path="child")
    )
    refuses_marks(world)
    if not with_picture:
        world.telegram.fault(bad("not enough rights to send photos to the chat"), times=ALWAYS, method="sendPhoto")
    await world.desk.writes("/stats")
    said = await world.desk.sees("Вход в дневник за 30 дней")
    assert is_plain(said) and ("photo" in said) == with_picture


async def test_a_text_that_is_too_long_is_cut_rather_than_lost(quick_world: World) -> None:
    world = quick_world
    mother = world.person()
    world.telegram.fault(bad("message is too long"), when=lambda p: p.get("parse_mode") == "HTML")
    await mother.says("/help")
    await mother.sees("Пришлите надпись")
    assert counted(world, "length") == 1


async def test_a_refusal_that_nobody_knows_leaves_the_words(quick_world: World) -> None:
    world = quick_world
    mother = world.person()
    refused = world.telegram.fault(
        bad("SOMETHING_NEW_IS_WRONG"), times=ALWAYS, method="sendMessage", when=lambda p: "parse_mode" in p
    )
    await mother.says("/help")
    assert is_plain(await mother.sees("Пришлите надпись"))
    assert refused.times < ALWAYS and counted(world, "unknown") == 1


# --- buttons ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", BUTTON_REFUSALS)
async def test_a_button_that_telegram_refuses_costs_that_button(quick_world: World, said: str) -> None:
    """The address of a setting passes our check and not Telegram's; step 1 comes without it."""
    world = quick_world
    refused = refuses_diary(world, said)
    mother = world.person()
    await mother.opens_link("parent")
    first = await mother.sees("Шаг 1 из 2")
    assert DIARY_BUTTON not in labels_of(first) and {"✅ Готово", "⚠️ Появилась ошибка"} <= set(labels_of(first))
    assert any(entity["type"] == "bold" for entity in first["entities"]), "the text keeps its marks"
    await mother.press("Готово")
    await mother.press("Готово")
    await mother.sees("Получилось войти?")
    assert ALWAYS - refused.times == 1, "an address that was refused is not tried with every screen again"
    assert counted(world, "button") == 1


@pytest.mark.parametrize("said", BUTTON_REFUSALS)
async def test_a_refused_button_costs_an_edit_and_an_owed_screen_no_more(quick_talk: Talk, said: str) -> None:
    """The same in the other ways out: the edit of a press, and the outbox."""
    world, family = quick_talk.world, quick_talk.family
    refused = refuses_diary(world, said)
    await world.desk.press("Данные исправлены", topic=quick_talk.topic)
    told = await family.sees("Школа исправила данные")
    assert labels_of(told) == ["👍 Помогло", "Не помогло"]
    assert world.app is not None
    world.app.services.refused_addresses.clear()
    await world.begins(family, "parent")
    assert DIARY_BUTTON not in family.labels and "✅ Готово" in family.labels
    assert ALWAYS - refused.times == 2


@pytest.mark.parametrize("said", ["BUTTON_DATA_INVALID", "BUTTON_USER_INVALID", "REPLY_MARKUP_INVALID"])
async def test_a_card_comes_without_the_buttons_that_are_refused(quick_world: World, said: str) -> None:
    world = quick_world
    world.telegram.fault(
        bad(said), times=ALWAYS, chat=world.support.id, when=lambda p: bool(p.get("reply_markup")), method="sendMessage"
    )
    mother = world.person()
    await world.sends_ticket(mother)
    topic = await world.topic_of(1)
    assert "№1 · 🆕 новое" in topic.texts[0]
    await world.desk.writes("Смотрим", topic=topic)
    await mother.sees("Смотрим")


async def test_both_a_button_and_the_marks_may_be_refused(quick_world: World) -> None:
    world = quick_world
    refuses_diary(world)
    refuses_marks(world)
    mother = world.person()
    await mother.opens_link("parent")
    step = await mother.sees("Шаг 1 из 2")
    assert is_plain(step) and DIARY_BUTTON not in labels_of(step) and "✅ Готово" in labels_of(step)
    assert world.app is not None and DIARY in world.app.services.refused_addresses


async def test_a_button_that_was_not_the_one_is_tried_again(quick_world: World) -> None:
    """The words name no button, and leaving the diary's out did not help: it is not taken for refused."""
    world = quick_world
    said = bad("BUTTON_TYPE_INVALID")
    world.telegram.fault(said, times=2, when=lambda p: "callback_data" in json.dumps(p.get("reply_markup") or ""))
    mother = world.person()
    await mother.opens_link("parent")
    await mother.sees("Шаг 1 из 2")
    assert world.app is not None and not world.app.services.refused_addresses


async def test_a_screen_that_stands_already_is_not_refused(quick_world: World) -> None:
    """Telegram's words for it name the «reply markup», which nobody has to leave out."""
    world = quick_world
    mother = world.person()
    await world.begins(mother, "parent")
    same = "specified new message content and reply markup are exactly the same as a current content and reply markup"
    fault = world.telegram.fault(bad(f"message is not modified: {same} of the message"), method="editMessageText")
    before = len(mother.from_bot)
    await mother.press("Готово")
    await mother.settles()
    assert fault.times == 0 and len(mother.from_bot) == before and "Шаг 1" in mother.text
    assert counted(world, "button") == counted(world, "unknown") == 0


async def test_health_names_the_button(quick_world: World) -> None:
    """Nothing stands still, so it is green, and says which address it is."""
    world = quick_world
    assert "notes" not in json.loads((await get(world, "/healthz"))[1])
    refuses_diary(world)
    mother = world.person()
    await mother.opens_link("parent")
    await mother.sees("Шаг 1 из 2")
    status, text = await get(world, "/healthz")
    assert status == 200 and "адрес кнопки DIARY_URL Telegram не принимает" in json.loads(text)["notes"]


async def test_a_familys_own_link_is_neither_kept_nor_told(quick_world: World) -> None:
    """A hand-over's link is a family's own secret; without it the screen comes all the same."""
    world = quick_world
    shares = world.telegram.fault(
        bad("BUTTON_URL_INVALID"), times=ALWAYS, when=lambda p: "t.me/share" in json.dumps(p.get("reply_markup") or "")
    )
    child = world.person("Петя")
    await world.begins(child, "child")
    assert "👪 Отправить родителям" not in child.labels and "🔗 Открыть «Семья и дети»" in child.labels
    assert world.app is not None and not any("t.me" in each for each in world.app.services.refused_addresses)
    assert shares.times < ALWAYS


async def test_what_is_remembered_of_addresses_is_bounded(quick_world: World) -> None:
    world = quick_world
    assert world.app is not None
    services = world.app.services
    services.refused_addresses |= {f"https://{n}.example/": str(n) for n in range(ADDRESSES_REMEMBERED)}
    refuses_diary(world)
    mother = world.person()
    await mother.opens_link("parent")
    await mother.sees("Шаг 1 из 2")
    assert len(services.refused_addresses) == ADDRESSES_REMEMBERED and DIARY in services.refused_addresses
