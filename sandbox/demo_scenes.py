"""Plays the demo's scenes: families and the school act out a script of words.json with the real bot."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

from sandbox.administrator import Administrator, TopicView
from sandbox.demo_stage import PATIENCE, WEB, DemoDesk, Stage
from sandbox.person import Person
from sandbox.telegram.errors import Json
from sandbox.visible import buttons_of, same_label, text_of
from sandbox.waiting import until

_NUMBERED = re.compile(r"^\d+\. ")
_SHORTEST, _LONGEST, _LETTERS_A_SECOND = 1.3, 4.0, 55.0
_BRIEF = 0.35  # of the usual time, for a step that a scene only passes through
_AIM, _TYPE = 0.9, 1.1  # seconds: a button is pointed at before the press, a text typed before it is sent
SCREENSHOT = WEB / "example_screen.png"  # what the pupil sends: a phone's screen with an error on it


class Scenes:
    """Plays one scene at a time. `cue` tells the page where to look; `pace` 1 is reading pace, 0 is at once.

    A step names who acts (`as`) and what they do: `forget`, `open` a link, send the `picture`, `say`, `press`, `see`.
    At the desk it happens in the newest ticket of this scene, where `general` is not set; `reply` answers the message
    that has these words. A step with `if` is passed over where what the person was shown last does not have these
    words, and `brief` shortens its pauses. «{…}» in a step stands for a word of the scene's `variants`.
    """

    def __init__(self, stage: Stage, cue: Callable[[Json], None]) -> None:
        self._stage = stage
        self._scenes: dict[str, Json] = {scene["key"]: scene for scene in stage.words["scenes"]}
        self._cue = cue
        self._task: asyncio.Task[None] | None = None
        self._playing = ""
        self._pace = 1.0
        self._families = {one["key"]: one["id"] for phone in stage.words["phones"] for one in phone["people"]}
        self._begun: dict[str, int] = {}
        self._topics_before: set[int] = set()

    @property
    def runs(self) -> str:
        """Gives the key of the scene that is being played now, or nothing."""
        return self._playing if self._task is not None and not self._task.done() else ""

    def start(self, key: str, pace: float = 1.0) -> None:
        """Begins a scene unless one is being played. Raises KeyError where there is no such scene."""
        scene = self._scenes[key]
        if not self.runs:
            self._playing, self._pace = key, min(max(pace, 0.0), 3.0)
            self._begun = {name: messenger.tick() for name, messenger in self._stage.messengers.items()}
            self._topics_before = set(self._desk.chat.topics)
            self._task = asyncio.create_task(self._play(scene))

    async def stop(self) -> None:
        """Ends it where it stands; what was said stays said."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _play(self, scene: Json) -> None:
        ending = scene["end"]
        variant = self._unseen_of(scene)
        for person in self._stage.blocked:
            self._stage.block(person, blocked=False)
        try:
            for step in scene["steps"]:
                await self._step({name: _filled(value, variant) for name, value in step.items()})
        except (AssertionError, KeyError):
            ending = scene.get("stuck") or self._stage.words["stuck"]
        except asyncio.CancelledError:
            ending = ""
            raise
        finally:
            self._playing = ""
            self._cue({"tell": ending, "over": True})

    def _unseen_of(self, scene: Json) -> dict[str, str]:
        """Gives the first variant whose `told` words no desk has read yet; the last where all have."""
        variants: list[dict[str, str]] = scene.get("variants", [{}])
        read = [text_of(message) for desk in self._stage.desks for message in desk.chat.messages.values()]
        unseen = (one for one in variants if not any(one.get("told", "") in text for text in read))
        return next(unseen, variants[-1])

    async def _step(self, step: Json) -> None:
        person = self._person(step["as"])
        general = bool(step.get("general"))
        if "forget" in step and not self._stage.private_chat(person).started:
            return
        if "if" in step and not self._was_shown(person, step["if"], general):
            return
        pace = self._pace * (_BRIEF if step.get("brief") else 1.0)
        self._point(person, general, **({"tell": step["tell"]} if "tell" in step else {}))
        await self._read(person, general, pace)
        if "forget" in step:
            await person.says(step["forget"])
        if "open" in step:
            await person.opens_link(self._stage.link_to_first(step["open"]))
        if "picture" in step and await self._picture_is_read(person, step["see"]):
            return
        if "say" in step:
            await self._say(person, step, general, pace)
        if "press" in step:
            await self._press(person, step["press"], general, pace)
        if "see" in step:
            await self._see(person, step["see"], general)

    def _person(self, key: str) -> Person:
        """Gives a family, or an administrator of the desk that is in use."""
        if key in self._families:
            return self._stage.people[self._families[key]]
        desk = next(one for one in self._stage.words["desks"] if one["id"] == self._stage.desk.chat.id)
        return self._stage.desk.people[next(one["id"] for one in desk["people"] if one["key"] == key)]

    async def _picture_is_read(self, person: Person, see: str) -> bool:
        """Sends the screenshot; False where the bot cannot read pictures here, and the words have to be typed."""
        await person.sends_photo(SCREENSHOT.read_bytes())
        await person.settles()
        assert await until(person.messenger, lambda: bool(person._new()), PATIENCE)
        return any(see in label for label in person.labels)

    async def _say(self, person: Person, step: Json, general: bool, pace: float) -> None:
        text = step["say"]
        self._point(person, general, type=text)
        await asyncio.sleep(_TYPE * pace)
        if not isinstance(person, Administrator):
            # A scene is about one school: with two it begins at that school's link, and nobody is asked for it.
            by_link = text == "/start" and self._stage.has_second
            await (person.opens_link(self._stage.link_to_first("")) if by_link else person.says(text))
            await person.settles()
            return
        topic = None if general else self._topic(person)
        if "reply" in step:
            answered: Json | None = self._with_text(person, step["reply"])
        else:
            answered = None if general or topic else self._card(person)
        await person.writes(text, topic=topic, reply_to=answered)

    async def _press(self, person: Person, label: str, general: bool, pace: float) -> None:
        def found() -> tuple[Json, Json] | None:
            return _button(label, self._messages(person, general))

        assert await until(person.messenger, lambda: found() is not None, PATIENCE), label
        message, button = found() or ({}, {})
        self._point(person, general, aim=message["message_id"], label=button["text"])
        await asyncio.sleep(_AIM * pace)
        await person.press(button["text"], message=message)

    async def _see(self, person: Person, text: str, general: bool) -> None:
        def seen() -> bool:
            return any(text in part for one in self._messages(person, general) for part in _parts(one))

        assert await until(person.messenger, seen, PATIENCE), text

    async def _read(self, person: Person, general: bool, pace: float) -> None:
        """Waits as long as the newest message takes to read."""
        messages = self._messages(person, general)
        letters = len(text_of(messages[-1])) if messages else 0
        await asyncio.sleep(pace * min(_LONGEST, _SHORTEST + letters / _LETTERS_A_SECOND))

    # -- what is before them ---------------------------------------------------------------------------------------

    @property
    def _desk(self) -> DemoDesk:
        return self._stage.desk

    def _messages(self, person: Person, general: bool) -> list[Json]:
        """Gives the bot's messages to this person that came or changed since the scene began.

        At a forum those are the messages in the newest topic of this scene, or those in none.
        """
        messages = [one for one in person.from_bot if self._is_of_scene(person, one)]
        if not isinstance(person, Administrator) or self._desk.name == "max":
            return messages
        topic = None if general else self._topic(person)
        thread = topic.id if topic else None
        return [one for one in messages if one.get("message_thread_id") == thread]

    def _is_of_scene(self, person: Person, message: Json) -> bool:
        name = next(name for name, one in self._stage.messengers.items() if one is person.messenger)
        chat = person.messenger.chats[message["chat"]["id"]]
        return chat.touched.get(message["message_id"], 0) > self._begun[name]

    def _was_shown(self, person: Person, words: str, general: bool) -> bool:
        newest = self._messages(person, general)[-1:]
        return any(words in part for one in newest for part in _parts(one))

    def _topic(self, person: Administrator) -> TopicView | None:
        """Gives the newest topic that was made in this scene."""
        made = [view for view in person.topics if view.id not in self._topics_before]
        return made[-1] if made else None

    def _card(self, person: Administrator) -> Json:
        """Gives the newest card of a group without topics. Raises AssertionError where this scene has none."""
        cards = [one for one in self._messages(person, general=False) if text_of(one).startswith("№")]
        assert cards, "no card"
        return cards[-1]

    def _with_text(self, person: Administrator, text: str) -> Json:
        found = [one for one in person.chat.messages.values() if text in text_of(one)]
        assert found, text
        return found[-1]

    def _point(self, person: Person, general: bool = False, **what: Any) -> None:
        topic = self._topic(person) if isinstance(person, Administrator) and not general else None
        self._cue({"who": person.id, "topic": topic.id if topic else None, "general": general, **what})


def _filled(value: Any, variant: dict[str, str]) -> Any:
    return value.format_map(variant) if isinstance(value, str) and variant else value


def _button(label: str, messages: list[Json]) -> tuple[Json, Json] | None:
    """Finds the newest button of that label; a number may stand before it («1. Учебники»)."""
    for message in sorted(messages, key=lambda one: -one["message_id"]):
        for button in buttons_of(message):
            if same_label(_NUMBERED.sub("", button["text"]), label):
                return message, button
    return None


def _parts(message: Json) -> list[str]:
    return [text_of(message), *(button["text"] for button in buttons_of(message))]
