"""Family and desk in MAX send each other files, edits and deletions; two families, and one that left."""

from __future__ import annotations

import pytest

from bot.delivery import lost_topics
from bot.schools import leaving
from sandbox.administrator import Administrator
from sandbox.max.max_errors import out_of_service
from sandbox.person import Person
from sandbox.telegram.errors import Json
from sandbox.visible import text_of
from tests.channels.max.test_max_family import UNKNOWN
from tests.database_markers import on_sqlite
from tests.handlers.test_desk_search import found
from tests.ticket_under_way import PNG, Talk, begin
from tests.world import World


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: test_family_ticket.py walks through the same rows on both."""
    return sqlite_url


async def test_a_file_keeps_its_name_and_pictures_stay_one_message(max_world: World) -> None:
    talk = await begin(max_world)
    await max_world.desk.sends_document(b"%PDF", name="справка №1.pdf", **talk.where)
    file = (await talk.family_gets("document"))["document"]
    assert file["file_name"] == "справка №1.pdf" and max_world.max.files[file["file_id"]].data == b"%PDF"
    await talk.family.sends_album([PNG, PNG], caption="два экрана")
    assert len((await max_world.desk.sees("два экрана"))["photo"]) == 2
    assert not max_world.violations


@pytest.mark.parametrize(("channel", "desk"), [("max", "max"), ("max", "telegram"), ("telegram", "max")])
async def test_a_deletion_of_which_max_tells_follows_to_the_other_side(
    database_url: str, channel: str, desk: str
) -> None:
    async with World(database_url, channels=tuple({channel, desk}), desk=desk) as world:
        await world.start()
        talk = await begin(world, family=world.person(channel=channel))
        family = talk.family
        if desk == "max":
            answer = await talk.school("Попробуйте завтра")
            await family.sees("Попробуйте завтра", anywhere=True)
            await world.desk.deletes(answer)
            await world.eventually(lambda: not any("завтра" in text for text in family.texts), what="the answer's end")
            assert await found(world, "завтра") == [], "nor does `/find` know its words any more"
        if channel == "max":
            said = await family.says("класс 7Б, диагноз")
            await world.desk.sees("класс 7Б, диагноз")
            assert await found(world, "диагноз") == [talk.number]
            await family.deletes(said)
            await world.eventually(lambda: _gone(talk, "класс 7Б"), what="the end of the family's words at the desk")
            assert await found(world, "диагноз") == [] and await found(world, "7Б") == [talk.number], "the card says 7Б"
        assert not world.violations


def _gone(talk: Talk, words: str) -> bool:
    found = [text_of(m) for m in talk.shown if words in text_of(m)]
    return all("удал" in text.lower() for text in found)


@pytest.mark.parametrize("desk", ["max", "telegram"])
async def test_what_cannot_go_on_is_told_and_what_can_arrives(database_url: str, desk: str) -> None:
    async with World(database_url, channels=("max", "telegram"), desk=desk) as world:
        await world.start()
        talk = await begin(world)
        family, school = talk.family, world.desk
        await family.sends_sticker()
        await talk.desk_gets("sticker" if desk == "max" else "document")
        await family.sends_contact()
        await school.sees("[контакт] [телефон скрыт]")
        await family.sends_location()
        await school.sees("[место на карте] Семья прислала сообщение, которое мессенджер не даёт переслать")
        await family.forwards("пост из канала класса")
        await school.sees("пост из канала класса")
        for number, kind in enumerate(UNKNOWN, 1):
            await family.sends({"attachments": [{"type": kind, "payload": {"depth": 3}}]})
            await world.eventually(
                lambda number=number: told(school, "[сообщение нового вида]") == number, what=f"a word on {kind}"
            )
        for number, kind in enumerate(("contact", "location"), 1):
            await getattr(school, f"sends_{kind}")(**talk.where)
            await world.eventually(lambda number=number: told(school, "Не доставлено") == number, what="a word on it")
        await talk.school("и ответ словами")
        await family.sees("и ответ словами", anywhere=True)
        assert not world.violations


def told(school: Administrator, words: str) -> int:
    """Counts the messages at the desk that say this."""
    return sum(words in text for text in school.texts)


async def test_two_families_are_kept_apart_and_strangers_are_nobody(max_world: World) -> None:
    first = await begin(max_world, "Мария")
    second = await begin(max_world, "Пётр")
    await first.school("ответ первой")
    await second.school("ответ второй")
    await first.family.sees("ответ первой", anywhere=True)
    await second.family.sees("ответ второй", anywhere=True)
    assert "второй" not in "\n".join(first.family.texts) and "первой" not in "\n".join(second.family.texts)
    elsewhere = max_world.max.group("Чужая группа")
    stranger = Administrator(max_world.max, "Чужой", chat=elsewhere)
    await stranger.writes("/id")
    await stranger.sees(f"max:{elsewhere.id}")
    await stranger.writes("/stats")
    await stranger.settles()
    forged = next(button for row in first.card["reply_markup"]["inline_keyboard"] for button in row)
    await Person(max_world.max, "Хитрый").taps(first.card, forged["callback_data"], wait=False)
    assert not max_world.violations


async def test_a_family_that_stopped_the_bot_is_told_to_the_desk_and_gets_it_when_back(max_world: World) -> None:
    talk = await begin(max_world)
    await talk.family.blocks_bot()
    answer = await talk.school("Всё исправили")
    told = await max_world.desk.sees("Не доставлено")
    assert told["reply_to_message"]["message_id"] in (answer["message_id"], talk.card["message_id"])
    await talk.family.unblocks_bot()
    await talk.school("Проверьте ещё раз")
    await talk.family.sees("Проверьте ещё раз", anywhere=True)
    assert not max_world.violations


async def test_the_desk_is_not_told_of_a_receipt_that_did_not_arrive(max_world: World) -> None:
    talk = await begin(max_world)
    max_world.max.fault(out_of_service(), times=2, method="send_message", chat=talk.family.chat_id)
    await talk.family.says("есть новости?")
    await max_world.desk.sees("есть новости?")
    await talk.family.blocks_bot()
    answer = await talk.school("Всё исправили")
    told = await max_world.desk.sees("Не доставлено")
    assert told["reply_to_message"]["message_id"] == answer["message_id"], "the receipt is no answer of the desk's"
    await max_world.all_sent()
    assert sum("Не доставлено" in text for text in max_world.desk.texts) == 1


async def test_a_card_that_was_deleted_holds_up_no_answer(max_world: World) -> None:
    talk = await begin(max_world)
    await max_world.desk.deletes(talk.card)
    await talk.family.says("есть новости?")
    copied = await max_world.desk.sees("есть новости?")
    await max_world.desk.writes("Да, исправили", reply_to=copied)
    await talk.family.sees("Да, исправили", anywhere=True)
    assert not max_world.violations


@on_sqlite
async def test_an_answer_that_was_deleted_is_waited_for_again(max_world: World) -> None:
    talk = await begin(max_world)
    answer = await talk.school("Это не вам")
    await talk.family.sees("Это не вам")
    await deleted(talk, answer)
    assert await talk.status() == "in_work", "the family is not asked whether it helped"
    await talk.school("Попробуйте войти")
    await talk.family.sees("Попробуйте войти")
    again = await talk.school("И ещё раз")
    await talk.family.sees("И ещё раз")
    await deleted(talk, again)
    assert await talk.status() == "waiting_family", "another answer stands"


async def deleted(talk: Talk, message: Json) -> None:
    """The school deletes its answer, and the family has it no longer."""
    words = text_of(message)
    await talk.world.desk.deletes(message)
    await talk.world.eventually(lambda: words not in "".join(talk.family.texts), what=f"the end of «{words}»")


@on_sqlite
async def test_of_two_answers_that_were_deleted_the_newer_one_first_none_is_left(max_world: World) -> None:
    talk = await begin(max_world)
    greeting, answer = await talk.school("Добрый день!"), await talk.school("Это не вам")
    await talk.family.sees("Это не вам")
    await deleted(talk, answer)
    assert await talk.status() == "waiting_family"
    await deleted(talk, greeting)
    assert await talk.status() == "in_work", "no answer stands"


@on_sqlite
async def test_nothing_is_told_of_an_answer_that_was_deleted_in_a_recap_and_an_export(max_world: World) -> None:
    """The school's word that went by a button stands, so that it is still the family's turn."""
    talk, desk = await begin(max_world), max_world.desk
    await desk.press("Данные исправлены", message=talk.card)
    await desk.sees("Семья получила")
    answer = await talk.school("Это не вам")
    await talk.family.sees("Это не вам")
    await desk.deletes(answer)
    await max_world.all_sent()
    assert await talk.status() == "waiting_family"
    assert max_world.app is not None
    database, now = max_world.app.services.database, max_world.clock()
    file = await database.read(lambda c: leaving.export(c, 1, str))
    assert file is not None and ",text" not in file.decode() and "исправила данные" in file.decode()
    await database.write(lambda c: lost_topics.cards_anew(c, 1, now))
    max_world.app.services.owed.set()
    recap = await desk.sees("Последние сообщения")
    assert text_of(recap).endswith("Помогло?"), "the line of the deleted one would say «text»"


@on_sqlite
async def test_an_answer_that_was_deleted_on_its_way_does_not_stay_at_the_family(max_world: World) -> None:
    talk = await begin(max_world)
    max_world.max.hang_seconds = 2.0
    late = max_world.max.fault("late", method="send_message", chat=talk.family.chat_id)
    answer = await talk.school("Пароль Иванова: 12345")
    await max_world.eventually(lambda: not late.times, what="the call that sends it")
    await max_world.desk.deletes(answer)
    await max_world.eventually(lambda: bool(max_world.calls("delete_message")), what="the deletion at the family")
    assert not any("Иванова" in text for text in talk.family.texts)
