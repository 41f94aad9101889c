"""One bot in both messengers: families of each at one desk, which is in Telegram or in MAX."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from sandbox.max.max_errors import MaxRefused
from sandbox.telegram.errors import Refused
from sandbox.visible import text_of
from tests.ticket_under_way import PNG, begin, none_on_its_way
from tests.world import World

BOTH = ("telegram", "max")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: which messenger a chat is in is a number of the same columns on both."""
    return sqlite_url


@pytest_asyncio.fixture(params=BOTH)
async def mixed_world(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[World]:
    """Families in both messengers, the desk in a forum of Telegram, then in a group of MAX."""
    async with World(database_url, channels=BOTH, desk=request.param) as made:
        made.max.strict_pace = True
        yield await made.start()


async def test_families_of_both_messengers_with_one_number_meet_one_desk(mixed_world: World) -> None:
    world = mixed_world
    in_telegram = world.person("Мария", channel="telegram", id=777_001)
    in_max = world.person("Пётр", channel="max", id=777_001)
    first = await world.sends_ticket(in_telegram)
    second = await world.sends_ticket(in_max, words="в MAX не пускает")
    for number, channel, family in ((first, "Telegram", in_telegram), (second, "MAX", in_max)):
        card = await world.desk.sees(f"№{number} ·")
        assert f"Откуда: {channel}" in text_of(card)
        where = {"topic": await world.topic_of(number)} if card.get("message_thread_id") else {"reply_to": card}
        sent = await world.desk.writes(f"ответ на №{number}", **where)
        await family.sees(f"ответ на №{number}", anywhere=True)
        await world.desk.edits(sent, f"исправленный ответ на №{number}")
        await family.sees(f"исправленный ответ на №{number}", anywhere=True)
        said = await family.says(f"слова о №{number}")
        await world.desk.sees(f"слова о №{number}")
        await family.edits(said, f"другие слова о №{number}")
        await world.desk.sees(f"другие слова о №{number}")
        await family.sends_document(b"%PDF", name="справка.pdf", caption=f"справка к №{number}")
        await world.desk.sees(f"справка к №{number}")
    assert f"№{second}" not in "\n".join(in_telegram.texts) and f"№{first}" not in "\n".join(in_max.texts)
    documents = [m["document"]["file_id"] for m in world.desk.from_bot if "document" in m]
    assert {world.desk.messenger.files[one].data for one in documents} == {b"%PDF"}
    assert not world.violations


async def test_no_part_of_the_bot_ends_by_itself(mixed_world: World) -> None:
    world = mixed_world
    await world.begins(world.person("Мария", channel="telegram"), "parent")
    assert world.app is not None
    health = await world.app._web.health()
    assert health["ok"], health["reason"]


async def test_a_messenger_that_is_away_holds_up_nobody_in_the_other(mixed_world: World) -> None:
    world = mixed_world
    family = world.person("Мария", channel="max")
    await world.begins(family, "parent")
    world.telegram.fault("drop", times=1_000_000, method="(?!getUpdates).*")
    await family.press("Готово")
    await family.sees("Шаг 2 из")
    world.telegram.faults.clear()
    other = world.person("Пётр", channel="telegram")
    world.max.fault("drop", times=1_000_000, method="(?!get_updates).*")
    await world.begins(other, "child")
    await other.press("Готово")
    await other.sees("Шаг 2 из")
    world.max.faults.clear()
    talk = await begin(world, "Анна")
    assert talk.number == 1


@pytest.mark.parametrize("trouble", ["no file", "too large"])
async def test_a_file_that_can_never_be_had_is_told_and_holds_up_nothing(database_url: str, trouble: str) -> None:
    async with World(database_url, channels=BOTH, desk="telegram") as world:
        talk = await begin(await world.start(), family=world.person("Пётр", channel="max"))
        if trouble == "no file":
            world.max.bad_downloads += [404] * 99
        else:
            refused = Refused(413, "Request Entity Too Large")
            world.telegram.fault(refused, 99, method="sendDocument", chat=world.support.id)
        await talk.family.sends_document(b"%PDF", name="справка.pdf")
        await talk.family.says("слова после файла")
        await world.desk.sees("слова после файла")
        reason = {"no file": "мессенджер не отдаёт этот файл", "too large": "файл слишком большой"}[trouble]
        await world.desk.sees(reason)
        await talk.family.sees("Не получилось передать", anywhere=True)


async def test_a_file_whose_host_is_away_waits_beside_the_words_that_follow(database_url: str) -> None:
    async with World(database_url, channels=BOTH, desk="telegram") as world:
        talk = await begin(await world.start(), family=world.person("Пётр", channel="max"))
        world.max.bad_downloads += [503] * 99
        await talk.family.sends_document(b"%PDF", name="справка.pdf")
        await talk.family.says("слова после файла")
        for tries in range(6):
            await world.eventually(lambda tries=tries: len(world.max.bad_downloads) < 99 - tries, what="a try")
            await none_on_its_way(world)
            world.clock.move(minutes=1)
        await world.desk.sees("слова после файла")
        await world.desk.sees("Файл семьи мессенджер пока не отдаёт")
        world.max.bad_downloads.clear()
        world.clock.move(minutes=6)
        await world.looks()
        await talk.desk_gets("document")


@pytest.mark.parametrize("side", ["family", "desk"])
async def test_an_edited_caption_of_an_album_leaves_those_of_its_other_parts(database_url: str, side: str) -> None:
    """In MAX an album is one message, whose text is all of its captions."""
    desk = "max" if side == "family" else "telegram"
    async with World(database_url, channels=BOTH, desk=desk) as world:
        await world.start()
        talk = await begin(world, family=world.person("Мария", channel="telegram" if desk == "max" else "max"))
        writer, where = (talk.family, {}) if side == "family" else (world.desk, talk.where)
        reader = world.desk if side == "family" else talk.family
        first, second = await writer.sends_album([PNG, PNG], caption="первый экран", **where)
        await reader.sees("первый экран", anywhere=True)
        await world.all_sent()
        await writer.edits(second, "второй экран")
        await reader.sees("первый экран\nвторой экран", anywhere=True)
        await writer.edits(first, "")
        await world.eventually(lambda: "первый экран" not in "".join(reader.texts), what="the caption taken off")
        assert sum("второй экран" in text for text in reader.texts) == 1 and not world.violations


@pytest.mark.parametrize(
    ("words", "marks", "messages"),
    [
        pytest.param("я" * 1000, [], 5, id="too long together: one by one"),
        pytest.param("<" * 700, [{"type": "bold", "offset": 0, "length": 5}], 1, id="with their marks: without them"),
    ],
)
async def test_captions_of_an_album_that_are_too_long_for_one_message_of_max(
    database_url: str, words: str, marks: list[dict[str, Any]], messages: int
) -> None:
    async with World(database_url, channels=BOTH, desk="max") as world:
        await world.start()
        talk = await begin(world, family=world.person("Мария", channel="telegram"))
        captions = [f"экран {number} {words}" for number in range(5)]
        album = [talk.family._content("photo", PNG, caption, caption[:7], "") for caption in captions]
        world.max.fault(MaxRefused(500, "internal.error", "Internal error"), method="send_message", times=1)
        await talk.family.says("пять снимков")  # all of them are owed before the first is sent
        world.telegram.post_album(talk.family.id, [{**part, "caption_entities": marks} for part in album])
        await talk.family.settles()
        for caption in captions:
            await world.desk.sees(caption, anywhere=True)
        await world.all_sent()
        assert len([message for message in world.desk.from_bot if "photo" in message]) == messages
        assert not world.violations


async def test_a_text_longer_than_max_takes_goes_in_parts_once_and_each_is_edited(database_url: str) -> None:
    async with World(database_url, channels=BOTH, desk="telegram") as world:
        await world.start()
        talk = await begin(world, family=world.person("Пётр", channel="max"))
        await world.all_sent()
        before = len(talk.family.from_bot)

        def came() -> list[str]:
            return [text_of(message) for message in talk.family.from_bot[before:]]

        trouble = MaxRefused(500, "internal.error", "Internal error")
        world.max.fault(trouble, method="send_message", when=lambda sent: "конец" in (sent.get("text") or "")[:200])
        long = "а" * 4040 + " конец"
        sent = await talk.school(long)
        await talk.family.sees("конец", anywhere=True)
        await world.all_sent()
        assert came() == [long[:4000], long[4000:]]
        assert "Не помогло" in talk.family.labels
        for edited in ("б" * 4050 + " край", "в" * 10, "г" * 4001):
            await world.desk.edits(sent, edited)
            wanted = [edited[:4000], edited[4000:] or "—"]
            await world.eventually(lambda wanted=wanted: came() == wanted, what="each part edited")
        short = await talk.school("д" * 90)
        await talk.family.sees("д" * 90, anywhere=True)
        await world.desk.edits(short, "е" * 4001)
        await world.eventually(lambda: came()[-2:] == ["е" * 4000, "е"], what="a part more")
        assert len(came()) == 4 and not world.violations
