"""Refusals that pass are waited out, missing rights are gone around or told, and nothing promised is lost by either."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import failures
from bot.tickets import due_by_clock
from sandbox.telegram.errors import bad, internal_error
from sandbox.telegram.faults import Fault
from sandbox.visible import text_of
from storage import outbox, parked
from tests.bot_port import health
from tests.ticket_under_way import Talk, begin, is_tried, none_on_its_way, sent_by_the_clock
from tests.world import World


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: what differs here is what Telegram says; test_faults.py has failing rows on both."""
    return sqlite_url


GONE_FOR_A_WHILE = "wrong file_id or the file is temporarily unavailable"


@pytest.mark.parametrize("said", [GONE_FOR_A_WHILE, "failed to get HTTP URL content", "SOMETHING_ODD", "MEDIA_EMPTY"])
@pytest.mark.parametrize("kind", ["photo", "video", "document", "voice"])
async def test_media_refused_once_arrive(talk: Talk, kind: str, said: str) -> None:
    talk.world.telegram.fault(bad(said), 1, method="send(Photo|Video|Document|Voice)", chat=talk.world.support.id)
    await getattr(talk.family, f"sends_{kind}")(b"data")
    await talk.desk_gets(kind)
    assert not any("Не доставлено" in text for text in talk.world.desk.texts)


async def test_an_album_refused_once_arrives(talk: Talk) -> None:
    talk.world.telegram.fault(bad(GONE_FOR_A_WHILE), 1, method="sendMediaGroup")
    async with talk.world.at_once():
        await talk.family.sends_album([b"one", b"two"])
    await talk.desk_gets("photo", more_than=1)


@pytest.mark.parametrize("said", ["chat not found", "PEER_ID_INVALID", "user not found"])
async def test_a_family_that_telegram_does_not_find_is_waited_for(talk: Talk, said: str) -> None:
    world = talk.world
    world.telegram.fault(bad(said), 999, method="(send|copy).*", chat=talk.family.id)
    await talk.school("исправили, попробуйте")
    await world.desk.sees("Не доставлено: мессенджер сейчас не находит чат семьи")
    world.telegram.faults.clear()
    await talk.family.says("я тут")
    await talk.family.sees("исправили, попробуйте", anywhere=True)


async def test_what_waits_for_a_family_that_is_not_found_goes_by_the_clock_too(talk: Talk) -> None:
    world = talk.world
    world.telegram.fault(bad("chat not found"), 6, method="(send|copy)Message", chat=talk.family.id)
    await talk.school("само дойдёт")
    await world.desk.sees("Не доставлено: мессенджер сейчас не находит чат семьи")
    await none_on_its_way(world)
    world.clock.move(minutes=6)
    await world.looks()
    await talk.family.sees("само дойдёт", anywhere=True)


async def test_a_screen_refused_once_is_sent_later(world: World) -> None:
    mother = world.person()
    world.telegram.fault(bad("chat not found"), 1, method="sendMessage", chat=mother.id)
    await mother.says("/start")
    await mother.sees("Кто пишет")


async def test_a_topic_not_found_once_stays_the_topic(talk: Talk) -> None:
    world, before = talk.world, talk.topic.id
    world.telegram.fault(bad("message thread not found"), 1, method="sendMessage", chat=world.support.id)
    await talk.family.says("весть")
    await world.desk.sees("весть")
    assert [topic.id for topic in world.desk.topics] == [before]


async def test_what_is_written_in_a_topic_of_before_arrives_and_is_told_where_the_talk_goes_on(talk: Talk) -> None:
    world, old = talk.world, talk.topic
    fault = world.telegram.fault(bad("message thread not found"), 3, method="sendMessage", chat=world.support.id)
    await talk.family.says("весть")
    await world.eventually(lambda: fault.times == 0 and len(world.desk.topics) == 2, what="a second topic")
    await world.desk.sees("весть", topic=world.desk.topics[-1])
    await world.desk.writes("ответ в прежней теме", topic=old)
    await talk.family.sees("ответ в прежней теме", anywhere=True)
    await world.desk.sees("идёт в другой теме", topic=old)
    await world.desk.writes("и ещё один", topic=old)
    await talk.family.sees("и ещё один", anywhere=True)
    assert sum("идёт в другой теме" in text for text in old.texts) == 1


