"""The table of a channel's abilities: it agrees with the stand-in, and the bot does as it says."""

from __future__ import annotations

from dataclasses import replace

from bot.channels.abilities import CHANNELS, COUNTED_FOR_S, SHORTEST_TEXT, TELEGRAM
from sandbox.telegram import rules
from sandbox.telegram.telegram_pace import Pace
from sandbox.visible import text_of
from tests.database_markers import on_sqlite
from tests.test_layers import edges, sources, stands_in
from tests.world import World


def test_the_table_of_telegram_is_what_the_stand_in_keeps_to() -> None:
    assert (TELEGRAM.text_length, TELEGRAM.caption_length) == (rules.TEXT_LIMIT, rules.CAPTION_LIMIT)
    assert (TELEGRAM.notice_length, TELEGRAM.topic_name_length) == (rules.ANSWER_LIMIT, rules.TOPIC_NAME_LIMIT)
    assert (TELEGRAM.callback_bytes, TELEGRAM.buttons) == (rules.CALLBACK_DATA_LIMIT, rules.BUTTONS_LIMIT)
    assert TELEGRAM.deletes_own_for_s == rules.DELETABLE_SECONDS
    pace = Pace(lambda: 0.0)
    for limit, (most, seconds) in (
        (TELEGRAM.in_chat, pace.private),
        (TELEGRAM.in_group, pace.group),
        (TELEGRAM.in_all, pace.overall),
        (TELEGRAM.new_topics, pace.topics),
    ):
        assert limit.most == most and seconds <= limit.window <= seconds + 1


def test_what_is_meant_for_every_channel_fits_each_of_them() -> None:
    for channel in CHANNELS:
        assert channel.text_length >= SHORTEST_TEXT
        assert channel.button_rows * channel.buttons_in_row >= channel.buttons
        assert max(channel.in_chat.window, channel.in_group.window, channel.new_topics.window) < COUNTED_FOR_S


def test_nobody_but_desk_and_services_says_which_channel_it_is() -> None:
    named = [file for file in sources("bot") if "TELEGRAM" in file.read_text("utf-8").replace("TELEGRAM_", "")]
    # A poster has a code for each channel in its place: the command that draws it makes a bot of each token.
    assert {file.stem for file in named} == {"abilities", "desk", "services", "schools_command"}
    users = {user for user, used in edges("bot") if stands_in(used, ("bot.channels.abilities",))}
    assert not [user for user in users if stands_in(user, ("bot.flows",))]


@on_sqlite
async def test_a_desk_without_topics_and_reactions_gets_cards_and_short_replies(world: World) -> None:
    """The group is a forum, and Telegram takes reactions: that the table says no is enough."""
    assert world.app is not None
    desk = world.app.services.schools.desks[1]
    desk.channel = replace(TELEGRAM, topics=False, reactions=False)
    desk.is_known = False
    world.clock.move(minutes=10)
    await world.looks()
    family = world.person("Мария")
    number = await world.sends_ticket(family)
    card = await world.desk.sees(f"№{number} ·")
    await world.desk.writes("проверяем", reply_to=card)
    await family.sees("проверяем")
    await world.desk.sees("Доставлено")
    assert not world.desk.topics and not world.telegram.counts["setMessageReaction"]


@on_sqlite
async def test_texts_are_cut_where_the_table_says(world: World) -> None:
    assert world.app is not None
    world.app.services.schools.desks[1].channel = replace(TELEGRAM, topic_name_length=12, text_length=300)
    number = await world.sends_ticket(world.person("Мария"))
    topic = await world.topic_of(number)
    assert len(topic.name) == 12
    assert any(text_of(message).startswith(f"№{number}") for message in world.desk.from_bot)
