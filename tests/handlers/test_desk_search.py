"""`/find` in the support chat: what is found, in which order, page by page; what nothing can be sought by."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

import storage.ticket_words
from bot.tickets import search_index
from sandbox.telegram.errors import Json
from sandbox.visible import labels_of, text_of, urls_of
from storage import tickets
from storage.ticket_models import ticket_words
from storage.ticket_models import tickets as tickets_table
from tests.ticket_under_way import Talk, all_sent, begin
from tests.world import World


async def answered(world: World, command: str, **where: object) -> Json:
    """Gives the command, and returns what the bot says to it."""
    said = await world.desk.writes(command, **where)  # type: ignore[arg-type]

    def answers() -> list[Json]:
        every = world.desk.from_bot
        return [m for m in every if m.get("reply_to_message", {}).get("message_id") == said["message_id"]]

    await world.eventually(lambda: bool(answers()), what=f"an answer to {command}")
    world.clock.move(seconds=2)
    return answers()[-1]


async def found(world: World, query: str) -> list[int]:
    """The numbers of the tickets that the first page shows."""
    shown = text_of(await answered(world, f"/find {query}"))
    return [int(n) for n in re.findall(r"^• №(\d+)", shown, re.MULTILINE)]


async def test_a_ticket_is_found_by_all_that_was_said_until_it_is_erased(any_world: World) -> None:
    world = any_world
    talk, other = await begin(world), await begin(world, "Анна")
    desk, family = world.desk, talk.family
    await talk.school("Проверьте свидетельство")
    await family.sees("Проверьте свидетельство")
    said = await family.says("прикладываю справку")
    await desk.sees("прикладываю справку")
    for query in (f"№{talk.number}", "свидетельства", "СПРАВКА", "Мария", "7б Иванов справку"):
        assert await found(world, query) == [talk.number], query
    assert await found(world, "7 б") == [other.number, talk.number], "the newest first"
    await desk.press("Решено", message=other.card)
    await other.card_shows("решено")
    assert await found(world, "Иванова пётр") == [talk.number, other.number], "the open one first"
    shown = await answered(world, "/find ёлка")
    assert "Ничего не нашлось" in text_of(shown)
    listed = await answered(world, "/find справка")
    is_linked = str(world.support.id).startswith("-100")
    assert bool(urls_of(listed)) is is_linked and ("/ticket и номер" in text_of(listed)) is not is_linked

    await family.edits(said, "прикладываю выписку")
    await desk.sees("прикладываю выписку")
    assert await found(world, "справка") == [] and await found(world, "выписка") == [talk.number]
    await family.says("/forget")
    await family.press("Удалить всё")
    await family.sees("всё удалено")
    await all_sent(world)
    assert await found(world, "7Б") == [other.number] and await found(world, str(talk.number)) == []

    assert world.app is not None
    words = select(func.count()).where(ticket_words.c.ticket_id == talk.number)
    assert await world.app.services.database.read(lambda c: c.scalar(words)) == 0


async def test_a_long_list_goes_ten_to_a_page_and_two_may_turn_it_at_once(
    either_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = either_world
    assert world.app is not None
    database, at = world.app.services.database, world.clock()
    row = {"consent_at": at, "created_at": at, "updated_at": at, "class_name": "9В", "is_open": True}

    async def fill(connection: AsyncConnection) -> None:
        rows = [{**row, "family_id": n, "form_id": f"f{n}", "id": n, "number": n} for n in range(1, 26)]
        await connection.execute(tickets_table.insert(), rows)
        for number in range(1, 26):
            ticket = await tickets.get(connection, number)
            assert ticket is not None
            await search_index.add_ticket(connection, ticket)

    await database.write(fill)
    shown = await answered(world, "/find 9 в")
    assert "Нашлось: 25 обращений" in text_of(shown)
    assert [f"№{n} " in text_of(shown) for n in (25, 16, 15)] == [True, True, False]

    def page() -> Json:
        return next(m for m in world.desk.from_bot if m["message_id"] == shown["message_id"])

    await world.desk.press("Дальше", message=shown)
    await world.eventually(lambda: "№15 " in text_of(page()), what="the second page")
    assert labels_of(page()) == ["◀️ Раньше", "▶️ Дальше"]
    for _ in range(2):
        world.telegram.press(world.desk.id, world.support.id, shown["message_id"], "find:2")
    await world.eventually(lambda: "№5 " in text_of(page()), what="the third page")
    assert "№1 " in text_of(page()) and labels_of(page()) == ["◀️ Раньше"]
    for forged in ("find:", "find:-1", "find:999999", "find:x"):
        world.telegram.press(world.desk.id, world.support.id, shown["message_id"], forged)
    await world.eventually(lambda: not world.telegram.unanswered(), what="every press answered")
    assert not world.telegram.violations
    monkeypatch.setattr(storage.ticket_words, "RARE", 20)
    assert "Нашлось очень много" in text_of(await answered(world, "/find 9 в"))
    monkeypatch.setattr(storage.ticket_words, "GONE_THROUGH", 0)
    assert "Эти слова частые" in text_of(await answered(world, "/find 9 в"))


async def test_a_query_that_tells_nothing_is_answered_so_and_markup_and_sql_are_words(either_talk: Talk) -> None:
    talk, world = either_talk, either_talk.world
    for query, told in (
        ("", "Напишите, что искать"),
        ("!?%_*", "Напишите, что искать"),
        ("и", "По одной букве"),
        ("слово " * 30, "Слишком длинно"),
        *((typed, typed) for typed in ("<b>жирно</b> & co", "'; DROP TABLE tickets; --", "%иванов% OR 1=1")),
    ):
        assert told in text_of(await answered(world, f"/find {query}", **talk.where)), query
    assert await found(world, "Иванов") == [talk.number]
    assert talk.family.from_bot and not any("/find" in text for text in talk.family.texts)
    assert not world.telegram.violations
