"""Nothing crosses from one desk to another: every command and every button of a desk is tried on another's tickets.

Families and desks are in Telegram, with a forum at each school, then all in MAX, where a ticket is a card.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from aiogram import Router
from sqlalchemy import Select, select

from bot import texts_ru as texts
from bot.handlers.dispatcher import make_dispatcher
from bot.handlers.filters import Action
from bot.handlers.operator import operator_commands
from bot.tickets import card_actions, deciding_bad_days, notices, saving_answers
from sandbox.administrator import Administrator, TopicView
from sandbox.max.max_api import Max
from sandbox.person import Person
from sandbox.telegram.errors import Json
from sandbox.visible import buttons_of, text_of
from storage import bad_days, models, saved_answers, schools
from storage.bad_day_models import bad_days as bad_day_rows
from storage.ticket_models import colleagues, ticket_events, ticket_messages, ticket_words, tickets
from tests.database_markers import on_sqlite
from tests.ticket_under_way import all_sent, begin
from tests.world import ERRORS, World, chat_of_bot

SECRET = "ответ только первой школы"  # stands in the ticket, in an answer and in a notice of the first school alone

# What a command of the second desk is answered with, by its name: what is written after it, and what is read then.
COMMANDS = {
    "open": ("", "Открытых обращений: 1"),
    "ticket": ("1", "родитель, Иван"),
    "find": ("первой", "Ничего не нашлось"),
    "give": ("прошу", texts.HAND_WHERE),
    "stats": ("", "Обращений: 1"),
    "digest": ("off", texts.DIGEST_OFF),
    "notice": ("", texts.NOTICE_USAGE),
    "save": ("Чужой ответ", texts.SAVE_WHERE),
    "answers": ("", texts.ANSWERS_NONE),
    "ban": ("", texts.BAN_WHERE),
    "unban": ("", texts.BAN_WHERE),
    "help": ("", "Как отвечать семьям"),
    "id": ("", "Номер этой группы"),
}
IN_TOPICS = ("ban", "unban", "give", "save")  # they speak of the ticket of the place where they are written


@pytest.fixture
def world(family_world: World) -> World:
    """Families and the first school's desk in one messenger, in which other schools have their desks, too."""
    return family_world


@dataclass(frozen=True, slots=True)
class Theirs:
    """Holds what the first school has: its ticket, its answer for families, its bad day, its notice, its family."""

    mother: Person
    ticket: int
    answer: int
    bad_day: int
    card: Json
    said: Json  # the desk's message with the secret


def presses(theirs: Theirs) -> dict[str, str]:
    """The data of the first desk's buttons, each with the words that the second desk reads after a press."""
    ticket, answer, day = theirs.ticket, theirs.answer, theirs.bad_day
    choices = {"ready": ":fixed", "sendready": f":s{answer}", "putoff": ":tomorrow", "handto": f":{theirs.mother.id}"}
    found = {f"{name}:{ticket}{choices.get(name, '')}": texts.NO_SUCH_TICKET for name in card_actions.NAMES}
    for action in saving_answers.ACTIONS:
        of_draft = action in ("keep", "keep_for_families", "replace", "drop")
        told = "" if action == "list" else texts.ALREADY_SO if of_draft else texts.ANSWER_GONE
        found[f"answers:{action}:{answer}:0"] = told
    found |= {f"{name}:{day}": texts.BAD_DAY_GONE for name in deciding_bad_days.NAMES}
    found |= {button.data or "": texts.REPAIRED_ALREADY for row in notices.repaired_row(SECRET) for button in row}
    found["find:0"] = texts.FIND_ANEW
    return found


async def written(world: World, query: Select[Any]) -> list[tuple[Any, ...]]:
    """The rows that a query finds."""
    assert world.app is not None

    async def read(connection: Any) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await connection.execute(query)]

    return await world.app.services.database.read(read)


