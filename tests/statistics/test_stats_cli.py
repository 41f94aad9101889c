"""`python -m bot stats`: the table and the text, and that looking changes nothing."""

from __future__ import annotations

import asyncio
import csv
import io
import time
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.__main__ import main
from storage import schools, statistics
from storage.database import Database


@pytest.fixture
def no_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder and an environment that set nothing of the bot."""
    monkeypatch.chdir(tmp_path)
    for name in ("BOT_TOKEN", "TIMEZONE", "SUPPORT_CHAT_ID"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def settings(no_settings: None, database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The settings of a bot without a token, whose database is empty."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    return database_url


def fill(database_url: str) -> None:
    async def work(connection: AsyncConnection) -> None:
        now = time.time()
        await statistics.count(connection, "began", now, school_id=1, path="parent")
        await statistics.count(connection, "step", now, school_id=1, path="parent", step=2)
        await statistics.count(connection, "step", now, school_id=1, path="parent", step=2)
        await statistics.count(
            connection, "error", now - 100 * 86400, school_id=1, path="child", error="diary_not_found"
        )

    async def run() -> None:
        database = Database(database_url)
        await database.open()
        await database.write(work)
        await database.close()

    asyncio.run(run())


def table(said: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(said)))


def test_the_table_has_every_count(settings: str, capsys: pytest.CaptureFixture[str]) -> None:
    fill(settings)
    assert main(["stats", "--csv"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("day,kind,path,step,error,count\n")
    rows = [tuple(row.values())[1:] for row in table(said)]
    assert rows == [
        ("error", "child", "", "diary_not_found", "1"),
        ("began", "parent", "", "", "1"),
        ("step", "parent", "2", "", "2"),
    ]


def test_the_table_may_be_cut_to_the_last_days(settings: str, capsys: pytest.CaptureFixture[str]) -> None:
    fill(settings)
    assert main(["stats", "--csv", "--days", "30"]) == 0
    assert {row["kind"] for row in table(capsys.readouterr().out)} == {"began", "step"}


def test_without_csv_it_is_the_text_of_the_support_chat(settings: str, capsys: pytest.CaptureFixture[str]) -> None:
    fill(settings)
    assert main(["stats"]) == 0
    said = capsys.readouterr().out
    assert "Вход в дневник за 30 дней" in said and "Родитель: начали 1, вошли 0\n   шаги 1–2: 1 → 2" in said
    assert "<" not in said


def test_by_school_it_is_a_line_a_school(settings: str, capsys: pytest.CaptureFixture[str]) -> None:
    async def second_school(connection: AsyncConnection) -> None:
        now = time.time()
        added = await schools.add(connection, slug="2", name="=Школа <№2> & Ко", created_at=now)
        for kind in ("began", "ticket", "first_answer"):
            await statistics.count(connection, kind, now, school_id=added.id, path="parent", seconds=90.0)

    async def run() -> None:
        database = Database(settings)
        await database.open()
        await database.write(second_school)
        await database.close()

    fill(settings)
    asyncio.run(run())
    assert main(["stats", "--by-school", "--csv"]) == 0
    rows = table(capsys.readouterr().out)
    assert [(row["slug"], row["name"], row["began"], row["tickets"]) for row in rows] == [
        ("2", "'=Школа <№2> & Ко", "1", "1"),
        ("", rows[1]["name"], "1", "0"),
    ]
    assert (rows[0]["answered"], rows[0]["first_answer_seconds"], rows[1]["first_answer_seconds"]) == ("1", "90", "")
    assert main(["stats", "--by-school", "--days", "7"]) == 0
    said = capsys.readouterr().out
    assert (
        "Школы за 7 дней" in said and "=Школа <№2> & Ко: начали 1, вошли 0; обращений 1" in said and "<b>" not in said
    )


@pytest.mark.parametrize("argv", [["--days", "0"], ["--days=abc"], ["--days"], ["--days", "367"], ["всё"], ["--CSV"]])
def test_a_wrong_call_gets_a_clear_answer(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stats", *argv]) == 2
    told = capsys.readouterr()
    assert not told.out and "python -m bot stats [--csv] [--days N]" in told.err


def test_before_the_first_run_it_says_so_and_makes_no_database(
    no_settings: None,
    bare_database_url: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", bare_database_url)
    assert main(["stats", "--csv"]) == 2
    assert "Базы ещё нет" in capsys.readouterr().err
    assert not list(tmp_path.glob("*.sqlite3"))
