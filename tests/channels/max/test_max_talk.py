"""Family and desk in MAX send each other files, edits and deletions; two families, and one that left."""

from __future__ import annotations

import pytest

from sandbox.administrator import Administrator
from sandbox.person import Person
from sandbox.visible import labels_of, text_of
from tests.talk import Talk, begin
from tests.world import World

PNG = bytes.fromhex("89504e470d0a1a0a0000000d494844520000000a0000001408060000008d32cfbd")
KINDS = {"photo": "sends_photo", "document": "sends_document", "voice": "sends_voice", "video": "sends_video"}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: test_max_ticket.py walks through the same rows on both."""
    return sqlite_url


async def test_every_kind_goes_both_ways_and_alone_where_max_wants_it(max_world: World) -> None:
    talk = await begin(max_world)
    for kind, method in KINDS.items():
        content = {"data": PNG} if kind == "photo" else {"data": b"%PDF", "name": "справка №1.pdf"}
        given = content if kind in ("photo", "document") else {}
        await getattr(talk.family, method)(**given)
        arrived = await talk.desk_gets(kind)
        assert arrived["reply_to_message"]["message_id"] == talk.card["message_id"]
        await getattr(max_world.desk, method)(**given, **talk.where)
        await talk.family_gets(kind)
        max_world.clock.move(seconds=2)
    [file] = [m["document"] for m in talk.family.from_bot if "document" in m]
    assert file["file_name"] == "справка №1.pdf" and max_world.max.files[file["file_id"]].data == b"%PDF"
    await talk.family.sends_album([PNG, PNG], caption="два экрана")
    await max_world.desk.sees("два экрана")
    assert len((await max_world.desk.sees("два экрана"))["photo"]) == 2
    assert not max_world.violations


async def test_edits_and_deletions_follow_both_ways(max_world: World) -> None:
    talk = await begin(max_world)
    desk, family = max_world.desk, talk.family
    said = await family.says("класс седьмой бэ")
    await desk.sees("класс седьмой бэ")
    await family.edits(said, "класс 7Б, телефон +7 910 123-45-67")
    await desk.sees("класс 7Б, телефон [телефон скрыт]")
    answer = await talk.school("Попробуйте завтро")
    await family.sees("завтро", anywhere=True)
    await desk.edits(answer, "Попробуйте завтра")
    await family.sees("Попробуйте завтра", anywhere=True)
    await desk.deletes(answer)
    await max_world.eventually(
        lambda: not any("завтра" in text for text in family.texts), what="the answer's end at the family"
    )
    await family.deletes(said)
    await max_world.eventually(lambda: _gone(talk, "класс 7Б"), what="the end of the family's words at the desk")
    assert not max_world.violations


def _gone(talk: Talk, words: str) -> bool:
    found = [text_of(m) for m in talk.shown if words in text_of(m)]
    return all("удал" in text.lower() for text in found)


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


async def test_a_card_that_was_deleted_holds_up_no_answer(max_world: World) -> None:
    talk = await begin(max_world)
    await max_world.desk.deletes(talk.card)
    await talk.family.says("есть новости?")
    copied = await max_world.desk.sees("есть новости?")
    await max_world.desk.writes("Да, исправили", reply_to=copied)
    await talk.family.sees("Да, исправили", anywhere=True)
    assert not max_world.violations


async def test_a_colleague_is_named_by_a_link_of_max_and_the_school_sees_what_arrived(max_world: World) -> None:
    talk, olga = await begin(max_world), max_world.desk
    anna = Administrator(max_world.max, "Анна", chat=max_world.support)
    await anna.writes("я здесь")
    await anna.settles()
    await olga.press("Передать", message=talk.card)
    await max_world.eventually(lambda: "Анна" in labels_of(talk.card), what="the colleagues on the card")
    await olga.press("Анна", message=talk.card)
    told = await olga.sees(f"Анна, обращение №{talk.number} теперь у вас. Передаёт Ольга.")
    assert [entity["user"]["id"] for entity in told["entities"] if entity["type"] == "text_mention"] == [anna.id]
    answer = await talk.school("Исправили, попробуйте ещё раз")
    await talk.family.sees("Исправили, попробуйте ещё раз", anywhere=True)
    sign = await olga.sees("Доставлено")
    assert sign["reply_to_message"]["message_id"] == answer["message_id"]
    assert not max_world.violations