async def all_of_school(world: World, number: int) -> list[list[tuple[Any, ...]]]:
    """Everything that the database holds of a school: what another desk may not change."""
    its = select(tickets.c.id).where(tickets.c.desk_id == number)
    queries = [
        select(table).where(column == number)
        for table, column in (
            (tickets, tickets.c.desk_id),
            (ticket_words, ticket_words.c.desk_id),
            (colleagues, colleagues.c.desk_id),
            (models.saved_answers, models.saved_answers.c.desk_id),
            (models.answer_uses, models.answer_uses.c.desk_id),
            (models.bans, models.bans.c.school_id),
            (models.outbox, models.outbox.c.school_id),
            (models.events, models.events.c.school_id),
            (bad_day_rows, bad_day_rows.c.desk_id),
        )
    ]
    queries += [select(table).where(table.c.ticket_id.in_(its)) for table in (ticket_messages, ticket_events)]
    queries.append(
        select(models.named_values).where(models.named_values.c.name.in_([f"notice:{number}", f"digest:wish:{number}"]))
    )
    return [sorted(await written(world, query), key=str) for query in queries]


async def first_school(world: World) -> Theirs:
    """The first school's ticket under way, with an answer kept for families, a bad day, and a notice that hangs."""
    assert world.app is not None
    talk = await begin(world)
    mother = talk.family
    said = await talk.school(f"Проверьте, это {SECRET}")
    await mother.sees(SECRET, anywhere=True)
    await talk.school("/save Проверка", reply_to=said)
    await all_sent(world)
    await world.desk.press(texts.B_SAVE)
    await world.desk.writes(f"/notice {SECRET}")
    await all_sent(world)
    database = world.app.services.database
    day = await database.write(lambda c: bad_days.tell(c, 1, "topic:captcha", "", world.clock()))
    answers = await database.read(lambda c: saved_answers.saved(c, 1))
    return Theirs(mother, 1, answers[0].id, day, talk.card, said)


async def place_of_ticket(desk: Administrator, number: int) -> dict[str, Any]:
    """The place where a desk writes about a ticket: its topic in a forum, elsewhere a reply to its card."""
    card = await desk.sees(f"№{number} ·")
    return {"topic": await desk.finds_topic(f"№{number}")} if desk.chat.info.get("is_forum") else {"reply_to": card}


def actions_of_desks(router: Router) -> Iterator[str]:
    """The names of all actions that buttons in groups have, as the bot's routers let them through."""
    for handler in router.callback_query.handlers:
        for one in handler.filters or []:
            if isinstance(one.callback, Action) and not one.callback.private:
                yield from one.callback.names
    for inner in router.sub_routers:
        yield from actions_of_desks(inner)


@pytest.mark.slow
async def test_no_command_and_no_button_of_a_desk_reaches_another_school(world: World) -> None:
    theirs = await first_school(world)
    second = await world.adds_school("2")
    father = world.person("Иван")
    assert await world.sends_ticket(father, school="2", class_name="8А", words="пишет ошибку") == 1
    own_card = await second.sees("№1 ·")
    await all_sent(world)
    assert world.app is not None
    assert set(COMMANDS) == {*texts.COMMANDS_DESK}, "each command of a desk has its case here"
    data = presses(theirs)
    named = {one.partition(":")[0] for one in data}
    of_the_operator = {*actions_of_desks(operator_commands.router)}
    assert named == {*actions_of_desks(make_dispatcher())} - of_the_operator, "each button of a desk has its case here"

    before, at_desk, at_family = await all_of_school(world, 1), list(world.desk.texts), list(theirs.mother.texts)
    for name, (argument, seen) in COMMANDS.items():
        shown = len(second.from_bot)
        await second.writes(f"/{name} {argument}".strip())
        await second.settles()
        await all_sent(world)
        answer = "\n".join(text_of(one) for one in second.from_bot[shown:])
        assert _plain(seen) in answer, f"/{name}: {answer}"
    page = next(one for one in second.from_bot if text_of(one).startswith(_plain(texts.ANSWERS_NONE)))
    without_words = texts.PRESS_TAKEN if world.channels == ("max",) else ""
    for pressed, words in data.items():
        world.clock.move(seconds=2)
        told = words or without_words
        assert await second.taps(page, pressed) == told, pressed
        if not pressed.startswith("answers:"):  # a ticket's message is no page of answers
            assert await second.taps(own_card, pressed) == told, pressed
    await second.sends(answer_to_foreign(second, theirs.card))
    await second.settles()
    await all_sent(world)
    assert await all_of_school(world, 1) == before
    assert (world.desk.texts, theirs.mother.texts) == (at_desk, at_family)
    assert SECRET not in "\n".join([*second.texts, *father.texts])

    for action in ("helped", "nothelped", "withdraw", "reopen", "talk", "join"):
        world.clock.move(seconds=2)
        await father.taps(father.screen or {}, f"{action}:{theirs.ticket}")
    await father.taps(father.screen or {}, f"add:0:{theirs.ticket}")
    await father.taps(father.screen or {}, f"anshelped:{theirs.answer}")
    await all_sent(world)
    assert await all_of_school(world, 1) == before
    assert not [query.data for query in second.messenger.queries.values() if not query.answers]
    assert not world.violations


