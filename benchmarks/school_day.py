"""Plays a stretch of a region's first school day: families come at the pace of a peak, and every school's desk answers.

The load: 60,000 families of 300 schools come in a day, and 15 % of them in each of two peak hours (before the lessons,
and when parents are home), which is 2.5 a second. One in nine writes a ticket. Sources: the shares are assumptions,
named in docs/benchmarks.md; the limits are Telegram's (telegram_pace.py of the sandbox), and they are enforced. Nobody
can hurry these limits, so neither the clock nor the pace is compressed: a stretch of each peak is played second for
second, and the hours between the peaks, in which less happens, are left out. The whole day is in region_day.py.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from benchmarks.measures import new_postgres
from benchmarks.rig import Rig, Running
from sandbox.administrator import Administrator
from sandbox.person import Person
from sandbox.telegram.bot_api import Telegram
from sandbox.telegram.errors import Json
from sandbox.visible import text_of
from sandbox.waiting import until
from storage import schools
from storage.database import Database

SCHOOLS, FAMILIES_A_DAY, SHARE_OF_PEAK_HOUR = 300, 60_000, 0.15
AT_PEAK = FAMILIES_A_DAY * SHARE_OF_PEAK_HOUR / 3600.0  # families a second
ONE_WRITES_OF = 9
FAILS = 0.01  # of the bot's calls
READS_S = (1.5, 6.0)  # how long a family looks at a screen before it presses
ANSWERS_AFTER_S = (5.0, 40.0)  # of an administrator who sits at the desk
DRAINED_WITHIN_S = 240.0
SLOW_S = 2.0
MOST = 4800  # schools
PATIENCE_S = 120.0
ERROR = "Ваш дневник не найден. Чтобы решить проблему, сообщите о ней через форму обратной связи"


@dataclass
class Waits:
    """Holds how many seconds people waited: for a screen, for their ticket to reach the desk, for the desk's answer."""

    screens: list[float] = field(default_factory=list)
    cards: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)

    @staticmethod
    def told(waits: list[float]) -> str:
        """Writes the median, the 95th and the 99th percentile."""
        if len(waits) < 2:
            return "none"
        parts = statistics.quantiles(waits, n=100)
        return f"{parts[49]:.2f} / {parts[94]:.2f} / {parts[98]:.2f} s"


@dataclass
class Day:
    """Holds what came of a day: families and tickets, the waits, and the texts that never arrived or came twice."""

    families: int = 0
    tickets: int = 0
    waits: Waits = field(default_factory=Waits)
    lost: list[str] = field(default_factory=list)
    doubled: int = 0
    stuck: list[str] = field(default_factory=list)  # families who gave up waiting for a screen
    failed_calls: int = 0
    cpu_s: tuple[float, ...] = ()
    memory_mb: tuple[float, ...] = ()
    seconds: float = 0.0


