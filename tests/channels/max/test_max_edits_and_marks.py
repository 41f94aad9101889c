"""Marks and edits that only MAX has: crossing marks, marks within a letter, a picture added by an edit."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.visible import text_of
from tests.ticket_under_way import PNG, Talk, begin
from tests.world import World

CROSSING = [{"type": "strong", "from": 0, "length": 10}, {"type": "emphasized", "from": 5, "length": 10}]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: the same rows are walked through on both by test_family_ticket.py."""
    return sqlite_url


@pytest.mark.parametrize(("channel", "desk"), [("max", "max"), ("max", "telegram"), ("telegram", "max")])
async def test_words_whose_marks_cross_arrive_once(database_url: str, channel: str, desk: str) -> None:
    async with World(database_url, channels=tuple({channel, desk}), desk=desk) as world:
        await world.start()
        talk = await begin(world, family=world.person(channel=channel))
        if desk == "max":
            await world.desk.sends({"text": "0123456789абвгд", "markup": CROSSING}, **talk.where)
            assert text_of(await talk.family.sees("0123456789", anywhere=True)) == "0123456789абвгд"
        if channel == "max":
            await talk.family.sends({"text": "семья789абвгдеж", "markup": CROSSING})
            assert text_of(await world.desk.sees("семья789")) == "семья789абвгдеж"
        assert not world.violations


async def test_a_mark_that_cuts_a_letter_holds_up_nothing(max_world: World) -> None:
    talk = await begin(max_world)
    cut = [{"type": "strong", "from": 1, "length": 2}, {"type": "strong", "from": 3, "length": 900}]
    await max_world.desk.sends({"text": "😀😀 всё готово", "markup": cut}, **talk.where)
    await talk.school("и второе")
    await talk.family.sees("всё готово", anywhere=True)
    await talk.family.sees("и второе", anywhere=True)


async def test_a_picture_that_an_edit_adds_arrives(max_world: World) -> None:
    talk = await begin(max_world)
    said = await talk.family.sends_photo(PNG, caption="первый экран")
    other = await talk.family.sends_photo(PNG, caption="второй экран")
    await max_world.desk.sees("второй экран")
    _add(talk, said, other, "первый экран и ещё")
    await max_world.desk.sees("первый экран и ещё")
    await max_world.eventually(lambda: _pictures(max_world.desk.from_bot) == 3, what="the added picture at the desk")
    answer = await max_world.desk.sends_photo(PNG, caption="так", **talk.where)
    await talk.family.sees("так", anywhere=True)
    _add(talk, answer, other, "вот так")
    await talk.family.sees("вот так", anywhere=True)
    await max_world.eventually(lambda: _pictures(talk.family.from_bot) == 2, what="the added picture at the family")
    assert not any("Не доставлено" in text for text in max_world.desk.texts) and not max_world.violations


def _add(talk: Talk, message: dict[str, Any], other: dict[str, Any], text: str) -> None:
    messenger = talk.world.max
    post = messenger.posts[message["mid"]]
    post.attachments = [*post.attachments, *messenger.posts[other["mid"]].attachments]
    messenger.edit_post(post.chat.id, post.number, {"text": text})


def _pictures(messages: list[dict[str, Any]]) -> int:
    return sum(len(message.get("photo", ())) for message in messages)


async def test_a_photo_that_the_school_replaces_by_a_file_arrives(database_url: str) -> None:
    async with World(database_url, channels=("telegram", "max"), desk="telegram") as world:
        await world.start()
        talk = await begin(world, family=world.person(channel="max"))
        await talk.family.sends_document(b"%PDF", name="x.pdf")
        file = (await talk.desk_gets("document"))["document"]
        answer = await world.desk.sends_photo(PNG, caption="вот", **talk.where)
        await talk.family.sees("вот", anywhere=True)
        answer.pop("photo")
        edited = {"document": file, "caption": "вот файл"}
        world.telegram.edit_post(answer["chat"]["id"], answer["message_id"], edited)
        assert "document" in await talk.family.sees("вот файл", anywhere=True)
        assert not world.violations


@pytest.mark.parametrize("another", [True, False])
async def test_the_marker_of_another_bot_is_not_this_ones(
    max_world: World, another: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    mother = max_world.person("Мария")
    await mother.says("/start")
    await mother.sees("Кто пишет")
    await max_world.stop()
    max_world.max.token = max_world.environment["MAX_TOKEN"] = "f9LHodD0cOL-another-token-of-the-same-school"
    if another:
        real = max_world.max.get_me
        monkeypatch.setattr(max_world.max, "get_me", lambda p: real(p) | {"user_id": 277639999})
        max_world.max.renumber(1000)
        max_world.max.kept.clear()
    await mother.says("Я родитель")
    if not another:
        await max_world.person("Пётр").says("/start")
    await max_world.start()
    await mother.sees("Под чьей", anywhere=True, limit=10)