def answer_to_foreign(desk: Administrator, foreign: Json) -> Json:
    """The content of a message of a desk that answers a message of another group.

    In Telegram a message's number means another message in each group, or none; in MAX its name says which it is.
    """
    said = {"text": "ответ на чужое"}
    if not isinstance(desk.messenger, Max):
        here = {"message_id": foreign["message_id"], "date": foreign["date"], "chat": desk.chat.info}
        return {**said, "reply_to_message": {**here, "from": foreign["from"], "text": text_of(foreign)}}
    post = desk.messenger.posts[foreign["mid"]]
    sender = desk.messenger.account(post.author)
    return {**said, "link": {"type": "reply", "sender": sender, "message": post.body}}


def _plain(text: str) -> str:
    """A text of the bot's as people see it, up to its first mark."""
    return text.partition("<")[0].partition("{")[0].strip().partition("\n")[0]


async def test_a_group_that_another_school_had_before_gives_nothing_of_it(world: World) -> None:
    theirs = await first_school(world)
    assert world.app is not None
    services, old_group, channel = world.app.services, world.support, world.channels[0]
    in_forum = channel == "telegram"
    new_group = world.telegram.group("Новая группа", forum=True) if in_forum else world.max.group("Новая группа")
    old_number, new_number = chat_of_bot(channel, old_group), chat_of_bot(channel, new_group)

    async def move(connection: Any) -> None:
        await schools.change(connection, 1, chat_id=new_number)
        await schools.add(connection, slug="2", name="Школа 2", chat_id=old_number, created_at=world.clock())

    await services.database.write(move)
    await world.looks()
    await all_sent(world)
    heir = Administrator(world.desk.messenger, "Пётр", chat=old_group)
    before, at_family = await all_of_school(world, 1), list(theirs.mother.texts)
    topic = TopicView(old_group, old_group.topics[theirs.card["message_thread_id"]]) if in_forum else None
    await heir.writes("наследство", topic=topic)
    await heir.writes("ответ на старую карточку", reply_to=theirs.card)
    await heir.edits(theirs.said, "другое")
    for name in IN_TOPICS:
        await heir.writes(f"/{name} слово", topic=topic, reply_to=theirs.card)
    for name in card_actions.NAMES:
        world.clock.move(seconds=2)
        assert await heir.taps(theirs.card, f"{name}:{theirs.ticket}") == texts.NO_SUCH_TICKET
    if topic:
        await heir.renames_topic(topic, "чужая")
        await heir.closes_topic(topic)
        await heir.reopens_topic(topic)
    else:
        await heir.deletes(theirs.said)  # of which MAX alone tells
    await heir.settles()
    await all_sent(world)
    assert await all_of_school(world, 1) == before
    assert theirs.mother.texts == at_family
    mine = Administrator(world.desk.messenger, "Ольга", chat=new_group)
    await mine.writes("/ticket 1")
    await mine.sees("родитель, Мария")
    await theirs.mother.says("весть в новую группу")
    await mine.sees("весть в новую группу")
    assert not any("весть в новую группу" in text for text in heir.texts)


