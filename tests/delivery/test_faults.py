"""The table of faults, row by row: what Telegram does, and what becomes of the message."""

from __future__ import annotations

import pytest
from aiogram.exceptions import TelegramNetworkError
from aiogram.methods import GetMe

from bot.delivery import failures, retry_times
from sandbox.telegram.bot_api import Refused, bad_gateway, internal_error, too_many
from sandbox.visible import labels_of, text_of
from storage import outbox
from tests.database_markers import on_sqlite
from tests.ticket_under_way import Talk, begin, next_noon, none_on_its_way
from tests.world import World

LONG = "Очень длинная подпись. " * 60


def test_the_words_of_a_network_error_show_no_token() -> None:
    words = "no answer from https://api.telegram.org/bot123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-pc/getMe"
    error = TelegramNetworkError(method=GetMe(), message=words)
    assert "AAEhBOweik6ad9r" not in failures.words_of(error) and "no answer" in failures.words_of(error)


async def lapse(talk: Talk, seconds: float = 400) -> None:
    """Waits until what is on its way is settled, and the wait between two tries is over."""
    await none_on_its_way(talk.world)
    talk.world.clock.move(seconds=seconds)
    await talk.world.looks()


@pytest.mark.parametrize("trouble", [internal_error(), bad_gateway(), "drop", "done-then-drop"], ids=str)
async def test_a_fault_of_the_line_is_retried_and_nothing_is_lost(talk: Talk, trouble: Refused | str) -> None:
    world = talk.world
    for method, chat in (("sendMessage", world.support.id), ("copyMessage", talk.family.id)):
        world.telegram.fault(trouble, times=2, method=method, chat=chat)
    await talk.family.says("весть семьи")
    await talk.school("ответ школы")
    for _ in range(3):
        await lapse(talk, 3)
    await world.desk.sees("весть семьи", topic=talk.topic)
    await talk.family.sees("ответ школы", anywhere=True)
    doubled = 2 if trouble == "done-then-drop" else 0
    assert sum("весть семьи" in text for text in talk.topic.texts) <= 1 + doubled
    assert not any("Не доставлено" in text for text in world.desk.texts)


async def test_waits_double_up_to_five_minutes() -> None:
    assert [retry_times.retry_delay(n, 0) for n in range(10)] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]
    assert retry_times.retry_delay(3, 1.0) == 10, "jitter adds up to a quarter"


@on_sqlite
async def test_after_a_day_of_tries_both_sides_are_told_and_the_queue_goes_on(talk: Talk) -> None:
    world, other = talk.world, await begin(talk.world, "Анна")
    # Only this message fails: in working hours the desk is owed others meanwhile, whose tries would be counted with it.
    fault = world.telegram.fault(
        bad_gateway(), times=1000, method="sendMessage", chat=world.support.id,
        when=lambda sent: "это не уйдёт" in str(sent.get("text")),
    )  # fmt: skip
    await talk.family.says("это не уйдёт")
    await talk.family.settles()
    while (left := fault.times) > 1000 - retry_times.GIVE_UP_TRIES:
        await lapse(talk)
        await world.eventually(lambda left=left: fault.times < left, what="a try")
        await other.family.says(f"уходит {left}")
        await world.desk.sees(f"уходит {left}", topic=other.topic)
    await none_on_its_way(world)
    world.clock.move(days=1)
    await other.family.says("уходит и назавтра")
    await world.desk.sees("уходит и назавтра", topic=other.topic)
    await lapse(talk)
    await talk.family.sees("Не получилось передать")
    fault.times = 0
    world.telegram.faults.clear()
    await lapse(talk)
    await world.desk.sees("Не доставлено: мессенджер не отвечает", topic=talk.topic)
    await talk.family.says("а это уйдёт")
    await world.desk.sees("а это уйдёт", topic=talk.topic)
    assert not any("это не уйдёт" in text for text in talk.topic.texts)


@on_sqlite
@pytest.mark.parametrize("trouble", [bad_gateway(), "drop"], ids=str)
async def test_an_outage_of_days_loses_neither_ticket_nor_message(talk: Talk, trouble: Refused | str) -> None:
    world, mother = talk.world, talk.world.person("Анна")
    await world.fills_form(mother, "parent", "слово с выходных")
    await world.all_sent()
    outage = world.telegram.fault(trouble, times=1000, method="sendMessage|createForumTopic", chat=world.support.id)
    await mother.press("Отправить")
    await talk.family.says("весть с выходных")
    await talk.family.settles()
    for _ in range(2 * retry_times.GIVE_UP_TRIES):
        left = outage.times
        await none_on_its_way(world)
        world.clock.move(hours=3)
        await world.looks()
        await world.eventually(lambda left=left: outage.times < left, what="a try")
    world.telegram.faults.clear()
    await lapse(talk)
    await world.desk.sees("слово с выходных")
    await world.desk.sees("весть с выходных", topic=talk.topic)
    told = [*world.desk.texts, *talk.family.texts, *mother.texts]
    assert not any(words in text for text in told for words in ("Не доставлено", "Не получилось", "не принял"))


