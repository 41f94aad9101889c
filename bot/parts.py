"""Holds the bot's background tasks: one that ends by itself makes /healthz red and is started again."""

from collections.abc import Callable, Coroutine
from typing import Any

from bot import texts_ru as texts
from bot.health import Health
from storage.watched_tasks import Watched


class PartEnded(Exception):
    """Raised where a task ended again and again: the process has to be started anew, by systemd or Docker."""


class Parts:
    """Holds every watched task of the process. `give_up` is called once one of them is not started again."""

    def __init__(self, health: Health, give_up: Callable[[], None]) -> None:
        self.ended = ""  # the name of the part that is not started again
        self._parts: list[Watched] = []
        self._own: list[Watched] = []  # those that were started here
        self._give_up = give_up
        health.ask(self._reason)

    def start(self, name: str, run: Callable[[], Coroutine[Any, Any, object]]) -> Watched:
        """Starts a task that is to run until `may_end`; its name is one of `texts.HEALTH_PARTS`."""
        part = Watched(name, run)
        self.watch(part)
        part.start()
        self._own.append(part)
        return part

    def watch(self, part: Watched) -> None:
        """Looks after a task that somebody else starts and stops."""
        part.on_given_up = lambda: self._end(part.name)
        self._parts.append(part)

    def may_end(self) -> None:
        """Notes that the process is stopping: no end of a task is a failure from now on."""
        for part in self._parts:
            part.may_end()

    async def cancel(self) -> None:
        """Ends what still runs of the tasks that were started here."""
        for part in self._own:
            await part.cancel()

    def _end(self, name: str) -> None:
        self.ended = name
        self._give_up()

    def _reason(self) -> str:
        names = [texts.HEALTH_PARTS[part.name] for part in self._parts if part.failure]
        return texts.HEALTH_PART_ENDED.format(parts=", ".join(names)) if names else ""
