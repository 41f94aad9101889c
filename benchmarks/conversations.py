"""Lets families and a school write to each other in tickets, and counts the lines that never arrive.

measures.py orders the faults that they meet meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from sandbox.administrator import Administrator
from sandbox.person import Person
from sandbox.telegram.bot_api import Telegram
from sandbox.telegram.records import Chat
from sandbox.visible import text_of
from sandbox.waiting import until

PATH = ("Я родитель", "Вхожу сам(а)")
ERROR = "Ваш дневник не найден. Чтобы решить проблему, сообщите о ней через форму обратной связи"
PAUSE_S = 4.0  # between two lines of a family; the school answers each
ARRIVES_WITHIN_S = 300.0  # a group takes 20 messages a minute, and a row that failed waits longer each time


class Conversations:
    """Lets so many families write, each with a ticket at the desk."""

    def __init__(self, telegram: Telegram, support: Chat, families: int) -> None:
        self.telegram = telegram
        self.desk = Administrator(telegram, "Ольга", chat=support)
        self.families = [Person(telegram, f"Семья {number}", limit=120) for number in range(families)]
        self.awaited: set[tuple[int, str]] = set()  # in which chat, which line
        self.written = 0
        self._numbers: dict[int, int] = {}
        self._leave = telegram.subscribe(self._look)

    async def begin(self) -> None:
        """Lets every family send a ticket; returns once each has its topic."""
        await asyncio.gather(*(self._send_ticket(family) for family in self.families))
        for number in self._numbers.values():
            await self.desk.finds_topic(f"№{number}")

    async def _send_ticket(self, family: Person) -> None:
        await family.says("/start")
        for label in PATH:
            await family.press(label)
        await family.sees("Шаг 1 из")
        await family.says(ERROR)
        await family.press("Написать в школу")
        await family.press("Родителя")
        await family.sees("класс")
        await family.says("7Б")
        await family.sees("зовут")
        await family.press("Пропустить")
        await family.sees("Что случилось")
        await family.press("Пропустить")
        await family.press("Отправить")
        shown = await family.sees("отправлено в школу")
        self._numbers[family.id] = int(text_of(shown).partition("№")[2].split()[0])

    async def go_on(self, end: asyncio.Event) -> None:
        """Sends lines both ways until `end`."""
        line = 0
        while not end.is_set():
            line += 1
            for family in self.families:
                await self._say(self.desk.chat_id, family.says, f"строка {line} семьи {family.id}.")
                topic = self.desk.topic(f"№{self._numbers[family.id]}")
                await self._say(family.id, self.desk.writes, f"ответ {line} семье {family.id}.", topic=topic)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(end.wait(), PAUSE_S)

    async def _say(self, arrives_in: int, way: Any, text: str, **where: Any) -> None:
        self.awaited.add((arrives_in, text))
        self.written += 1
        await way(text, **where)

    def _look(self, told: dict[str, Any]) -> None:
        if told["event"] not in ("message", "edited") or told["message"]["from"]["id"] != self.telegram.bot["id"]:
            return
        text = text_of(told["message"])
        for line in [one for one in self.awaited if one[0] == told["chat"] and one[1] in text]:
            self.awaited.discard(line)

    async def lost(self) -> int:
        """Counts the lines that never arrived, after a long wait."""
        await until(self.telegram, lambda: not self.awaited, ARRIVES_WITHIN_S)
        self._leave()
        return len(self.awaited)
