"""The support chat is the only place of authority: nobody else can act as the desk, nor on another family's ticket."""

from __future__ import annotations

import pytest

from sandbox.administrator import Administrator
from sandbox.visible import buttons_of
from tests.ticket_under_way import Talk, begin
from tests.world import World


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: who may do what is told from the chat in which it was said."""
    return sqlite_url


DESK_DATA = (
    "take:1", "fixed:1", "solved:1", "again:1", "clarify:1", "card:1", "ready:1:0", "sendready:1:fixed",
    "answers:list:0:0",
)  # fmt: skip
FAMILY_DATA = ("helped:1", "nothelped:1", "withdraw:1", "reopen:1", "talk:1", "join:1")


async def untouched(talk: Talk, said: list[str]) -> None:
    """Nothing about the ticket moved, and its family read nothing new."""
    assert await talk.history() == [("семья", "new")]
    assert talk.family.texts == said


async def test_a_stranger_in_a_private_chat_presses_the_desks_buttons_in_vain(either_talk: Talk) -> None:
    talk, world = either_talk, either_talk.world
    said = talk.family.texts
    stranger = world.person("Чужой")
    await stranger.says("/start")
    await stranger.sees("Кто пишет")
    card_data = [button["callback_data"] for button in buttons_of(talk.card)]
    for data in (*card_data, *DESK_DATA, *FAMILY_DATA):
        await stranger.taps(stranger.screen or {}, data)
    assert not world.telegram.unanswered()
    await untouched(talk, said)


async def test_the_family_itself_cannot_press_the_desks_buttons(talk: Talk) -> None:
    for data in DESK_DATA:
        await talk.family.taps(talk.family.screen or {}, data)
    assert await talk.history() == [("семья", "new")]


async def test_a_member_of_the_desk_has_no_say_in_a_private_chat(talk: Talk) -> None:
    world, said = talk.world, talk.family.texts
    olga = world.person("Ольга", id=world.desk.id)
    await olga.says("/start")
    await olga.sees("Кто пишет")
    for data in (*DESK_DATA, *FAMILY_DATA):
        await olga.taps(olga.screen or {}, data)
    for command in ("/open", f"/ticket {talk.number}", "/ban", "/stats", "/notice всем привет", "/unban"):
        await olga.says(command)
        await olga.settles()
        world.clock.move(seconds=2)
    assert not any("второй день" in text or "всем привет" in text or "7Б" in text for text in olga.texts)
    await untouched(talk, said)


async def test_another_group_has_no_say(talk: Talk) -> None:
    world, said = talk.world, talk.family.texts
    foreign = Administrator(world.telegram, "Пётр", chat=world.telegram.group("Родители", forum=True))
    topic = await foreign.makes_topic(f"№{talk.number} · 7Б")
    topic.topic.id = talk.topic.id  # the same number of a topic, in another chat
    await foreign.writes("ответ из чужой группы", topic=topic)
    planted = world.telegram.put(foreign.chat, world.telegram.sender, {"text": "карточка"})
    for data in (*DESK_DATA, *FAMILY_DATA):
        await foreign.taps(planted, data)
    for command in ("/open", f"/ticket {talk.number}", "/ban", "/stats", "/notice всем привет"):
        await foreign.writes(command)
    await foreign.closes_topic(topic)
    await foreign.settles()
    assert [m for m in foreign.from_bot if m is not planted] == []
    assert not world.telegram.unanswered()
    await untouched(talk, said)


async def test_forged_data_at_the_desk_is_answered_and_harms_nothing(talk: Talk) -> None:
    said = talk.family.texts
    forged = (
        "take:", "take:x", "take:999", "ready:1:99", "ready:1:x", "ready:1", "sendready:1:s9", "sendready:1", "fixed:١",
        "solved:-1", "clarify:1:x", "answers", "answers:open:x:0", "answers:open:9:0", "answers:keep:9:0",
        "answers:zzz:1:0", "zzz", ":",
    )  # fmt: skip
    for data in (*forged, *FAMILY_DATA):
        await talk.world.desk.taps(talk.card, data)
    assert not talk.world.telegram.unanswered()
    await untouched(talk, said)


async def test_one_family_cannot_touch_anothers_ticket_by_its_number(world: World) -> None:
    first = await begin(world)
    second = await begin(world, "Анна")
    said = first.family.texts
    for data in (
        f"helped:{first.number}",
        f"withdraw:{first.number}",
        f"reopen:{first.number}",
        f"talk:{first.number}",
    ):
        await second.family.taps(second.family.screen or {}, data)
    await second.family.says("это моё")
    await world.desk.sees("это моё", topic=second.topic)
    await untouched(first, said)


async def test_an_upgrade_told_by_another_group_moves_nothing(talk: Talk) -> None:
    world = talk.world
    foreign = Administrator(world.telegram, "Пётр", chat=world.telegram.group("Чужие", kind="group"))
    await foreign.upgrades_group()
    await foreign.settles()
    await talk.family.says("я всё там же")
    await world.desk.sees("я всё там же", topic=talk.topic)
