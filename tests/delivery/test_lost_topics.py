"""A ticket's topic or card in the support chat: deleted, moved by an upgrade, out of reach, or without any chat."""

from __future__ import annotations

import pytest

from bot.delivery import lost_topics, owed
from bot.delivery.failures import follow_migration
from bot.delivery.owed_message import AtDesk
from bot.schools import leaving
from sandbox.telegram.errors import bad
from sandbox.visible import labels_of, text_of
from storage.outbox import Owed
from tests.bot_port import health
from tests.ticket_under_way import Talk, all_sent, begin, upgraded
from tests.world import ERRORS, World


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: Telegram is told where something is said; test_faults.py has such rows on both."""
    return sqlite_url


@pytest.mark.parametrize("latency", [0.0, 0.2])
async def test_a_topic_that_only_its_name_finds_gone_comes_back_with_the_last_messages(
    talk: Talk, latency: float
) -> None:
    """The first to meet the deletion is the change of the topic's name, with words of the family behind it.

    Where calls take long, both are on their way when it is met.
    """
    world = talk.world
    await talk.school("ответ до удаления")
    await talk.family.sees("ответ до удаления")
    await all_sent(world)
    old = talk.topic
    await world.desk.deletes_topic(old)
    world.telegram.latency = latency
    await talk.family.press("Не помогло")
    await talk.family.says("после этого")
    await world.desk.sees("после этого")
    await all_sent(world)
    fresh = talk.topic
    assert fresh.id != old.id and len(world.desk.topics) == 1
    texts = [text for text in fresh.texts if text]
    assert texts[0].startswith(f"№{talk.number} ·") and sum("ответ до удаления" in text for text in texts) == 1


async def test_a_problem_that_a_form_added_is_told_again_exported_and_found(talk: Talk) -> None:
    world, mother = talk.world, talk.family
    await world.begins(mother, "parent")
    await mother.says(ERRORS["adult", "consent_required"])
    await mother.press("Не помогло")
    await mother.press("Добавить к обращению")
    await mother.sees("Что случилось")
    await mother.says("пропали оценки за ноябрь")
    await mother.press("Отправить")
    await mother.sees("Добавлено")
    slip = await mother.says("оценки стоят")
    await world.desk.sees("оценки стоят")
    await mother.edits(slip, "нашлись")
    await all_sent(world)
    await world.desk.writes("/find оценки")
    await world.desk.sees("Нашлось: 1")
    assert world.app is not None
    database = world.app.services.database
    exported = await database.read(lambda c: leaving.export(c, 1, str))
    assert exported is not None and exported.decode().count("пропали оценки за ноябрь") == 1
    await world.desk.deletes_topic(talk.topic)
    await mother.says("ау")
    await world.desk.sees("ау")
    await all_sent(world)
    assert sum("пропали оценки за ноябрь" in text for text in talk.topic.texts) == 1


async def test_a_deleted_topic_is_made_anew_with_the_card_and_the_last_messages(world: World) -> None:
    talk = await begin(world)
    desk = world.desk
    await talk.school("ответ до удаления")
    await talk.family.sees("ответ до удаления")
    old = talk.topic
    await desk.deletes_topic(old)
    for n in range(3):
        await talk.family.says(f"после {n}")
    await desk.sees("после 2")
    fresh = talk.topic
    assert fresh.id != old.id and len(desk.topics) == 1
    await world.eventually(lambda: bool(fresh.pinned), what="the pin")
    texts = [text for text in fresh.texts if text]
    assert texts[0].startswith(f"№{talk.number} ·")
    assert "ответ до удаления" in texts[1]
    assert [t for t in texts if t.startswith("после")] == ["после 0", "после 1", "после 2"]
    await desk.writes("ответ в новой теме", topic=fresh)
    await talk.family.sees("ответ в новой теме")


async def test_topics_may_be_deleted_again_and_again(talk: Talk) -> None:
    desk = talk.world.desk
    for n in range(3):
        await desk.deletes_topic(talk.topic)
        await talk.family.says(f"весть {n}")
        await desk.sees(f"весть {n}")
        await talk.world.topic_of(talk.number)
        assert f"весть {n}" in talk.topic.texts
    assert len(desk.topics) == 1


async def test_a_deleted_topic_of_an_open_ticket_comes_back_with_its_next_change(talk: Talk) -> None:
    desk = talk.world.desk
    await talk.school("ответ")
    await talk.family.sees("ответ")
    await desk.deletes_topic(talk.topic)
    await talk.family.press("Не помогло")
    await desk.sees("не помогло")
    assert "открыто снова" in text_of((await talk.world.topic_of(talk.number)).card)
    assert len(desk.topics) == 1


async def test_a_deleted_card_is_made_anew(either_talk: Talk) -> None:
    talk, desk = either_talk, either_talk.world.desk
    await desk.deletes(talk.card)
    await talk.family.says("карточку удалили")
    relayed = await desk.sees("карточку удалили")
    await desk.writes("отвечаю", reply_to=relayed)
    await talk.family.sees("отвечаю")
    await talk.card_shows("ждём семью")
    if "topic" in talk.where:
        assert len(desk.topics) == 1


async def test_a_reopened_ticket_whose_topic_is_gone_gets_a_new_one(talk: Talk) -> None:
    desk = talk.world.desk
    await desk.press("Решено", topic=talk.topic)
    await talk.family.sees("закрыла обращение")
    await talk.world.eventually(lambda: talk.topic.closed)
    await desk.deletes_topic(talk.topic)
    await talk.family.press("Открыть снова")
    await talk.world.eventually(lambda: any("открыла обращение" in text for text in desk.texts), what="the reopening")
    topic = await talk.world.topic_of(talk.number)
    assert not topic.closed and len(desk.topics) == 1


async def test_a_group_that_becomes_a_supergroup_is_followed_also_after_a_restart(unstarted_world: World) -> None:
    world = await unstarted_world.in_a_basic_group().start()
    talk = await begin(world)
    await upgraded(world, world.desk)
    card = await world.desk.sees(f"№{talk.number} ·")
    await world.desk.writes("ответ из новой группы", reply_to=card)
    await talk.family.sees("ответ из новой группы")
    await talk.family.says("весть в новую группу")
    await world.desk.sees("весть в новую группу")
    await world.restart()
    await talk.family.says("весть после перезапуска")
    await world.desk.sees("весть после перезапуска")
    assert sum(t.startswith(f"№{talk.number} ·") for t in world.desk.texts) == 1


async def test_a_ticket_that_had_ended_before_the_upgrade_gets_its_card_once_it_is_open_again(
    unstarted_world: World,
) -> None:
    world = await unstarted_world.in_a_basic_group().start()
    talk, desk = await begin(world), world.desk
    await desk.press("Решено", message=talk.card)
    await talk.family.sees("закрыла обращение")
    await upgraded(world, desk)
    await desk.writes(f"/ticket {talk.number}")
    found = await desk.sees("Своими словами")
    assert not labels_of(found)
    await desk.writes("посмотрели ещё раз", reply_to=found)
    await talk.family.sees("посмотрели ещё раз")
    await world.eventually(lambda: "✅ Решено" in labels_of(desk.from_bot[-1]), what="a card in the new group")
    await all_sent(world)
    assert sum(bool(labels_of(m)) for m in desk.from_bot) == 1


async def test_an_upgrade_that_nobody_told_is_met_on_the_way(unstarted_world: World) -> None:
    world = await unstarted_world.in_a_basic_group().start()
    talk = await begin(world)
    world.telegram.allowed_updates = {"callback_query"}  # so that the service message is not told
    before = world.support.id
    await world.desk.upgrades_group()
    world.telegram.allowed_updates = set()
    await talk.family.says("весть вслед")
    await world.eventually(lambda: world.app is not None and world.app.services.schools.desks[1].chat_id != before)
    await world.looks()
    await world.desk.sees("весть вслед")
    await world.desk.sees(f"№{talk.number} ·")


async def test_an_answer_written_before_the_upgrade_arrives(unstarted_world: World) -> None:
    world = await unstarted_world.in_a_basic_group().start()
    talk = await begin(world)
    world.telegram.latency = 0.3
    await talk.school("успел до переезда")
    await world.desk.settles()
    await world.desk.upgrades_group()
    world.telegram.latency = 0.0
    await talk.family.sees("успел до переезда", anywhere=True)


async def test_a_removed_bot_waits_says_so_and_delivers_when_it_is_back(world: World) -> None:
    talk = await begin(world)
    assert (await health(world))[0] == 200
    await world.desk.removes_bot()
    await talk.family.says("пока бота нет")
    other = world.person("Анна")
    number = await world.sends_ticket(other)
    code, report = await health(world)
    assert code == 503 and "чат поддержки" in report["reason"] and report["outbox_length"] >= 2
    await world.desk.adds_bot()
    await world.desk.sees("пока бота нет", topic=talk.topic)
    await world.topic_of(number)
    assert (await health(world))[0] == 200


async def test_a_bot_without_the_right_to_topics_waits_for_it(unstarted_world: World) -> None:
    world = unstarted_world
    world.support.lacking = {"can_manage_topics"}
    await world.start()
    mother = world.person()
    number = await world.sends_ticket(mother)
    code, report = await health(world)
    assert code == 503 and "управлять темами" in report["reason"]
    assert world.desk.topics == [] and not any(f"№{number} ·" in text for text in world.desk.texts)
    await world.desk.adds_bot()
    await world.topic_of(number)
    assert (await health(world))[0] == 200


async def test_a_bot_that_starts_outside_the_group_delivers_once_it_is_in(unstarted_world: World) -> None:
    world = unstarted_world
    world.support.bot = "left"
    await world.start()
    mother = world.person()
    number = await world.sends_ticket(mother)
    assert (await health(world))[0] == 503
    world.support.bot = "administrator"  # nobody has told the bot
    world.clock.move(seconds=20)
    await world.looks()
    await world.topic_of(number)


async def test_without_a_support_chat_tickets_wait_for_it(unstarted_world: World) -> None:
    world = unstarted_world
    chat_id = world.environment.pop("SUPPORT_CHAT_ID")
    await world.start()
    mother = world.person()
    number = await world.sends_ticket(mother)
    await mother.says("и ещё слово")
    await world.stop()
    world.environment["SUPPORT_CHAT_ID"] = chat_id
    await world.start()
    topic = await world.topic_of(number)
    await world.desk.sees("и ещё слово", topic=topic)


async def test_another_support_chat_gets_cards_of_its_own(world: World) -> None:
    talk = await begin(world)
    moved = world.telegram.group("Новая поддержка", forum=True)
    await world.stop()
    world.environment["SUPPORT_CHAT_ID"] = str(moved.id)
    world.support, world.desk = moved, type(world.desk)(world.telegram, "Нина", chat=moved)
    await world.start()
    stranger = await begin(world, "Анна")
    assert stranger.topic.id == talk.where["topic"].id, "the new chat counts its topics from the beginning"
    await stranger.school("это только Анне")
    await stranger.family.sees("это только Анне")
    await talk.family.says("весть Марии")
    await world.desk.sees("весть Марии", topic=await world.topic_of(talk.number))
    assert not any("только Анне" in text for text in talk.family.texts)


async def test_topics_switched_on_later_leave_tickets_answerable(unstarted_world: World) -> None:
    world = unstarted_world
    del world.support.info["is_forum"]
    await world.start()
    talk = await begin(world)
    world.support.info["is_forum"] = True
    world.clock.move(minutes=6)
    await world.looks()
    await talk.family.says("слово под карточкой")
    relayed = await world.desk.sees("слово под карточкой")
    assert relayed["reply_to_message"]["message_id"] == talk.where["reply_to"]["message_id"]
    await world.desk.writes("ответ под карточкой", reply_to=relayed)
    await talk.family.sees("ответ под карточкой")
    newer = await begin(world, "Анна")
    assert newer.topic.pinned


async def test_topics_switched_off_later_lead_back_to_replies(world: World) -> None:
    talk = await begin(world)
    del world.support.info["is_forum"]
    world.support.topics.clear()
    world.telegram.fault(bad("message thread not found"), method="sendMessage", chat=world.support.id)
    await talk.family.says("тем больше нет")
    relayed = await world.desk.sees("тем больше нет")
    await world.desk.writes("отвечаю так", reply_to=relayed)
    await talk.family.sees("отвечаю так")
    other = world.person("Анна")
    number = await world.sends_ticket(other)
    await world.desk.sees(f"№{number} ·")


async def test_a_queue_that_waited_for_telegram_to_start_goes_to_topics(world: World) -> None:
    world.telegram.fault("drop", times=10_000, method="createForumTopic")
    mother = world.person()
    number = await world.sends_ticket(mother)
    await world.stop()
    world.telegram.faults.clear()
    world.telegram.fault("drop", times=2, method="getChat")
    await world.start()
    world.clock.move(minutes=10)
    await world.looks()
    world.telegram.faults.clear()
    world.clock.move(minutes=10)
    await world.looks()
    topic = await world.topic_of(number)
    assert all(m.get("message_thread_id") == topic.id for m in world.desk.from_bot if f"№{number}" in text_of(m))


async def test_a_recap_of_many_pictograms_fits_into_a_message(talk: Talk) -> None:
    world, desk = talk.world, talk.world.desk
    for n in range(5):
        await talk.family.says(f"{n} " + "🙂" * 900)
        await desk.sees(f"{n} 🙂")
        world.clock.move(seconds=2)
    await desk.deletes_topic(talk.topic)
    await talk.family.says("и слова")
    await desk.sees("Последние сообщения")
    await desk.sees("и слова")
    assert not world.telegram.violations


async def test_an_upgrade_whose_work_is_done_again_is_stored_all_the_same(unstarted_world: World) -> None:
    world = await unstarted_world.in_a_basic_group().start()
    talk = await begin(world)
    world.telegram.allowed_updates = {"callback_query"}  # so that the service message is not told
    moved = await world.desk.upgrades_group()
    assert world.app is not None
    services = world.app.services
    # The first try changed this memory and was then undone, the database having been lost in the middle of it.
    services.schools.desks[1].chat_id = moved.id
    for _ in range(2):
        await services.database.write(lambda c: follow_migration(services.schools.desks[1], c, moved.id, world.clock()))
    await world.looks()
    await world.desk.sees(f"№{talk.number} ·")
    await all_sent(world)
    assert sum(text.startswith(f"№{talk.number} ·") for text in world.desk.texts) == 1
    await world.restart()
    assert world.app is not None and world.app.services.schools.desks[1].chat_id == moved.id


@pytest.mark.parametrize(
    ("queued", "is_needless"),
    [
        (owed.CardEdit(), True),
        (owed.CardChoice(), True),
        (owed.TopicState(), True),
        (owed.CardChoice(ready=True), False),
        (owed.CardChoice(put_off=True), False),
        (owed.CardChoice(colleagues=0), False),
        (owed.CardChoice(colleagues=2), False),
    ],
    ids=repr,
)
def test_a_list_that_was_asked_for_comes_with_the_new_card(queued: AtDesk, is_needless: bool) -> None:
    """The page of colleagues was dropped with the card that was gone, and the press on «Передать» showed nothing."""
    row = Owed(1, -1, "ticket:1", queued.kind, queued.to_json(), 1, None, None, 0.0, 0.0, 0)
    assert lost_topics._is_shown_by_card(row) is is_needless


async def test_what_was_written_before_an_upgrade_arrives_although_the_desk_has_moved(unstarted_world: World) -> None:
    world = await unstarted_world.in_a_basic_group().start()
    talk = await begin(world)
    await talk.family.says("весть семьи")
    told = await world.desk.sees("весть семьи")
    await world.stop()
    await talk.school("ответ на карточку")
    await world.desk.writes("ответ на весть", reply_to=told)
    moved = await world.desk.upgrades_group()
    await world.start()
    await world.eventually(lambda: world.app is not None and world.app.services.schools.desks[1].chat_id == moved.id)
    await talk.family.sees("ответ на карточку", anywhere=True)
    await talk.family.sees("ответ на весть", anywhere=True)
    await world.desk.sees(f"№{talk.number} ·")
    assert not any("не доставлено" in text.lower() for text in world.desk.texts)


async def test_a_ticket_whose_topic_telegram_does_not_make_goes_to_the_general_topic(world: World) -> None:
    mother = world.person("Мария")
    world.telegram.fault(bad("TOPICS_SOMETHING_NEW"), 1000, method="createForumTopic")
    number = await world.sends_ticket(mother)
    card = await world.desk.sees(f"№{number} ·")
    assert "message_thread_id" not in card and "✅ Решено" in labels_of(card)
    await world.desk.writes("ответ без темы", reply_to=card)
    await mother.sees("ответ без темы", anywhere=True)
    await mother.says("весть без темы")
    told = await world.desk.sees("весть без темы")
    assert told["reply_to_message"]["message_id"] == card["message_id"]
    assert not any("не принял" in text for text in world.desk.texts)
