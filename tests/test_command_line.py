"""`python -m bot …` as a process: what it prints and its exit status, for right calls and for each wrong setting."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot import __version__
from bot.__main__ import main
from sandbox.ports import free_port
from tests import polled_waiting
from tests.bot_process import BotProcess, Streams
from tests.content.learned_packs import FOUR_PATHS
from tests.database_markers import on_sqlite
from tests.postgres import Postgres
from tests.world import _SETTINGS, ROOT, World

pytestmark = pytest.mark.process

TOKEN = "123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-pc"


class Done:
    """Tells how a process ended."""

    def __init__(self, status: int, out: bytes, err: bytes) -> None:
        self.status, self.out, self.err = status, out.decode(), err.decode()

    @property
    def one_line(self) -> str:
        """Gives what it said, which must be one line without a traceback, after what stands in the log."""
        assert "Traceback" not in self.err
        *log, said = self.err.splitlines()
        assert all(" INFO " in line or " WARNING " in line for line in log), self.err
        return said


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """The surroundings of a process without any setting of the bot but these; `folder` has no `.env`."""
    clean = {name: value for name, value in os.environ.items() if name.upper() not in _SETTINGS}
    return {
        **clean, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "HTTP_PORT": str(free_port()),
        "DATABASE_URL": f"sqlite+aiosqlite:///{folder}/bot.sqlite3", **settings,
    }  # fmt: skip


async def called(folder: Path, *words: str, stdin: bytes = b"", **settings: str) -> Done:
    """Runs `python -m bot …` to its end, in a process that has loaded the libraries already."""
    return await called_with(settings, folder, *words, stdin=stdin)


async def called_with(settings: dict[str, str], folder: Path, *words: str, stdin: bytes = b"") -> Done:
    """The same with settings by name. TimeoutError after four minutes, which no busy machine needs."""
    with tempfile.TemporaryDirectory() as files:
        streams = Streams(*(Path(files) / name for name in ("given", "out", "err")))
        streams.given.write_bytes(stdin)
        process = BotProcess(environment(folder, **settings), words, folder, streams)
        try:
            status = await asyncio.wait_for(process.wait(), 240)
        except TimeoutError:
            process.send_signal(signal.SIGKILL)
            raise
        assert status is not None
        return Done(status, streams.out.read_bytes(), streams.err.read_bytes())


async def started(folder: Path, *words: str, stdin: bytes = b"", settings: Mapping[str, str] | None = None) -> Done:
    """Runs `python -m bot …` as a person does, from the start of Python on."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *words, cwd=folder, env=environment(folder, **(settings or {})),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(stdin), 240)
    assert process.returncode is not None
    return Done(process.returncode, out, err)


async def test_run_without_a_token(tmp_path: Path) -> None:
    done = await started(tmp_path, "run")
    assert done.status == 2 and not done.out
    assert done.one_line.startswith("BOT_TOKEN: ") and "@BotFather" in done.one_line


async def test_check_without_a_token_looks_at_the_rest(tmp_path: Path) -> None:
    done = await called(tmp_path, "check")
    assert done.status == 2 and not done.err
    wrong = [line for line in done.out.splitlines() if line.startswith("✗")]
    assert [line.split()[1] for line in wrong] == ["Настройки", "Токен"]
    assert str(tmp_path) in wrong[0] and "cp .env.example .env" in done.out and "@BotFather" in done.out
    for row in ("База", "Порт", "Снимки", "По желанию"):
        assert row in done.out


async def test_check_with_an_env_file_names_what_is_missing_in_it(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SCHOOL_NAME=Школа №43\n", encoding="utf-8")
    done = await called(tmp_path, "check")
    assert done.status == 2
    assert [line.split()[1] for line in done.out.splitlines() if line.startswith("✗")] == ["Токен"]


@pytest.mark.parametrize("command", ["run", "check"])
@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("BOT_TOKEN", "not-a-token", "@BotFather"),
        ("BOT_TOKEN", "f9LHodD0cOJ-token_that_opens_nothing_in_max", "его место в MAX_TOKEN"),
        ("MAX_TOKEN", TOKEN, "его место в BOT_TOKEN"),
        ("MAX_WEBHOOK_URL", "https://bot.school.example:8443/max", "443"),
        ("DATABASE_URL", "nonsense", "sqlite+aiosqlite:///"),
        ("SUPPORT_CHAT_ID", "@school", "/id"),
    ],
)
async def test_a_wrong_setting(tmp_path: Path, command: str, name: str, value: str, said: str) -> None:
    done = await called_with({"BOT_TOKEN": TOKEN, name: value}, tmp_path, command)
    assert done.status == 2
    if command == "run":
        assert done.one_line.startswith(f"{name}: ") and said in done.one_line and not done.out
        return
    (row,) = [line for line in done.out.splitlines() if line.startswith("✗")]
    assert f"{name}: " in row and said in row and "Снимки" in done.out and not done.err


