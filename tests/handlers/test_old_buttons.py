"""Buttons of old messages keep their meaning: ready answers, hand-overs, screens that waited long; `/id`."""

from __future__ import annotations

import pytest

from bot import texts_ru as texts
from bot.flows.marked import marked
from bot.flows.ticket import ready_answers
from bot.flows.ticket.ready_answers import Ready
from bot.group_replies import GroupReplies
from sandbox.visible import buttons_of, text_of
from storage import outbox
from tests.ticket_under_way import Talk, next_noon
from tests.world import ERRORS, World


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: a button carries its screen, so what is pressed is read from Telegram."""
    return sqlite_url


OLD = ("Данные в журнале исправили", "Нужны класс и имя", "Нужно согласие одного из родителей")


@pytest.mark.parametrize("place", range(3))
async def test_a_ready_answer_of_an_old_card_is_the_one_that_it_shows(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    """A card of version 1.1.0 names the answer by its place; the list of today stands the other way round."""
    anew = {"new": ("Новый", "Совсем другой ответ."), **dict(reversed(texts.READY_ANSWERS.items()))}
    monkeypatch.setattr(texts, "READY_ANSWERS", anew)
    await talk.world.desk.taps(talk.card, f"ready:{talk.number}:{place}")
    await talk.card_shows(OLD[place])
    await talk.world.desk.press("Отправить", message=talk.card)
    await talk.family.sees(OLD[place])


@pytest.mark.parametrize("choice", ["0", "fixed"])
async def test_a_ready_answer_that_is_gone_is_told_and_sends_nothing(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, choice: str
) -> None:
    monkeypatch.setattr(texts, "READY_ANSWERS", {n: a for n, a in texts.READY_ANSWERS.items() if n != "fixed"})
    got = len(talk.family.from_bot)
    assert await talk.world.desk.taps(talk.card, f"ready:{talk.number}:{choice}") == texts.READY_ANSWER_GONE
    await talk.world.all_sent()
    assert len(talk.family.from_bot) == got


@pytest.mark.parametrize("choice", ["", "3", "-1", "00", "x", "²", "1e0", "__class__"])
def test_no_other_choice_means_an_answer(choice: str) -> None:
    assert ready_answers.built_in(ready_answers.choice_of(choice)) is None


def test_a_button_holds_the_name_of_every_ready_answer() -> None:
    offered = [Ready(choice, name, marked(text)) for choice, (name, text) in texts.READY_ANSWERS.items()]
    offered.append(Ready(ready_answers.choice_of_saved(10**12), "Учебники", marked("В библиотеке.")))
    shown = [row for one in offered for row in ready_answers.look_buttons(10**12, one)]
    for row in (*ready_answers.buttons(10**12, offered, 0), *shown):
        assert len((row[0].data or "").encode()) <= 64


async def test_a_parent_who_takes_everything_back_leaves_the_childs_link(world: World) -> None:
    child, mother, father = world.person("Петя"), world.person("Мария"), world.person("Иван")
    await world.begins(child, "child")
    link = next(url for url in child.urls.values() if "start%3Dh_" in url)
    token = link.partition("start%3D")[2].partition("&")[0]
    for parent in (mother, father):
        await parent.opens_link(token)
        await parent.sees("Шаг 1 из")
    for parent in (mother, father):
        await parent.says("/forget")
        await parent.press("Удалить всё")
        await parent.sees("удалено")
    grandmother = world.person("Нина")
    await grandmother.opens_link(token)
    await grandmother.sees("Шаг 1 из")
    assert texts.HANDOVER_OLD not in "\n".join(grandmother.texts)
    for number in range(2, 6):
        await grandmother.press("Готово")
        await grandmother.sees(f"Шаг {number} из 5")
    await child.sees("Родители всё сделали", anywhere=True)


@pytest.mark.parametrize(("days", "comes"), [(0.5, True), (30, False)])
async def test_a_screen_of_the_guide_that_waited_long_does_not_come_any_more(
    world: World, days: float, comes: bool
) -> None:
    """The school's answers wait for a family's return for as long as it takes; screens of the guide do not."""
    next_noon(world)
    mother = world.person()
    number = await world.sends_ticket(mother)
    topic = await world.topic_of(number)
    await mother.blocks_bot()
    await mother.settles()
    await world.desk.writes("ответ школы", topic=topic)
    await world.desk.sees("Не доставлено")
    assert world.app is not None
    services = world.app.services
    queue = outbox.family_queue(mother.id)
    await services.database.write(
        lambda c: outbox.put(
            c, chat_id=mother.id, queue=queue, kind="screen", payload={"text": "Шаг 2 из 2, старый"},
            family_id=mother.id, at=services.clock(),
        )
    )  # fmt: skip
    await services.database.write(lambda c: outbox.hold_family(c, mother.id))
    world.clock.move(days=days)
    await mother.unblocks_bot()
    await mother.sees("ответ школы", anywhere=True)
    await world.all_sent()
    assert ("Шаг 2 из 2, старый" in mother.texts) is comes


async def test_id_is_told_to_a_foreign_group_once_a_minute(world: World) -> None:
    group, stranger = world.telegram.group("Чужая группа"), world.person("Чужой")
    telegram = world.telegram

    def said() -> list[str]:
        return [text_of(m) for m in group.messages.values() if m["from"]["id"] == telegram.bot["id"]]

    async def asks(times: int) -> None:
        for _ in range(times):
            telegram.post(stranger.id, {"text": "/id"}, chat_id=group.id)
        await world.eventually(telegram.settled, what="all of it taken")

    await asks(30)
    assert len(said()) == 1 and str(group.id) in said()[0]
    world.clock.move(seconds=61)
    await asks(3)
    assert len(said()) == 2
    for _ in range(30):
        telegram.set_bot(group, stranger.id, "kicked")
        telegram.set_bot(group, stranger.id, "member")
    await world.eventually(telegram.settled, what="all of it taken")
    assert len(said()) == 3


def test_groups_are_answered_seldom_each_and_in_all_and_nothing_grows() -> None:
    replies = GroupReplies(in_all=10, window=60.0)
    assert sum(replies.may_say(group, 0.0) for group in range(1000)) == 10
    assert sum(replies.may_say(group % 7, minute * 60.0) for minute in range(1, 100) for group in range(70)) == 7 * 99
    assert len(replies._said) <= 10
    assert replies.may_say("x", -1000.0), "a clock that was put back silences nobody"


async def test_a_forms_old_button_leads_to_a_question_that_stands_and_takes_its_answer(talk: Talk) -> None:
    """«К обращению» of an older form: no ticket is open any more, and nothing of the new form was asked yet."""
    mother = talk.family
    await mother.says("/start parent")
    await mother.says(ERRORS["adult", "consent_required"])
    await mother.press("Не помогло")
    await mother.sees("уже открыто")
    await mother.says("/help")
    old = await mother.sees("Пришлите надпись с экрана")
    await mother.press("Моё обращение")
    await mother.press("Отозвать")
    await mother.says("/start parent")
    await mother.says(ERRORS["adult", "consent_required"])
    await mother.press("Не помогло")
    await mother.sees("В каком классе")
    for data in ("join", "form_preview"):
        await mother.taps(old, data)
        await mother.sees("В каком классе")
        assert "None" not in "".join(mother.texts)
    await mother.says("7Б")
    await mother.sees("Как зовут")


async def test_send_below_an_older_preview_sends_nothing_else_than_it_shows(world: World) -> None:
    """The form went on to another error, or to other words: the press shows where the family stands, no more."""
    mother = world.person()
    await world.fills_form(mother, "parent", "второй день не пускает", walked=True)
    preview = mother.screen
    step = next(one for one in mother.from_bot if "Шаг 1" in text_of(one))
    await mother.press("Появилась ошибка", message=step)
    await mother.press("2", message=step)
    await mother.press("Не помогло", message=step)
    await mother.sees("Что случилось")
    assert preview is not None
    before = preview["message_id"]
    assert await mother.press("Отправить", message=preview) == texts.STALE_BUTTON
    assert "Что случилось" in text_of(next(one for one in mother.from_bot if one["message_id"] == before))
    await mother.says("просят согласие")
    first = await mother.sees("просят согласие")
    await mother.says("и больше ничего")
    last = await mother.sees("и больше ничего")
    assert await mother.press("Отправить", message=first) == texts.STALE_BUTTON
    assert not await world.owed()
    data = next(one["callback_data"] for one in buttons_of(last) if one.get("callback_data", "").startswith("send:"))
    await mother.taps(last, data.rpartition(":")[0])  # as version 1.8.5 made it
    await mother.sees("отправлено в школу")
    assert await mother.taps(last, data) == texts.SENT_ALREADY.format(number=1)
    await world.desk.sees("и больше ничего")
    assert len(world.desk.topics) == 1


async def test_an_album_behind_the_preview_holds_up_no_sending(world: World) -> None:
    mother = world.person()
    await world.fills_form(mother, "parent", "снимки ниже")
    await mother.sends_album([b"one", b"two", b"three"])
    await mother.sees("приложу все")
    await mother.settles()
    await mother.press("Отправить")
    await mother.sees("отправлено в школу")


async def test_a_stale_reminder_shows_the_place_that_its_notice_promises(world: World) -> None:
    mother = world.person()
    await world.begins(mother, "parent")
    await mother.says("/help")
    old = await mother.sees("Пришлите надпись с экрана")
    assert await mother.taps(old, "remind:1:role") == texts.STALE_BUTTON
    shown = await mother.sees("Шаг 1 из")
    assert shown["message_id"] == old["message_id"]
