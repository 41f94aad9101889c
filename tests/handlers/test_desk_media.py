"""Every kind of message goes both ways, in a forum and in a plain group; albums stay albums."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.telegram.errors import Json
from sandbox.visible import labels_of, text_of
from tests.ticket_under_way import PNG, Talk, all_sent


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: only the call to Telegram differs; test_sent_ticket.py has texts on both."""
    return sqlite_url


IN_ANY = ("photo", "document", "voice", "video")  # what every messenger has, and gives to every other
KINDS = ("photo", "document", "voice", "video", "audio", "animation", "sticker", "video_note")
SENT: dict[str, tuple[str, dict[str, Any]]] = {
    "photo": ("sends_photo", {"data": PNG, "caption": "подпись photo"}),
    "document": ("sends_document", {"data": b"paper", "caption": "подпись document"}),
    "voice": ("sends_voice", {}),
    "video": ("sends_video", {"caption": "подпись video"}),
    "audio": ("sends_audio", {"caption": "подпись audio"}),
    "animation": ("sends_animation", {}),
    "sticker": ("sends_sticker", {}),
    "video_note": ("sends_video_note", {}),
}


async def test_every_kind_reaches_the_desk_and_is_marked_as_delivered(any_talk: Talk) -> None:
    talk, family = any_talk, any_talk.family
    in_telegram = talk.world.channels == ("telegram",)
    for kind in KINDS if in_telegram else IN_ANY:
        method, content = SENT[kind]
        sent = await getattr(family, method)(**content)
        arrived = await talk.desk_gets(kind)
        assert text_of(arrived) == content.get("caption", ""), kind
        if family.messenger is talk.world.telegram:
            await talk.world.eventually(lambda sent=sent: bool(family.reaction(sent)), what=f"the sign under a {kind}")
        if "reply_to" in talk.where:
            assert arrived["reply_to_message"]["message_id"] == talk.card["message_id"], kind
        talk.world.clock.move(seconds=2)
    assert not talk.world.violations


async def test_every_kind_reaches_the_family_and_is_marked_as_delivered(any_talk: Talk) -> None:
    talk, desk = any_talk, any_talk.world.desk
    in_telegram = talk.world.channels == ("telegram",)
    for kind in KINDS if in_telegram else IN_ANY:
        method, content = SENT[kind]
        sent = await getattr(desk, method)(**content, **talk.where)
        arrived = await talk.family_gets(kind)
        assert text_of(arrived) == content.get("caption", ""), kind
        await talk.signed(sent)
        talk.world.clock.move(seconds=2)
    assert not talk.world.violations


async def test_what_only_telegram_can_copy_reaches_the_family_too(talk: Talk) -> None:
    desk = talk.world.desk
    await desk.sends_location(**talk.where)
    await talk.family_gets("location")
    await desk.sends_contact(**talk.where)
    await talk.family_gets("contact")
    await desk.sends_poll(**talk.where)
    await talk.family_gets("poll")


async def test_what_nothing_can_copy_is_told_to_the_desk(talk: Talk) -> None:
    from sandbox.telegram.bot_api import Refused

    world = talk.world
    world.telegram.fault(Refused(400, "Bad Request: the message can't be copied"), method="copyMessage")
    sent = await world.desk.sends_poll(**talk.where)
    told = await world.desk.sees("Не доставлено: такое сообщение мессенджер не даёт переслать")
    assert told["reply_to_message"]["message_id"] == sent["message_id"]
    await talk.school("а это дойдёт")
    await talk.family.sees("а это дойдёт")


async def test_an_album_of_the_family_stays_an_album(either_talk: Talk) -> None:
    talk = either_talk
    async with talk.world.at_once():
        await talk.family.sends_album([b"one", b"two", b"three"], caption="три снимка")
    await talk.desk_gets("photo", more_than=2)
    parts = [m for m in talk.shown if "photo" in m]
    assert len(parts) == 3 and len({m.get("media_group_id") for m in parts}) == 1
    assert text_of(parts[0]) == "три снимка"
    assert len(talk.world.calls("sendMediaGroup")) == 1


