"""Messages that older versions lost silently, sent twice or out of order: each case once found by hand."""

from __future__ import annotations

import pytest

from bot.delivery import owed, screen_senders
from sandbox.telegram.errors import Refused, bad, internal_error
from sandbox.visible import text_of
from storage import outbox, sends, tickets
from storage.outbox import Owed
from tests.database_markers import on_sqlite
from tests.ticket_under_way import Talk, begin, none_on_its_way
from tests.world import World

BLOCKED = Refused(403, "Forbidden: bot was blocked by the user")


@on_sqlite
@pytest.mark.parametrize("refusal", [bad("chat not found"), bad("PEER_ID_INVALID"), BLOCKED], ids=str)
async def test_a_family_that_cannot_be_copied_from_does_not_stop_the_desk(world: World, refusal: Refused) -> None:
    """Telegram says «chat not found» of either chat of a copy: here the support chat is there."""
    lost, other = await begin(world), await begin(world, "Анна")
    await world.all_sent()
    world.telegram.fault(refusal, 999, method="copyMessage", chat=world.support.id)
    await lost.family.sends_location()
    await other.family.says("весть другой семьи")
    await world.desk.sees("весть другой семьи")
    world.telegram.faults.clear()
    await none_on_its_way(world)
    world.clock.move(minutes=10)
    await world.looks()
    await lost.desk_gets("location")


async def test_a_place_for_a_family_that_is_not_found_is_kept(talk: Talk) -> None:
    """A kind that can only be copied waits for its family like any other."""
    world = talk.world
    world.telegram.fault(bad("chat not found"), 999, chat=talk.family.id)
    await world.desk.sends_location(**talk.where)
    await world.desk.sees("Не доставлено: мессенджер сейчас не находит чат семьи")
    world.telegram.faults.clear()
    await none_on_its_way(world)
    world.clock.move(minutes=10)
    await world.looks()
    await talk.family_gets("location")


async def test_what_is_written_later_never_overtakes_what_waits_for_a_family_that_was_not_found(talk: Talk) -> None:
    world = talk.world
    world.telegram.fault(bad("chat not found"), 999, method="(send|copy).*", chat=talk.family.id)
    await talk.school("первый ответ")
    await world.desk.sees("Не доставлено: мессенджер сейчас не находит чат семьи")
    await none_on_its_way(world)
    world.telegram.faults.clear()
    await talk.school("второй ответ")
    await talk.family.sees("второй ответ", anywhere=True)
    assert [text_of(m) for m in talk.family.from_bot][-2:] == ["первый ответ", "второй ответ"]


@on_sqlite
@pytest.mark.parametrize("said", ["message can't be edited", "SOMETHING_ODD"])
async def test_an_edit_that_telegram_refuses_reaches_the_desk_as_a_new_message(talk: Talk, said: str) -> None:
    message = await talk.family.says("вход не работает")
    await talk.world.desk.sees("вход не работает")
    await talk.world.all_sent()
    talk.world.telegram.fault(bad(said), 999, method="editMessageText", chat=talk.world.support.id)
    await talk.family.edits(message, "вход заработал")
    await talk.world.desk.sees("вход заработал")


@on_sqlite
async def test_an_edit_of_an_answer_that_did_not_arrive_sends_it(talk: Talk) -> None:
    """The school was told «Не доставлено» and mends what it wrote: nothing would tell it that the edit went nowhere."""
    fault = talk.world.telegram.fault(bad("SOMETHING_ODD"), 2, method="copyMessage", chat=talk.family.id)
    message = await talk.school("ответ с огрехом")
    await talk.world.desk.sees("Не доставлено")
    assert fault.times == 0
    await talk.world.desk.edits(message, "исправленный ответ")
    await talk.family.sees("исправленный ответ", anywhere=True)


@on_sqlite
async def test_an_edit_of_what_did_not_reach_the_desk_sends_it(talk: Talk) -> None:
    world = talk.world
    world.telegram.fault(bad("SOMETHING_ODD"), 2, method="sendMessage", when=lambda p: "огрех" in str(p.get("text")))
    message = await talk.family.says("весть с огрехом")
    await talk.family.sees("Не получилось передать", anywhere=True)
    await talk.family.edits(message, "исправленная весть")
    await world.desk.sees("исправленная весть")


LONG_QUOTE = "я" * 1020
FROM_ELSEWHERE = {"external_reply": {"origin": {"type": "hidden_user", "date": 1, "sender_user_name": "Ольга"}}}


@on_sqlite
@pytest.mark.parametrize("caption", [None, "подпись"])
async def test_a_picture_arrives_whose_reply_quotes_more_than_a_caption_holds(talk: Talk, caption: str | None) -> None:
    quote = {"quote": {"text": LONG_QUOTE, "position": 0}}
    picture = talk.world.desk._content("photo", b"picture", caption, "", "image/jpeg")
    await talk.world.desk.sends(picture | FROM_ELSEWHERE | quote, **talk.where)
    photo = await talk.family_gets("photo")
    assert photo.get("caption") == caption
    assert [text_of(m) for m in talk.family.from_bot].count(f"Школа цитирует: «{LONG_QUOTE}»") == 1


