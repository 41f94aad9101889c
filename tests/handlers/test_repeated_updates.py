"""Each update of a long conversation is delivered again at every later moment, and changes nothing."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.incoming_json import as_update
from bot.update_parts import whose
from sandbox.person import Person
from sandbox.telegram.errors import Json
from sandbox.visible import labels_of
from storage import handled_updates
from storage.models import events, metadata
from tests.ticket_under_way import Talk, next_noon, two_seconds_on
from tests.world import ERRORS, World

_UNLIKE = re.compile(r"\d\d\.\d\d(\.\d{4})?( \d\d:\d\d)?")  # moments, which differ from run to run
Step = Callable[[], Awaitable[object]]
# What an update that is answered again may change: when the chat last got a message.
ANSWERED_AGAIN = {"dialogues": {"sent_at"}}


class Repeats:
    """Every update of a world, delivered again whenever `all_again` is called."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.updates: list[Json] = []
        self.tried = 0
        world.telegram.subscribe(self._keep)

    def _keep(self, told: dict[str, Any]) -> None:
        if told["event"] == "update":
            self.updates.append(deepcopy(told["update"]))

    async def deliver(self, update: Json) -> None:
        """Hands an update to the bot as a webhook does, past all that Telegram does to spare it repeats."""
        assert self.world.app is not None
        await self.world.app._intake.handle(as_update(deepcopy(update), self.world.app.services.bot))

    async def settle(self) -> None:
        """Waits until the bot has taken every update, and has sent all that it owes."""
        telegram = self.world.telegram
        await self.world.eventually(lambda: not telegram.pending, what="every update taken")
        while await self.world.owed():
            await two_seconds_on(self.world)
        self.world.clock.move(seconds=2)

    async def all_again(self, where: str) -> None:
        """Delivers everything again; AssertionError where anybody sees, or the database holds, anything else then."""
        await self.settle()
        chats, stored = self.seen(), await self.stored()
        last = {whose(self._read(update)): update for update in self.updates}
        for update in self.updates:
            chat = whose(self._read(update))
            await self.deliver(update)
            self.tried += 1
            if chat > 0 and last[chat] is update:
                # The answer to a family's last update may have been lost: it may be given once more, to it alone.
                now = self._shown()
                now[chat] = chats[chat] = []
                self._same(now, chats, update, where)
                chats, stored = self.seen(), _without(stored, ANSWERED_AGAIN)
            else:
                self._same(self._shown(), chats, update, where)
        await self.settle()
        self._same(self._shown(), chats, {}, where)
        after = await self.stored()
        assert _without(after, ANSWERED_AGAIN) == _without(stored, ANSWERED_AGAIN), f"stored after {where}"

    def _read(self, update: Json) -> Any:
        assert self.world.app is not None
        return as_update(deepcopy(update), self.world.app.services.bot)

    @staticmethod
    def _same(now: dict[int, Any], before: dict[int, Any], update: Json, where: str) -> None:
        assert now == before, f"{where}: changed by the repeated {json.dumps(update, ensure_ascii=False)[:600]}"

    def seen(self) -> dict[int, Any]:
        """Everything in every chat, reactions, pins and topics too, as it is now.

        The lines that Telegram writes of the bot's own deeds are left out: the bot deletes them a moment later.
        """
        return deepcopy(self._shown())

    def _shown(self) -> dict[int, Any]:
        """The same, which changes with what happens."""
        telegram = self.world.telegram
        return {
            number: [
                {one: said for one, said in chat.messages.items() if (number, one) not in telegram.services},
                chat.reactions, chat.pinned, [(t.id, t.name) for t in chat.topics.values()],
            ]
            for number, chat in telegram.chats.items()
        }  # fmt: skip

    async def stored(self) -> dict[str, list[dict[str, Any]]]:
        """Every row of every table, but for what only counts calls to Telegram."""
        assert self.world.app is not None

        async def read(connection: AsyncConnection) -> dict[str, list[dict[str, Any]]]:
            found = {}
            for table in metadata.sorted_tables:
                if table.name not in ("sends", "facts"):
                    rows = await connection.execute(select(table).order_by(*table.primary_key.columns))
                    found[table.name] = [dict(row._mapping) for row in rows]
            return found

        return await self.world.app.services.database.read(read)


def _without(stored: dict[str, Any], names: dict[str, set[str]]) -> dict[str, Any]:
    return {
        table: [{name: value for name, value in row.items() if name not in names.get(table, ())} for row in rows]
        for table, rows in stored.items()
    }


@pytest.fixture
async def repeats(world: World) -> AsyncIterator[Repeats]:
    yield Repeats(world)