async def test_run_with_a_token_that_telegram_refuses(unstarted_world: World, tmp_path: Path) -> None:
    url = unstarted_world.environment["TELEGRAM_API_URL"]
    done = await called(tmp_path, "run", BOT_TOKEN=TOKEN, TELEGRAM_API_URL=url)
    assert done.status == 2
    assert done.one_line.startswith("BOT_TOKEN: Telegram не принимает") and "@BotFather" in done.one_line
    assert "AAEhBOweik6ad9r" not in done.err


_UNWRITABLE = [
    ("sqlite+aiosqlite:////dev/null/data/bot.sqlite3", "не получается записать"),
    ("sqlite+aiosqlite:////proc/bot.sqlite3", "не получается записать"),
    ("sqlite+aiosqlite:///{folder}", "не получается записать"),
    ("sqlite+aiosqlite:///{folder}/newer", "9999"),
]
_UNREADABLE = [
    ("sqlite+aiosqlite:///{folder}/garbage", "повреждена (file is not a database)"),
    ("postgresql+asyncpg://bot:hush@127.0.0.1:1/bot", "не отвечает"),
    ("postgresql+asyncpg://bot:hush@127.0.0.1:1/bot?sslmode=require", "sslmode"),
]


@pytest.mark.parametrize(
    ("command", "url", "said"),
    [
        *((command, *case) for command in ("run", "schools list") for case in (*_UNWRITABLE, *_UNREADABLE)),
        *(("stats", *case) for case in _UNREADABLE),
    ],
)
async def test_a_database_that_does_not_open(tmp_path: Path, command: str, url: str, said: str) -> None:
    """Every command that needs it says the same; `stats` only reads, and so takes what it can read."""
    (tmp_path / "garbage").write_bytes(b"nothing of the kind " * 100)
    with sqlite3.connect(tmp_path / "newer") as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        connection.execute("INSERT INTO alembic_version VALUES ('9999')")
    connection.close()
    done = await called(tmp_path, *command.split(), BOT_TOKEN=TOKEN, DATABASE_URL=url.format(folder=tmp_path))
    assert done.status == 2
    assert done.one_line.startswith("DATABASE_URL: ") and said in done.one_line
    assert "hush" not in done.err


@pytest.mark.postgres
@pytest.mark.parametrize("absent", ["database", "user"])
async def test_run_with_a_postgresql_that_refuses(postgres: Postgres, tmp_path: Path, absent: str) -> None:
    user, name = ("postgres", "not_there") if absent == "database" else ("nobody_there", "postgres")
    url = f"postgresql+asyncpg://{user}:hush@/{name}?host={postgres.socket_folder}"
    done = await called(tmp_path, "run", BOT_TOKEN=TOKEN, DATABASE_URL=url)
    assert done.status == 2
    assert done.one_line.startswith("DATABASE_URL: ") and "_there" in done.one_line
    assert "hush" not in done.err


async def test_run_on_a_port_in_use(tmp_path: Path) -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        port = str(server.sockets[0].getsockname()[1])
        done = await called(tmp_path, "run", BOT_TOKEN=TOKEN, HTTP_PORT=port)
    assert done.status == 2
    assert done.one_line.startswith("HTTP_PORT: ") and port in done.one_line


@pytest.mark.parametrize("through", ["TELEGRAM_API_URL", "TELEGRAM_PROXY"])
async def test_an_api_out_of_reach_is_retried_and_logged_and_sigterm_still_ends_it(
    tmp_path: Path, through: str
) -> None:
    scheme = "socks5" if through == "TELEGRAM_PROXY" else "http"
    settings = {"BOT_TOKEN": TOKEN, through: f"{scheme}://127.0.0.1:{free_port()}"}
    streams = Streams(err=tmp_path / "err")
    process = BotProcess(environment(tmp_path, **settings), folder=tmp_path, streams=streams)

    def told() -> str:
        return streams.err.read_text("utf-8") if streams.err.exists() else ""

    try:
        await polled_waiting.until_true(
            lambda: told().count("cannot be reached") >= 2 or process.returncode is not None
        )
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 40) == 0, told()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGKILL)
    assert told().count("cannot be reached") >= 2
    assert "Traceback" not in told()
    assert "AAEhBOweik6ad9r" not in told()


