"""A picture that an edit adds to a text: it arrives once, whoever edits, and the words are edited as ever."""

from __future__ import annotations

import pytest

from sandbox.person import Person
from sandbox.visible import text_of
from tests.ticket_under_way import PNG, Talk

Message = dict[str, object]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: a picture's rows are walked through on both by test_family_ticket.py."""
    return sqlite_url


def adds_picture(writer: Person, message: Message, other: Message, caption: str) -> None:
    """Makes a text a picture with a caption, as Telegram's apps do by an edit."""
    message.pop("text", None)
    content = {"photo": other["photo"], "caption": caption}
    writer.messenger.edit_post(message["chat"]["id"], message["message_id"], content)  # type: ignore[index, arg-type]


def pictures(messages: list[dict[str, object]]) -> int:
    return sum("photo" in message for message in messages)


async def test_a_picture_that_a_family_adds_to_its_words_reaches_the_desk_once(talk: Talk) -> None:
    world, family = talk.world, talk.family
    other = await family.sends_photo(PNG, caption="первый экран")
    said = await family.says("вот что пишет")
    await world.desk.sees("вот что пишет", topic=talk.topic)
    before = pictures(talk.topic.messages)
    adds_picture(family, said, other, "вот что пишет теперь")
    await world.desk.sees("вот что пишет теперь", topic=talk.topic)
    await world.eventually(lambda: pictures(talk.topic.messages) == before + 1, what="the picture")
    await family.edits(said, "вот что пишет сейчас")
    await world.desk.sees("вот что пишет сейчас", topic=talk.topic)
    await world.all_sent()
    assert pictures(talk.topic.messages) == before + 1
    assert sum("вот что пишет" in text for text in talk.topic.texts) == 1 and not world.violations
    adds_picture(family, said, await family.sends_photo(PNG, caption="второй экран"), "вот что пишет теперь")
    await world.desk.sees("вот что пишет теперь", topic=talk.topic)
    await world.all_sent()
    assert sum("вот что пишет" in text_of(message) for message in talk.topic.messages) == 1, "another picture in it"
    assert pictures(talk.topic.messages) == before + 2


async def test_a_picture_that_the_school_adds_to_its_answer_reaches_the_family_once(talk: Talk) -> None:
    world, family = talk.world, talk.family
    other = await world.desk.sends_photo(PNG, caption="образец", **talk.where)
    answer = await talk.school("нажмите сюда")
    await family.sees("нажмите сюда", anywhere=True)
    before = pictures(family.from_bot)
    adds_picture(world.desk, answer, other, "нажмите вот сюда")
    await family.sees("нажмите вот сюда", anywhere=True)
    await world.eventually(lambda: pictures(family.from_bot) == before + 1, what="the picture")
    await world.desk.edits(answer, "нажмите ровно сюда")
    await family.sees("нажмите ровно сюда", anywhere=True)
    await world.all_sent()
    assert pictures(family.from_bot) == before + 1
    assert sum("нажмите" in text_of(message) for message in family.from_bot) == 1 and not world.violations
    other = await world.desk.sends_photo(PNG, caption="второй образец", **talk.where)
    adds_picture(world.desk, answer, other, "нажмите вот сюда")
    await family.sees("нажмите вот сюда", anywhere=True)
    await world.all_sent()
    assert sum("нажмите" in text_of(message) for message in family.from_bot) == 1, "another picture in it"


async def test_a_picture_added_to_words_after_the_end_waits_with_them(talk: Talk) -> None:
    world, family = talk.world, talk.family
    other = await family.sends_photo(PNG, caption="первый экран")
    await world.desk.press("Решено", topic=talk.topic)
    await family.sees("закрыла обращение")
    said = await family.says("снова не пускает")
    await family.sees("откройте его снова")
    before = pictures(talk.topic.messages)
    adds_picture(family, said, other, "снова не пускает")
    await family.press("Открыть снова")
    await world.desk.sees("снова не пускает", topic=talk.topic)
    await world.eventually(lambda: pictures(talk.topic.messages) == before + 1, what="the picture")
