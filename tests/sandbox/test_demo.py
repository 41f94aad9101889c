"""The demo without a browser: where it listens, how it ends, what it keeps, whom it lets in."""

from __future__ import annotations

import signal
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import pytest_asyncio
from aiohttp import ClientSession, FormData, WSServerHandshakeError

from bot.channels.abilities import TELEGRAM
from sandbox.demo_scenes import SCREENSHOT
from sandbox.demo_stage import PATIENCE, WEB, words
from tests.sandbox.demo_process import START_SECONDS, demo, shown, viewer

SCREEN = SCREENSHOT.read_bytes()
MOTHER, PUPIL, ADULT = (one["id"] for one in words()["phones"][0]["people"])
FATHER, GIRL = (one["id"] for one in words()["phones"][1]["people"])
IN_TELEGRAM, IN_MAX = words()["desks"]
SECOND, OPERATOR = (words()["second"][name] for name in ("desk", "operator"))
ANONYMOUS, OLGA_IN_MAX = IN_TELEGRAM["people"][-1]["id"], IN_MAX["people"][0]["id"]
pytestmark = pytest.mark.process
one_demo = pytest.mark.asyncio(loop_scope="module")
TO_A_TICKET = ("Я родитель", "Вхожу сам", "Появилась ошибка", "1", "Написать в школу", "Родителя")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The address of one demo for the tests that do not stop it."""
    async with shown(tmp_path_factory.mktemp("demo")) as url:
        yield url


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_it_takes_the_next_free_port_and_ends_with_its_bot(number: int) -> None:
    """As a person starts it, and beside the settings of a real bot on this machine, which are left alone."""
    settings: Any = {
        "BOT_TOKEN": "1:no",
        "DATABASE_URL": "postgresql://nowhere",
        "WEBHOOK_URL": "https://school.example/hook",
    }
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        async with demo("--port", str(port), **settings) as running, viewer(running.url) as page:
            assert running.url != f"http://127.0.0.1:{port}"
            assert f"Порт {port} занят" in running.printed
            await page.ask("say", person=MOTHER, text="/start")
            await page.until(lambda: page.button(MOTHER, "Я родитель"))
            bots = psutil.Process(running.process.pid).children(recursive=True)
            assert bots
            await running.ends(number)
            assert running.process.returncode == 0
            assert not [one for one in bots if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]


@one_demo
async def test_a_case_through_both_sides_and_a_kill_in_the_middle(shared: str) -> None:
    async with viewer(shared) as page:
        await page.ask("say", person=MOTHER, text="/start")
        for label in TO_A_TICKET:
            await page.press(MOTHER, label)
        for text, asked in (("7Б", "класс"), ("Петя", "зовут"), ("<b>не пускает</b>", "Что случилось")):
            await page.until(lambda asked=asked: any(asked in one for one in page.texts(MOTHER)), what=asked)
            await page.ask("say", person=MOTHER, text=text)
        await page.press(MOTHER, "Отправить")
        desk = page.desk
        await page.until(lambda: page.button(desk, "Взять"))
        topic = page.topics[0]
        assert "7Б" in topic["name"]
        assert any("<b>не пускает</b>" in text for text in page.texts(desk))

        await page.ask("kill")
        await page.until(lambda: page.status["bot"] == "off")
        await page.ask("answer", chat=desk, admin=ANONYMOUS, topic=topic["id"], text="Поправили, попробуйте")
        await page.until(lambda: page.status["pending"] > 0)
        assert not any("Поправили" in text for text in page.texts(MOTHER))
        await page.ask("start")
        await page.until(lambda: any("Поправили" in text for text in page.texts(MOTHER)), START_SECONDS)
        await page.until(lambda: any(one.get("reaction") for one in page.messages[desk].values()))


@one_demo
async def test_pictures_albums_and_documents_of_both_sides(shared: str) -> None:
    async with viewer(shared) as page, ClientSession() as session:
        form = FormData()
        for name, value in (("who", str(PUPIL)), ("topic", ""), ("reply_to", ""), ("caption", "вот")):
            form.add_field(name, value)
        for at in range(2):
            form.add_field("file", SCREEN, filename=f"{at}.png", content_type="image/png")
        form.add_field("file", b"%PDF-1.4", filename="справка.pdf", content_type="application/pdf")
        assert (await session.post(f"{shared}/files", data=form)).status == 200
        await page.until(lambda: len([one for one in page.messages[PUPIL].values() if "media" in one]) >= 3)
        shown = [one for one in page.messages[PUPIL].values() if "media" in one]
        assert shown[0]["group"] == shown[1]["group"]
        media = [file for one in shown for file in one["media"]]
        assert [file["kind"] for file in media] == ["photo", "photo", "document"]
        picture = await session.get(shared + media[0]["url"])
        assert picture.content_type == "image/png"
        assert await picture.read() == SCREEN
        paper = await session.get(shared + media[2]["url"])
        assert paper.headers["Content-Disposition"].startswith("attachment")


@one_demo
async def test_what_if_telegram_fails_or_the_family_blocks_the_bot(shared: str) -> None:
    async with viewer(shared) as page:
        await page.ask("trouble", code="500", on=True)
        await page.until(lambda: "500" in page.status["troubles"])
        await page.ask("say", person=ADULT, text="/start")
        await page.until(lambda: any("500" in (one.get("trace", {}).get("error") or "") for one in page.other))
        await page.ask("trouble", code="500", on=False)
        await page.until(lambda: page.button(ADULT, "Я ученик"), 60)
        await page.ask("block", person=ADULT, on=True)
        await page.until(lambda: page.status["blocked"] == [ADULT])
        await page.ask("block", person=ADULT, on=False)
        await page.until(lambda: page.status["blocked"] == [])


@one_demo
async def test_what_cannot_be_done_is_told_and_harms_nobody(shared: str) -> None:
    async with viewer(shared) as page:
        wrong: tuple[Any, ...] = (
            {"do": "say", "person": 1, "text": "a"}, {"do": "say", "person": MOTHER, "text": "  "},
            {"do": "nothing"}, {"do": "press", "who": MOTHER, "chat": MOTHER, "message": 5, "data": "x"},
            {"do": "delete_topic", "chat": IN_TELEGRAM["id"], "topic": 7}, {"do": "desk", "chat": 1},
            {"do": "desk", "chat": SECOND["id"]},
            {"do": "scene", "key": "none", "on": True}, {"do": "say"}, [], {"do": "trouble", "code": "418", "on": True},
        )  # fmt: skip
        for asked in wrong:
            await page.socket.send_json(asked)
        await page.until(lambda: len([one for one in page.other if one["t"] == "oops"]) == len(wrong))
        await page.ask("say", person=MOTHER, text="/start")
        await page.until(lambda: page.button(MOTHER, "Я родитель"))


@one_demo
async def test_other_sites_are_kept_out(shared: str) -> None:
    async with ClientSession() as session:
        with pytest.raises(WSServerHandshakeError):
            await session.ws_connect(f"{shared}/ws", headers={"Origin": "https://evil.example"})
        assert (await session.get(shared, headers={"Host": "evil.example:80"})).status == 403
        assert (await session.get(f"{shared}/words.json")).status == 404
        assert (await session.get(f"{shared}/..%2fdemo.py")).status == 404


async def test_a_database_kept_with_data_meets_the_next_demo(tmp_path: Path) -> None:
    folder = tmp_path / "показ 1"
    folder.mkdir()
    for again in (False, True):
        async with shown(tmp_path, folder) as url, viewer(url) as page:
            assert page.state["remembered"] is again
            await page.ask("say", person=MOTHER, text="/start")
            for label in ("Я родитель", "Вхожу сам"):
                await page.press(MOTHER, label)
            await page.until(lambda: any("Шаг 1 из 2" in text for text in page.texts(MOTHER)))
    assert [file.name for file in folder.glob("*.sqlite3")] == ["demo.sqlite3"]


async def test_a_family_in_max_and_a_desk_that_moves_to_max(tmp_path: Path) -> None:
    """A ticket of the desk in Telegram comes to the one in MAX once its family writes again."""
    async with shown(tmp_path) as url, viewer(url) as page:
        chat = page.chat_of(FATHER)
        await page.ask("open", person=FATHER, payload="")
        for label in TO_A_TICKET:
            await page.press(FATHER, label)
        for text, asked in (("7Б", "класс"), ("Петя", "зовут"), ("не пускает", "Что случилось")):
            await page.until(lambda asked=asked: any(asked in one for one in page.texts(chat)), what=asked)
            await page.ask("say", person=FATHER, text=text)
        await page.press(FATHER, "Отправить")
        await page.until(lambda: any("Откуда: MAX" in text for text in page.texts(IN_TELEGRAM["id"])))

        await page.ask("desk", chat=IN_MAX["id"])
        await page.until(
            lambda: page.status["bot"] == "on" and page.desk == IN_MAX["id"] and not page.status["moving"],
            START_SECONDS,
        )
        await page.ask("say", person=FATHER, text="ау, вы здесь?")
        card, _ = await page.until(lambda: page.button(page.desk, "Взять"), 60, "the card in MAX")
        await page.until(lambda: any("ау" in text for text in page.texts(page.desk)))
        await page.ask("answer", chat=page.desk, admin=OLGA_IN_MAX, text="Поправили", reply_to=card)
        await page.until(lambda: any("Поправили" in text for text in page.texts(chat)))
        said = next(number for number, one in page.messages[chat].items() if one.get("text") == "ау, вы здесь?")
        await page.ask("take_away", who=FATHER, chat=chat, message=said)
        await page.until(lambda: said not in page.messages[chat])


async def test_a_second_school_joins_and_each_sees_its_own(tmp_path: Path) -> None:
    """It is added by the operator's command and its code, and known again in a database that was kept."""
    async with shown(tmp_path) as url, viewer(url) as page:
        first = page.desk
        assert page.status["desks"] == [first]
        await page.ask("say", person=MOTHER, text="/start")
        await page.until(lambda: page.button(MOTHER, "Я родитель"))
        await page.ask("second")
        await page.until(lambda: page.status["desks"] == [first, SECOND["id"], OPERATOR["id"]], 60)
        assert any("?start=s_2" in text for text in page.texts(OPERATOR["id"]))
        assert any("это группа школы «Гимназия №2»" in text for text in page.texts(SECOND["id"]))

        await page.press(MOTHER, "Я родитель")  # she was there before, and stays with the first school
        await page.until(lambda: any("Под чьей" in text for text in page.texts(MOTHER)))
        father = page.chat_of(FATHER)
        await page.ask("open", person=FATHER, payload="")
        await page.until(lambda: any("Из какой вы школы?" in text for text in page.texts(father)))
        await page.ask("say", person=FATHER, text="гимназия 2")
        await page.until(lambda: any("Школа: Гимназия №2" in text for text in page.texts(father)))
        await page.ask("open", person=FATHER, payload="s_2_parent")
        for label in ("Появилась ошибка", "1", "Написать в школу", "Родителя"):
            await page.press(FATHER, label)
        for text, asked in (("7Б", "класс"), ("Петя", "зовут"), ("только гимназии", "Что случилось")):
            await page.until(lambda asked=asked: any(asked in one for one in page.texts(father)), what=asked)
            await page.ask("say", person=FATHER, text=text)
        await page.press(FATHER, "Отправить")
        await page.until(lambda: any("только гимназии" in text for text in page.texts(SECOND["id"])))
        (operator,) = OPERATOR["people"]
        await page.ask("answer", chat=OPERATOR["id"], admin=operator["id"], text="/stats 7")
        await page.until(lambda: any("Гимназия №2: начали 1" in text for text in page.texts(OPERATOR["id"])), 60)
        assert not any("только гимназии" in text for chat in (first, OPERATOR["id"]) for text in page.texts(chat))

        page.other.clear()
        await page.ask("scene", key="example", on=True, pace=0)
        over = await page.until(lambda: next((one for one in page.other if one.get("over")), None), 240)
        assert over["tell"] == words()["scenes"][0]["end"], "a scene is of the first school"
        assert not any("Петя Соколов" in text for text in page.texts(SECOND["id"]))
    async with shown(tmp_path) as url, viewer(url) as page:
        await page.until(lambda: len(page.status["desks"]) == 3, 60, "the second school")
    async with shown(tmp_path, schools=2) as url, viewer(url) as page:
        await page.until(lambda: any("уже привязана" in text for text in page.texts(SECOND["id"])), 60)
        await page.until(lambda: len(page.status["desks"]) == 3)
        page.other.clear()
        await page.ask("answer", chat=OPERATOR["id"], admin=operator["id"], text="/school remove 2")
        await page.press(operator["id"], "Удалить школу", OPERATOR["id"])
        await page.until(lambda: page.status["desks"] == [page.desk], 60, "the end of its tabs")
        assert any(one.get("tell") == words()["second"]["left"] for one in page.other)
        assert any("tickets.csv" in str(one.get("media")) for one in page.messages[SECOND["id"]].values())
        await page.ask("second")  # the name in links of the one that left is not given away
        await page.until(lambda: page.status["second"] == "2-2", 60, "the second school again")
        assert any("?start=s_2-2" in text for text in page.texts(OPERATOR["id"]))
        await page.ask("open", person=MOTHER, payload="s_2")
        await page.until(lambda: any("больше не пользуется" in text for text in page.texts(MOTHER)))