async def test_check_prints_its_table(unstarted_world: World, tmp_path: Path) -> None:
    done = await called_with(unstarted_world.environment, tmp_path, "check")
    assert done.status == 0, done.out + done.err
    assert "✓ Токен" in done.out and not done.err


async def test_check_fails_where_something_is_wrong(unstarted_world: World, tmp_path: Path) -> None:
    done = await called_with({**unstarted_world.environment, "SUPPORT_CHAT_ID": "-5"}, tmp_path, "check")
    assert done.status == 1
    assert "✗ Чат поддержки" in done.out and not done.err


@on_sqlite
async def test_a_console_that_cannot_show_the_marks_gets_others(unstarted_world: World, tmp_path: Path) -> None:
    plain = {**unstarted_world.environment, "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
    done = await started(tmp_path, "check", settings=plain)
    assert done.status == 0 and "dnevnik_sandbox_bot" in done.out


async def test_recognise_needs_no_settings(tmp_path: Path) -> None:
    done = await started(
        tmp_path, "recognise", "--path", "child", "Для входа в дневник нужно согласие одного из родителей"
    )
    assert done.status == 0 and "согласие одного из родителей" in done.out
    done = await started(tmp_path, "recognise", "--jsonl", stdin='{"text": "дневник не найден"}\n'.encode())
    assert done.status == 0 and '"error": "diary_not_found"' in done.out


@pytest.mark.parametrize("words", [[], ["nonsense"], ["run", "nonsense"], ["poster"], ["recognise"], ["stats", "--x"]])
async def test_a_wrong_call_is_told_how(tmp_path: Path, words: list[str]) -> None:
    done = await called(tmp_path, *words)
    assert done.status == 2 and not done.out
    assert "python -m bot" in done.err and "Traceback" not in done.err


async def test_help_names_every_command(tmp_path: Path) -> None:
    done = await called(tmp_path, "--help")
    assert done.status == 0 and not done.err
    for command in ("run", "check", "demo", "stats", "poster", "recognise"):
        assert re.search(rf"^    {command}\b", done.out, re.MULTILINE)
        about = await called(tmp_path, command, "--help")
        assert about.status == 0 and f"python -m bot {command}" in about.out and not about.err


@pytest.mark.parametrize("command", ["run", "check"])
async def test_what_takes_nothing_more_says_how_it_is_called(tmp_path: Path, command: str) -> None:
    done = await called(tmp_path, command, "--fast")
    assert done.status == 2 and not done.out
    assert "Не понял «--fast»" in done.err and f"python -m bot {command}" in done.err


@pytest.mark.parametrize("words", [["help"], ["recognise", "дневник не найден"], ["content", "show", str(FOUR_PATHS)]])
def test_who_reads_no_further_ends_a_command_quietly(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """As `… | head -1` does: no traceback, and nothing more at the exit, when what is left is written."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as closed:
        monkeypatch.setattr(sys, "stdout", closed)
        assert main(words) == 0


async def test_the_version_is_told_without_any_command(tmp_path: Path) -> None:
    done = await started(tmp_path, "--version")
    assert (done.status, done.out) == (0, f"{__version__}\n")


@pytest.mark.parametrize(
    "words", [["--version"], ["--help"], ["poster"], ["stats", "--x"], ["demo", "--port", "70000"]], ids=" ".join
)
def test_nobody_hears_english_of_the_parser(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    main(words)
    told = capsys.readouterr()
    assert not re.search("usage|options|positional|argument|required|invalid|show", told.out + told.err)


def test_each_command_loads_only_what_it_needs() -> None:
    look = (
        "import sys; from bot.__main__ import main; main(['recognise', 'дневник не найден']);"
        "loaded = {name.partition('.')[0] for name in sys.modules};"
        "sys.exit(bool(loaded & {'aiogram', 'sqlalchemy', 'aiohttp', 'PIL', 'sandbox', 'storage', 'sklearn'}))"
    )
    assert subprocess.run([sys.executable, "-c", look], cwd=ROOT, check=False, timeout=60).returncode == 0
