"""Edits, replies, formatting, notes and signs of delivery, both ways, in a forum and in a plain group."""

from __future__ import annotations

import pytest

from sandbox.administrator import Administrator
from sandbox.telegram.bot_api import Refused
from sandbox.telegram.errors import Json
from sandbox.visible import labels_of, text_of
from tests.ticket_under_way import PNG, Talk


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: an edit goes through the rows of test_sent_ticket.py, which runs on both."""
    return sqlite_url


def prompted(talk: Talk) -> list[Json]:
    """The family's messages that carry «Не помогло» at this moment."""
    return [m for m in talk.family.from_bot if any("Не помогло" in label for label in labels_of(m))]


async def test_edits_of_the_family_follow(any_talk: Talk) -> None:
    talk, family = any_talk, any_talk.family
    said = await family.says("класс седьмой бэ")
    await talk.world.desk.sees("класс седьмой бэ")
    await family.edits(said, "класс 7Б, телефон +7 910 123-45-67")
    await talk.world.desk.sees("класс 7Б, телефон [телефон скрыт]")
    picture = await family.sends_photo(PNG, caption="снимок")
    await talk.desk_gets("photo")
    await family.edits(picture, "снимок экрана")
    await talk.world.desk.sees("снимок экрана")
    assert not any(text_of(m) == "снимок" or "бэ" in text_of(m) for m in talk.shown)


async def test_edits_of_the_school_follow_and_the_newest_keeps_its_buttons(any_talk: Talk) -> None:
    talk, desk = any_talk, any_talk.world.desk
    said = await talk.school("Попробуйте завтро")
    await talk.family.sees("завтро")
    await talk.signed(said)
    await desk.edits(said, "Попробуйте завтра")
    await talk.family.sees("Попробуйте завтра")
    assert any("Не помогло" in label for label in labels_of(talk.family.screen or {}))
    picture = await desk.sends_photo(PNG, caption="сюда", **talk.where)
    await talk.family_gets("photo")
    await desk.edits(picture, "нажмите сюда")
    await talk.family.sees("нажмите сюда")
    assert len(prompted(talk)) == 1


async def test_an_edit_before_the_message_left_is_not_lost(either_talk: Talk) -> None:
    talk, family = either_talk, either_talk.family
    talk.world.telegram.latency = 0.3
    first = await family.says("черновик семьи")
    await family.edits(first, "чистовик семьи")
    answer = await talk.school("черновик школы")
    await talk.world.desk.edits(answer, "чистовик школы")
    await talk.world.desk.sees("чистовик семьи")
    await family.sees("чистовик школы", anywhere=True)
    talk.world.telegram.latency = 0.0
    assert not any("черновик" in text_of(m) for m in [*talk.shown, *family.from_bot])


async def test_an_edit_of_a_message_that_is_gone_is_sent_anew(either_talk: Talk) -> None:
    talk, desk = either_talk, either_talk.world.desk
    said = await talk.family.says("старые слова")
    await desk.deletes(await desk.sees("старые слова"))
    await talk.family.edits(said, "новые слова")
    await desk.sees("новые слова")
    answer = await talk.school("старый ответ")
    await talk.family.deletes(await talk.family.sees("старый ответ"))
    await desk.edits(answer, "новый ответ")
    await talk.family.sees("новый ответ")


async def test_replies_keep_their_reference_both_ways(either_talk: Talk) -> None:
    talk, family, desk = either_talk, either_talk.family, either_talk.world.desk
    mine = await family.says("вопрос первый")
    at_desk = await desk.sees("вопрос первый")
    talk.world.clock.move(seconds=2)
    await family.says("вопрос второй")
    await desk.sees("вопрос второй")
    await desk.writes("ответ на первый", reply_to=at_desk)
    answer = await family.sees("ответ на первый")
    assert answer["reply_to_message"]["message_id"] == mine["message_id"]
    await family.replies(answer, "а почему?")
    asked = await desk.sees("а почему?")
    assert text_of(asked["reply_to_message"]) == "ответ на первый"


async def test_an_album_that_answers_a_message_keeps_the_reference(either_talk: Talk) -> None:
    talk, desk = either_talk, either_talk.world.desk
    mine = await talk.family.says("куда нажать?")
    at_desk = await desk.sees("куда нажать?")
    async with talk.world.at_once():
        await desk.sends_album([b"one", b"two"], reply_to=at_desk)
    arrived = await talk.family_gets("photo", more_than=1)
    assert arrived["reply_to_message"]["message_id"] == mine["message_id"]