async def test_a_family_that_changes_schools_takes_no_ticket_along_and_no_ban(world: World) -> None:
    talk = await begin(world)
    mother = talk.family
    second = await world.adds_school("2", "Гимназия 2")
    assert world.app is not None
    await world.app.services.database.write(lambda c: schools.change(c, 1, slug="43", name="Школа 43"))
    await world.looks()
    # What is written after the change goes to no ticket; a new one is the new school's, and never added to the old.
    assert await world.sends_ticket(mother, school="2", words="другая беда") == 1
    await second.sees("другая беда")
    await mother.says("/ticket")
    shown = await mother.sees("🏫 Школа 43")
    assert text_of(shown).count("Обращение №1") == 2 and text_of(shown).count("Школа 43") == 1
    assert "Отозвать №1, Школа 43" in " ".join(mother.labels)
    assert "другая беда" not in "\n".join(world.desk.texts)
    # The ban of the first school holds for its ticket, wherever the family is, and for nothing of the second.
    await talk.school("/ban")
    await world.desk.settles()
    await all_sent(world)
    before = await all_of_school(world, 1)
    for action in ("talk", "withdraw", "reopen"):
        world.clock.move(seconds=2)
        assert await mother.taps(mother.screen or {}, f"{action}:1") == texts.BANNED_FAMILY[:200]
    await mother.says("весть второй школе")
    await second.sees("весть второй школе")
    await second.writes("/ban", **await place_of_ticket(second, 1))
    await second.settles()
    await all_sent(world)
    assert await all_of_school(world, 1) == before
    # Banned at both; the first one forgives, and its link leads the family back to it.
    await talk.school("/unban")
    await world.desk.settles()
    await all_sent(world)
    world.clock.move(seconds=2)
    await mother.says("никуда не уйдёт")
    await mother.opens_link("s_43_parent")
    await mother.sees("Шаг 1 из")
    assert "никуда не уйдёт" not in "\n".join([*world.desk.texts, *second.texts])
    assert not world.violations


async def test_a_family_that_one_school_banned_chooses_another(world: World) -> None:
    second = await world.adds_school("2", "Гимназия 2")
    mother = world.person()
    await world.sends_ticket(mother, school="2")
    await second.writes("/ban", **await place_of_ticket(second, 1))
    await second.settles()
    await all_sent(world)
    await mother.says("ещё слово")
    await mother.sees("больше не принимает")
    assert mother.labels == [texts.B_CHANGE_SCHOOL]
    for asks in ("press", "/school", "/SCHOOL@bot", "Сменить школу"):
        await (mother.press("Сменить школу") if asks == "press" else mother.says(asks))
        asked = await mother.sees("Из какой вы школы?")
        assert await mother.taps(asked, "school:2") == texts.BANNED_FAMILY[:200], "its own ban holds"
        for typed in ("гимназия 2", texts.B_SCHOOL_STAY):
            await mother.says(typed)
            await mother.settles()
            await all_sent(world)
            assert "больше не принимает" in mother.text and "Школа №43" in mother.labels, typed
    await mother.says("школа 43")
    await mother.sees("Теперь школа другая: Школа №43")
    await mother.says("Ваш дневник не найден")
    await mother.sees("Что делать")
    await mother.says("Отозвать")
    await mother.sees("больше не принимает")
    await mother.says("/ticket")
    await mother.sees("🏫 Гимназия 2")
    assert "Отозвать" in " ".join(mother.labels), "the ticket of the other school stays as it is"
    assert "ещё слово" not in "\n".join([*world.desk.texts, *second.texts]) and not world.violations


