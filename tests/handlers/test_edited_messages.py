"""Edits that change nothing, edits that correct a command, and edits of what was erased."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from sandbox.visible import text_of
from storage import models, ticket_models
from tests.ticket_under_way import Talk, all_sent
from tests.world import World


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: whether an edit changed anything is told from two texts."""
    return sqlite_url


UNKNOWN = "синяя лошадь бежит"


async def test_an_edit_that_changes_nothing_in_the_guide_is_passed_over(world: World) -> None:
    """Also after a restart, and for a command."""
    mother = world.person()
    commands = [await mother.says("/start")]
    await mother.sees("Кто пишет")
    await world.begins(mother, "parent")
    said = [await mother.says(UNKNOWN)]
    await mother.sees("Такой надписи я не знаю")
    before = mother.texts
    for restarted in (False, True):
        if restarted:
            await world.restart()
        for message in [*said, *commands]:
            await mother.edits_nothing(message)
        await mother.settles()
        await all_sent(world)
        assert mother.texts == before
    await mother.edits(said[0], "Для входа в дневник необходимо согласие")
    await mother.sees("Что делать")


async def test_an_edit_that_changes_nothing_in_the_form_is_passed_over(world: World) -> None:
    mother = world.person()
    await world.fills_form(mother, "parent", "не пускает")
    before = mother.texts
    for message in [m for m in mother.history if m["from"]["id"] == mother.id]:
        await mother.edits_nothing(message)
    await mother.settles()
    assert mother.texts == before


async def test_an_edit_that_changes_nothing_in_a_ticket_is_passed_over(talk: Talk) -> None:
    """Words, pictures, an album of notes, what arrived in parts, commands of the desk."""
    world, family, desk = talk.world, talk.family, talk.world.desk
    async with world.at_once():
        notes = await desk.sends_album([b"one", b"two"], caption="// для своих", **talk.where)
    mine = [await family.says("весть с телефоном +7 910 123-45-67")]
    await desk.sees("весть с телефоном")
    mine.append(await family.says("1234 567890 " * 340 + "конец"))
    await desk.sees("конец")
    mine.append(await family.sends_photo(b"picture", caption="снимок"))
    await desk.sees("снимок")
    theirs = [await talk.school("ответ"), await desk.sends_photo(b"picture", caption="сюда", **talk.where)]
    await family.sees("сюда")
    note = await talk.school("// заметка")
    commands = [await desk.writes("/notice Портал не работает"), await desk.writes("/open")]
    await desk.sees("Открытых обращений")
    await all_sent(world)
    before, calls = (family.texts, desk.texts), len(world.calls("sendMessage"))
    for message in [*mine, *theirs, *notes, note, *commands]:
        await (family if message["chat"]["id"] == family.id else desk).edits_nothing(message)
    await world.eventually(lambda: not world.telegram.pending, what="every edit taken")
    await all_sent(world)
    assert (family.texts, desk.texts) == before and len(world.calls("sendMessage")) == calls
    assert not world.calls("editMessageCaption")


async def test_a_command_of_the_desk_that_was_mended_is_carried_out(talk: Talk) -> None:
    world, desk = talk.world, talk.world.desk
    notice = await desk.writes("/notice Дневник не рабоает")
    await desk.sees("Дневник не рабоает")
    await desk.edits(notice, "/notice Дневник не работает")
    await desk.sees("Дневник не работает")
    mother = world.person("Анна")
    await mother.says("/start")
    await mother.sees("Дневник не работает")
    off = await desk.writes("/notcie off")
    await desk.sees("Такой команды нет")
    await desk.edits(off, "/notice off")
    await world.eventually(lambda: not world.app.services.school_of(1).notice, what="the notice taken away")  # type: ignore[union-attr]
    word = await desk.writes("notice Школа закрыта")
    await desk.edits(word, "/notice Школа закрыта")
    await desk.sees("Школа закрыта")


async def test_a_command_that_touches_a_family_is_not_carried_out_by_an_edit(talk: Talk) -> None:
    """Told that it is not."""
    desk = talk.world.desk
    slip = await talk.school("/baan")
    await desk.sees("Такой команды нет")
    await desk.edits(slip, "/ban")
    told = await desk.sees("Исправленная команда не выполняется")
    assert told["reply_to_message"]["message_id"] == slip["message_id"]
    assert talk.world.app is not None and not talk.world.app.services.facts.banned
    answer = await talk.school("ответ семье")
    await talk.family.sees("ответ семье")
    await desk.edits(answer, "/notice ответ всем")
    await desk.sees("правка не ушла семье: она начинается с /")
    assert not any("ответ всем" in text for text in talk.family.texts)


async def test_a_command_of_the_family_that_was_mended_is_carried_out(talk: Talk) -> None:
    """In the guide and in a ticket's conversation."""
    for person in (talk.world.person("Анна"), talk.family):
        slip = await person.says("/strat")
        await person.sees("Такой команды нет")
        await person.edits(slip, "/start")
        await person.sees("Кто пишет")
        await person.edits(slip, "/sratt")
        await person.sees("Такой команды нет")


async def test_an_edit_after_the_texts_were_erased_stores_nothing(talk: Talk) -> None:
    world = talk.world
    mine = await talk.family.says("тайные слова")
    await world.desk.sees("тайные слова")
    theirs = await talk.school("тайный ответ")
    await talk.family.sees("тайный ответ")
    await talk.family.press("Помогло")
    await all_sent(world)
    world.clock.move(days=91)
    await world.looks()
    await talk.family.edits(mine, "другие тайные слова")
    await world.desk.edits(theirs, "другой тайный ответ")
    await world.desk.sees("тексты этого обращения уже удалены")
    assert world.app is not None
    messages = ticket_models.ticket_messages
    kept = await world.app.services.database.read(lambda c: c.execute(select(messages.c.text, messages.c.actor)))
    assert not any("тайн" in (text or "") for text, _ in kept)


async def test_an_edit_after_forget_stores_nothing_and_answers_nothing(world: World) -> None:
    mother = world.person()
    await world.begins(mother, "parent")
    said = await mother.says(UNKNOWN)
    await mother.sees("Такой надписи я не знаю")
    await mother.says("/forget")
    await mother.press("Удалить всё")
    await mother.settles()
    before = mother.texts
    await mother.edits(said, UNKNOWN + " снова")
    await mother.settles()
    assert mother.texts == before
    assert world.app is not None
    kept = await world.app.services.database.read(lambda c: c.execute(select(models.dialogues.c.form)))
    assert "снова" not in str(list(kept))


async def test_marks_of_messages_hold_no_words(world: World) -> None:
    mother = world.person()
    await mother.says("/start")
    await mother.sees("Кто пишет")
    assert world.app is not None
    database = world.app.services.database
    heard = await database.read(lambda c: c.scalar(select(models.dialogues.c.heard)))
    assert heard and "start" not in heard
    await database.write(lambda c: c.execute(update(models.dialogues).values(heard="")))
    said = next(m for m in mother.history if text_of(m) == "/start")
    before = mother.texts
    await mother.edits(said, "/help")
    await mother.settles()
    assert mother.texts == before, "what was read long ago is history"