@on_sqlite
async def test_a_quote_before_a_sticker_is_said_once_however_often_the_sticker_is_tried(talk: Talk) -> None:
    talk.world.telegram.fault(internal_error(), 3, method="copyMessage", chat=talk.family.id)
    file = talk.world.telegram.keep_file("sticker", b"RIFF0000WEBP", "sticker.webp", "image/webp", emoji="👍")
    quote = {"quote": {"text": "кусок", "position": 0}}
    await talk.world.desk.sends(talk.world.telegram.shown("sticker", file) | FROM_ELSEWHERE | quote, **talk.where)
    await talk.family_gets("sticker")
    assert [text_of(m) for m in talk.family.from_bot].count("Школа цитирует: «кусок»") == 1


async def test_the_end_of_a_long_text_that_was_edited_is_not_cut(talk: Talk) -> None:
    """Masking makes it longer than a message holds, so that it stands at the desk in two."""
    long = "89151234567 " * 330
    message = await talk.family.says(long + "начало")
    await talk.world.desk.sees("начало")
    await talk.family.edits(message, long + "и ещё одно слово")
    await talk.world.desk.sees("и ещё одно слово")
    before = len(talk.shown)
    await talk.family.edits(message, "теперь коротко")
    await talk.world.desk.sees("теперь коротко", anywhere=True)
    await talk.world.all_sent()
    assert len(talk.shown) == before
    assert not any("и ещё одно слово" in text_of(m) for m in talk.shown)


async def test_what_was_on_its_way_while_a_family_took_its_data_back_is_taken_back_too(database_url: str) -> None:
    """In a plain group no topic goes with it: words of the bot's own about the ticket are deleted by themselves."""
    async with World(database_url, forum=False) as world:
        talk = await begin(await world.start())
        await world.all_sent()
        world.telegram.hang_seconds = 6.0
        fault = world.telegram.fault("late", 1, method="sendMessage", chat=world.support.id)
        await talk.family.says("/ticket")
        await talk.family.press("Отозвать")
        await world.eventually(lambda: fault.times == 0, what="a message on its way")
        await talk.family.says("/forget")
        await talk.family.press("Удалить всё")
        await talk.family.sees("всё удалено")
        await world.eventually(
            lambda: any("отозвала обращение" in text for text in world.desk.texts),
            what="the message that was on its way",
        )
        await world.eventually(
            lambda: not any("отозвала обращение" in text for text in world.desk.texts), what="its being taken back"
        )
        assert not any("отозвала обращение" in text for text in world.desk.texts), world.desk.texts


async def test_a_screen_that_was_on_its_way_keeps_nothing_of_an_erased_family(talk: Talk) -> None:
    world = talk.world
    assert world.app is not None
    database, row = world.app.services.database, _a_screen_of(talk)
    await talk.family.says("/forget")
    await talk.family.press("Удалить всё")
    await talk.family.sees("всё удалено")
    record = screen_senders._prompted(row, owed.ScreenMessage.of(row), 4711)
    await database.write(lambda c: record(c, world.clock()))
    assert not await database.read(lambda c: tickets.messages(c, talk.number))


@on_sqlite
async def test_one_refused_text_among_those_that_were_merged_takes_no_other_down(talk: Talk) -> None:
    """In a full minute a burst of texts leaves as one message."""
    world = talk.world
    assert world.app is not None
    await world.all_sent()
    world.clock.move(minutes=3)
    world.clock.stop()
    desk, now = world.app.services.schools.desks[1].address, world.clock()
    await world.app.services.database.write(lambda c: sends.count_send(c, desk, "message", 19, now))
    fault = world.telegram.fault(
        bad("SOMETHING_ODD"), 999, method="sendMessage", chat=world.support.id,
        when=lambda p: "негодное" in str(p.get("text")) and "Не доставлено" not in str(p.get("text")),
    )  # fmt: skip
    for word in ("первое", "второе", "негодное", "третье"):
        await talk.family.says(word)
    await world.eventually(lambda: not world.telegram.pending, what="every update taken")
    world.clock.move(seconds=2)
    await world.looks()
    await world.eventually(lambda: fault.times < 999, what="the refusal of the merged texts")
    await none_on_its_way(world)
    world.clock.go()
    world.clock.move(minutes=2)
    await world.looks()
    for word in ("первое", "второе", "третье"):
        await world.desk.sees(word, anywhere=True)
    await talk.family.sees("Не получилось передать", anywhere=True)


def _a_screen_of(talk: Talk) -> Owed:
    number, family = talk.number, talk.family.id
    return Owed(1, family, outbox.family_queue(family), "screen", {"text": "—"}, number, family, None, 0.0, 0.0, 0)