@pytest.mark.parametrize("desk", [IN_TELEGRAM, IN_MAX], ids=["in Telegram", "in MAX"])
async def test_the_scenes_run_to_their_ends(tmp_path: Path, desk: dict[str, Any]) -> None:
    """In MAX the school answers under cards. The group's minute ends no scene: it waits longer, by the test's clock."""
    assert TELEGRAM.in_group.window < PATIENCE
    async with shown(tmp_path) as url, viewer(url) as page:
        if desk is IN_MAX:
            await page.ask("desk", chat=desk["id"])
            await page.until(lambda: page.desk == desk["id"] and not page.status["moving"], START_SECONDS)
            await page.until(lambda: page.status["bot"] == "on", START_SECONDS)
        for scene in words()["scenes"]:
            page.other.clear()
            await page.ask("scene", key=scene["key"], on=True, pace=0)
            over = await page.until(lambda: next((one for one in page.other if one.get("over")), None), 240)
            assert over["tell"] == scene["end"], page._newest()
        assert page.desk == desk["id"]
        assert any("нашли опечатку" in text for text in page.texts(PUPIL))
        assert any("Школа уже отвечала" in text for text in page.texts(MOTHER)) or any(
            "Рад, что помогло" in text for text in page.texts(MOTHER)
        )
        assert any("25 августа" in text for text in page.texts(ADULT))
        assert any("снова работает" in text for text in page.texts(page.chat_of(FATHER)))
        assert any("теперь у вас" in text for text in page.texts(page.desk))
        assert any("ошибка в отчестве" in text for text in page.texts(page.chat_of(GIRL)))


def test_the_page_is_small_and_loads_nothing_from_outside() -> None:
    files = [file for file in WEB.iterdir() if file.suffix in (".html", ".css", ".js")]
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    assert len([line for line in lines if line.strip()]) < 960
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert "innerHTML" not in text and "insertAdjacent" not in text and "@import" not in text
        assert "http://" not in text and "https://" not in text.replace("https://${words}", "")
