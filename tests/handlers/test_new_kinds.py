"""Kinds of messages that nobody foresaw, both ways; mixed albums; service messages; messages of other bots."""

from __future__ import annotations

import random
from typing import Any

import pytest

from sandbox.administrator import Administrator
from sandbox.telegram.bot_api import Refused
from sandbox.telegram.errors import Json
from sandbox.visible import labels_of, text_of
from tests.handlers.test_kinds import SERVICE_OF_TOMORROW
from tests.ticket_under_way import Talk, all_sent, begin
from tests.world import ERRORS, World


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: a kind is one more word in the outbox's rows, which test_sent_ticket.py has on both."""
    return sqlite_url


LIVE = {"file_id": "live", "file_unique_id": "live", "width": 10, "height": 10, "duration": 2}
STILL = [{"file_id": "still", "file_unique_id": "still", "width": 10, "height": 10}]
NEW: dict[str, Json] = {
    "live_photo": {"live_photo": LIVE, "photo": STILL, "caption": "вот снимок"},
    "rich_message": {"rich_message": {"blocks": [{"type": "paragraph", "text": "Нажмите Продолжить"}]}},
    "checklist": {"checklist": {"title": "Что принести", "tasks": [{"id": 1, "text": "паспорт"}]}},
    "dice": {"dice": {"emoji": "🎲", "value": 3}},
    "story": {"story": {"chat": {"id": 5, "type": "private", "first_name": "Мария"}, "id": 1}},
    "venue": {"venue": {"location": {"latitude": 54.6, "longitude": 39.7}, "title": "Школа", "address": "Рязань"}},
    "hologram": {"hologram": {"file_id": "h"}},
    "mood": {"mood": {"level": 3}},
}


async def post(talk: Talk, content: Json, **more: Any) -> Json:
    """An administrator sends a content given as Telegram's JSON."""
    return await talk.world.desk.sends({**content, **more}, **talk.where)


async def test_kinds_of_tomorrow_reach_the_family_and_are_marked_as_delivered(talk: Talk) -> None:
    for name, content in NEW.items():
        sent = await post(talk, content)
        await talk.family_gets(name)
        await talk.world.eventually(lambda sent=sent: bool(talk.world.desk.reaction(sent)), what=f"the sign of {name}")
        talk.world.clock.move(seconds=2)
    assert await talk.status() == "waiting_family"
    assert not any("Не доставлено" in text for text in talk.world.desk.texts)


async def test_kinds_of_tomorrow_reach_the_desk(either_talk: Talk) -> None:
    talk = either_talk
    for name, content in NEW.items():
        sent = await talk.family.sends(content)
        await talk.desk_gets(name)
        await talk.world.eventually(lambda sent=sent: bool(talk.family.reaction(sent)), what=f"the sign of {name}")
        talk.world.clock.move(seconds=2)
    assert not any("прочитать не могу" in text for text in talk.family.texts)


async def test_a_message_with_an_unknown_origin_and_a_rich_one_with_an_unknown_block_go_on(talk: Talk) -> None:
    """A part of an update that does not parse is left out of it."""
    await post(talk, {"text": "нажмите сюда", "forward_origin": {"type": "guest", "date": 1}})
    await talk.family.sees("нажмите сюда")
    await post(talk, {"rich_message": {"blocks": [{"type": "hologram", "text": "Нажмите"}]}})
    await talk.family_gets("rich_message")
    await talk.family.sends({"text": "не выходит", "forward_origin": {"type": "guest", "date": 1}})
    await talk.world.desk.sees("не выходит")


@pytest.mark.parametrize("name", ["paid_media", "invoice", "giveaway"])
async def test_what_telegram_never_copies_is_told_in_russian(talk: Talk, name: str) -> None:
    content: Json = {
        "paid_media": {"star_count": 1, "paid_media": []},
        "invoice": {"title": "a", "description": "b", "start_parameter": "c", "currency": "RUB", "total_amount": 1},
        "giveaway": {"chats": [], "winners_selection_date": 1, "winner_count": 1},
    }
    sent = await post(talk, {name: content[name]})
    told = await talk.world.desk.sees("Не доставлено: такое сообщение мессенджер не даёт переслать")
    assert told["reply_to_message"]["message_id"] == sent["message_id"]


async def test_a_caption_of_an_unknown_kind_is_masked_also_where_it_is_copied(talk: Talk) -> None:
    for content in ({"hologram": {"file_id": "h"}}, {"live_photo": LIVE, "photo": STILL}):
        sent = await talk.family.sends({**content, "caption": "СНИЛС 112-233-445 95"})
        arrived = await talk.desk_gets(next(iter(content)))
        assert text_of(arrived) == "СНИЛС [СНИЛС скрыт]"
        talk.world.clock.move(seconds=2)
        await talk.family.edits(sent, "а вот мой телефон +7 910 123-45-67")
        await talk.world.desk.sees("а вот мой телефон [телефон скрыт]")
        talk.world.clock.move(seconds=2)


