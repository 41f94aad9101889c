"""Lets many families walk the whole `child` guide, each waiting for its screen to press on."""

from __future__ import annotations

import asyncio
import itertools
import time
from dataclasses import dataclass, field
from typing import Any

from sandbox.telegram.bot_api import Telegram
from sandbox.telegram.errors import Json
from sandbox.telegram.records import Chat
from sandbox.visible import buttons_of, newest

WALK = ("/start", "Я ученик", "Мне ещё нет 18", *["Готово"] * 5, "Получилось")
GAP_S = 1.1  # Telegram's second between two new messages in a chat
_ids = itertools.count(20_001)


class Crowd(Telegram):
    """Wakes a family when its update is taken, and forgets what nobody will look at again."""

    def __init__(self) -> None:
        super().__init__(log=0, keep_messages=4)
        self.woken: dict[int, asyncio.Event] = {}
        self.taken = 0

    def put(self, chat: Chat, sender: Json, content: Json) -> Json:
        """Keeps the newest messages of a family, and all of the school's group."""
        kept, self.keep_messages = self.keep_messages, self.keep_messages if chat.private else None
        try:
            return super().put(chat, sender, content)
        finally:
            self.keep_messages = kept

    def acknowledge(self, number: int) -> None:
        """Notes whose update was taken."""
        update = self.pending.get(number)
        super().acknowledge(number)
        if update is not None:
            self.taken += 1
            event = self.woken.get(update.owner)
            if event is not None:
                event.set()


@dataclass
class Family:
    """Plays one person who repeats the walk; `waits` are seconds, `lost` counts screens that never came."""

    telegram: Crowd
    id: int = field(default_factory=lambda: next(_ids))
    walks: int = 0
    lost: int = 0
    waits: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.telegram.user(self.id, "Семья")
        self.woken = self.telegram.woken[self.id] = asyncio.Event()

    async def walk_until(self, end: asyncio.Event, patience: float = 30.0) -> None:
        """Walks again and again until `end`."""
        while not end.is_set():
            started = time.monotonic()
            for label in WALK:
                if end.is_set():
                    return
                await self._step(label, patience)
            self.walks += 1
            await asyncio.sleep(max(0.0, GAP_S - (time.monotonic() - started)))

    async def _step(self, label: str, patience: float) -> None:
        screen = None
        if not label.startswith("/"):
            screen = await self._screen_with(label, patience)
            if screen is None:
                self.lost += 1
                return
        self.woken.clear()
        before = time.perf_counter()
        if screen is None:
            self.telegram.post(self.id, {"text": label})
        else:
            message, data = screen
            shown = message.get("text", "")
            query = self.telegram.press(self.id, self.id, message["message_id"], data)
        await self.woken.wait()
        self.waits.append(time.perf_counter() - before)
        if screen is not None:
            if not await self._has_changed(screen[0]["message_id"], shown, patience):
                self.lost += 1
            # The answer is given back in the webhook's; let it be carried out before the query is forgotten.
            asyncio.get_running_loop().call_later(5, self.telegram.queries.pop, query.id, None)

    async def _has_changed(self, number: int, shown: str, patience: float) -> bool:
        """Tells whether the pressed message shows something else: at once, or later where Telegram failed at first."""
        end = time.monotonic() + patience
        while True:
            message = newest(self.telegram.chats[self.id], self.telegram.bot["id"]) or {}
            if message.get("message_id") != number or message.get("text") != shown:
                return True
            if time.monotonic() > end:
                return False
            await asyncio.sleep(0.05)

    async def _screen_with(self, label: str, patience: float) -> tuple[dict[str, Any], str] | None:
        end = time.monotonic() + patience
        while True:
            message = newest(self.telegram.chats[self.id], self.telegram.bot["id"])
            for button in buttons_of(message or {}):
                if button.get("text", "").endswith(label) and "callback_data" in button:
                    assert message is not None
                    return message, button["callback_data"]
            if time.monotonic() > end:
                return None
            await asyncio.sleep(0.05)


@dataclass
class Load:
    """Holds the result of a stretch of walking through the guide: updates, seconds, and the median of the waits."""

    updates: int
    seconds: float
    median_s: float

    @property
    def rate(self) -> float:
        """Gives the updates a second."""
        return self.updates / self.seconds
