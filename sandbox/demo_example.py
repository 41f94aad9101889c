"""Plays «Show an example»: a scripted family and the school go through a whole case with the real bot."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from sandbox.administrator import Administrator, TopicView
from sandbox.demo_stage import PATIENCE, WEB, Stage
from sandbox.person import Person
from sandbox.telegram.errors import Json
from sandbox.visible import buttons_called, text_of
from sandbox.waiting import until

_SHORTEST, _LONGEST, _LETTERS_A_SECOND = 1.3, 4.0, 55.0
_AIM, _TYPE = 0.9, 1.1  # seconds: a button is pointed at before the press, a text typed before it is sent
SCREENSHOT = WEB / "example_screen.png"  # what the pupil sends: a phone's screen with an error on it


class Example:
    """Plays the steps of words.json. `cue` tells the page where to look; `pace` 1 is reading pace, 0 is at once."""

    def __init__(self, stage: Stage, cue: Callable[[Json], None]) -> None:
        self._stage = stage
        self._words: Json = stage.words["example"]
        self._cue = cue
        self._task: asyncio.Task[None] | None = None
        self._pace = 1.0
        keys = {one["key"]: one["id"] for one in (*stage.words["people"], *stage.words["desk"]["people"])}
        self._ids: dict[str, int] = keys
        self._topics_before: set[int] = set()

    @property
    def runs(self) -> bool:
        """Tells whether the example is being played now."""
        return self._task is not None and not self._task.done()

    def start(self, pace: float = 1.0) -> None:
        """Begins unless it runs already."""
        if not self.runs:
            self._pace = min(max(pace, 0.0), 3.0)
            self._topics_before = set(self._stage.support.topics)
            self._task = asyncio.create_task(self._play())

    async def stop(self) -> None:
        """Ends it where it stands; what was said stays said."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _play(self) -> None:
        ending = self._words["end"]
        try:
            for step in self._words["steps"]:
                await self._step(step)
        except AssertionError:
            ending = self._words["stuck"]
        except asyncio.CancelledError:
            ending = ""
            raise
        finally:
            self._cue({"tell": ending, "over": True})

    async def _step(self, step: Json) -> None:
        who = self._ids[step["as"]]
        person = self._stage.people.get(who) or self._stage.desk[who]
        if "forget" in step and not self._stage.telegram.chats[who].started:
            return
        self._point(person, **({"tell": step["tell"]} if "tell" in step else {}))
        await self._read(person)
        if "forget" in step:
            await person.says(step["forget"])
        if "picture" in step and await self._picture_is_read(person, step["see"]):
            return
        if "say" in step:
            await self._say(person, step["say"])
        if "press" in step:
            await self._press(person, step["press"])
        if "see" in step:
            await self._see(person, step["see"])

    async def _picture_is_read(self, person: Person, see: str) -> bool:
        """Sends the screenshot; False where the bot cannot read pictures here, and the words have to be typed."""
        await person.sends_photo(SCREENSHOT.read_bytes())
        await person.settles()
        assert await until(self._stage.telegram, lambda: bool(person._new()), PATIENCE)
        return any(see in label for label in person.labels)

    async def _say(self, person: Person, text: str) -> None:
        self._point(person, type=text)
        await asyncio.sleep(_TYPE * self._pace)
        if isinstance(person, Administrator):
            await person.writes(text, topic=self._topic(person))
        else:
            await person.says(text)

    async def _press(self, person: Person, label: str) -> None:
        def found() -> tuple[Json, Json] | None:
            return next(buttons_called(label, self._messages(person)), None)

        assert await until(self._stage.telegram, lambda: found() is not None, PATIENCE), label
        message, button = found() or ({}, {})
        self._point(person, aim=message["message_id"], label=button["text"])
        await asyncio.sleep(_AIM * self._pace)
        await person.press(label, message=message)

    async def _see(self, person: Person, text: str) -> None:
        seen = await until(
            self._stage.telegram,
            lambda: any(text in part for one in self._messages(person) for part in _parts(one)),
            PATIENCE,
        )
        assert seen, text

    async def _read(self, person: Person) -> None:
        """Waits as long as the newest message takes to read."""
        messages = self._messages(person)
        letters = len(text_of(messages[-1])) if messages else 0
        await asyncio.sleep(self._pace * min(_LONGEST, _SHORTEST + letters / _LETTERS_A_SECOND))

    def _messages(self, person: Person) -> list[Json]:
        """Gives the bot's messages to this person; those to the desk are the messages in the topic of this example."""
        if not isinstance(person, Administrator):
            return person.from_bot
        topic = self._topic(person)
        return topic.messages if topic else []

    def _topic(self, person: Administrator) -> TopicView | None:
        new = [view for view in person.topics if view.id not in self._topics_before]
        return new[-1] if new else None

    def _point(self, person: Person, **what: Any) -> None:
        topic = self._topic(person) if isinstance(person, Administrator) else None
        self._cue({"who": person.id, "topic": topic.id if topic else None, **what})


def _parts(message: Json) -> list[str]:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [text_of(message), *(button["text"] for row in rows for button in row)]