@on_sqlite
async def test_what_grew_old_while_the_bot_was_down_is_still_tried(talk: Talk) -> None:
    world = talk.world
    world.telegram.fault("drop", times=1, method="sendMessage", chat=world.support.id)
    await talk.family.says("лежало два дня")
    await talk.family.settles()
    world.clock.move(days=2)
    world.telegram.fault(bad_gateway(), times=2, method="sendMessage", chat=world.support.id)
    await world.looks()
    for _ in range(3):
        await lapse(talk)
    await world.desk.sees("лежало два дня", topic=talk.topic)


@on_sqlite
async def test_429_makes_that_chat_wait_as_long_as_told_and_no_other(talk: Talk) -> None:
    world = talk.world
    world.clock.move(seconds=2)
    world.clock.stop()
    world.telegram.fault(too_many(30), method="sendMessage", chat=world.support.id)
    await talk.family.says("подожду")
    await world.eventually(lambda: world.telegram.faults.met == 1)
    await none_on_its_way(world)
    other = world.person("Анна")
    await other.says("/start")
    await other.sees("Кто пишет")
    await talk.school("а семье можно")
    await talk.family.sees("а семье можно")
    before = len(world.calls("sendMessage"))
    world.clock.move(seconds=25)
    await world.looks()
    await talk.family.says("и это подождёт")
    await talk.family.settles()
    await none_on_its_way(world)
    other_calls = [p for p in world.calls("sendMessage")[before:] if p["chat_id"] == world.support.id]
    assert not other_calls and not any("подожду" in text for text in talk.topic.texts)
    world.clock.move(seconds=6)
    await world.desk.sees("подожду", topic=talk.topic)
    world.clock.move(seconds=2)
    await world.desk.sees("и это подождёт", topic=talk.topic)


async def test_a_family_that_blocked_the_bot_is_waited_for(either_talk: Talk) -> None:
    talk, world = either_talk, either_talk.world
    world.telegram.blocked.add(talk.family.id)  # nobody has told the bot
    sent = await talk.school("вы нас слышите?")
    told = await world.desk.sees("Не доставлено: семья заблокировала бота")
    assert told["reply_to_message"]["message_id"] == sent["message_id"]
    await talk.card_shows("Семья заблокировала бота")
    world.clock.move(seconds=2)
    await talk.school("и ещё одно")
    await world.eventually(lambda: sum("заблокировала бота" in t for t in world.desk.texts) >= 3)
    await talk.family.unblocks_bot()
    await talk.family.sees("вы нас слышите?", anywhere=True)
    await talk.family.sees("и ещё одно", anywhere=True)
    texts = talk.family.texts
    assert texts.index("вы нас слышите?") < texts.index("и ещё одно")
    await world.eventually(lambda: "заблокировала" not in text_of(talk.card), what="the card without the mark")
    await world.eventually(lambda: bool(world.desk.reaction(sent)), what="the sign of delivery")


async def test_a_family_that_writes_again_is_back_whatever_became_of_that_update(talk: Talk) -> None:
    world = talk.world
    world.telegram.blocked.add(talk.family.id)
    await talk.school("ждущее слово")
    await world.desk.sees("Не доставлено: семья заблокировала бота")
    world.telegram.blocked.discard(talk.family.id)
    await talk.family.says("я снова тут")
    await talk.family.sees("ждущее слово", anywhere=True)


async def test_a_family_that_blocks_and_says_so_is_marked_at_once(talk: Talk) -> None:
    await talk.family.blocks_bot()
    await talk.card_shows("Семья заблокировала бота")
    await talk.school("жду вас")
    await talk.world.desk.sees("Не доставлено: семья заблокировала бота")
    await talk.family.unblocks_bot()
    await talk.family.sees("жду вас", anywhere=True)


