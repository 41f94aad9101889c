"""A desk moves to another chat while the bot, or another replica of it, still knows the old one."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.desk_rights import look_at_desk
from bot.desk import Desk
from bot.known_schools import stored_schools
from bot.schools import binding, registering
from bot.schools.binding import BindingOutcome
from tests.delivery.undone_claims import claimed_after
from tests.schools.test_leaving_meanwhile import unaware
from tests.schools.test_registry import a_group
from tests.world import World


async def bound_to(connection: AsyncConnection, world: World, chat_id: int) -> None:
    """Binds the school to another chat as another replica does."""
    assert world.app is not None
    services = world.app.services
    _, code = await registering.new_code(connection, "44", services.settings.token, world.clock())
    bound = await binding.bind(connection, code, chat_id, None, services.facts.secret, world.clock())
    assert bound.outcome is BindingOutcome.BOUND


async def test_what_is_owed_to_the_new_chat_never_goes_to_the_old_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The greeting and the cards of open tickets wait for the process that does not know yet where they go."""
    school, mother = await world.adds_school("44", "Школа №44"), world.person()
    number = await world.sends_ticket(mother, school="44", words="не пускает")
    await school.sees("не пускает")
    await world.all_sent()
    world.clock.move(minutes=2)  # the desk's minute is empty: only what this process knows can hold the rows back
    assert world.app is not None
    services, new = world.app.services, a_group(world, "Новая группа")
    with monkeypatch.context() as patched:
        unaware(patched)
        found = await claimed_after(services, lambda c: bound_to(c, world, new.chat_id))
        await services.database.write(lambda c: bound_to(c, world, new.chat_id))
        services.owed.set()
    assert not found, "rows for the new chat were claimed by a process that knows only the old one"
    before = len(school.texts)
    await world.looks()
    await new.sees("это группа школы «Школа №44»")
    topic = await new.finds_topic(f"№{number}")
    await new.writes("ответ из новой группы", topic=topic)
    await mother.sees("ответ из новой группы")
    await world.all_sent()
    assert len(school.texts) == before
    assert not world.violations


async def test_an_answer_in_the_new_chat_is_heard_by_a_replica_that_knows_only_the_old_one(world: World) -> None:
    """The card was sent by the replica that bound the group; the answer to it comes to another within seconds."""
    school, mother = await world.adds_school("44", "Школа №44"), world.person()
    number = await world.sends_ticket(mother, school="44", words="не пускает")
    await school.sees("не пускает")
    await world.all_sent()
    assert world.app is not None
    services, new = world.app.services, a_group(world, "Новая группа")
    before = await services.database.read(stored_schools)
    await services.database.write(lambda c: bound_to(c, world, new.chat_id))
    await world.looks()
    topic = await new.finds_topic(f"№{number}")
    await world.all_sent()
    services.schools.take(*before)
    await new.writes("ответ из новой группы", topic=topic)
    await mother.sees("ответ из новой группы")
    services.schools.take(*before)
    assert "решено" in await new.press("Решено", message=await new.sees(f"№{number} ·"))


async def test_what_was_said_of_the_old_chat_is_not_taken_for_the_new_one(world: World) -> None:
    old, new = a_group(world, "Группа"), a_group(world, "Новая группа", forum=False)
    assert world.app is not None
    services = world.app.services
    desk = Desk.at(2, old.chat_id)  # one that the bot does not look at by itself meanwhile
    world.telegram.latency = 0.3
    before = len(world.calls("getChat"))
    look = asyncio.create_task(look_at_desk(services, desk))
    await world.eventually(lambda: len(world.calls("getChat")) > before, what="the question about the old chat")
    desk.is_bound_to(new.chat_id)
    await look
    assert (desk.is_known, desk.away) == (False, None)
    await look_at_desk(services, desk)
    assert (desk.is_known, desk.is_forum) == (True, False)
