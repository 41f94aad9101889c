"""Two bots on one SQLite file: the second says so and ends, whatever became of one before it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.app import App
from bot.settings import SettingsError
from sandbox.ports import free_port
from tests.test_command_line import called_with
from tests.world import World


async def test_a_second_bot_on_the_file_ends_and_the_first_goes_on(tmp_path: Path) -> None:
    async with World(f"sqlite+aiosqlite:///{tmp_path}/bot.sqlite3") as world:
        await world.start()
        given = ("BOT_TOKEN", "TELEGRAM_API_URL", "SUPPORT_CHAT_ID", "DATABASE_URL")
        settings = {name: world.environment[name] for name in given}
        done = await called_with(settings, tmp_path, "run")
        assert done.status == 2
        assert done.one_line.startswith("DATABASE_URL: ") and "другой запущенный бот" in done.one_line
        checked = await called_with(settings, tmp_path, "check")
        assert "✗" not in checked.out, "a look does no harm"
        mother = world.person()
        await mother.says("/start")
        await mother.sees("Кто пишет")


@pytest.mark.process
async def test_the_file_is_free_once_its_bot_was_stopped_or_killed(tmp_path: Path) -> None:
    async with World(f"sqlite+aiosqlite:///{tmp_path}/bot.sqlite3") as world:
        await world.start()
        await world.stop()
        await world.launch()
        world.environment["HTTP_PORT"] = str(free_port())
        with pytest.raises(SettingsError, match="другой запущенный бот"):
            await App(world.settings()).run()
        await world.kill()
        await world.start()
        mother = world.person()
        await mother.says("/start")
        await mother.sees("Кто пишет")
