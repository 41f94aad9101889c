"""MAX refuses a token, rights in the group, uploads and calls while the bot runs: nothing is lost meanwhile."""

from __future__ import annotations

import asyncio

import pytest

from bot import texts_ru as texts
from bot.app import App
from bot.settings import SettingsError
from sandbox.max.max_errors import MaxRefused, out_of_service, too_many_calls
from sandbox.visible import text_of
from tests.bot_port import until_health
from tests.polled_waiting import until_true
from tests.test_health import FOR_EVER
from tests.ticket_under_way import PNG, begin, sent_by_the_clock
from tests.world import World

INVALID_TOKEN = MaxRefused(401, "verify.token", "Invalid access_token")
NOT_NOW_500 = MaxRefused(500, "internal.error", "Internal error")
NOT_NOW = MaxRefused(200, "internal.error", "Internal error")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: what waits meanwhile waits in rows that tests/delivery looks at on both."""
    return sqlite_url


ALONE_AND_BESIDE = pytest.mark.parametrize("channels", [("max",), ("telegram", "max")], ids="+".join)


@ALONE_AND_BESIDE
async def test_a_token_that_max_refuses_ends_the_start_with_a_word(
    database_url: str, channels: tuple[str, ...]
) -> None:
    async with World(database_url, channels=channels, desk="max") as world:
        world.environment["MAX_TOKEN"] = "f9LHodD0cOJ-token_of_another_bot_in_max"
        with pytest.raises(SettingsError, match="MAX_TOKEN: MAX не принимает этот токен"):
            await App(world.settings(), clock=world.clock).run()


@ALONE_AND_BESIDE
async def test_a_token_that_max_takes_back_is_told_and_what_was_said_meanwhile_arrives(
    database_url: str, channels: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.max.max_polling.FETCH_RETRY_S", (0.05,))
    async with World(database_url, channels=channels, desk="max") as world:
        await world.start()
        talk = await begin(world, family=world.person("Мария", channel="max"))
        for method in (".*", "get_updates"):
            world.max.fault(INVALID_TOKEN, times=FOR_EVER, method=method)
        await talk.family.says("слова при отозванном токене")
        await talk.school("ответ при отозванном токене")
        await until_health(world, 503, "MAX не принимает токен")
        if "telegram" in channels:
            father = world.person("Пётр", channel="telegram")
            await world.begins(father, "parent")
            number = await world.sends_ticket(father, words="из Telegram при отозванном токене")
        world.max.faults.clear()
        await talk.family.settles()
        await sent_by_the_clock(world)
        await world.desk.sees("слова при отозванном токене")
        await talk.family.sees("ответ при отозванном токене", anywhere=True)
        if "telegram" in channels:
            await world.desk.sees(f"№{number} ·")
        world.clock.move(minutes=2)  # after which the group is looked at again
        await world.looks()
        await talk.family.says("теперь доходит")  # which ends a poll that would wait for 25 seconds
        await until_health(world, 200)
        for texts, said in ((world.desk.texts, "слова при"), (talk.family.texts, "ответ при")):
            assert sum(said in text for text in texts) == 1


async def test_a_webhook_whose_token_max_takes_back_names_the_token(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.max.max_webhook.LOOK_EVERY_S", 0.05)
    async with World(database_url, channels=("max",), desk="max") as world:
        world.environment["MAX_WEBHOOK_URL"] = f"http://127.0.0.1:{world.environment['HTTP_PORT']}/max"
        await world.start()
        world.max.fault(INVALID_TOKEN, times=FOR_EVER, method="get_subscriptions")
        await until_health(world, 503, "MAX не принимает токен")
        world.max.faults.clear()
        await until_health(world, 200)


async def test_a_group_where_the_bot_is_no_administrator_is_told_of_it(database_url: str) -> None:
    async with World(database_url, channels=("max",), desk="max") as world:
        world.support.bot = "member"
        await world.start()
        mother = world.person()
        number = await world.sends_ticket(mother)
        await until_health(world, 503, "быть администратором, чтобы видеть все сообщения")
        card = await world.desk.sees(f"№{number} ·")
        await world.desk.writes("ответ, которого никто не видит", reply_to=card)
        await world.restart()
        await world.all_sent()
        assert sum("Я не вижу, что вы пишете" in text for text in world.desk.texts) == 1
        await world.desk.press("Данные исправлены", message=card)
        await mother.sees("Попробуйте войти", anywhere=True)
        await has_rights(world, "administrator")
        await until_health(world, 200)
        await world.desk.writes("Проверили", reply_to=card)
        await mother.sees("Проверили", anywhere=True)
        await has_rights(world, "member")
        await until_health(world, 503)
        assert sum("Я не вижу, что вы пишете" in text for text in world.desk.texts) == 2
        assert not world.violations and not any("не видит" in text for text in mother.texts)


async def has_rights(world: World, status: str) -> None:
    """The bot has another place in the group, and looks there by its clock: polling does not tell it."""
    await world.desk.adds_bot(status=status)
    world.clock.move(minutes=10)
    await world.looks()
    await world.all_sent()


async def test_an_upload_that_max_refuses_in_a_200_is_told_at_the_desk_and_the_next_arrives(database_url: str) -> None:
    async with World(database_url, channels=("max", "telegram"), desk="telegram") as world:
        await world.start()
        talk = await begin(world)
        refusal = {"error_code": 4, "error_data": "IMAGE_INVALID_FORMAT"}
        for refused, kind in (([refusal], "document"), ([refusal] * 9, None)):
            world.max.bad_uploads = [*refused]
            sent = await world.desk.sends_photo(PNG, caption=f"снимок, как {kind}", **talk.where)
            await world.desk.settles()
            await sent_by_the_clock(world)
            if kind:
                assert text_of(await talk.family_gets(kind)) == f"снимок, как {kind}"
        told = await world.desk.sees("Не доставлено: мессенджер не принял этот файл")
        assert told["reply_to_message"]["message_id"] == sent["message_id"]
        assert "разрешениях группы" not in "\n".join(world.desk.texts)
        world.max.bad_uploads.clear()
        await world.desk.sends_document(b"%PDF", name="справка.pdf", **talk.where)
        await world.eventually(lambda: sum("document" in m for m in talk.family.from_bot) == 2, what="the next file")


async def test_max_that_is_back_is_seen_though_nobody_writes(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first call that succeeds waits for no update: what would wait here waits longer than the test does."""
    monkeypatch.setattr("bot.channels.max.max_polling.LONG_POLL_S", 90)
    monkeypatch.setattr("bot.channels.max.max_polling.FETCH_RETRY_S", (0.05,))
    async with World(database_url, channels=("max",), desk="max") as world:
        world.max.fault(out_of_service(), times=FOR_EVER, method="get_updates")
        await world.start()
        await until_health(world, 503, texts.HEALTH_MAX_NO_UPDATES.partition("(")[0])
        world.max.faults.clear()
        await until_health(world, 200)
        mother = world.person()
        await world.begins(mother, "parent")  # what comes next is waited for as ever