async def test_a_repeated_press_does_not_empty_a_form_that_was_filled_since(repeats: Repeats) -> None:
    world = repeats.world
    mother = world.person()
    await world.begins(mother, "parent")
    await mother.press("Готово")
    await mother.press("Готово")
    await mother.sees("Получилось войти?")
    await mother.press("Получилось")
    done = repeats.updates[-1]
    assert done["callback_query"]["data"].startswith("done")
    await world.fills_form(mother, "parent", "второй день не пускает")
    shown = mother.text
    await repeats.deliver(done)
    assert mother.text == shown
    await mother.press("Отправить")
    await mother.sees("отправлено в школу")


async def in_the_guide(repeats: Repeats, mother: Person) -> list[tuple[str, Step]]:
    """A family walks the guide, hands over, errs, fills in a form and drops it."""
    child = repeats.world.person("Петя")

    async def hand_over() -> None:
        link = next(url for url in mother.urls.values() if "start%3Dh_" in url)
        await child.opens_link(link.partition("start%3D")[2].partition("&")[0])

    async def mends_words() -> None:
        said = await mother.says("зелёная кракозябра вчера")
        await mother.sees("Такой надписи я не знаю")
        await mother.edits(said, "Для входа в дневник нужно согласие одного из родителей")

    return [
        ("/start", lambda: mother.says("/start")),
        ("a pupil", lambda: mother.press("Я ученик")),
        ("under 18", lambda: mother.press("Мне ещё нет 18")),
        ("a hand-over", hand_over),
        ("a step", lambda: mother.press("Готово")),
        ("tomorrow", lambda: mother.press("Напомнить завтра")),
        ("another step", lambda: mother.press("Готово")),
        ("back", lambda: mother.press("Назад")),
        ("an error", lambda: mother.press("Появилась ошибка")),
        ("a text", lambda: mother.says(ERRORS["child", "diary_not_found"])),
        ("an edit in the guide", mends_words),
        ("/help", lambda: mother.says("/help")),
        ("a kind nobody reads", lambda: mother.sends_sticker()),
        ("/start again", lambda: mother.says("/start")),
        ("a parent", lambda: mother.press("Я родитель")),
        ("herself", lambda: mother.press("Вхожу сам(а)")),
        ("all steps", lambda: mother.press("Готово")),
        ("the end", lambda: mother.press("Готово")),
        ("done", lambda: mother.press("Получилось")),
        ("a question of the form", lambda: _into_the_form(mother)),
        ("a class", lambda: mother.says("7Б")),
        ("a cancelled form", lambda: mother.says("/cancel")),
        ("/forget asked", lambda: mother.says("/forget")),
        ("not forgotten", lambda: mother.press("Отмена")),
    ]


async def _into_the_form(mother: Person) -> None:
    await mother.says(ERRORS["adult", "diary_not_found"])
    await mother.sees("Что делать")
    await mother.press("Написать в школу")
    await mother.press("Родителя")
    await mother.sees("класс")


async def with_the_school(repeats: Repeats, mother: Person) -> list[tuple[str, Step]]:
    """A ticket is sent, answered in every way, ended, opened again and withdrawn."""
    world = repeats.world
    desk = world.desk
    kept: dict[str, Any] = {}

    async def sends() -> None:
        number = await world.sends_ticket(mother)
        kept["talk"] = Talk(world, mother, number, {"topic": await world.topic_of(number)})

    def topic() -> Any:
        return kept["talk"].topic

    async def writes() -> None:
        kept["said"] = await mother.says("а если так?")

    async def answers() -> None:
        kept["answer"] = await desk.writes("Проверили, всё верно", topic=topic())

    async def by_voice() -> None:
        await desk.writes("// заметка для своих", topic=topic())
        await desk.sends_voice(topic=topic())

    return [
        ("a form", lambda: world.fills_form(mother, "parent", "второй день не пускает", walked=True)),
        ("a ticket", sends),
        ("taken", lambda: desk.press("Взять", topic=topic())),
        ("a message", writes),
        ("an edit", lambda: mother.edits(kept["said"], "а если вот так?")),
        ("a photo", lambda: mother.sends_photo(b"photo", "вот снимок")),
        ("an answer", answers),
        ("an edited answer", lambda: desk.edits(kept["answer"], "Проверили, всё точно верно")),
        ("not helped", lambda: mother.press("Не помогло")),
        ("fixed", lambda: desk.press("Данные исправлены", topic=topic())),
        ("a note and a voice", by_voice),
        ("helped", lambda: mother.press("Помогло")),
        ("kept words", lambda: mother.says("нет, опять не пускает")),
        ("reopened", lambda: mother.press("Открыть снова")),
        ("which answers", lambda: desk.press("Запросить уточнение", topic=topic())),
        ("which answer", lambda: desk.press("2. Пришлите класс и имя", topic=topic())),
        ("a ready answer", lambda: desk.press("Отправить", topic=topic())),
        ("solved", lambda: desk.press("Решено", topic=topic())),
        ("an answer after the end", lambda: desk.writes("Ещё одно", topic=topic())),
        ("commands of the desk", lambda: _commands(repeats)),
        ("my ticket", lambda: mother.says("/ticket")),
        ("withdrawn", lambda: mother.press("Отозвать")),
        ("by hand", lambda: desk.reopens_topic(topic())),
        ("banned", lambda: desk.writes("/ban", topic=topic())),
        ("silenced", lambda: mother.says("а почему?")),
        ("unbanned", lambda: desk.writes("/unban", topic=topic())),
        ("back to the guide", lambda: mother.says("/start")),
    ]