async def test_an_album_of_the_school_stays_an_album_and_asks_below_it(either_talk: Talk) -> None:
    talk, desk = either_talk, either_talk.world.desk
    async with talk.world.at_once():
        sent = await desk.sends_album([b"one", ("video", b"two")], caption="как войти", **talk.where)
    await talk.family_gets("video")
    parts = [m for m in talk.family.from_bot if "photo" in m or "video" in m]
    assert len(parts) == 2 and len({m.get("media_group_id") for m in parts}) == 1
    asked = await talk.family.sees("Помогло?")
    assert any("Помогло" in label for label in labels_of(asked))
    await talk.world.eventually(lambda: all(desk.reaction(one) for one in sent), what="the signs under the album")


async def test_an_album_that_telegram_copies_in_part_goes_whole_from_what_was_stored(talk: Talk) -> None:
    world = talk.world
    world.telegram.latency = 0.2
    async with world.at_once():
        sent = await world.desk.sends_album([b"one", b"two", b"three"], **talk.where)
        await world.desk.settles()
        await world.desk.deletes(sent[1])
    world.telegram.latency = 0.0
    await talk.family_gets("photo", more_than=2)
    await talk.family.sees("Помогло?")
    parts = [m for m in talk.family.from_bot if "photo" in m]
    assert len(parts) == 3 and len({m.get("media_group_id") for m in parts}) == 1


async def test_an_album_of_documents_goes_both_ways(talk: Talk) -> None:
    async with talk.world.at_once():
        await talk.family.sends_album([("document", b"a"), ("document", b"b")])
        await talk.world.desk.sends_album([("document", b"c"), ("document", b"d")], **talk.where)
    await talk.desk_gets("document", more_than=1)
    await talk.family_gets("document", more_than=1)


async def test_a_caption_of_the_family_is_sent_anew_and_masked(either_talk: Talk) -> None:
    talk = either_talk
    await talk.family.sends_document(b"scan", name="скан.pdf", caption="вот скан, СНИЛС 112-233-445 95")
    arrived = await talk.desk_gets("document")
    assert text_of(arrived) == "вот скан, СНИЛС [СНИЛС скрыт]"
    assert arrived["document"]["file_name"] == "скан.pdf"
    assert not talk.world.calls("copyMessage"), "a family's caption is sent anew, never copied"


async def test_my_ticket_shows_the_caption_of_an_album(talk: Talk) -> None:
    async with talk.world.at_once():
        await talk.world.desk.sends_album([b"one", b"two", b"three"], caption="вот так", **talk.where)
    await talk.family.sees("Помогло?")
    await talk.family.says("/ticket")
    assert "вот так" in text_of(await talk.family.sees("Последний ответ школы"))


async def test_where_reactions_are_off_an_album_is_told_delivered_once(talk: Talk) -> None:
    world = talk.world
    world.support.reactions_off = True
    async with world.at_once():
        sent = await world.desk.sends_album([b"one", b"two", b"three"], **talk.where)
    told = await world.desk.sees("Доставлено")
    assert told["reply_to_message"]["message_id"] == sent[0]["message_id"]
    await all_sent(world)
    assert sum("Доставлено" in text for text in world.desk.texts) == 1


async def test_a_service_message_is_nobodys_answer(talk: Talk) -> None:
    world, said = talk.world, talk.family.texts
    place = {"message_thread_id": talk.topic.id, "is_topic_message": True}
    told: list[Json] = [{"checklist_tasks_done": {"marked_as_done_task_ids": [1]}}, {"something_of_next_year": {}}]
    for what in told:
        world.telegram.service(world.support, world.desk.id, {**what, **place})
    await world.desk.settles()
    await all_sent(world)
    assert await talk.status() == "new" and talk.family.texts == said
    assert not any("Не доставлено" in text for text in world.desk.texts)


async def test_a_poll_that_the_bot_cannot_reach_any_more_is_no_fault_of_the_family(talk: Talk) -> None:
    from sandbox.telegram.bot_api import Refused

    world = talk.world
    world.telegram.fault(Refused(403, "Forbidden: bot was kicked from the supergroup chat"), method="copyMessage")
    sent = await world.desk.sends_poll(**talk.where)
    told = await world.desk.sees("Не доставлено: бота удалили из чата")
    assert told["reply_to_message"]["message_id"] == sent["message_id"]
    assert "заблокировала" not in text_of(talk.card)
    await talk.school("а слова дойдут")
    await talk.family.sees("а слова дойдут")
