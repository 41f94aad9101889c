"""Background tasks that end: /healthz and the log name them, and they are started again or the process ends."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot import texts_ru as texts
from bot.background_tasks import TaskEnded
from storage import watched_tasks
from tests.bot_port import by_webhook, until_health
from tests.world import World

TASKS = ["database-writer", "outbox", "upkeep", "readings", "polling", "web"]


def kill(name: str) -> None:
    """Ends the running task of that name."""
    next(task for task in asyncio.all_tasks() if task.get_name() == name).cancel()


@pytest.fixture
def file_url(tmp_path: Path) -> str:
    """A database in a file."""
    return f"sqlite+aiosqlite:///{tmp_path}/bot.sqlite3"


@pytest.mark.slow
@pytest.mark.parametrize("task", [*TASKS, "webhook-watch"])
async def test_a_task_that_ended_is_told_of_and_started_again(
    file_url: str, task: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """In 1.1.0 the bot went on without it, and the health was green."""
    monkeypatch.setattr(watched_tasks, "PAUSES_S", (0.5, 60.0))
    monkeypatch.setattr(watched_tasks, "STEADY_S", 0.5)
    async with World(file_url) as world:
        await (by_webhook(world) if task == "webhook-watch" else world).start()
        await until_health(world, 200)
        kill(task)
        await until_health(world, 503, texts.HEALTH_TASKS[task])
        assert f"{task} ended although nobody stopped it" in caplog.text
        await until_health(world, 200)
        mother = world.person()
        await world.sends_ticket(mother)
        await world.topic_of(1)


async def test_a_port_that_was_closed_is_opened_again(file_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watched_tasks, "PAUSES_S", (0.0,))
    monkeypatch.setattr(watched_tasks, "STEADY_S", 0.0)
    monkeypatch.setattr("bot.web.PORT_LOOK_EVERY_S", 0.01)
    async with World(file_url) as world:
        await world.start()
        assert world.app is not None and world.app._web._runner is not None
        first = world.app._web._runner
        for site in list(first.sites):
            await site.stop()
        await world.eventually(lambda: world.app is not None and world.app._web._runner is not first, what="the port")
        await until_health(world, 200)


@pytest.mark.postgres
async def test_the_keeper_of_locks_is_one_of_them(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watched_tasks, "PAUSES_S", (0.5, 60.0))
    monkeypatch.setattr(watched_tasks, "STEADY_S", 0.5)
    async with World(postgres_url) as world:
        await world.start()
        kill("family-locks")
        await until_health(world, 503, texts.HEALTH_TASKS["family-locks"])
        await until_health(world, 200)
        await world.begins(world.person(), "parent")


async def test_a_task_that_will_not_stay_up_ends_the_process(file_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever keeps the process running (systemd, Docker) starts it anew."""
    monkeypatch.setattr(watched_tasks, "PAUSES_S", (0.0, 0.0))
    monkeypatch.setattr(watched_tasks, "STEADY_S", 60.0)
    async with World(file_url) as world:
        await world.start()
        assert world.app is not None and world._task is not None

        async def fails() -> None:
            raise RuntimeError("mine")

        monkeypatch.setattr(world.app._outbox, "run", fails)
        world.app._tasks._own[1]._run = fails
        kill("outbox")
        with pytest.raises(TaskEnded, match="outbox"):
            await asyncio.wait_for(world._task, 60)
        world.app = world._task = None