async def test_success_false_with_200_is_a_refusal_of_a_message_an_edit_and_a_press(max_world: World) -> None:
    talk, in_max = await begin(max_world), max_world.max
    in_max.fault(NOT_NOW, times=2, method="send_message", chat=talk.family.chat_id)
    answer = await talk.school("Попробуйте завтро")
    await max_world.desk.settles()
    await sent_by_the_clock(max_world)
    await talk.family.sees("Попробуйте завтро", anywhere=True)
    in_max.fault(MaxRefused(200, "edit.too.late", "Too old"), method="edit_message", chat=talk.family.chat_id)
    await max_world.desk.edits(answer, "Попробуйте завтра")
    await max_world.desk.settles()
    await sent_by_the_clock(max_world)
    await talk.family.sees("Попробуйте завтра", anywhere=True)
    in_max.fault(NOT_NOW, method="answer")
    await talk.family.press("Помогло", wait=False)
    await talk.family.settles()
    await sent_by_the_clock(max_world)
    await talk.family.sees(f"обращение №{talk.number} закрыто", anywhere=True)
    await talk.card_shows("решено")
    for said in ("Попробуйте завтро", "Попробуйте завтра"):
        assert sum(said in text for text in talk.family.texts) <= 1


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (
            MaxRefused(200, "bad.url", "The url is not reachable"),
            r"MAX_WEBHOOK_URL: MAX не принимает этот адрес \(The ",
        ),
        (INVALID_TOKEN, "MAX_TOKEN: MAX не принимает этот токен"),
    ],
)
async def test_a_webhook_that_max_refuses_ends_the_start_with_a_word(
    database_url: str, refusal: MaxRefused, said: str
) -> None:
    async with World(database_url, channels=("max",), desk="max") as world:
        world.environment["MAX_WEBHOOK_URL"] = f"http://127.0.0.1:{world.environment['HTTP_PORT']}/max"
        world.max.fault(refusal, method="subscribe_webhook")
        with pytest.raises(SettingsError, match=said):
            await App(world.settings(), clock=world.clock).run()


@pytest.mark.parametrize(("method", "what"), [("get_me|get_subscriptions", NOT_NOW_500), ("get_me", too_many_calls())])
async def test_a_start_beside_which_max_fails_polls_all_the_same(
    database_url: str, method: str, what: MaxRefused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.max.max_channel._DROPPING_S", 0.05)
    async with World(database_url, channels=("max",), desk="max") as world:
        world.max.fault(what, times=FOR_EVER, method=method)
        await world.start()
        mother = world.person()
        await mother.says("/start")
        await mother.sees("Кто пишет")


async def test_a_subscription_that_max_does_not_take_for_long_is_told_of(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.polling_tasks.START_RETRY_S", (0.01,))
    async with World(database_url, channels=("max",), desk="max") as world:
        world.environment["MAX_WEBHOOK_URL"] = f"http://127.0.0.1:{world.environment['HTTP_PORT']}/max"
        world.max.fault(NOT_NOW_500, times=FOR_EVER, method="get_subscriptions")
        world.max.fault(NOT_NOW_500, times=FOR_EVER, method="subscribe_webhook")
        starting = asyncio.create_task(world.start())
        await until_true(lambda: world.max.counts["get_subscriptions"] > 0, what="a try")  # the port is open by then
        await until_health(world, 503, texts.HEALTH_MAX_NO_UPDATES.partition("(")[0])
        world.max.faults.clear()
        await starting
        await until_health(world, 200)