async def test_formatting_is_moved_to_fit_the_masked_text(either_talk: Talk) -> None:
    talk = either_talk
    text = "СНИЛС 112-233-445 95 и важно: 🎒 завтра"
    bold = {"type": "bold", "offset": text.index("важно"), "length": 5}
    after = {"type": "italic", "offset": text.index("завтра") + 1, "length": 6}  # 🎒 takes two UTF-16 units
    talk.family._post({"text": text, "entities": [bold, after]})
    arrived = await talk.world.desk.sees("и важно")
    raw = text_of(arrived).encode("utf-16-le")
    marked = {
        entity["type"]: raw[2 * entity["offset"] : 2 * (entity["offset"] + entity["length"])].decode("utf-16-le")
        for entity in arrived["entities"]
    }
    assert marked == {"bold": "важно", "italic": "завтра"}
    assert "112-233" not in text_of(arrived)


async def test_formatting_of_the_school_arrives(talk: Talk) -> None:
    bold = {"type": "bold", "offset": 0, "length": 5}
    talk.world.desk._post({"text": "жмите сюда", "entities": [bold]}, **talk.where)
    arrived = await talk.family.sees("жмите сюда")
    assert arrived["entities"] == [bold]


async def test_notes_stay_at_the_desk(any_talk: Talk) -> None:
    talk, desk = any_talk, any_talk.world.desk
    note = await talk.school("// проверить тайное")
    await desk.sends_photo(PNG, caption="// тайное фото", **talk.where)
    async with talk.world.at_once():
        await desk.sends_album([PNG, PNG], caption="// тайные снимки", **talk.where)
    if "reply_to" in talk.where:
        await desk.writes("ответ коллеге", reply_to=note)
    await talk.school("а вот это семье")
    await talk.family.sees("а вот это семье")
    assert not any("photo" in m for m in talk.family.from_bot)
    assert not any(word in text for text in talk.family.texts for word in ("тайн", "коллеге"))


async def test_an_album_whose_last_caption_is_a_note_stays_too(talk: Talk) -> None:
    desk = talk.world.desk
    group = {"media_group_id": "77"}
    async with talk.world.at_once():
        for caption in (None, "// для своих"):
            desk._post(desk._content("photo", b"one", caption, "p", "") | group, **talk.where)
    await talk.world.eventually(lambda: not talk.world.telegram.pending, what="the album's handling")
    assert await talk.status() == "in_work", "nothing went to the family, so it is not waited for"
    await talk.school("а вот это семье")
    await talk.family.sees("а вот это семье")
    assert not any("photo" in m for m in talk.family.from_bot)


async def test_an_answer_edited_into_a_note_is_not_shown_and_the_desk_is_told(talk: Talk) -> None:
    said = await talk.school("ответ")
    await talk.family.sees("ответ")
    await talk.world.desk.edits(said, "// это было не для семьи")
    told = await talk.world.desk.sees("Не доставлено: правка не ушла семье")
    assert told["reply_to_message"]["message_id"] == said["message_id"]
    assert not any("не для семьи" in text for text in talk.family.texts)


async def test_only_the_newest_message_asks_whether_it_helped(either_talk: Talk) -> None:
    talk = either_talk
    for number in range(3):
        await talk.school(f"ответ {number}")
        await talk.family.sees(f"ответ {number}")
    await talk.world.eventually(lambda: len(prompted(talk)) == 1, what="one message with buttons")
    assert text_of(prompted(talk)[0]) == "ответ 2"
    await talk.world.desk.press("Данные исправлены", message=talk.card)
    await talk.family.sees("Попробуйте войти")
    await talk.world.eventually(lambda: len(prompted(talk)) == 1, what="one message with buttons")
    await talk.family.says("пробую")
    await talk.world.desk.sees("пробую")
    await talk.family.press("Не помогло")
    await talk.world.eventually(lambda: not prompted(talk), what="no buttons once the family has answered")


