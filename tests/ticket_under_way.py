"""Gives tests a ticket under way, with its family and its desk, and waits until the outbox has sent what it owes.

The desk has the ticket in a topic of a forum, or under a card in a plain group.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from sandbox.administrator import Administrator, TopicView
from sandbox.person import Person
from sandbox.telegram.errors import Json
from sandbox.telegram.faults import Fault
from sandbox.telegram.records import Chat
from sandbox.visible import labels_of, text_of
from storage import models
from tests import polled_waiting
from tests.sandbox.conftest import PNG as PNG
from tests.world import World

MOSCOW = ZoneInfo("Europe/Moscow")


@dataclass
class Talk:
    """One family's ticket; `where` is what an administrator names to write about it."""

    world: World
    family: Person
    number: int
    where: dict[str, Any]

    @property
    def topic(self) -> TopicView:
        """The ticket's topic, as it is now."""
        return self.world.desk.topic(f"№{self.number}")

    @property
    def card(self) -> Json:
        """The ticket's card, as it is now."""
        found = self._cards()
        assert found, f"no card of №{self.number}: {self.world.desk.texts}"
        return found[-1]

    def _cards(self) -> list[Json]:
        head = f"№{self.number} ·"
        return [m for m in self.world.desk.from_bot if text_of(m).startswith(head) and labels_of(m)]

    @property
    def shown(self) -> list[Json]:
        """The bot's messages about this ticket at the desk, in order."""
        everything = self.world.desk.from_bot
        if "topic" not in self.where:
            return everything
        return [m for m in everything if m.get("message_thread_id") == self.where["topic"].id]

    async def school(self, text: str, **more: Any) -> Json:
        """The desk writes to the family."""
        return await self.world.desk.writes(text, **{**self.where, **more})

    async def card_shows(self, text: str) -> None:
        """Waits until the card shows this."""
        await self.world.eventually(
            lambda: any(text in text_of(m) for m in self._cards()[-1:]), what=f"«{text}» on the card"
        )

    async def desk_gets(self, kind: str, more_than: int = 0) -> Json:
        """Waits until more than so many messages with this kind of media stand at the desk; returns the newest."""
        await self.world.eventually(lambda: len(self._with(self.shown, kind)) > more_than, what=f"{kind} at the desk")
        return self._with(self.shown, kind)[-1]

    async def family_gets(self, kind: str, more_than: int = 0) -> Json:
        """The same for the family."""
        family = self.family
        await self.world.eventually(
            lambda: len(self._with(family.from_bot, kind)) > more_than, what=f"{kind} at the family"
        )
        return self._with(family.from_bot, kind)[-1]

    async def signed(self, sent: Json) -> None:
        """Waits until the desk sees that its message arrived: by a sign under it, or by a short reply."""
        desk = self.world.desk

        def shows() -> bool:
            told = [m["reply_to_message"]["message_id"] for m in desk.from_bot if "Доставлено" in text_of(m)]
            return bool(desk.reaction(sent)) or sent["message_id"] in told

        await self.world.eventually(shows, what=f"the sign that «{text_of(sent)}» arrived")

    @staticmethod
    def _with(messages: list[Json], kind: str) -> list[Json]:
        return [m for m in messages if kind in m]

    async def status(self) -> str:
        """The ticket's status as it is stored."""
        from storage import tickets

        assert self.world.app is not None
        found = await self.world.app.services.database.read(lambda c: tickets.get(c, self.number))
        assert found is not None
        return found.status

    async def history(self) -> list[tuple[str, str]]:
        """Lists who moved the ticket to which status, in order."""
        from storage import tickets

        assert self.world.app is not None
        changes = await self.world.app.services.database.read(lambda c: tickets.history(c, self.number))
        return [(change.actor, change.status_to) for change in changes]


async def begin(world: World, name: str = "Мария", path: str = "parent", *, family: Person | None = None) -> Talk:
    """A family, a new one where none is given, sends a ticket, and its card stands at the desk."""
    family = family or world.person(name)
    number = await world.sends_ticket(family, path)
    return await under_way(world, family, number)


async def under_way(world: World, family: Person, number: int) -> Talk:
    """A family's ticket whose card stands at the desk."""
    if world.support.info.get("is_forum"):
        return Talk(world, family, number, {"topic": await world.topic_of(number)})
    return Talk(world, family, number, {"reply_to": await world.desk.sees(f"№{number} ·")})


def next_noon(world: World) -> None:
    """Sets the clock to the next day's noon, so that days later it is day as well."""
    today = datetime.fromtimestamp(world.clock(), MOSCOW)
    world.clock.set_to((today + timedelta(days=1)).replace(hour=12, minute=0).timestamp())


async def owed(world: World) -> int:
    """Counts the rows that wait in the outbox or are on their way."""
    return await world.owed()


async def all_sent(world: World, limit: float = 60.0) -> None:
    """Waits until the outbox is empty."""
    await world.all_sent(limit)


async def upgraded(world: World, desk: Administrator) -> Chat:
    """Makes a desk's group a supergroup, and lets the bot look at the new one at once; gives it."""
    moved = await desk.upgrades_group()
    await world.eventually(lambda: not world.telegram.pending, what="the bot's hearing of it")
    await world.looks()
    return moved


async def two_seconds_on(world: World) -> None:
    """Moves the clock on once what was due has left, and lets the bot look at it."""
    await seconds_on(world, 2)


async def seconds_on(world: World, seconds: float) -> None:
    """The same by so many seconds."""
    await none_on_its_way(world)
    world.clock.move(seconds=seconds)
    await world.looks()
    await _worker_looks(world)


async def sent_by_the_clock(world: World, limit: float = 240.0) -> None:
    """Moves the clock by seconds until the outbox is empty, each time after the bot has looked at what is due."""
    assert world.app is not None
    owed = world.app.services.owed

    async def nothing_owed() -> bool:
        if not await world.owed():
            return True
        if not owed.is_set():
            await none_on_its_way(world)
            world.clock.move(seconds=4)
            owed.set()
        return False

    await polled_waiting.until(nothing_owed, limit, "an empty outbox")


async def none_on_its_way(world: World, limit: float = 60.0) -> None:
    """Waits until what came of every row that was sent is kept: a clock moved sooner would date the failure anew."""
    assert world.app is not None
    database = world.app.services.database
    leased = select(func.count()).select_from(models.outbox).where(models.outbox.c.lease_owner.is_not(None))

    async def none_leased() -> bool:
        return not await database.read(lambda c: c.scalar(leased))

    await polled_waiting.until(none_leased, limit, "the end of every sending")


async def is_tried(world: World, fault: Fault, tries: int, ordered: int = 999, **moved: float) -> None:
    """Waits until so many calls have met a trouble that was `ordered` for so many; after each the clock is `moved`."""
    for met in range(tries):
        await world.eventually(lambda met=met: ordered - fault.times > met, what="a try")
        await none_on_its_way(world)
        world.clock.move(**moved)
        await world.looks()


async def _worker_looks(world: World) -> None:
    """Wakes the outbox's worker and waits until it has begun to look at what is due."""
    assert world.app is not None
    owed = world.app.services.owed
    owed.set()
    await polled_waiting.until_true(lambda: not owed.is_set(), what="a look of the worker")