async def test_personal_data_in_what_has_no_caption_arrives_in_masked_words(talk: Talk) -> None:
    rich = {"blocks": [{"type": "paragraph", "text": ["112-", {"type": "bold", "text": "233"}, "-445 95"]}]}
    await talk.family.sends({"rich_message": rich})
    await talk.world.desk.sees("[сообщение с оформлением] [СНИЛС скрыт]")
    await talk.family.sends_contact("+79101234567", "Анна")
    arrived = await talk.world.desk.sees("[контакт]")
    assert "Анна" in text_of(arrived) and "[телефон скрыт]" in text_of(arrived)
    assert not any("rich_message" in m or "contact" in m for m in talk.shown)


async def test_a_rich_message_that_was_edited_goes_once_more(talk: Talk) -> None:
    theirs = await post(talk, NEW["rich_message"])
    await talk.family_gets("rich_message")
    mine = await talk.family.sends({"rich_message": {"blocks": [{"type": "paragraph", "text": "не выходит"}]}})
    await talk.desk_gets("rich_message")
    telegram = talk.world.telegram
    other = {"rich_message": {"blocks": [{"type": "paragraph", "text": "Нажмите Далее"}]}}
    telegram.edit_post(talk.world.support.id, theirs["message_id"], other)
    telegram.edit_post(talk.family.id, mine["message_id"], other)
    assert (await talk.family_gets("rich_message", more_than=1))["rich_message"] == other["rich_message"]
    assert (await talk.desk_gets("rich_message", more_than=1))["rich_message"] == other["rich_message"]


async def test_a_rich_message_is_read_in_the_guide_and_in_the_form(world: World) -> None:
    mother = world.person()
    await world.begins(mother, "parent")

    def rich(text: str) -> Json:
        return {"rich_message": {"blocks": [{"type": "paragraph", "text": text}]}}

    await mother.sends(rich(ERRORS["adult", "diary_not_found"]))
    await mother.sees("Что делать")
    await mother.press("Написать в школу")
    await mother.press("Родителя")
    await mother.sees("класс")
    await mother.sends(rich("7Б"))
    await mother.sees("зовут")


# --- albums ----------------------------------------------------------------------------------------------------------


def parts(talk: Talk, kinds: list[str]) -> list[Json]:
    """The contents of an album with these kinds, each with its own caption."""
    telegram, made = talk.world.telegram, []
    for number, kind in enumerate(kinds):
        if kind == "live_photo":
            content: Json = {"live_photo": LIVE, "photo": STILL}
        else:
            content = telegram.shown(kind, telegram.keep_file(kind, f"{kind}{number}".encode()))
        made.append({**content, "caption": f"часть {number}", "media_group_id": "album"})
    return made


MIXED = [["photo", "animation"], ["live_photo", "photo"], ["animation", "live_photo", "video"], ["document", "photo"]]


@pytest.mark.parametrize("kinds", MIXED, ids="-".join)
async def test_an_album_of_mixed_kinds_arrives_whole_and_an_edit_meets_its_own_part(
    talk: Talk, kinds: list[str]
) -> None:
    """The parts arrive in any order, and no album can be made of them on the other side."""
    family, desk, telegram = talk.family, talk.world.desk, talk.world.telegram
    order = random.Random("-".join(kinds)).sample(range(len(kinds)), len(kinds))
    contents = parts(talk, kinds)
    async with talk.world.at_once():
        mine = [await family.sends(contents[number]) for number in order]
        telegram.fault(Refused(400, "Bad Request: message can't be copied"), method="copyMessages")
        theirs = [await post(talk, contents[number]) for number in order]
    for number, message in zip(order, mine, strict=True):
        await desk.sees(f"часть {number}")
        await family.edits(message, f"правка семьи {number}")
    for number, message in zip(order, theirs, strict=True):
        await family.sees(f"часть {number}", anywhere=True)
        await desk.edits(message, f"правка школы {number}")
    for number, kind in enumerate(kinds):
        assert kind in await desk.sees(f"правка семьи {number}")
        assert kind in await family.sees(f"правка школы {number}", anywhere=True)
    asking = [m for m in family.from_bot if any("Не помогло" in label for label in labels_of(m))]
    assert len(asking) == 1, "the last part asks, and no other"