@pytest.mark.parametrize("what", ["photos", "videos", "documents", "audios", "voice notes", "video notes", "stickers"])
async def test_forbidden_media_hold_up_nobody_and_are_told_once(either_talk: Talk, what: str) -> None:
    talk, world = either_talk, either_talk.world
    kind = {"voice notes": "voice", "video notes": "video_note"}.get(what, what[:-1])
    refused = bad(f"not enough rights to send {what} to the chat")
    world.telegram.fault(refused, 999, method="send(?!Message).*", chat=world.support.id)
    await (talk.family.sends_sticker() if kind == "sticker" else getattr(talk.family, f"sends_{kind}")(b"data"))
    await world.desk.sees("сюда это не прошло")
    await talk.family.sees("В чат школы это не проходит", anywhere=True)
    await talk.family.says("весть вслед")
    await world.desk.sees("весть вслед")
    assert sum("Включите «" in text for text in world.desk.texts) == 1
    assert (await health(world))[0] == 200


async def test_a_forbidden_photo_goes_as_a_file_with_its_words(talk: Talk) -> None:
    refused = bad("not enough rights to send photos to the chat")
    talk.world.telegram.fault(refused, 999, method="sendPhoto", chat=talk.world.support.id)
    await talk.family.sends_photo(b"picture", caption="вот снимок")
    assert text_of(await talk.desk_gets("document")) == "вот снимок"


async def test_a_forbidden_photo_whose_file_is_out_of_reach_is_told_in_words(
    unstarted_world: World, tmp_path: Path
) -> None:
    """The Bot API server is the school's own, and keeps its files on another machine."""
    world = unstarted_world
    world.telegram.disk = tmp_path / "of another machine"
    talk = await begin(await world.start())
    refused = bad("not enough rights to send photos to the chat")
    world.telegram.fault(refused, 999, method="sendPhoto", chat=world.support.id)
    await talk.family.sends_photo(b"picture")
    await world.desk.sees("сюда это не прошло")


@pytest.mark.parametrize("goes", [True, False])
async def test_voice_that_the_family_forbids_goes_as_audio_or_is_told_in_russian(talk: Talk, goes: bool) -> None:
    methods = "copyMessage|sendVoice" if goes else "copyMessage|send(?!Message).*"
    talk.world.telegram.fault(bad("VOICE_MESSAGES_FORBIDDEN"), 999, method=methods, chat=talk.family.id)
    await talk.world.desk.sends_voice(**talk.where)
    if goes:
        await talk.family_gets("audio")
    else:
        await talk.world.desk.sees("Не доставлено: получатель запретил голосовые")
    await talk.school("тогда словами") if goes else None


async def test_the_general_topic_closed_the_word_comes_in_the_tickets_topic(talk: Talk) -> None:
    world = talk.world
    world.telegram.fault(bad("TOPIC_CLOSED"), 1, method="sendMessage", chat=world.support.id)

    async def call_up(connection: AsyncConnection) -> None:
        await outbox.put(
            connection, chat_id=outbox.address_of_desk(1), queue="general", kind="desk_text", at=world.clock(),
            payload={"text": "слово всем", "general": True}, ticket_id=talk.number, family_id=talk.family.id,
        )  # fmt: skip

    assert world.app is not None
    await world.app.services.database.write(call_up)
    await world.desk.sees("слово всем", topic=talk.topic)


async def test_a_message_without_a_number_is_not_doubled_by_its_edit(talk: Talk) -> None:
    """A video in processing is answered with message_id 0."""
    world, telegram = talk.world, talk.world.telegram
    plain = telegram._methods["sendvideo"]
    telegram._methods["sendvideo"] = lambda p: {**plain(p), "message_id": 0}
    sent = await talk.family.sends_video(caption="видео")
    await talk.desk_gets("video")
    await world.all_sent()
    for words in ("правка", "правка вторая"):
        await talk.family.edits(sent, words)
        await world.desk.sees(words, topic=talk.topic)
    assert sum("video" in message for message in talk.shown) == 1
    assert not [
        p for name in ("editMessageCaption", "editMessageText") for p in world.calls(name) if not p["message_id"]
    ]


