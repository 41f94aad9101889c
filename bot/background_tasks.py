"""Holds the bot's background tasks: one that ends by itself makes /healthz red and is started again."""

from collections.abc import Callable, Coroutine
from typing import Any

from bot import texts_ru as texts
from bot.health import Health
from storage.watched_tasks import Watched


class TaskEnded(Exception):
    """Raised where a task ended again and again: the process has to be started anew, by systemd or Docker."""


class BackgroundTasks:
    """Holds every watched task of the process. `give_up` is called once one of them is not started again."""

    def __init__(self, health: Health, give_up: Callable[[], None]) -> None:
        self.ended = ""  # the name of the task that is not started again
        self._tasks: list[Watched] = []
        self._own: list[Watched] = []  # those that were started here
        self._give_up = give_up
        health.ask(self._reason)

    def start(self, name: str, run: Callable[[], Coroutine[Any, Any, object]]) -> Watched:
        """Starts a task that is to run until `may_end`; its name is one of `texts.HEALTH_TASKS`."""
        task = Watched(name, run)
        self.watch(task)
        task.start()
        self._own.append(task)
        return task

    def watch(self, task: Watched) -> None:
        """Looks after a task that somebody else starts and stops."""
        task.on_given_up = lambda: self._end(task.name)
        self._tasks.append(task)

    def may_end(self) -> None:
        """Notes that the process is stopping: no end of a task is a failure from now on."""
        for task in self._tasks:
            task.may_end()

    async def cancel(self) -> None:
        """Ends what still runs of the tasks that were started here."""
        for task in self._own:
            await task.cancel()

    def _end(self, name: str) -> None:
        self.ended = name
        self._give_up()

    def _reason(self) -> str:
        names = [texts.HEALTH_TASKS[task.name] for task in self._tasks if task.failure]
        return texts.HEALTH_TASK_ENDED.format(tasks=", ".join(names)) if names else ""