@on_sqlite
async def test_the_desk_is_not_told_of_a_reminder_that_did_not_arrive(talk: Talk) -> None:
    world = talk.world
    next_noon(world)
    await talk.school("какой класс?")
    await talk.family.sees("какой класс?")
    world.telegram.blocked.add(talk.family.id)  # nobody has told the bot
    world.clock.move(days=4)
    await world.looks()
    await talk.card_shows("Семья заблокировала бота")
    await world.all_sent()
    assert not any("Не доставлено" in text for text in world.desk.texts), "nobody at the desk wrote it"


async def test_a_caption_too_long_to_be_copied_follows_its_media(either_talk: Talk) -> None:
    talk, desk = either_talk, either_talk.world.desk
    talk.world.telegram.fault(
        Refused(400, "Bad Request: message caption is too long"), method="copyMessage", chat=talk.family.id
    )
    sent = await desk.sends_photo(b"picture", caption=LONG, **talk.where)
    picture = await talk.family_gets("photo")
    words = await talk.family.sees("Очень длинная подпись")
    assert (text_of(picture) == "" and text_of(words) == LONG.strip()) or text_of(words) == LONG
    assert words["message_id"] > picture["message_id"]
    assert any("Не помогло" in label for label in labels_of(words)) and not labels_of(picture)
    await desk.edits(sent, "Короткая подпись")
    await talk.family.sees("Короткая подпись")


async def test_a_familys_caption_too_long_for_a_bot_follows_its_media(either_talk: Talk) -> None:
    talk = either_talk
    await talk.family.sends_photo(b"picture", caption=LONG)
    await talk.world.desk.sees("Очень длинная подпись")
    assert text_of(await talk.desk_gets("photo")) == ""
    assert not talk.world.telegram.violations


@pytest.mark.parametrize("side", ["family", "school"])
async def test_an_album_with_a_caption_too_long_stays_an_album(talk: Talk, side: str) -> None:
    world = talk.world
    if side == "family":
        async with world.at_once():
            await talk.family.sends_album([b"one", b"two"], caption=LONG)
        await talk.desk_gets("photo", more_than=1)
        await world.desk.sees("Очень длинная подпись", topic=talk.topic)
        assert len([m for m in talk.shown if "photo" in m]) == 2
    else:
        world.telegram.fault(Refused(400, "Bad Request: message caption is too long"), method="copyMessages")
        async with world.at_once():
            await world.desk.sends_album([b"one", b"two"], caption=LONG, **talk.where)
        await talk.family_gets("photo", more_than=1)
        await talk.family.sees("Очень длинная подпись")
        parts = [m for m in talk.family.from_bot if "photo" in m]
        assert len(parts) == 2 and len({m["media_group_id"] for m in parts}) == 1
    assert not world.telegram.violations


async def test_any_other_400_is_set_aside_and_told_in_russian(either_talk: Talk) -> None:
    talk, world = either_talk, either_talk.world
    world.telegram.fault(Refused(400, "Bad Request: SOMETHING_ODD"), 2, method="copyMessage", chat=talk.family.id)
    sent = await talk.school("этому не повезло")
    told = await world.desk.sees("Не доставлено: мессенджер не принял это сообщение")
    assert told["reply_to_message"]["message_id"] == sent["message_id"]
    await talk.school("а этому да")
    await talk.family.sees("а этому да")
    world.telegram.fault(Refused(400, "Bad Request: SOMETHING_ODD"), 2, method="sendMessage", chat=world.support.id)
    world.clock.move(seconds=2)
    await talk.family.says("и этому нет")
    await talk.family.sees("Не получилось передать")
    await talk.family.says("а это дойдёт")
    await world.desk.sees("а это дойдёт")


async def test_a_source_deleted_before_it_was_relayed_goes_from_what_was_stored(either_talk: Talk) -> None:
    talk, world = either_talk, either_talk.world
    world.telegram.latency = 0.3
    said = await talk.school("исчезну, но дойду")
    picture = await world.desk.sends_photo(b"picture", caption="и я", **talk.where)
    await world.desk.settles()
    for message in (said, picture):
        if message["message_id"] in world.desk.chat.messages:
            await world.desk.deletes(message)
    world.telegram.latency = 0.0
    await talk.family.sees("исчезну, но дойду", anywhere=True)
    assert text_of(await talk.family_gets("photo")) == "и я"


@on_sqlite
async def test_a_bot_that_is_out_of_the_group_still_delivers_what_was_said_there(talk: Talk) -> None:
    world = talk.world
    world.telegram.latency = 0.3
    await talk.school("последнее слово")
    await world.desk.settles()
    world.support.bot = "kicked"
    world.telegram.latency = 0.0
    await talk.family.sees("последнее слово", anywhere=True)
    assert (await talk.status()) == "waiting_family"
    assert "заблокировала" not in text_of(talk.card)