async def test_a_name_given_by_hand_stays_and_its_mark_changes(talk: Talk) -> None:
    """Also where the bot was down meanwhile."""
    world = talk.world
    topic = talk.topic
    await world.stop()
    await world.desk.renames_topic(topic, "Петров, ждёт СНИЛС")
    await world.start()
    await world.desk.settles()
    await world.desk.press("Данные исправлены", topic=topic)
    await world.eventually(lambda: topic.name == "⏳ Петров, ждёт СНИЛС", what="the mark")
    await world.desk.renames_topic(topic, "👀 Петров")
    await world.desk.press("Решено", topic=topic)
    await world.eventually(lambda: topic.name == "✅ Петров", what="the other mark")


@pytest.mark.slow
async def test_a_hundred_forwarded_messages_all_arrive(talk: Talk) -> None:
    world = talk.world
    async with world.at_once():
        for n in range(100):
            await talk.family.forwards(f"пересылка-{n:03d}")
    wanted = [f"пересылка-{n:03d}" for n in range(100)]

    def all_there() -> bool:
        shown = "\n".join(world.desk.texts)
        return all(words in shown for words in wanted)

    await world.eventually(all_there, what="every forwarded message")
    assert not any("Слишком много" in text for text in talk.family.texts)


@pytest.mark.slow
async def test_twelve_tickets_taken_answered_and_closed_within_a_minute_provoke_no_429(world: World) -> None:
    talks = [await begin(world, f"Семья {n}") for n in range(12)]
    await world.all_sent()
    world.clock.move(minutes=3)
    world.telegram.pace.forget()
    world.telegram.strict_pace = True
    for talk in talks:
        await world.desk.press("Взять", topic=talk.topic)
        await talk.school("ответ")
        await world.desk.press("Решено", topic=talk.topic)
        world.clock.move(seconds=4)  # nobody presses faster, and who does is asked to wait
    await sent_by_the_clock(world)
    assert all(talk.topic.closed and "решено" in text_of(talk.topic.card) for talk in talks)
    assert all("ответ" in talk.family.texts for talk in talks)
    assert world.telegram.pace.refused == 0 and world.telegram.pace.busiest[world.support.id] <= 20


