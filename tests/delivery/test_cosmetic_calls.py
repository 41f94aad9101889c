"""A cosmetic call delays itself alone: whatever Telegram says to it, messages go on both ways."""

from __future__ import annotations

import pytest

from sandbox.telegram.bot_api import Refused, internal_error, too_many
from tests.ticket_under_way import Talk, begin, none_on_its_way
from tests.world import World


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: what fails here is Telegram, and test_faults.py has failing rows on both."""
    return sqlite_url


METHODS = [
    "editForumTopic", "closeForumTopic", "setMessageReaction", "editMessageText", "editMessageReplyMarkup",
    "pinChatMessage", "answerCallbackQuery", "sendChatAction", "createForumTopic",
]  # fmt: skip
TROUBLES = [
    too_many(300), internal_error(), Refused(400, "Bad Request: SOMETHING_ODD"), Refused(400, "Bad Request: not found")
]  # fmt: skip


def of(trouble: Refused) -> str:
    return f"{trouble.code} {trouble.description.rpartition(' ')[2]}"


@pytest.mark.parametrize("trouble", TROUBLES, ids=of)
@pytest.mark.parametrize("method", METHODS)
async def test_whatever_befalls_a_cosmetic_call_messages_go_on(world: World, method: str, trouble: Refused) -> None:
    """A 429 of editForumTopic, setMessageReaction, editMessageText, pinChatMessage alone."""
    talk, other = await begin(world), await begin(world, "Анна")
    await world.all_sent()
    world.telegram.fault(trouble, 999, method=method)
    await world.desk.press("Взять", topic=talk.topic, wait=False)
    await talk.school("ответ школы")
    await talk.family.sees("ответ школы", anywhere=True)
    await world.desk.press("Решено", topic=talk.topic, wait=False)
    await other.family.says("весть другой семьи")
    await world.desk.sees("весть другой семьи")
    await talk.family.sees("закрыла обращение", anywhere=True)
    await other.school("ответ другой семье")
    await other.family.sees("ответ другой семье", anywhere=True)
    # Without topics there is no card, and whoever walks the form here waits for the answers to the presses.
    # A screen that is edited in a family's chat decorates nothing: after a 500 it is tried again in its place.
    edits_fail = method == "editMessageText" and trouble.code >= 500
    if method not in ("createForumTopic", "answerCallbackQuery") and not edits_fail:
        number = await world.sends_ticket(world.person("Вера"))
        await world.desk.sees(f"№{number} · 🆕")


@pytest.mark.parametrize(
    ("method", "shown"),
    [("editForumTopic", "№"), ("editMessageText", "👀 в работе"), ("setMessageReaction", "")],
)
async def test_a_call_that_was_told_to_wait_is_made_when_the_time_has_come_and_not_before(
    world: World, method: str, shown: str
) -> None:
    """`retry_after` is obeyed, and the last state wins."""
    talk = await begin(world)
    await world.desk.press("Данные исправлены", topic=talk.topic)
    await world.eventually(lambda: talk.topic.name.startswith("⏳"), what="the mark")
    await world.all_sent()
    world.clock.stop()
    world.clock.move(seconds=2)
    fault = world.telegram.fault(too_many(300), 1, method=method, chat=world.support.id)
    said = await talk.school("ответ") if method == "setMessageReaction" else None
    if said is None:
        await talk.family.says("теперь ход школы")
    await world.eventually(lambda: fault.times == 0, what="the 429")
    await none_on_its_way(world)
    asked = len(world.calls(method))
    world.clock.move(seconds=200)
    await world.looks()
    await talk.family.says("весть за это время")
    await world.desk.sees("весть за это время", topic=talk.topic)
    assert len([p for p in world.calls(method) if p["chat_id"] == world.support.id]) <= asked
    world.clock.move(seconds=120)
    await world.looks()
    await world.all_sent()
    if said is not None:
        assert world.desk.reaction(said)
    else:
        seen = talk.topic.name if method == "editForumTopic" else talk.card["text"].partition(" · ")[2]
        assert seen.startswith(shown)


async def test_a_screen_whose_edit_is_told_to_wait_comes_as_a_new_message(world: World) -> None:
    mother = world.person()
    await mother.says("/start")
    await mother.sees("Кто пишет")
    world.telegram.fault(too_many(300), 1, method="editMessageText", chat=mother.id)
    world.clock.move(seconds=2)
    await mother.press("Я родитель")
    await mother.sees("Помогаю ребёнку до 18")
    world.clock.move(seconds=2)
    await mother.press("Помогаю ребёнку до 18")
    await mother.sees("Шаг 1 из")
    tried = [p for p in world.calls("editMessageText") if p["chat_id"] == mother.id]
    assert len(tried) == 1, "the edit waits as it was told"


@pytest.mark.parametrize("times", [1, 3])
async def test_a_press_whose_answer_is_told_to_wait_is_answered_later(world: World, times: int) -> None:
    mother = world.person()
    await mother.says("/start")
    await mother.sees("Кто пишет")
    world.telegram.fault(too_many(1), times, method="answerCallbackQuery")
    await mother.press("Я родитель", wait=False)
    await mother.sees("Помогаю ребёнку до 18")
    await world.eventually(lambda: not world.telegram.unanswered(), what="the press answered")


async def test_a_hanging_cosmetic_call_holds_up_no_message_of_its_chat(talk: Talk) -> None:
    world = talk.world
    await world.all_sent()
    world.telegram.fault("hang", 99, method="editForumTopic|editMessageText", chat=world.support.id)
    await world.desk.press("Взять", topic=talk.topic)
    await talk.family.says("весть мимо зависшего")
    await world.desk.sees("весть мимо зависшего", topic=talk.topic)
    world.telegram.faults.clear()


async def test_a_topic_that_may_not_be_made_now_holds_up_no_other_ticket(world: World) -> None:
    talk = await begin(world)
    await world.all_sent()
    world.telegram.fault(too_many(300), 1, method="createForumTopic")
    await world.sends_ticket(world.person("Анна"))
    await world.eventually(lambda: not world.telegram.faults.waiting, what="the 429")
    await talk.family.says("весть прежней семьи")
    await world.desk.sees("весть прежней семьи", topic=talk.topic)