async def _commands(repeats: Repeats) -> None:
    async def takes_a_minute(connection: AsyncConnection) -> None:
        # The clock of a world that does everything twice has moved further: durations say nothing of what was done.
        await connection.execute(events.update().where(events.c.seconds.is_not(None)).values(seconds=60.0))

    assert repeats.world.app is not None
    await repeats.world.app.services.database.write(takes_a_minute)
    given = ("/open", "/ticket 1", "/notice Сегодня работы", "/notice off", "/nonsense", "/id", "/stats", "/answers")
    for command in given:
        await repeats.world.desk.writes(command)


# The marks are one statement, whoever's update it is: the long talk at the school's tries it on one database.
@pytest.mark.slow
@pytest.mark.parametrize(
    ("database_url", "talk"),
    [
        ("sqlite", in_the_guide),
        pytest.param("postgres", in_the_guide, marks=pytest.mark.postgres),
        ("sqlite", with_the_school),
    ],
    indirect=["database_url"],
)
@pytest.mark.timeout(900)
async def test_each_update_of_a_long_talk_comes_again_at_every_later_moment(repeats: Repeats, talk: Any) -> None:
    world = repeats.world
    next_noon(world)
    mother = world.person()
    for name, step in await talk(repeats, mother):
        await step()
        await mother.settles()
        await repeats.all_again(name)
    assert repeats.tried > len(repeats.updates) ** 2 / 5
    assert labels_of(mother.screen or {})


@pytest.mark.timeout(900)
async def test_updates_come_again_after_the_bot_was_started_anew(repeats: Repeats) -> None:
    """The marks of what was seen are in the database, not in the process's memory."""
    world = repeats.world
    next_noon(world)
    mother = world.person()
    for _, step in (await in_the_guide(repeats, mother))[:9]:
        await step()
        await mother.settles()
        await repeats.settle()
    await world.restart()
    await repeats.all_again("a restart")


# --- what is done twice because its commit was lost -----------------------------------------------------------------


async def _texts_of(repeats: Repeats, talk: Any) -> list[list[str]]:
    """Everything that the family and the desk read in a talk."""
    next_noon(repeats.world)
    mother = repeats.world.person()
    for _, step in await talk(repeats, mother):
        await step()
        await mother.settles()
        await repeats.settle()
    # Lines without words are left out: how many renames of a topic fall together depends on how fast the machine is.
    # The desk's are sorted: answers to commands that were written at once leave in the order in which they are made.
    desk = sorted(text for text in repeats.world.desk.texts if text)
    return [[text for text in mother.texts if text], desk, [one.name for one in repeats.world.desk.topics]]


@pytest.mark.slow
@pytest.mark.parametrize("talk", [in_the_guide, with_the_school])
@pytest.mark.timeout(600)
async def test_what_a_lost_connection_has_done_twice_is_done_once(
    tmp_path: Path, request: pytest.FixtureRequest, talk: Any
) -> None:
    """Every work of a whole talk is done, undone and done again; nobody sees the difference."""
    seen = []
    for name in ("once", "twice"):
        if name == "twice":
            request.getfixturevalue("works_twice")
        async with World(f"sqlite+aiosqlite:///{tmp_path}/{name}.sqlite3") as world:
            seen.append(await _texts_of(Repeats(await world.start()), talk))
            await world.stop()
    assert [[_UNLIKE.sub("", text) for text in texts] for texts in seen[0]] == [
        [_UNLIKE.sub("", text) for text in texts] for texts in seen[1]
    ]


async def test_a_step_of_the_upkeep_that_is_done_twice_is_done(world: World, works_twice: None) -> None:
    assert world.app is not None
    database = world.app.services.database
    await database.write(lambda c: handled_updates.claim(c, [handled_updates.Claim(5, world.clock())]))
    assert await database.read(lambda c: handled_updates.known(c, [5]))
    world.clock.move(days=4)
    await world.looks()
    assert not await database.read(lambda c: handled_updates.known(c, [5]))


async def test_a_start_drops_the_marks_of_old_updates_however_many(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their numbers begin anew: an update with such a number would be taken for one that was handled."""
    assert world.app is not None
    claims = [handled_updates.Claim(number, world.clock()) for number in range(1_000, 1_007)]
    await world.app.services.database.write(lambda c: handled_updates.claim(c, claims))
    await world.stop()
    world.clock.move(days=4)
    monkeypatch.setattr(handled_updates, "AT_ONCE", 2)
    await world.start()
    known = await world.app.services.database.read(lambda c: handled_updates.known(c, range(1_000, 1_007)))
    assert not known
