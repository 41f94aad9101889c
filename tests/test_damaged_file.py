"""The database's file goes bad under the running bot: updates wait at Telegram, and health and `check` say why."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path

import pytest

from bot import texts_ru as texts
from bot.app import App
from bot.check import check_command
from bot.screenshots.tesseract import Tesseract
from bot.settings import SettingsError
from tests.bot_port import by_webhook, get, until_health
from tests.storage.test_damage import FILLINGS, forget_log, spoil
from tests.world import World


@pytest.mark.slow
@pytest.mark.parametrize("filling", FILLINGS)
@pytest.mark.parametrize("way", ["polling", "webhook"])
async def test_what_is_written_while_the_file_is_bad_is_handled_once_it_is_whole(
    tmp_path: Path, way: str, filling: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """1.1.0 acknowledged what it could not store."""
    monkeypatch.setattr(check_command, "find_tesseract", lambda: Tesseract("tesseract", "5.3.0"))
    file = tmp_path / "bot.sqlite3"
    async with World(f"sqlite+aiosqlite:///{file}") as world:
        world.telegram.redelivery_scale = 0.01
        await (by_webhook(world) if way == "webhook" else world).start()
        writer, walker = world.person("Пишет"), world.person("Идёт")
        await world.sends_ticket(writer)
        await world.topic_of(1)
        await world.begins(walker, "child")
        await world.all_sent()
        whole = spoil(file, FILLINGS[filling])
        await writer.says("весть-151")
        await walker.press("Готово", wait=False)
        await until_health(world, 503, texts.HEALTH_DATABASE["damaged"])
        assert len(world.telegram.pending) == 2, "nothing is acknowledged"
        printed: list[str] = []
        assert await check_command.check_everything(world.settings(), printed.append) == 1
        assert any("файл базы повреждён" in line for line in printed)
        file.write_bytes(whole)
        assert (await get(world, "/healthz"))[0] == 503, "what the process holds in hand may be wrong still"
        assert len(world.telegram.pending) == 2
        await world.stop()
        forget_log(file)
        await world.start()
        await world.desk.sees("весть-151")
        await walker.sees("Шаг 2 из 5")
        await world.eventually(lambda: not world.telegram.pending)
        assert sum("весть-151" in said for said in world.desk.texts) == 1
        await until_health(world, 200)


async def test_a_file_that_is_replaced_under_the_bot_takes_nothing_more(tmp_path: Path) -> None:
    """A backup that is put back while the bot runs: SQLite would go on with the file that nobody sees any more."""
    file = tmp_path / "bot.sqlite3"
    async with World(f"sqlite+aiosqlite:///{file}") as world:
        await world.start()
        mother = world.person()
        await world.begins(mother, "parent")
        (tmp_path / "copy").write_bytes(file.read_bytes())
        os.replace(tmp_path / "copy", file)
        await mother.says("/start")
        await until_health(world, 503, texts.HEALTH_DATABASE["removed"])
        assert world.telegram.pending
        await world.stop()
        forget_log(file)
        await world.start()
        await mother.sees("Кто пишет")


async def test_a_damaged_file_is_named_at_the_start(tmp_path: Path) -> None:
    file = tmp_path / "bot.sqlite3"
    async with World(f"sqlite+aiosqlite:///{file}") as world:
        await world.start()
        await world.stop()
        spoil(file, FILLINGS["ones"])
        with pytest.raises(SettingsError, match="повреждена"):
            await App(world.settings()).run()


@pytest.mark.parametrize("kind", ["full", "read only"])
async def test_a_file_that_takes_no_more_makes_health_red_and_loses_nothing(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is read as well as ever, so that 1.1.0 looked well while no family was answered."""
    monkeypatch.setattr("bot.channels.polling_tasks.DATABASE_RETRY_S", 0.02)
    async with World(f"sqlite+aiosqlite:///{tmp_path}/bot.sqlite3") as world:
        await world.start()
        assert world.app is not None
        database = world.app.services.database
        error = sqlite3.OperationalError("no more")
        error.sqlite_errorcode = {"full": sqlite3.SQLITE_FULL, "read only": sqlite3.SQLITE_READONLY}[kind]

        class Closed:
            def connect(self) -> None:
                raise error

        with monkeypatch.context() as patch:
            patch.setattr(database._writer, "_engine", Closed())
            mother = world.person()
            await mother.says("/start")
            await until_health(world, 503, texts.HEALTH_DATABASE[kind])
            assert json.loads((await get(world, "/healthz"))[1])["outbox_length"] == 0, "it is read"
            assert world.telegram.pending
        await mother.sees("Кто пишет")
        await until_health(world, 200)
