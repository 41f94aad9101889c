"""The log: its two forms, the update's id on each line, and what must never stand in it."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator

import pytest
from pydantic import TypeAdapter
from sqlalchemy import create_engine, text

from bot import logs

TOKEN = "123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-pc"
WORDS = "[снимок] мой ребёнок Петя"
log = logging.getLogger("bot.tests")


@pytest.fixture(autouse=True)
def root_logger_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)


def logged(style: str, level: str = "INFO") -> io.StringIO:
    stream = io.StringIO()
    logs.set_up(level, style, stream)
    return stream


def test_a_line_of_json_has_the_time_the_place_the_message_and_the_ids() -> None:
    stream = logged("json")
    with logs.handling(77):
        log.info("a ticket was sent to %s", "the desk", extra={"ticket": 17, "words": WORDS})
    entry = json.loads(stream.getvalue())
    assert entry.pop("time").endswith("+00:00")
    assert entry == {
        "level": "INFO",
        "logger": "bot.tests",
        "message": "a ticket was sent to the desk",
        "update_id": 77,
        "ticket": 17,
    }


def test_a_line_of_text_ends_with_the_ids() -> None:
    stream = logged("text")
    with logs.handling(77):
        log.warning("set aside", extra={"ticket": 17})
    assert stream.getvalue().endswith("WARNING bot.tests: set aside update_id=77 ticket=17\n")


@pytest.mark.parametrize("style", ["text", "json"])
def test_the_secrets_of_the_settings_stand_in_no_line(style: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "_own_secrets", set[str]())
    stream = io.StringIO()
    of_max = "f9LHodD0cOL5-token.of~MAX_0000"
    logs.set_up("INFO", style, stream, secrets=(of_max, "", "short"))
    try:
        raise RuntimeError(f"refused {of_max}")
    except RuntimeError:
        log.exception("sent %s, short", of_max)
    assert (
        of_max not in stream.getvalue() and stream.getvalue().count(logs.MASKED) == 2 and "short" in stream.getvalue()
    )


def test_outside_of_an_update_there_is_no_id() -> None:
    stream = logged("text")
    with logs.handling(77):
        pass
    log.warning("on its own")
    assert stream.getvalue().endswith("on its own\n")


async def test_tasks_side_by_side_keep_their_own_ids() -> None:
    stream = logged("json")
    both = asyncio.Barrier(2)

    async def handle(number: int) -> None:
        with logs.handling(number):
            await both.wait()
            log.info("update %d", number)

    await asyncio.gather(handle(1), handle(2))
    entries = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert {(entry["message"], entry["update_id"]) for entry in entries} == {("update 1", 1), ("update 2", 2)}


@pytest.mark.parametrize("style", ["text", "json"])
def test_no_token_is_logged_neither_in_a_message_nor_in_a_traceback(style: str) -> None:
    stream = logged(style)
    log.info("calling /bot%s/getMe and %s", TOKEN, TOKEN.replace(":", "%3A"))
    try:
        raise ConnectionError(f"no answer from https://api.telegram.org/bot{TOKEN}/getMe")
    except ConnectionError:
        log.exception("failed at %s", {"url": f"bot{TOKEN}"})
    written = stream.getvalue()
    assert "AAEhBOweik6ad9r" not in written
    assert written.count(logs.MASKED) == 4
    assert "ConnectionError: no answer from" in written


@pytest.mark.parametrize("style", ["text", "json"])
def test_a_librarys_error_does_not_repeat_what_a_family_wrote(style: str) -> None:
    stream = logged(style)
    engine = create_engine("sqlite://")
    try:
        with engine.connect() as connection:
            connection.execute(text("INSERT INTO nowhere VALUES (:words)"), {"words": WORDS})
    except Exception:
        log.exception("the database refused")
    try:
        TypeAdapter(int).validate_python(WORDS)
    except ValueError:
        log.exception("not a number")
    log.error("DataError: invalid input for query argument $2: %r (value out of int64 range)", WORDS)
    log.error("UniqueViolationError: duplicate key\nDETAIL:  Key (name)=(%s) already exists.", WORDS)
    written = stream.getvalue()
    assert "Петя" not in written
    assert "no such table: nowhere" in written
    assert "int_parsing" in written


def test_a_password_in_an_address_is_hidden() -> None:
    assert logs.without_secrets("to socks5://bot:hush@proxy:1080 now") == "to socks5://bot:***@proxy:1080 now"
    assert logs.without_secrets("ticket 17:12 at 10:30") == "ticket 17:12 at 10:30"


@pytest.mark.parametrize("name", ["aiogram.event", "aiohttp.access", "aiosqlite", "sqlalchemy.engine.Engine"])
def test_libraries_that_log_each_request_or_value_keep_still_even_at_debug(name: str) -> None:
    stream = logged("text", "DEBUG")
    logging.getLogger(name).info("values: %s", WORDS)
    log.debug("ours")
    assert "Петя" not in stream.getvalue()
    assert "ours" in stream.getvalue()


def test_an_entry_of_json_is_one_line_whatever_it_says() -> None:
    stream = logged("json")
    log.error("one\ntwo %s", "😀")
    assert len(stream.getvalue().splitlines()) == 1
    assert json.loads(stream.getvalue())["message"] == "one\ntwo 😀"
