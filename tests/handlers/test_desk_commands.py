"""Commands of the support chat, the greeting of a group, and what an installer reads there."""

from __future__ import annotations

import re

import pytest
from aiogram.filters import Command

from bot import texts_ru as texts
from bot.handlers.desk import commands, groups
from sandbox.administrator import Administrator
from sandbox.telegram.errors import bad
from sandbox.visible import text_of, urls_of
from tests.ticket_under_way import Talk, all_sent, begin
from tests.world import World


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: a command reads what storage/ reads on both, and is answered by Telegram."""
    return sqlite_url


def test_every_command_of_the_menu_has_a_handler_and_a_line_of_help() -> None:
    routers = [*commands.router.chain_tail, *groups.router.chain_tail]
    filters = [
        one.callback for router in routers for handler in router.message.handlers for one in handler.filters or ()
    ]
    handled = {str(name) for one in filters if isinstance(one, Command) for name in one.commands}
    assert set(texts.COMMANDS_DESK) <= handled
    assert {*re.findall(r"/(\w+)", re.sub(r"</\w+>", "", texts.DESK_HELP)), "help"} == set(texts.COMMANDS_DESK)


async def test_open_lists_the_open_tickets_oldest_first_with_links(any_world: World) -> None:
    world, desk = any_world, any_world.desk
    await desk.writes("/open")
    await desk.sees("Открытых обращений нет")
    talks = [await begin(world, name) for name in ("Мария", "Анна", "Олег")]
    await desk.press("Решено", message=talks[1].card)
    await talks[1].card_shows("решено")
    await desk.press("Взять", message=talks[2].card)
    await talks[2].card_shows("Ольга")
    await desk.writes("/open")
    shown = await desk.sees("Открытых обращений: 2")
    numbers = [int(n) for n in re.findall(r"№(\d+)", text_of(shown))]
    assert numbers == [talks[0].number, talks[2].number] and "Ольга" in text_of(shown)
    if "topic" in talks[0].where:
        inner = str(world.support.id)[4:]
        assert any(url.startswith(f"https://t.me/c/{inner}/{talks[0].topic.id}/") for url in urls_of(shown).values())
    assert not world.violations


async def test_ticket_shows_the_card_and_its_history_and_may_be_replied_to(either_talk: Talk) -> None:
    talk, desk = either_talk, either_talk.world.desk
    await desk.press("Взять", message=talk.card)
    await talk.card_shows("Ольга")
    await desk.writes(f"/ticket {talk.number}")
    await talk.world.eventually(lambda: sum("второй день" in text for text in desk.texts) == 2, what="the ticket shown")
    shown = next(m for m in reversed(desk.from_bot) if "второй день" in text_of(m))
    assert "7Б" in text_of(shown) and "Ольга" in text_of(shown)
    if "reply_to" in talk.where:
        await desk.writes("ответ под выпиской", reply_to=shown)
        await talk.family.sees("ответ под выпиской")
    for wrong in ("/ticket", "/ticket семь", "/ticket 999", "/ticket ٣", "/ticket -1", "/ticket 99999999999999999999"):
        before = len(desk.from_bot)
        await desk.writes(wrong)
        await talk.world.eventually(lambda before=before: len(desk.from_bot) > before, what=f"an answer to {wrong}")
        talk.world.clock.move(seconds=2)


async def test_a_banned_family_is_told_once_and_unbanned(any_talk: Talk) -> None:
    talk, desk = any_talk, any_talk.world.desk
    await desk.writes("/ban", **talk.where)
    await desk.sees("Семья больше не может писать боту (Ольга)")
    await talk.family.says("первое")
    await talk.family.sees("Школа больше не принимает")
    talk.world.clock.move(seconds=2)
    await talk.family.says("второе")
    await talk.family.press("Моё обращение")
    assert sum("не принимает" in text for text in talk.family.texts) == 1
    assert not any(word in text for text in desk.texts for word in ("первое", "второе"))
    await talk.world.restart()
    before = talk.family.from_bot
    await talk.family.says("третье")
    await talk.family.settles()
    await all_sent(talk.world)
    assert talk.family.from_bot == before
    await desk.writes("/unban", **talk.where)
    await desk.sees("снова может писать")
    await talk.family.says("четвёртое")
    await desk.sees("четвёртое")


async def test_a_reply_means_the_ticket_that_it_answers_whatever_the_topic(world: World) -> None:
    first, second = await begin(world, "Анна"), await begin(world, "Борис")
    await world.desk.writes(f"/ticket {second.number}", topic=first.topic)
    shown = await world.desk.sees(f"№{second.number} ·", topic=first.topic)
    await all_sent(world)
    await world.desk.writes("Ответ для второго", reply_to=shown, topic=first.topic)
    await second.family.sees("Ответ для второго")
    await world.desk.writes("/ban", reply_to=shown, topic=first.topic)
    await world.desk.sees("Семья больше не может писать боту", topic=first.topic)
    await second.family.says("второй пишет")
    await second.family.sees("Школа больше не принимает")
    await first.family.says("первый пишет")
    await world.desk.sees("первый пишет", topic=first.topic)
    await all_sent(world)
    assert not any("Ответ для второго" in text for text in first.family.texts)


async def test_ban_outside_a_ticket_says_where(world: World) -> None:
    await world.desk.writes("/unban")
    await world.desk.sees("Напишите /ban или /unban в теме обращения")


async def test_a_banned_card_says_how_to_unban_where_there_are_no_topics(either_talk: Talk) -> None:
    await either_talk.school("/ban")
    await either_talk.card_shows("Вернуть: /unban в ответ на эту карточку")
    await either_talk.world.desk.writes("/unban", reply_to=either_talk.card)
    await either_talk.world.desk.sees("Семья снова может писать боту")


async def test_a_ticket_whose_family_took_its_data_back_says_so(either_talk: Talk) -> None:
    world, family = either_talk.world, either_talk.family
    await family.says("/forget")
    await family.press("Удалить всё")
    await family.sees("всё удалено")
    await world.desk.writes(f"/ticket {either_talk.number}")
    shown = text_of(await world.desk.sees("Тексты стёрты: семья удалила свои данные или год не писала"))
    assert "по сроку" not in shown


async def test_help_names_every_command_and_id_answers_in_any_group(world: World) -> None:
    await world.desk.writes("/help")
    shown = text_of(await world.desk.sees("/open"))
    assert all(command in shown for command in ("/ticket", "/stats", "/ban", "/unban", "/notice", "//"))
    await world.desk.writes("/id")
    await world.desk.sees(str(world.support.id))
    foreign = Administrator(world.telegram, "Пётр", chat=world.telegram.group("Родители 7Б", kind="group"))
    await foreign.writes("/id")
    await foreign.sees(str(foreign.chat_id))
    said = foreign.texts
    await foreign.writes("/open")
    await foreign.writes("/help")
    await foreign.writes("просто разговор")
    await foreign.settles()
    await all_sent(world)
    assert foreign.texts == said


async def test_added_to_a_group_it_says_the_id_and_the_rights_it_lacks(world: World) -> None:
    chat = world.telegram.group("Новая школа", forum=True, bot="left")
    installer = Administrator(world.telegram, "Игорь", chat=chat)
    await installer.adds_bot(status="member")
    greeting = text_of(await installer.sees(str(chat.id)))
    assert all(right in greeting for right in ("управлять темами", "закреплять", "видеть все сообщения"))
    await installer.adds_bot(lacking={"can_pin_messages"})
    await world.eventually(lambda: any("управлять темами" not in t and "закреплять" in t for t in installer.texts))
    await installer.adds_bot()
    await installer.sees("Все нужные права есть")


async def test_added_to_a_plain_group_it_asks_for_no_topics(world: World) -> None:
    chat = world.telegram.group("Учителя", kind="group", bot="left")
    installer = Administrator(world.telegram, "Игорь", chat=chat)
    await installer.adds_bot()
    greeting = text_of(await installer.sees(str(chat.id)))
    assert "Все нужные права есть" in greeting and "темами" not in greeting


async def test_a_command_in_letters_of_any_size_is_the_same(talk: Talk) -> None:
    await talk.world.desk.writes("/Ban", topic=talk.topic)
    await talk.world.desk.sees("Семья больше не может писать боту")
    assert not any("/Ban" in text for text in talk.family.texts)


async def test_a_command_that_does_not_exist_never_reaches_the_family(either_talk: Talk) -> None:
    talk, desk = either_talk, either_talk.world.desk
    for command in ("/close", "/забанить"):
        before = len(desk.from_bot)
        said = await talk.school(command)
        await talk.world.eventually(lambda before=before: len(desk.from_bot) > before, what=f"a word on {command}")
        assert "Такой команды нет" in text_of(desk.from_bot[-1])
        assert desk.from_bot[-1]["reply_to_message"]["message_id"] == said["message_id"]
        talk.world.clock.move(seconds=2)
    await talk.school("/ban@OtherBot")
    await talk.school("а это семье")
    await talk.family.sees("а это семье")
    assert not any(text.startswith("/") for text in talk.family.texts)
    assert sum("Такой команды нет" in text for text in desk.texts) == 2, "a command for another bot is none of ours"


async def test_a_command_in_a_closed_topic_is_answered_in_the_general_one(talk: Talk) -> None:
    world, desk = talk.world, talk.world.desk
    other = await begin(world, "Анна")
    world.telegram.closed_topics_refuse = True
    await desk.press("Решено", topic=talk.topic)
    await world.eventually(lambda: talk.topic.closed, what="the topic closed")
    await desk.writes("/open", topic=talk.topic)
    listed = await desk.sees("Открытых обращений: 1")
    await desk.writes(f"/ticket {other.number}", topic=talk.topic)
    await world.eventually(
        lambda: sum(f"№{other.number} · 7Б" not in t and f"№{other.number} ·" in t for t in desk.texts) > 1
    )
    shown = next(m for m in reversed(desk.from_bot) if f"№{other.number} ·" in text_of(m))
    assert "message_thread_id" not in listed and "message_thread_id" not in shown
    assert talk.topic.closed


async def test_a_channel_is_not_greeted(world: World) -> None:
    channel = world.telegram.group("Новости школы", kind="channel", bot="left")
    installer = Administrator(world.telegram, "Игорь", chat=channel)
    await installer.adds_bot()
    await installer.settles()
    await all_sent(world)
    assert not installer.texts


async def test_a_group_that_takes_no_greeting_is_not_asked_again(world: World) -> None:
    chat = world.telegram.group("Тихая группа", forum=True, bot="left")
    installer = Administrator(world.telegram, "Игорь", chat=chat)
    world.telegram.fault(bad("not enough rights to send text messages to the chat"), times=9, method="sendMessage")
    await installer.adds_bot()
    await installer.settles()
    await installer.writes("/id")
    await installer.settles()
    assert len([p for p in world.calls("sendMessage") if p["chat_id"] == chat.id]) == 2, (
        "the greeting and /id, once each"
    )
