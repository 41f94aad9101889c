"""A ticket is handed over at the desk: to whom, with a note, twice, to a colleague who left, to oneself."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot import texts_ru as texts
from bot.channels import chat_ids
from sandbox.administrator import Administrator
from sandbox.telegram.errors import Json
from sandbox.visible import labels_of, text_of
from storage import models
from tests.ticket_under_way import Talk, all_sent, begin
from tests.world import World


def mentions(world: World, of: Administrator) -> list[Json]:
    """The messages of the desk that name an administrator by the account."""
    return [m for m in world.desk.from_bot if any(e.get("user", {}).get("id") == of.id for e in m.get("entities", ()))]


async def shows_colleagues(talk: Talk, *names: str) -> None:
    """Waits until the card shows these colleagues, and nobody else."""
    await talk.world.eventually(lambda: labels_of(talk.card) == [*names, "← Назад"], what=f"{names} on the card")


async def test_a_ticket_is_handed_to_a_colleague_who_is_told_once(any_talk: Talk) -> None:
    talk, world, olga = any_talk, any_talk.world, any_talk.world.desk
    anna = Administrator(olga.messenger, "Анна", chat=world.support)
    await olga.writes("доброе утро")
    if olga.messenger is world.telegram:
        hidden = Administrator(world.telegram, "Скрытая", chat=world.support, anonymous=True)
        await hidden.writes("без имени")
        await hidden.settles()
    await olga.settles()
    world.clock.move(hours=2)
    await anna.writes("и вам")
    await anna.settles()

    await olga.press("Передать", message=talk.card)
    await shows_colleagues(talk, "Ольга", "Анна")
    await olga.press("Назад", message=talk.card)
    await world.eventually(lambda: "🤝 Передать" in labels_of(talk.card), what="the card again")
    await olga.press("Передать", message=talk.card)
    await shows_colleagues(talk, "Ольга", "Анна")
    shown = talk.card
    account = anna.id if olga.messenger is world.telegram else chat_ids.of_max(anna.id)
    button = f"handto:{talk.number}:{account}"
    await olga.press("Анна", message=shown)
    await talk.card_shows("Ведёт: Анна")
    for late in (olga, anna):
        olga.messenger.press(late.id, world.support.id, shown["message_id"], button)
    await world.eventually(
        lambda: all(one.answers for one in olga.messenger.queries.values()), what="every press answered"
    )
    await all_sent(world)
    told = mentions(world, anna)
    assert len(told) == 1 and f"Анна, обращение №{talk.number} теперь у вас. Передаёт Ольга." in text_of(told[0])
    assert told[0] in talk.shown
    assert await talk.status() == "in_work" and "👀 Взять" not in labels_of(talk.card)
    assert not any("Анна" in text for text in talk.family.texts), "a family is told nothing of it"

    await anna.press("Передать", message=talk.card)
    await shows_colleagues(talk, "Ольга", "Анна")
    await olga.press("Ольга", message=talk.card)
    await talk.card_shows("Ведёт: Ольга")
    await all_sent(world)
    assert not mentions(world, olga), "whoever takes it needs no call"
    assert not world.violations


async def test_where_nobody_else_is_known_nobody_is_offered(any_talk: Talk) -> None:
    talk, world, olga = any_talk, any_talk.world, any_talk.world.desk
    assert await olga.press("Передать", message=talk.card) == texts.HAND_NOBODY
    await talk.school("/give сверь СНИЛС в журнале")
    await olga.sees(texts.HAND_NOBODY)
    assert "🤝 Передать" in labels_of(talk.card)
    anna = Administrator(olga.messenger, "Анна", chat=world.support)
    await anna.press("Взять", message=talk.card)
    await talk.card_shows("Ведёт: Анна")
    await olga.press("Передать", message=talk.card)
    await world.eventually(lambda: {"Ольга", "Анна"} <= set(labels_of(talk.card)), what="both on the card")


async def test_a_note_comes_along_and_the_family_never_sees_it(either_talk: Talk) -> None:
    talk, world, olga = either_talk, either_talk.world, either_talk.world.desk
    anna = Administrator(world.telegram, "Анна", chat=world.support)
    await olga.writes("/give")
    await olga.sees("Напишите /give в теме обращения")
    await anna.writes("я здесь")
    said = await talk.school("/give сверь СНИЛС в журнале")
    shown = await olga.sees("Кому передать обращение")
    await olga.press("Анна", message=shown)
    await talk.card_shows("Ведёт: Анна")
    await world.eventually(lambda: bool(mentions(world, anna)), what="the colleague called")
    assert mentions(world, anna)[0]["reply_to_message"]["message_id"] == said["message_id"]
    await olga.press("Анна", message=shown)
    assert f"Обращение №{talk.number} уже ведёт Анна" in olga.notices
    await olga.press("Решено", message=talk.card)
    await talk.card_shows("решено")
    await olga.press("Анна", message=shown)
    assert any("завершено" in notice for notice in olga.notices)
    await talk.school("/give")
    await olga.sees("завершено. Чтобы передать")
    await all_sent(world)
    assert len(mentions(world, anna)) == 1
    assert not any("СНИЛС в журнале" in text for text in talk.family.texts)


async def test_who_left_gets_nothing_and_many_colleagues_have_pages(either_world: World) -> None:
    world = either_world
    talk, olga = await begin(world), world.desk
    people = []
    for n in range(1, 11):
        people.append(Administrator(world.telegram, f"Коллега {n}", chat=world.support))
        await people[-1].writes("я здесь")
        await people[-1].settles()
        world.clock.move(seconds=2)
    await olga.press("Передать", message=talk.card)
    first = [f"Коллега {n}" for n in range(10, 3, -1)]
    await world.eventually(lambda: labels_of(talk.card)[:8] == ["Ольга", *first], what="the first page")
    await olga.press("Дальше", message=talk.card)
    await shows_colleagues(talk, "Коллега 3", "Коллега 2", "Коллега 1", "◀️ Раньше")
    gone = people[1]
    world.telegram.service(world.support, gone.id, {"left_chat_member": world.telegram.users[gone.id]})
    await olga.settles()
    await olga.press("Коллега 2", message=talk.card)
    assert any("в чате больше нет" in notice for notice in olga.notices)
    await world.eventually(lambda: "Коллега 2" not in labels_of(talk.card), what="the list of today")
    assert await talk.status() == "new"
    card = talk.card["message_id"]
    for forged in ("handto:1", "handto:1:x:y", "handto:1:-5", "handto:999:5", "hand:1:99999999999999999999", "hand::"):
        world.telegram.press(olga.id, world.support.id, card, forged)
    await world.eventually(lambda: not world.telegram.unanswered(), what="every press answered")
    await all_sent(world)
    assert await talk.status() == "new" and not mentions(world, gone)


@pytest.mark.parametrize("same", [True, False])
async def test_two_administrators_hand_it_over_at_once(either_world: World, same: bool) -> None:
    world = either_world
    talk, olga = await begin(world), world.desk
    anna, boris = [Administrator(world.telegram, name, chat=world.support) for name in ("Анна", "Борис")]
    for one in (anna, boris):
        await one.writes("я здесь")
        await one.settles()
    wished = [anna, anna if same else boris]
    card = talk.card["message_id"]
    for presser, wish in zip((olga, boris if same else anna), wished, strict=True):
        world.telegram.press(presser.id, world.support.id, card, f"handto:{talk.number}:{wish.id}")
    await world.eventually(lambda: not world.telegram.unanswered(), what="both answered")
    await all_sent(world)
    assert len(mentions(world, anna)) == 1 and len(mentions(world, boris)) == (0 if same else 1)
    await talk.card_shows(f"Ведёт: {wished[-1].name}")


async def test_an_administrator_who_takes_the_own_data_back_is_on_no_list(world: World) -> None:
    anna = Administrator(world.telegram, "Анна", chat=world.support)
    await anna.writes("я здесь")
    await anna.settles()
    family = world.person("Анна", id=anna.id)
    await family.says("/forget")
    await family.press("Удалить всё")
    await family.sees("всё удалено")
    assert world.app is not None
    table = models.metadata.tables["colleagues"]
    rows = await world.app.services.database.read(lambda c: c.execute(select(table.c.account_id)))
    assert anna.id not in [row.account_id for row in rows]