async def test_a_card_that_telegram_refuses_is_told_and_the_words_go_without_it(world: World) -> None:
    world.telegram.fault(Refused(400, "Bad Request: CARD_ODD"), times=9, method="sendMessage", chat=world.support.id)
    mother = world.person()
    await world.sends_ticket(mother)
    await mother.says("слово к обращению")
    await world.eventually(lambda: world.telegram.faults.met >= 2)
    world.telegram.faults.clear()
    await world.desk.sees("слово к обращению")


@on_sqlite
async def test_one_stuck_chat_holds_nobody_up(talk: Talk) -> None:
    world = talk.world
    world.telegram.fault("hang", times=50, method="copyMessage", chat=talk.family.id)
    await talk.school("зависну")
    other = await begin(world, "Анна")
    await other.school("быстрый ответ")
    await other.family.sees("быстрый ответ")
    await talk.family.says("я всё ещё пишу")
    await world.desk.sees("я всё ещё пишу", topic=talk.topic)
    world.telegram.faults.clear()


async def test_hundreds_of_waiting_tickets_hide_no_family(unstarted_world: World) -> None:
    world = unstarted_world
    del world.environment["SUPPORT_CHAT_ID"]
    await world.start()
    assert world.app is not None

    async def fill(connection: object) -> None:
        for number in range(1000, 1300):
            await outbox.put(
                connection, chat_id=outbox.address_of_desk(1), queue=f"ticket:{number}", kind="desk_text",  # type: ignore[arg-type]
                payload={"text": "ждёт"}, at=world.clock(),
            )  # fmt: skip
        await outbox.put(
            connection, chat_id=mother.id, queue=outbox.family_queue(mother.id), kind="screen",  # type: ignore[arg-type]
            payload={"text": "слово семье"}, at=world.clock(),
        )  # fmt: skip

    mother = world.person()
    await mother.says("/start")
    await mother.sees("Кто пишет")
    await world.app.services.database.write(fill)
    await mother.sees("слово семье")


async def test_an_edit_to_a_family_that_blocked_the_bot_waits_too(either_talk: Talk) -> None:
    talk, world = either_talk, either_talk.world
    said = await talk.school("Приходите в 10")
    await talk.family.sees("Приходите в 10")
    world.telegram.blocked.add(talk.family.id)  # nobody has told the bot
    await world.desk.edits(said, "Приходите в 12")
    told = await world.desk.sees("Не доставлено: семья заблокировала бота")
    assert told["reply_to_message"]["message_id"] == said["message_id"]
    await talk.family.unblocks_bot()
    await talk.family.sees("Приходите в 12", anywhere=True)


@on_sqlite
async def test_answers_that_wait_when_the_family_blocks_the_bot_are_told_each(talk: Talk) -> None:
    world = talk.world
    world.telegram.fault(bad_gateway(), times=2, method="copyMessage", chat=talk.family.id)
    answers = [await talk.school(words) for words in ("первый ответ", "второй ответ")]
    await talk.family.blocks_bot()
    for answer in answers:
        await world.eventually(
            lambda answer=answer: any(
                "Не доставлено: семья заблокировала бота" in text_of(m)
                and m["reply_to_message"]["message_id"] == answer["message_id"]
                for m in world.desk.from_bot
            ),
            what=f"a word on «{text_of(answer)}»",
        )
    await talk.family.unblocks_bot()
    for words in ("первый ответ", "второй ответ"):
        await talk.family.sees(words, anywhere=True)


@on_sqlite
@pytest.mark.parametrize("trouble", [too_many(1), internal_error(), "done-then-drop"], ids=str)
async def test_a_trouble_with_the_pin_does_not_double_the_card(world: World, trouble: Refused | str) -> None:
    world.telegram.fault(trouble, method="pinChatMessage")
    mother = world.person()
    number = await world.sends_ticket(mother)
    topic = await world.topic_of(number)
    assert sum(text.startswith(f"№{number} ·") for text in topic.texts) == 1


@on_sqlite
async def test_without_the_right_to_pin_the_card_stands_there_unpinned(unstarted_world: World) -> None:
    world = unstarted_world
    world.support.lacking = {"can_pin_messages"}
    await world.start()
    mother = world.person()
    number = await world.sends_ticket(mother)
    await world.desk.sees(f"№{number} ·")
    await mother.says("и ещё слово")
    await world.desk.sees("и ещё слово")
    assert not any("Не доставлено" in text for text in world.desk.texts)