async def test_an_album_whose_parts_come_in_another_order_keeps_each_edit_with_its_part(talk: Talk) -> None:
    """A fault of 1.1.0: copies come back in the order of the ids, whatever the order of the updates was."""
    telegram, desk = talk.world.telegram, talk.world.desk
    contents = parts(talk, ["photo", "photo", "photo"])
    async with talk.world.at_once():
        theirs = [await post(talk, content) for content in contents]
        waiting = [number for number, one in telegram.pending.items() if "photo" in one.body.get("message", {})]
        bodies = [telegram.pending[number].body["message"] for number in waiting]
        for number, body in zip(waiting, reversed(bodies), strict=True):
            telegram.pending[number].body["message"] = body
    await talk.family_gets("photo", more_than=2)
    for number, message in enumerate(theirs):
        await desk.edits(message, f"правка {number}")
        changed = await talk.family.sees(f"правка {number}", anywhere=True)
        unique = contents[number]["photo"][-1]["file_unique_id"]
        assert changed["photo"][-1]["file_unique_id"] == unique


async def test_an_album_that_telegram_refuses_as_a_whole_goes_part_by_part(talk: Talk) -> None:
    refusal = Refused(400, "Bad Request: group send failed")
    talk.world.telegram.fault(refusal, times=2, method="sendMediaGroup|copyMessages")
    contents = parts(talk, ["photo", "video", "photo"])
    async with talk.world.at_once():
        for content in contents:
            await talk.family.sends(content)
            await post(talk, content)
    for number in range(3):
        await talk.world.desk.sees(f"часть {number}")
        await talk.family.sees(f"часть {number}", anywhere=True)
    assert not any("Не доставлено" in text for text in talk.world.desk.texts)


# --- nobody's words --------------------------------------------------------------------------------------------------

SERVICE: list[Json] = [
    {"pinned_message": {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}, "text": "x"}},
    {"message_auto_delete_timer_changed": {"message_auto_delete_time": 86400}},
    {"chat_background_set": {"type": {"type": "fill", "fill": {"type": "solid", "color": 1}}}},
    {"forum_topic_created": {"name": "Дневник", "icon_color": 7322096}}, {"forum_topic_edited": {"name": "Дневник"}},
    {"boost_added": {"boost_count": 1}}, {"gift": {"gift": {"id": "1"}}}, {"write_access_allowed": {}},
    *SERVICE_OF_TOMORROW,
]  # fmt: skip


async def test_service_messages_are_passed_over_in_guide_form_and_ticket(talk: Talk) -> None:
    world = talk.world
    in_guide, in_form = world.person("Анна"), world.person("Олег")
    await world.begins(in_guide, "child")
    await world.fills_form(in_form, "parent", "не пускает")
    people = (in_guide, in_form, talk.family)
    before, at_desk = [one.texts for one in people], len(world.desk.from_bot)
    for content in SERVICE:
        for one in people:
            world.telegram.service(world.telegram.chats[one.id], one.id, content)
        world.telegram.service(world.support, world.desk.id, {**content, "message_thread_id": talk.topic.id})
        await world.eventually(lambda: not world.telegram.pending, what="the service messages taken")
    await all_sent(world)
    assert [one.texts for one in people] == before
    assert len(world.desk.from_bot) == at_desk and await talk.status() == "new"
    await in_form.press("Отправить")
    await in_form.sees("отправлено в школу")


async def test_a_message_of_another_bot_is_no_answer_of_the_school(talk: Talk) -> None:
    telegram, support = talk.world.telegram, talk.world.support
    telegram.user(900, "Робот")["is_bot"] = True
    where: dict[str, Any] = {"chat_id": support.id, "thread": talk.topic.id}
    telegram.post(900, {"text": "погода сегодня хорошая"}, **where)
    telegram.post(900, {"text": "/notice Объявление робота"}, **where)
    telegram.user(777000, "Telegram")
    channel = {"id": -1005, "type": "channel", "title": "Новости школы"}
    telegram.post(777000, {"text": "пост канала", "sender_chat": channel, "is_automatic_forward": True}, **where)
    telegram.post(talk.world.desk.id, {"text": "пишу от имени канала", "sender_chat": channel}, **where)
    await talk.family.sees("пишу от имени канала")
    hidden = Administrator(telegram, "Директор", chat=support, anonymous=True)
    await hidden.writes("пишет дирекция", **talk.where)
    await talk.family.sees("пишет дирекция")
    said = "\n".join(talk.family.texts)
    assert "погода" not in said and "пост канала" not in said
    assert talk.world.app is not None and not talk.world.app.services.school_of(1).notice


async def test_what_another_bot_did_to_a_topic_still_counts(world: World) -> None:
    talk = await begin(world)
    world.telegram.user(900, "Робот")["is_bot"] = True
    place = {"message_thread_id": talk.topic.id, "is_topic_message": True}
    world.telegram.service(world.support, 900, {"forum_topic_closed": {}, **place})
    await talk.family.sees("закрыл")
    assert await talk.status() == "solved"