class Region:
    """Holds the schools of a region with their desks, and everything that was written and has to arrive.

    `now` gives seconds, `answers_after` the seconds after which an administrator answers a ticket that has just come.
    `acts_at` gives from a moment the next one at which people act.
    """

    def __init__(
        self,
        telegram: Telegram,
        day: Day,
        seed: int,
        now: Callable[[], float] = time.monotonic,
        answers_after: Callable[[random.Random], float] = lambda rng: rng.uniform(*ANSWERS_AFTER_S),
        acts_at: Callable[[float], float] = lambda moment: moment,
    ) -> None:
        self.telegram = telegram
        self.day = day
        self.rng = random.Random(seed)
        self.desks: dict[str, Administrator] = {}
        self._now = now
        self._answers_after = answers_after
        self._acts_at = acts_at
        self._by_chat: dict[int, Administrator] = {}
        self._awaited: dict[int, dict[str, float]] = {}  # by chat, then by text: since when
        self._arrived: dict[int, set[str]] = {}
        self._answers: set[asyncio.Task[None]] = set()
        self._open = 0  # answers that an administrator is about to write
        telegram.subscribe(self._look)

    async def open(self, database_url: str, number: int) -> None:
        """Adds the schools, each with a forum of its own, to a database that a bot has made ready."""
        database = Database(database_url)
        await database.open()
        for one in range(1, number + 1):
            group = self.telegram.group(f"Школа {one}", forum=True)
            slug = str(one)
            values = {"slug": slug, "name": f"Школа №{one}", "chat_id": group.id, "created_at": time.time()}
            await database.write(lambda c, values=values: schools.add(c, **values))  # type: ignore[misc]
            self.desks[slug] = self._by_chat[group.id] = Administrator(self.telegram, "Ольга", chat=group)
        await database.close()

    # --- what is written and arrives -----------------------------------------------------------------------------

    def expects(self, chat_id: int, text: str) -> None:
        """Notes that a text is written now which has to arrive in a chat."""
        self._awaited.setdefault(chat_id, {})[text] = self._now()

    def _look(self, told: Json) -> None:
        """Notes what arrives: a text of a family at its desk, one of the desk at its family."""
        if told["event"] != "message" or told["message"]["from"]["id"] != self.telegram.bot["id"]:
            return
        text, chat_id, thread = text_of(told["message"]), told["chat"], told["message"].get("message_thread_id")
        self.day.doubled += sum(one in text for one in self._arrived.get(chat_id, ()))
        for words in [one for one in self._awaited.get(chat_id, ()) if one in text]:
            since = self._awaited[chat_id].pop(words)
            self._arrived.setdefault(chat_id, set()).add(words)
            at_desk = chat_id in self._by_chat
            (self.day.waits.cards if at_desk else self.day.waits.answers).append(self._now() - since)
            if at_desk and thread is not None:
                self._open += 1
                self._answers.add(asyncio.create_task(self._answer(chat_id, thread, words)))

    async def _answer(self, chat_id: int, thread: int, words: str) -> None:
        """Lets an administrator of the desk answer in the ticket's topic, after a while."""
        await self._pause(self._answers_after(self.rng))
        desk, family = self._by_chat[chat_id], int(words.split()[-1])
        topic = next(one for one in desk.topics if one.id == thread)
        text = f"ответ семье {family}"
        self.expects(family, text)
        self._open -= 1
        await desk.writes(text, topic=topic)

    async def drain(self, within_s: float = DRAINED_WITHIN_S) -> None:
        """Waits until everything has arrived, or so many seconds; what has not is lost."""
        await until(self.telegram, lambda: not self._open and not any(self._awaited.values()), within_s)
        self.day.lost = [text for awaited in self._awaited.values() for text in awaited]

    # --- families ------------------------------------------------------------------------------------------------

    async def visit(self, number: int) -> None:
        """Plays a family: the guide to its end by «Готово», or an error in the middle and a ticket."""
        self.day.families += 1
        person = Person(self.telegram, f"Семья {number}", limit=PATIENCE_S)
        school = self.rng.choice([*self.desks])
        try:
            await self._timed(person.opens_link(f"s_{school}_parent"), person, "Шаг 1 из")
            if number % ONE_WRITES_OF:
                await self._press(person, "Готово", "Шаг 2 из")
                return
            await self._timed(person.says(ERROR), person, "Что делать")
            await self._press(person, "Написать в школу", "учётной записью")
            await self._press(person, "Родителя", "класс")
            await self._timed(person.says("7Б"), person, "зовут")
            await self._press(person, "Пропустить", "Что случилось")
            words = f"не пускает второй день {person.id}"
            await self._timed(person.says(words), person, "Вот что получит школа")
            await self._pause(self.rng.uniform(*READS_S))
            self.day.tickets += 1
            self.expects(self.desks[school].chat.id, words)
            await self._timed(person.press("Отправить", wait=False), person, "отправлено в школу")
        except AssertionError as error:
            self.day.stuck.append(f"{person.name}: {error}")

    async def _press(self, person: Person, label: str, then: str) -> None:
        await self._pause(self.rng.uniform(*READS_S))
        await self._timed(person.press(label, wait=False), person, then)

    async def _pause(self, seconds: float) -> None:
        """Waits so long, and on until the next moment at which people act."""
        now = self._now()
        await asyncio.sleep(self._acts_at(now + seconds) - now)

    async def _timed(self, act: Awaitable[object], person: Person, then: str) -> None:
        before = self._now()
        await act
        await person.sees(then)
        self.day.waits.screens.append(self._now() - before)