async def test_where_reactions_are_off_a_short_reply_says_delivered(either_talk: Talk) -> None:
    talk = either_talk
    talk.world.desk.chat.reactions_off = True
    said = await talk.school("дошло?")
    told = await talk.world.desk.sees("Доставлено")
    assert told["reply_to_message"]["message_id"] == said["message_id"]
    await talk.world.desk.writes("отвечаю на отметку", reply_to=told)
    await talk.family.sees("отвечаю на отметку")


async def test_a_refused_reaction_in_the_familys_chat_is_no_fault(talk: Talk) -> None:
    talk.world.telegram.fault(
        Refused(400, "Bad Request: REACTION_INVALID"), times=5, method="setMessageReaction", chat=talk.family.id
    )
    await talk.family.says("первая весть")
    await talk.world.desk.sees("первая весть")
    talk.world.clock.move(seconds=2)
    await talk.family.says("вторая весть")
    await talk.world.desk.sees("вторая весть")
    assert not any("Не доставлено" in text for text in talk.world.desk.texts)
    assert "Доставлено" not in " ".join(talk.family.texts)


async def test_an_anonymous_administrator_is_the_desk_too(either_talk: Talk) -> None:
    talk = either_talk
    hidden = Administrator(talk.world.telegram, "Директор", chat=talk.world.support, anonymous=True)
    await hidden.writes("пишет дирекция", **talk.where)
    await talk.family.sees("пишет дирекция")
    await talk.card_shows("администратор")
    assert "Директор" not in text_of(talk.card)


async def test_words_of_the_bot_about_a_ticket_may_be_replied_to(either_talk: Talk) -> None:
    talk, desk = either_talk, either_talk.world.desk
    await desk.press("Данные исправлены", message=talk.card)
    await talk.family.press("Не помогло")
    told = await desk.sees("не помогло")
    await desk.writes("тогда позвоните нам", reply_to=told)
    await talk.family.sees("тогда позвоните нам")


async def test_a_text_that_masking_makes_too_long_arrives_in_parts(talk: Talk) -> None:
    words = "1234 567890 " * 340 + "конец"
    assert len(words) <= 4096
    await talk.family.says(words)
    await talk.world.desk.sees("конец")
    assert not talk.world.telegram.violations


async def test_a_picture_that_was_replaced_is_replaced_on_the_other_side(either_talk: Talk) -> None:
    talk, telegram = either_talk, either_talk.world.telegram

    def another() -> tuple[str, Json]:
        file = telegram.keep_file("photo", b"another")
        return file.unique, telegram.shown("photo", file)

    mine = await talk.family.sends_photo(b"picture", caption="снимок")
    await talk.desk_gets("photo")
    unique, shown = another()
    telegram.edit_post(talk.family.id, mine["message_id"], {**shown, "caption": "другой снимок"})
    await talk.world.desk.sees("другой снимок")
    assert (await talk.desk_gets("photo"))["photo"][-1]["file_unique_id"] == unique
    theirs = await talk.world.desk.sends_photo(b"picture", caption="пример", **talk.where)
    await talk.family_gets("photo")
    unique, shown = another()
    telegram.edit_post(talk.world.support.id, theirs["message_id"], shown)
    await talk.world.eventually(
        lambda: any(m["photo"][-1]["file_unique_id"] == unique for m in talk.family.from_bot if "photo" in m),
        what="the other picture",
    )


async def test_a_note_edited_into_an_answer_is_told_not_to_go(either_talk: Talk) -> None:
    talk, desk = either_talk, either_talk.world.desk
    note = await talk.school("// позвоню маме")
    await desk.settles()
    await desk.edits(note, "// позвоню маме завтра")
    await desk.edits(note, "Позвоню вам завтра")
    told = await desk.sees("Не доставлено: это была заметка")
    assert told["reply_to_message"]["message_id"] == note["message_id"]
    assert sum("Не доставлено" in text for text in desk.texts) == 1
    assert not any("Позвоню" in text for text in talk.family.texts)


async def test_my_ticket_shows_the_answer_as_it_was_edited(talk: Talk) -> None:
    said = await talk.school("Приходите в 10")
    await talk.family.sees("Приходите в 10")
    await talk.world.desk.edits(said, "Приходите в 12")
    await talk.family.sees("Приходите в 12", anywhere=True)
    await talk.family.says("/ticket")
    assert "Приходите в 12" in text_of(await talk.family.sees("Последний ответ школы"))
