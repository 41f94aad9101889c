"""Adds the demo's second school as people do: the operator asks for a code, and the school writes it in its group.

Where the operator removes it, the page is told.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sandbox.demo_stage import PATIENCE, DemoDesk, Stage
from sandbox.telegram.errors import Json
from sandbox.visible import text_of
from sandbox.waiting import until

# What the bot answers, in the words of bot/texts_ru.py.
_ADDED = re.compile(r"имя в ссылках: (?P<slug>[a-z0-9-]+)\.\s[\s\S]*?/code (?P<code>[A-Z0-9-]{9})|уже занято")
_CODE = re.compile(r"/code (?P<code>[A-Z0-9-]{9})")
_BOUND = re.compile(r"это группа школы|уже привязана")
_LISTED = re.compile(r"Школ: \d+")
_LINE = re.compile(r"(?<![a-z0-9-])(?P<slug>[a-z0-9-]++) · (?P<rest>.++)")


class SecondSchool:
    """Adds the second school to the bot, or finds it in a database of an earlier demo; `left` is called at its end."""

    def __init__(self, stage: Stage, left: Callable[[], None]) -> None:
        self._stage, self._left = stage, left
        self._group, self._operators = stage.of_second
        about = stage.words["second"]
        self._name, self._slug = about["name"], about["slug"]
        self._operators.messenger.subscribe(self._hear)

    async def add(self) -> None:
        """Adds it and binds its group; one that is there already is bound anew. AssertionError: the bot is silent."""
        told = await self._answer(self._operators, f"/school add {self._name} --slug {self._slug}", _ADDED)
        slug = told["slug"]
        if slug is None:
            slug = await self._listed()
            if slug is not None:
                told = await self._answer(self._operators, f"/school code {slug}", _CODE)
            else:  # a school that left keeps its name in links: the new one gets another
                told = await self._answer(self._operators, f"/school add {self._name}", _ADDED)
                slug = told["slug"]
        await self._answer(self._group, f"/code {told['code']}", _BOUND)
        self._stage.second_slug = slug

    async def look(self) -> None:
        """Asks the bot whether it has the school. Raises AssertionError where the bot is silent."""
        self._stage.second_slug = await self._listed()

    async def _listed(self) -> str | None:
        """Gives the school's name in links as the bot lists it; None where it has no such school."""
        listed = (await self._answer(self._operators, "/school list", _LISTED)).string
        schools = (found for found in map(_LINE.search, listed.splitlines()) if found)
        return next((found["slug"] for found in schools if found["rest"].startswith(f"{self._name} ·")), None)

    def _hear(self, event: Json) -> None:
        """Notes that the bot tells the operator of the school's end."""
        if event["event"] != "message" or event["chat"] != self._operators.chat.id or not self._stage.has_second:
            return
        if f"«{self._name}» удалена, её данные стёрты" in text_of(event["message"]):
            self._stage.second_slug = None
            self._left()

    async def _answer(self, desk: DemoDesk, said: str, pattern: re.Pattern[str]) -> re.Match[str]:
        """Writes in a group; gives what the pattern finds in the answer. Raises AssertionError where none comes."""
        person, before = next(iter(desk.people.values())), set(desk.chat.messages)

        def found() -> re.Match[str] | None:
            texts = [text_of(message) for number, message in desk.chat.messages.items() if number not in before]
            return next(filter(None, map(pattern.search, texts)), None)

        await person.writes(said)
        assert await until(person.messenger, lambda: found() is not None, PATIENCE), said
        answer = found()
        assert answer is not None
        return answer