async def play(rig: Rig, postgres: str, *, schools_number: int, per_second: float, seconds: float, kill: bool) -> Day:
    """Plays a stretch of `seconds` with so many new families a second, on two replicas; gives what came of it.

    With `kill` one replica is killed in the middle and started anew half a minute later. Two peaks are two stretches:
    the second begins with what the first has left in the database.
    """
    day = Day()
    telegram = rig.telegram
    replicas = [await rig.bot(postgres, LOG_LEVEL="ERROR", SUPPORT_CHAT_ID="") for _ in range(2)]
    rig.share(replicas)
    region = Region(telegram, day, seed=9)
    await region.open(postgres, schools_number)
    await asyncio.sleep(10.0)  # each replica reads the schools every five seconds, and looks at their chats
    telegram.pace.enforced = True
    telegram.random_faults(FAILS, random.Random(1))
    met, used = telegram.faults.met, [-bot.cpu_s for bot in replicas]
    killer = asyncio.create_task(_kill_and_restart(rig, postgres, replicas, used, seconds)) if kill else None
    begun, visits, number = time.monotonic(), set[asyncio.Task[None]](), 0
    while time.monotonic() - begun < seconds:
        number += 1
        visits.add(asyncio.create_task(region.visit(number)))
        await asyncio.sleep(region.rng.expovariate(per_second))
    day.seconds = time.monotonic() - begun
    if killer:
        await killer
    day.cpu_s = tuple(bot.cpu_s + before for bot, before in zip(replicas, used, strict=True))
    day.memory_mb = tuple(bot.memory_mb for bot in replicas)
    await asyncio.gather(*visits)
    telegram.random_faults(0.0, random.Random(1))
    await region.drain()
    day.failed_calls = telegram.faults.met - met
    return day


async def _kill_and_restart(
    rig: Rig, postgres: str, replicas: list[Running], used: list[float], seconds: float
) -> None:
    """Kills the second replica in the middle and starts it anew; `used` gets the processor time of the dead one."""
    await asyncio.sleep(seconds / 2)
    used[1] += replicas[1].cpu_s
    await replicas[1].end(9)
    rig.share(replicas[:1])
    await asyncio.sleep(min(30.0, seconds / 6))
    replicas[1] = await rig.bot(postgres, LOG_LEVEL="ERROR", SUPPORT_CHAT_ID="")
    rig.share(replicas)


async def most_schools(rig_of: Callable[[], AbstractAsyncContextManager[Rig]], server: str, seconds: float) -> int:
    """Doubles the number of schools until 95 % of screens come within `SLOW_S` no more; gives the last that did.

    MOST is where it ends in any case: more schools than all regions around have.
    """
    carried = 0
    number = SCHOOLS
    while number <= MOST:
        async with rig_of() as rig:
            per_second = AT_PEAK * number / SCHOOLS
            day = await play(
                rig,
                await new_postgres(server),
                schools_number=number,
                per_second=per_second,
                seconds=seconds,
                kill=False,
            )
        waits = day.waits.screens
        if day.stuck or len(waits) < 2 or statistics.quantiles(waits, n=20)[18] > SLOW_S:
            break
        carried, number = number, number * 2
    return carried