async def test_a_settling_that_fails_has_an_end(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    world = talk.world
    real = failures.settle

    async def broken(services: object, connection: object, rows: list[outbox.Owed], *more: object) -> None:
        if rows[0].kind == "to_family":
            raise RuntimeError("cannot be settled")
        await real(services, connection, rows, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(failures, "settle", broken)
    fault = world.telegram.fault(bad("SOMETHING_ODD"), 3, method="copyMessage", chat=talk.family.id)
    await talk.school("не уладится")
    for left in (2, 1, 0):
        await world.eventually(lambda left=left: fault.times == left, what="a try")
        world.clock.move(seconds=outbox.LEASE_S + 1)
    await world.desk.sees("Не доставлено", topic=talk.topic)
    await talk.school("а это дойдёт")
    await talk.family.sees("а это дойдёт", anywhere=True)


async def test_a_desk_that_refuses_again_and_again_turns_health_red(talk: Talk) -> None:
    world = talk.world
    world.telegram.fault(bad(GONE_FOR_A_WHILE), 4, method="sendMessage", chat=world.support.id)
    await talk.family.says("весть")
    await world.eventually(lambda: world.telegram.faults.met >= 4, what="the refusals")
    await none_on_its_way(world)
    code, report = await health(world)
    assert code == 503 and texts.HEALTH_DESK_REFUSED.partition("{")[0] in report["reason"]
    world.clock.move(minutes=1)
    await world.desk.sees("весть", topic=talk.topic)
    await world.all_sent()
    assert (await health(world))[0] == 200


@pytest.mark.slow
async def test_a_screen_of_the_guide_is_not_delivered_a_month_late_but_a_tickets_word_is(talk: Talk) -> None:
    world = talk.world
    await talk.family.blocks_bot()
    await world.desk.settles()

    async def owe(connection: AsyncConnection) -> None:
        queue = outbox.family_queue(talk.family.id)
        await outbox.put(
            connection, chat_id=talk.family.id, queue=queue, kind="screen", payload={"text": "старый экран"},
            family_id=talk.family.id, at=world.clock(),
        )  # fmt: skip
        await outbox.hold_family(connection, talk.family.id)

    assert world.app is not None
    await world.app.services.database.write(owe)
    await talk.school("слово школы")
    await world.desk.sees("Не доставлено: семья заблокировала бота")
    world.clock.move(seconds=parked.STALE_S + 60)
    await talk.family.unblocks_bot()
    await talk.family.sees("слово школы", anywhere=True)
    await world.all_sent()
    assert not any("старый экран" in text for text in talk.family.texts)
    assert due_by_clock.DAY_S == parked.STALE_S


async def test_a_text_that_is_refused_for_a_while_keeps_its_place_and_breeds_no_notices(talk: Talk) -> None:
    world = talk.world
    await world.all_sent()
    refused = bad("temporarily unavailable")
    fault = world.telegram.fault(refused, 999, method="sendMessage", chat=world.support.id)
    await talk.family.says("весть первая")
    await world.eventually(lambda: fault.times < 999, what="the first try")
    await talk.family.says("весть вторая")
    await is_tried(world, fault, 8, minutes=6)
    fault.times = 0
    await none_on_its_way(world)
    world.clock.move(minutes=6)
    await world.desk.sees("весть вторая", topic=talk.topic)
    await world.all_sent()
    assert talk.topic.texts[-2:] == ["весть первая", "весть вторая"]
    assert not any("не отдаёт" in text for text in world.desk.texts)


async def test_a_text_to_a_family_that_is_refused_for_a_while_holds_up_no_screen_and_keeps_its_order(
    talk: Talk,
) -> None:
    world, family = talk.world, talk.family
    await world.all_sent()
    fault = world.telegram.fault(bad("temporarily unavailable"), 999, method="copyMessage", chat=family.id)
    await talk.school("ответ первый")
    await world.eventually(lambda: fault.times < 999, what="the first try")
    await talk.school("ответ второй")
    await is_tried(world, fault, 6, minutes=1)
    await world.desk.sees("пока не передаёт это сообщение")
    await family.says("/start")
    await family.sees("Кто пишет")
    fault.times = 0
    world.clock.move(minutes=11)
    await world.looks()
    await family.sees("ответ второй", anywhere=True)
    await world.all_sent()
    answers = [text for text in family.texts if "ответ " in text]
    assert ["первый" in text for text in answers] == [True, False]


async def first_answer_waits_beside(talk: Talk) -> Fault:
    """The school answers; the messenger refuses it until it waits beside its queue, minutes before the next try."""
    world = talk.world
    await world.all_sent()
    fault = world.telegram.fault(bad("temporarily unavailable"), 999, method="copyMessage", chat=talk.family.id)
    await talk.school("ответ первый")
    await is_tried(world, fault, 6, minutes=1)
    await world.desk.sees("пока не передаёт это сообщение")
    await is_tried(world, fault, 7, minutes=6)
    await world.eventually(lambda: 999 - fault.times > 7, what="the last try")
    await none_on_its_way(world)
    return fault


async def test_a_second_answer_does_not_overtake_a_first_that_waits_beside_its_queue(talk: Talk) -> None:
    world, family = talk.world, talk.family
    fault = await first_answer_waits_beside(talk)
    fault.times = 0
    await talk.school("ответ второй")
    await family.sees("ответ второй", anywhere=True)
    await world.all_sent()
    assert ["первый" in text for text in family.texts if "ответ " in text] == [True, False]


async def test_an_answer_behind_one_that_is_still_refused_waits_with_it(talk: Talk) -> None:
    world, family = talk.world, talk.family
    fault = await first_answer_waits_beside(talk)
    await talk.school("ответ второй")
    await world.eventually(lambda: 999 - fault.times > 8, what="a try of the first answer")
    await none_on_its_way(world)
    assert not any("ответ " in text for text in family.texts)
    fault.times = 0
    world.clock.move(minutes=11)
    await world.looks()
    await family.sees("ответ второй", anywhere=True)
    await world.all_sent()
    assert ["первый" in text for text in family.texts if "ответ " in text] == [True, False]


@pytest.mark.parametrize("said", ["message thread not found", "SOMETHING_ODD"])
async def test_a_refusal_after_faults_of_the_server_is_the_first_one(talk: Talk, said: str) -> None:
    """A messenger that recovers from an outage says both: a refusal that comes once means nothing yet."""
    world, before = talk.world, talk.topic.id
    await world.all_sent()
    world.telegram.fault(internal_error(), 2, method="sendMessage", chat=world.support.id)
    world.telegram.fault(bad(said), 1, method="sendMessage", chat=world.support.id)
    await talk.family.says("весть")
    await world.desk.sees("весть", topic=talk.topic)
    await world.all_sent()
    assert [topic.id for topic in world.desk.topics] == [before]
    assert not any("Не получилось передать" in text for text in talk.family.texts)
