"""A desk's topic stays free of the service messages that the bot's own changes cause: it deletes them."""

from __future__ import annotations

from sandbox.administrator import TopicView
from sandbox.telegram.errors import bad
from tests.database_markers import on_sqlite
from tests.ticket_under_way import Talk, all_sent, begin
from tests.world import World


def lines(topic: TopicView) -> list[str]:
    """Lists the kinds of the service messages in a topic."""
    kinds = ("forum_topic_edited", "forum_topic_closed", "forum_topic_reopened", "pinned_message")
    return [kind for message in topic.messages for kind in kinds if kind in message]


async def whole_talk(talk: Talk) -> None:
    """The school answers, the family writes, the school answers, the family is through."""
    await talk.school("первый ответ")
    await talk.family.sees("первый ответ")
    await talk.family.says("не вышло")
    await talk.world.desk.sees("не вышло")
    await talk.school("второй ответ")
    await talk.family.sees("второй ответ")
    await talk.family.press("Помогло")
    await talk.world.eventually(lambda: talk.topic.closed, what="the topic closed")
    await all_sent(talk.world)


@on_sqlite
async def test_the_bot_deletes_its_own_lines_and_those_of_people_stay(world: World) -> None:
    talk = await begin(world)
    topic = talk.topic
    renamed = len(world.calls("editForumTopic"))
    await whole_talk(talk)
    await world.eventually(lambda: not lines(topic), what="no line left")
    assert len(world.calls("editForumTopic")) - renamed <= 4, "at most one name for each change of turn"
    assert [text for text in topic.texts if text in ("первый ответ", "не вышло", "второй ответ")]
    await world.desk.reopens_topic(topic)
    await world.desk.renames_topic(topic, "Петровы")
    await world.desk.settles()
    await all_sent(world)
    assert lines(topic) == ["forum_topic_reopened", "forum_topic_edited"]
    assert topic.name == "Петровы"


@on_sqlite
async def test_without_the_right_nothing_is_tried_and_a_refusal_is_passed_over(world: World) -> None:
    await world.desk.adds_bot(lacking={"can_delete_messages"})
    await world.desk.sees("Не хватает прав")
    talk = await begin(world)
    await whole_talk(talk)
    assert lines(talk.topic) and not world.calls("deleteMessage")
    await world.desk.adds_bot()
    world.telegram.fault(bad("message can't be deleted"), 99, method="deleteMessage")
    other = await begin(world, "Анна")
    await whole_talk(other)
    assert lines(other.topic) and world.calls("deleteMessage")
    await other.family.says("спасибо, всё открылось")
    await other.family.settles()
    assert not world.telegram.violations