async def test_a_form_for_one_school_is_not_sent_to_another(world: World) -> None:
    second = await world.adds_school("2")
    third = await world.adds_school("3")
    father = world.person("Иван")
    await world.fills_form(father, "parent", "слова для второй", school="2")
    preview = father.screen or {}
    data = next(b["callback_data"] for b in buttons_of(preview) if b.get("callback_data", "").startswith("send:"))
    await father.opens_link("s_3_parent")
    await father.sees("Шаг 1 из")
    world.clock.move(seconds=2)
    await father.taps(preview, data)
    await all_sent(world)
    assert not await written(world, select(tickets.c.id))
    assert "слова для второй" not in "\n".join([*second.texts, *third.texts])


@on_sqlite
async def test_what_is_told_to_one_school_is_not_added_to_the_ticket_of_another(world: World) -> None:
    """«Добавить к обращению» of an older form is pressed in the form for another school."""
    second, third = await world.adds_school("2"), await world.adds_school("3")
    mother = world.person()
    await world.sends_ticket(mother, school="2")
    await mother.opens_link("s_2_parent")
    await mother.sees("Шаг 1 из")
    await mother.says(ERRORS["adult", "consent_required"])
    await mother.press("Не помогло")
    old = await mother.sees("уже открыто")
    await mother.opens_link("s_3_parent")
    await mother.sees("Шаг 1 из")
    await mother.says(ERRORS["adult", "consent_required"])
    await mother.press("Не помогло")
    await mother.sees("В каком классе")
    await mother.says("3В")
    await mother.sees("Как зовут")
    await mother.says("Сидорова Анна")
    await mother.sees("Что случилось")
    await mother.press("Добавить к обращению", message=old)
    await mother.sees("Что случилось")
    await mother.says("слова для третьей")
    await mother.sees("Вот что получит школа")
    await mother.press("Отправить")
    await mother.sees("отправлено")
    await third.sees("слова для третьей")
    assert "слова для третьей" not in "\n".join(second.texts)


@pytest.mark.slow
async def test_a_family_erases_itself_at_every_school_and_no_number_is_given_again(world: World) -> None:
    mother, father = world.person("Мария"), world.person("Иван")
    assert await world.sends_ticket(mother) == 1
    second = await world.adds_school("2")
    assert await world.sends_ticket(father, school="2") == 1
    assert await world.sends_ticket(mother, school="2") == 2
    await all_sent(world)
    await mother.says("/forget")
    await mother.press("Удалить всё")
    await all_sent(world)
    told = {"№1": world.desk, "№2": second}
    for number, desk in told.items():
        word = _plain(texts.DESK_FORGOTTEN)
        lines = [text for text in desk.texts if word in text]
        assert len(lines) == 1 and number in lines[0], desk.texts
    assert await written(world, select(tickets.c.family_id).where(tickets.c.number == 2)) == [(None,)]
    assert await world.sends_ticket(mother, school="2") == 3
    await father.says("я всё там же")
    await second.sees("я всё там же")
    # His ticket is called by its number at his school, which is not its number among the tickets of all schools.
    await father.opens_link("s_2_parent")
    await father.says(ERRORS["adult", "consent_required"])
    await father.press("Не помогло")
    await father.sees("№1 уже открыто")


@on_sqlite
async def test_desks_in_two_messengers_know_nothing_of_each_other(database_url: str) -> None:
    async with World(database_url, channels=("telegram", "max")) as world:
        await world.start()
        mother = world.person("Мария")
        await world.sends_ticket(mother)
        await world.topic_of(1)
        in_max = await world.adds_school("2", channel="max")
        father = world.person("Иван", channel="max")
        assert await world.sends_ticket(father, school="2", words="пишет ошибку") == 1
        card = await in_max.sees("№1 ·")
        await all_sent(world)
        before = await all_of_school(world, 1)
        for name in card_actions.NAMES:
            world.clock.move(seconds=2)
            assert await in_max.taps(card, f"{name}:1") == texts.NO_SUCH_TICKET
        await in_max.writes("/ticket 1")
        await in_max.sees("родитель, Иван")
        await in_max.writes("ответ из MAX", reply_to=card)
        await father.sees("ответ из MAX")
        await all_sent(world)
        assert await all_of_school(world, 1) == before
        assert not world.violations
