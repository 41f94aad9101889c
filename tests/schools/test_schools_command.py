"""`ediary-bot schools add|list|code|remove` on the server, also beside a bot that runs: what it prints and writes."""

from __future__ import annotations

import os
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.database_markers import on_sqlite
from tests.schools.test_registry import a_group, code_in
from tests.test_command_line import Done, called_with
from tests.test_poster import codes_of, wanted_codes
from tests.world import World

pytestmark = pytest.mark.process
SECRET = "секрет семьи"


async def schools(world: World, folder: Path, *words: str) -> Done:
    """Runs the command with the settings of the bot, to its end."""
    done = await called_with(world.environment, folder, "schools", *words)
    assert "Traceback" not in done.err and SECRET not in done.out
    return done


@on_sqlite
async def test_a_school_from_its_poster_to_its_export(world: World, tmp_path: Path) -> None:
    username = world.telegram.bot["username"]
    posters, exports = tmp_path / "плакаты", tmp_path / "выгрузка"
    listed = await schools(world, tmp_path, "list")
    assert listed.status == 0 and "Школ: 1" in listed.out and "Школа №43" in listed.out
    done = await schools(world, tmp_path, "add", "--name", "Гимназия №2", "--slug", "gym-2", "--out", str(posters))
    assert done.status == 0 and f"https://t.me/{username}?start=s_gym-2" in done.out
    assert "У школы «Школа №43» теперь тоже есть имя в ссылках: 43" in done.out
    written = sorted(posters.iterdir())
    assert [file.name for file in written] == [f"poster-{username}-gym-2.{kind}" for kind in ("pdf", "png")]
    assert all(f"Плакат: {file}" in done.out for file in written)
    assert codes_of(written[1]) == wanted_codes(username, "s_gym-2_role_parent", "s_gym-2_role_pupil")

    renewed = await schools(world, tmp_path, "code", "GYM-2", "--out", str(posters))
    assert renewed.status == 0 and "Новый код школы «Гимназия №2»" in renewed.out
    group = a_group(world, "Гимназия")
    await group.says(f"/code {code_in(done.out)}")
    await group.sees("Такого кода нет")
    await group.says(f"/code {code_in(renewed.out)}")
    await group.sees("это группа школы «Гимназия №2»")
    await world.sends_ticket(world.person("Иван"), school="43", words="другая школа")
    await world.sends_ticket(world.person("Мария"), school="gym-2", words=SECRET)
    await group.sees(SECRET)
    await world.all_sent()
    listed = await schools(world, tmp_path, "list")
    assert "gym-2 · Гимназия №2 · 🟢 работает · открытых: 1 · ждут больше суток: 0 · семей: 1" in listed.out

    asked = await schools(world, tmp_path, "remove", "gym-2", "--out", str(exports))
    assert asked.status == 2 and "--yes" in asked.one_line and not exports.exists()
    (tmp_path / "file").write_text("in the way")
    failed = await schools(world, tmp_path, "remove", "gym-2", "--yes", "--out", str(tmp_path / "file"))
    assert failed.status == 2 and "Школа не удалена" in failed.one_line
    gone = await schools(world, tmp_path, "remove", "gym-2", "--yes", "--out", str(exports))
    (export,) = exports.iterdir()
    assert gone.status == 0 and f"Открытые обращения: {export}" in gone.out and "её данные стёрты" in gone.out
    assert stat.S_IMODE(export.stat().st_mode) == 0o600
    rows = export.read_text("utf-8-sig")
    assert SECRET in rows and "другая школа" not in rows and rows.startswith("Номер,Класс,Ученик")
    again = await schools(world, tmp_path, "remove", "gym-2", "--yes")
    assert again.status == 2 and "больше не пользуется" in again.one_line
    await world.looks()
    newcomer = world.person("Анна")
    await newcomer.opens_link("s_gym-2")
    await newcomer.sees("Гимназия №2 больше не пользуется", anywhere=True)
    assert not world.violations


@pytest_asyncio.fixture
async def without_bot(tmp_path: Path) -> AsyncIterator[World]:
    """A SQLite file that is not there yet, and a messenger that does not answer: for what needs neither."""
    async with World(f"sqlite+aiosqlite:///{tmp_path}/bot.sqlite3") as made:
        made.environment["TELEGRAM_API_URL"] = "http://127.0.0.1:1"
        yield made


async def test_what_is_wrong_is_said_and_nothing_is_changed(without_bot: World, tmp_path: Path) -> None:
    for words, said in (
        (("add",), "Напишите название"),
        (("add", "--name", "Школа", "--slug", "шк"), "латинские строчные"),
        (("add", "--name", "Школа", "--pack", "нет"), "нет такого пакета"),
        (("add", "--name", "Школа", "--hours", "всегда"), "Часы работы"),
        (("code",), "Все имена покажет schools list"),
        (("code", "99"), "Школы «99» нет"),
        (("remove", "99", "--yes"), "Школы «99» нет"),
    ):
        done = await schools(without_bot, tmp_path, *words)
        assert done.status == 2 and said in done.err and not done.out
    done = await schools(without_bot, tmp_path, "list")
    assert "Школ: 1" in done.out
    done = await schools(without_bot, tmp_path, "add", "--name", "Школа №44")
    assert done.status == 0 and "кончается на ?start=s_44" in done.out and code_in(done.out)
    assert not [name for name in os.listdir(tmp_path) if name.startswith("poster")]
    done = await schools(without_bot, tmp_path, "remove", "43", "--yes")
    assert done.status == 0 and "Открытые обращения" not in done.out
    done = await schools(without_bot, tmp_path, "remove", "44", "--yes")
    assert done.status == 2 and "единственная школа" in done.one_line
