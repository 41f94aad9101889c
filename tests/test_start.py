"""The start: a cosmetic call holds up no update, a new name is learned, an own server's files are read."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import pytest

from bot.channels.telegram import own_name
from bot.channels.telegram.session import is_on_disk
from bot.flows.understanding import vocabulary_of
from sandbox.telegram.errors import Refused
from tests.world import ERRORS, World


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: it is Telegram that fails at the start; test_database.py starts on both."""
    return sqlite_url


HOUR = Refused(429, "Too Many Requests: retry after 3600", retry_after=3600)
REFUSALS: dict[str, Refused | str] = {
    "429": HOUR,
    "400": Refused(400, "Bad Request: BOT_COMMAND_INVALID"),
    "500": Refused(500, "Internal Server Error"),
    "page": "page",
    "drop": "drop",
}


@pytest.mark.parametrize("mode", ["polling", "webhook"])
@pytest.mark.parametrize("trouble", REFUSALS)
async def test_a_menu_that_telegram_does_not_take_holds_up_nobody(
    unstarted_world: World, mode: str, trouble: str
) -> None:
    """SetMyCommands is refused for ever, and families and the desk are served at once."""
    world = unstarted_world
    if mode == "webhook":
        world.environment["WEBHOOK_URL"] = f"http://127.0.0.1:{world.environment['HTTP_PORT']}/webhook"
    world.telegram.fault(REFUSALS[trouble], times=10_000, method="setMyCommands")
    await world.start()
    mother = world.person()
    number = await world.sends_ticket(mother)
    await world.topic_of(number)
    assert world.telegram.counts["setMyCommands"] <= 4, "asked again and again"
    if trouble == "429":
        assert world.telegram.counts["setMyCommands"] == 2, "once for families, once for the desk, then as told"


@pytest.mark.parametrize("method", ["getMe", "getChat", "getChatMember", "deleteWebhook"])
@pytest.mark.parametrize("trouble", ["429", "500", "page"])
async def test_no_single_call_of_the_start_holds_up_the_updates(
    unstarted_world: World, method: str, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever call Telegram refuses for ever, a family that writes is answered."""
    monkeypatch.setattr("bot.app.CLOSING_S", 0.05)
    unstarted_world.telegram.fault(REFUSALS[trouble], times=10_000, method=method)
    await unstarted_world.start()
    mother = unstarted_world.person()
    await unstarted_world.begins(mother, "parent")
    assert unstarted_world.telegram.counts[method] <= 2, "asked again and again"


async def test_the_menus_are_set_once_telegram_takes_them(
    unstarted_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.telegram.command_menu._RETRY_S", (0.0,))
    unstarted_world.telegram.fault(Refused(500, "Internal Server Error"), times=5, method="setMyCommands")
    await unstarted_world.start()
    mother = unstarted_world.person()
    for chat_id, command in ((mother.id, "ticket"), (unstarted_world.support.id, "open")):
        await unstarted_world.eventually(
            lambda chat_id=chat_id, command=command: (
                command in [one["command"] for one in unstarted_world.telegram.menu_of(chat_id)]
            ),
            what=f"/{command} in the menu",
        )


async def test_a_new_name_of_the_bot_is_learned_while_it_runs(
    unstarted_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Links and commands that name the bot follow its new name, without a restart."""
    monkeypatch.setattr(own_name, "ASK_EVERY_S", 0.05)
    world = await unstarted_world.start()
    assert world.app is not None
    services = world.app.services
    world.telegram.fault(HOUR, method="getMe")
    world.telegram.fault(Refused(500, "Internal Server Error"), method="getMe")
    monkeypatch.setattr(
        "bot.channels.telegram.own_name.TelegramRetryAfter", ZeroDivisionError
    )  # this hour is not waited for here
    world.telegram.bot["username"] = "dnevnik_novy_bot"
    await world.eventually(lambda: services.bot_username == "dnevnik_novy_bot", what="the new name")
    pupil = world.person("Петя")
    await world.begins(pupil, "child")
    shared = next(url for label, url in pupil.urls.items() if "Отправить родителям" in label)
    assert "t.me/dnevnik_novy_bot?start=h_" in unquote(unquote(shared))
    await world.desk.says("/open@dnevnik_novy_bot")
    await world.desk.sees("Открытых обращений нет")


async def test_a_command_for_another_bot_is_left_to_it(world: World) -> None:
    await world.desk.says("/open@some_other_bot")
    await world.desk.says("/open")
    await world.desk.sees("Открытых обращений нет")
    assert len(world.calls("sendMessage")) == 1


async def test_a_server_with_local_files_is_read_from_its_disk(
    unstarted_world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """GetFile of a `--local` server tells a path of its disk, which holds the token."""
    world = unstarted_world
    world.telegram.disk = tmp_path
    await world.start()
    assert world.app is not None
    read: list[bytes] = []

    class Reader:
        async def read(self, data: bytes) -> str:
            read.append(data)
            return ERRORS["adult", "diary_not_found"]

    world.app.services.reader = Reader()  # type: ignore[assignment]
    mother = world.person()
    await world.begins(mother, "parent")
    await mother.sends_photo(b"a picture")
    await mother.sees("Что делать")
    assert read == [b"a picture"]
    assert world.telegram.token.partition(":")[2] not in caplog.text


async def test_a_local_server_whose_files_cannot_be_read_asks_for_the_text(
    unstarted_world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The server runs in another container: the family is told at once, the log says what is to be done."""
    world = unstarted_world
    world.telegram.disk = tmp_path / "of another machine"
    await world.start()
    assert world.app is not None
    world.app.services.reader = object()  # type: ignore[assignment]
    mother = world.person()
    await world.begins(mother, "parent")
    await mother.sends_photo(b"a picture")
    await mother.sees("напишите текст")
    assert "--local" in caplog.text
    assert world.telegram.token.partition(":")[2] not in caplog.text


@pytest.mark.parametrize(
    ("path", "on_disk"),
    [
        ("/var/lib/telegram-bot-api/1:A/photos/file_0.jpg", True),
        ("C:\\tg\\photos\\file_0.jpg", True),
        ("photos/file_0.jpg", False),
        ("documents/file 1.png", False),
        ("", False),
    ],
)
def test_paths_of_a_disk_are_told_from_paths_of_the_address(path: str, on_disk: bool) -> None:
    assert is_on_disk(path) is on_disk


async def test_the_words_of_a_pack_are_counted_before_the_first_update(unstarted_world: World) -> None:
    """Counting them takes most of a second, and for so long nobody else would be answered."""
    vocabulary_of.cache_clear()
    await unstarted_world.start()
    counted = vocabulary_of.cache_info()
    mother = unstarted_world.person()
    await mother.says("сегодня какая-то абракадабра у Марии")
    await mother.sees("Такой надписи я не знаю")
    assert counted.misses == 1 == vocabulary_of.cache_info().misses
