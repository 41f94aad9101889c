"""/forget at the desk: what a family wrote goes from there too, and nothing of another family's."""

from __future__ import annotations

import json
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import retry_times
from sandbox.person import Person
from sandbox.telegram.errors import bad, bad_gateway
from sandbox.visible import text_of
from storage import dialogues, models, tickets
from tests.database_markers import on_sqlite
from tests.storage.test_purging import bytes_of
from tests.ticket_under_way import Talk, all_sent, begin, is_tried, none_on_its_way, upgraded
from tests.world import World


async def forgets(family: Person) -> None:
    """The family takes its data back."""
    await family.says("/forget")
    await family.press("Удалить всё")
    await family.sees("всё удалено")


async def test_no_word_is_in_any_file_once_the_family_reads_that_all_is_deleted(tmp_path: Path) -> None:
    """The bot runs on: neither the log of the database nor its free pages hold what was typed."""
    async with World(f"sqlite+aiosqlite:///{tmp_path}/bot.sqlite3") as world:
        await world.start()
        talk, other = await begin(world), await begin(world, "Анна")
        await talk.family.says("тайноесловосемьи")
        await world.desk.sees("тайноесловосемьи")
        await talk.school("тайныйответшколы")
        await talk.family.sees("тайныйответшколы")
        await other.family.says("словодругойсемьи")
        await world.desk.sees("словодругойсемьи")
        await all_sent(world)
        await forgets(talk.family)
        assert world.app is not None
        stands = bytes_of(world.app.services.database)
        for word in ("тайноесловосемьи", "тайныйответшколы", "Мария"):
            assert word.encode() not in stands, word
            assert json.dumps(word)[1:-1].encode() not in stands, word
        assert "словодругойсемьи".encode() in stands


@on_sqlite
async def test_a_dialogue_of_a_year_ago_is_erased_by_the_clock(world: World) -> None:
    """Whoever comes back begins anew; buttons of the old screens still lead on, since they carry where they lead."""
    mother, talk = world.person(), await begin(world, "Анна")
    await world.begins(mother, "parent")
    assert world.app is not None
    database = world.app.services.database
    for days, left in ((364, True), (2, False)):
        world.clock.move(days=days)
        await world.looks()
        assert await database.read(lambda c: dialogues.exists(c, mother.id)) is left
    assert await database.read(lambda c: dialogues.exists(c, talk.family.id)), "its ticket is under way"
    await mother.press("Готово")
    await mother.sees("Шаг 2 из")


@on_sqlite
async def test_forget_after_the_support_chat_was_changed_touches_the_right_chat(world: World) -> None:
    talk, before = await begin(world), world.desk
    moved = world.telegram.group("Новая поддержка", forum=True)
    await world.stop()
    world.environment["SUPPORT_CHAT_ID"] = str(moved.id)
    world.support, world.desk = moved, type(before)(world.telegram, "Нина", chat=moved)
    await world.start()
    stranger = await begin(world, "Анна")
    assert stranger.topic.id == talk.where["topic"].id, "the new chat counts its topics from the beginning"
    await forgets(talk.family)
    await world.desk.sees("Семья удалила свои данные")
    await world.eventually(lambda: not before.topics, what="the topic in the chat of before gone")
    await all_sent(world)
    assert "второй день" in text_of(stranger.topic.card)


async def test_forget_after_an_upgrade_leaves_other_families_alone(unstarted_world: World) -> None:
    world = await unstarted_world.in_a_basic_group().start()
    talk = await begin(world)
    await talk.family.says("весть Марии")
    await world.desk.sees("весть Марии")
    other = await begin(world, "Анна")
    await upgraded(world, world.desk)
    for number in (talk.number, other.number):
        await world.desk.sees(f"№{number} ·")
    await all_sent(world)
    others = next(m for m in world.desk.from_bot if f"№{other.number} ·" in text_of(m))
    await forgets(talk.family)
    await world.desk.sees("Семья удалила свои данные")
    await all_sent(world)
    assert others["message_id"] in world.desk.chat.messages, "the other family's card stands"
    assert not any("весть Марии" in text or f"№{talk.number} ·" in text for text in world.desk.texts)


@on_sqlite
async def test_without_the_right_to_delete_tickets_go_and_the_desk_is_told(unstarted_world: World) -> None:
    world = unstarted_world
    world.support.lacking = {"can_delete_messages"}
    await world.start()
    talk = await begin(world)
    await talk.school("ответ школы")
    await talk.family.sees("ответ школы")
    await forgets(talk.family)
    told = await world.desk.sees(f"Не получилось удалить переписку по обращению №{talk.number}")
    assert "право удалять сообщения" in text_of(told)
    world.clock.move(seconds=2)
    said = await talk.school("а это кому?")
    answer = await world.desk.sees("семья удалила свои данные", topic=talk.where["topic"])
    assert answer["reply_to_message"]["message_id"] == said["message_id"]
    assert world.app is not None and world.app.services.schools.desks[1].away is None
    await world.desk.adds_bot()
    await world.eventually(lambda: not world.desk.topics, what="the topic gone once the right is there")
    assert sum("Не получилось удалить" in text for text in world.desk.texts) == 1


