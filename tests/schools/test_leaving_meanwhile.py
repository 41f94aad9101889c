"""A school leaves while its families write: nobody is told that something was sent, and nothing is kept for it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from bot.handlers.family import message_data
from bot.schools import leaving
from bot.services import Services
from sandbox.administrator import Administrator
from sandbox.telegram.errors import Json
from storage import hung_notices, schools
from storage.bad_day_models import repair_waits
from storage.models import outbox
from storage.ticket_models import ticket_messages, tickets
from tests.schools.test_registry import operated as operated
from tests.world import World

LEFT = "Школа №44 больше не пользуется"


async def leaves(world: World) -> None:
    """The school leaves as by the command on the server, of which the bot knows nothing before it looks again."""
    assert world.app is not None

    async def work(connection: Any) -> None:
        going = await schools.locked_by_slug(connection, "44")
        assert going is not None
        assert await leaving.leave(connection, going.id, world.clock())

    await world.app.services.database.write(work)


def unaware(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps the bot from looking which schools there are, as in the seconds between two looks."""

    async def does_not_look(_: Services) -> None:
        return None

    monkeypatch.setattr(Services, "refresh_facts", does_not_look)


async def kept_for(world: World, number: int) -> list[int]:
    """Counts what is kept for a school: tickets, messages of tickets that are gone, what is owed, waits."""
    assert world.app is not None
    counted = (
        select(func.count()).select_from(tickets).where(tickets.c.desk_id == number),
        select(func.count())
        .select_from(ticket_messages)
        .where(ticket_messages.c.ticket_id.not_in(select(tickets.c.id))),
        select(func.count()).select_from(outbox).where(outbox.c.school_id == number),
        select(func.count()).select_from(repair_waits).where(repair_waits.c.desk_id == number),
    )

    async def read(connection: Any) -> list[int]:
        return [(await connection.execute(query)).scalar_one() for query in counted]

    return await world.app.services.database.read(read)


async def test_a_form_that_is_sent_before_the_bot_knows_is_not_taken(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.adds_school("44", "Школа №44")
    mother = world.person()
    with monkeypatch.context() as patched:
        unaware(patched)
        await leaves(world)
        await world.fills_form(mother, "parent", "секрет семьи", school="44")
        preview = mother.screen or {}
    await mother.press("Отправить", message=preview)
    await mother.sees(LEFT)
    await world.all_sent()
    assert await kept_for(world, 2) == [0, 0, 0, 0]
    assert "секрет семьи" not in "\n".join(world.desk.texts)
    await mother.says("здравствуйте")
    await mother.sees("Шаг 1 из")
    assert not world.violations


async def test_a_message_that_meets_the_leaving_is_not_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.adds_school("44", "Школа №44")
    mother = world.person()
    await world.sends_ticket(mother, school="44")
    await world.all_sent()
    masked_in = message_data.masked_in

    async def after_leaving(*what: Any) -> Any:
        await leaves(world)
        return await masked_in(*what)

    with monkeypatch.context() as patched:
        unaware(patched)
        patched.setattr(message_data, "masked_in", after_leaving)
        await mother.says("и ещё секрет")
        await mother.sees(LEFT)
    await world.all_sent()
    assert await kept_for(world, 2) == [0, 0, 0, 0]


async def test_a_wait_for_the_end_of_a_trouble_is_not_promised(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.adds_school("44", "Школа №44")
    assert world.app is not None
    await world.app.services.database.write(lambda c: hung_notices.hang(c, None, "Госуслуги с перебоями"))
    await world.looks()
    mother, father = world.person(), world.person("Иван")
    for family in (mother, father):
        await family.opens_link("s_44_parent")
        await family.sees("Шаг 1 из")
    assert "Отмечено" in await father.press("Сообщить, когда заработает"), "below the operator's notice, too"
    unaware(monkeypatch)
    await leaves(world)
    assert LEFT in await mother.press("Сообщить, когда заработает")
    assert await kept_for(world, 2) == [0, 0, 0, 0]


async def test_an_answer_that_waits_for_a_desk_that_is_gone_does_not_wait_for_ever(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    school = await world.adds_school("44", "Школа №44")
    with monkeypatch.context() as patched:
        unaware(patched)
        await leaves(world)
        await school.writes("/open")
        await school.settles()
    assert await world.owed() == 1
    assert not world.calls("sendMessage"), "the school has left"
    world.clock.move(seconds=400)
    await world.looks()
    assert await world.owed() == 0


async def test_what_is_written_while_the_file_is_on_its_way_is_in_the_next_file(
    operated: tuple[World, Administrator], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, operator = operated
    school, mother = await world.adds_school("44", "Школа №44"), world.person()
    await world.sends_ticket(mother, school="44", words="не пускает")
    await school.sees("не пускает")
    await world.all_sent()
    export = leaving.export
    said: list[Json] = []

    async def with_words_after(*what: Any) -> bytes | None:
        file = await export(*what)
        if not said:
            said.append(await mother.says("и с телефона тоже"))
            await mother.settles()
        return file

    monkeypatch.setattr(leaving, "export", with_words_after)
    await operator.says("/school remove 44")
    await operator.press("Удалить школу", message=await operator.sees("Открытых обращений: 1"))
    await operator.sees("её данные стёрты")
    files = [world.telegram.files[m["document"]["file_id"]].data for m in school.from_bot if "document" in m]
    assert ["и с телефона тоже" in file.decode("utf-8-sig") for file in files] == [False, True]
    await world.looks()
    await world.all_sent()
    assert await kept_for(world, 2) == [0, 0, 0, 0]