@on_sqlite
async def test_a_topic_that_stayed_opens_nothing(unstarted_world: World) -> None:
    world = unstarted_world
    world.support.lacking = {"can_delete_messages"}
    await world.start()
    talk = await begin(world)
    await world.desk.press("Решено", topic=talk.topic)
    await talk.card_shows("решено")
    card = talk.card
    await forgets(talk.family)
    await world.desk.sees("Не получилось удалить переписку")
    assert await world.desk.taps(card, f"again:{talk.number}") == texts.REASON_ERASED
    await world.desk.reopens_topic(talk.where["topic"])
    await world.desk.settles()
    assert await talk.status() == "solved"


async def test_a_long_conversation_of_a_plain_group_goes_whole(unstarted_world: World) -> None:
    world = unstarted_world
    del world.support.info["is_forum"]
    await world.start()
    talk = await begin(world)
    assert world.app is not None

    async def long_talk(connection: AsyncConnection) -> None:
        for n in range(230):
            shown = world.telegram.put(world.support, world.telegram.sender, {"text": f"слово {n}"})
            await tickets.add_message(
                connection, ticket_id=talk.number, side="family", family_id=talk.family.id, kind="text",
                at=world.clock(), desk_chat_id=world.support.id, desk_message_id=shown["message_id"],
            )  # fmt: skip

    await world.app.services.database.write(long_talk)
    await forgets(talk.family)
    await world.eventually(lambda: not any("слово" in text for text in world.desk.texts), what="no word left")
    assert not world.telegram.violations


@on_sqlite
async def test_old_words_and_those_of_the_school_go_where_the_bot_may(unstarted_world: World) -> None:
    world = unstarted_world
    del world.support.info["is_forum"]
    await world.start()
    talk: Talk = await begin(world)
    answer = await talk.school("Пётр, вы в журнале")
    await talk.family.sees("Пётр, вы в журнале")
    world.clock.move(days=2.5)
    await forgets(talk.family)
    await world.desk.sees("Семья удалила свои данные")
    await world.eventually(
        lambda: (
            answer["message_id"] not in world.support.messages and not any("второй день" in t for t in world.desk.texts)
        ),
        what="the conversation gone",
    )


async def test_a_topic_that_somebody_deleted_ends_no_erasure(talk: Talk) -> None:
    world = talk.world
    await talk.school("ответ школы")
    await talk.family.sees("ответ школы")
    await world.all_sent()
    await world.desk.deletes_topic(talk.where["topic"])
    await forgets(talk.family)
    await all_sent(world)
    assert await left(world) == 0 and not any("Не получилось удалить" in text for text in world.desk.texts)


@on_sqlite
async def test_a_deletion_that_is_refused_for_a_while_is_tried_again(talk: Talk) -> None:
    world = talk.world
    await talk.family.says("тайное слово")
    await world.desk.sees("тайное слово")
    await world.all_sent()
    world.telegram.fault(bad("internal server error, try again later"), 1, method="deleteMessages")
    await forgets(talk.family)
    await all_sent(world)
    assert not world.desk.topics and not any("Не получилось удалить" in text for text in world.desk.texts)


@on_sqlite
async def test_an_outage_of_days_ends_no_erasure(talk: Talk) -> None:
    world = talk.world
    await world.all_sent()
    fault = world.telegram.fault(bad_gateway(), 999, method="delete.*")
    await forgets(talk.family)
    await is_tried(world, fault, retry_times.GIVE_UP_TRIES + 2, hours=6)
    fault.times = 0
    await none_on_its_way(world)
    world.clock.move(hours=6)
    await all_sent(world)
    assert await left(world) == 0 and not world.desk.topics


@on_sqlite
async def test_a_right_to_delete_of_which_nobody_tells_is_found_by_a_look(unstarted_world: World) -> None:
    world = unstarted_world
    world.support.lacking = {"can_delete_messages"}
    await world.start()
    talk = await begin(world)
    await forgets(talk.family)
    await world.desk.sees("Не получилось удалить переписку")
    await none_on_its_way(world)
    world.support.lacking = set()
    world.clock.move(minutes=6)
    await world.looks()
    await world.eventually(lambda: not world.desk.topics, what="the topic gone")


async def left(world: World) -> int:
    """Counts the rows of the outbox, also those that are held back or given up."""
    assert world.app is not None
    query = select(func.count()).select_from(models.outbox)

    async def count(connection: AsyncConnection) -> int:
        return int((await connection.execute(query)).scalar_one())

    return await world.app.services.database.read(count)
