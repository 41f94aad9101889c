"""Adds the demo's second school as people do: the operator asks for a code, and the school writes it in its group."""

from __future__ import annotations

import re

from sandbox.demo_stage import PATIENCE, DemoDesk, Stage
from sandbox.visible import text_of
from sandbox.waiting import until

# What the bot answers, in the words of bot/texts_ru.py.
_CODE = re.compile(r"/code (?P<code>[A-Z0-9]{4}-[A-Z0-9]{4})|уже занято")
_BOUND = re.compile(r"это группа школы|уже привязана")
_LISTED = re.compile(r"Школ: \d+")


class SecondSchool:
    """Adds the second school to the bot, or finds it in a database of an earlier demo."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._group, self._operators = stage.of_second
        about = stage.words["second"]
        self._name, self._slug = about["name"], about["slug"]

    async def add(self) -> None:
        """Adds it and binds its group; one that is there already is bound anew. AssertionError: the bot is silent."""
        told = await self._answer(self._operators, f"/school add {self._name} --slug {self._slug}", _CODE)
        if told["code"] is None:
            told = await self._answer(self._operators, f"/school code {self._slug}", _CODE)
        await self._answer(self._group, f"/code {told['code']}", _BOUND)
        self._stage.has_second = True

    async def look(self) -> None:
        """Asks the bot whether it has the school. Raises AssertionError where the bot is silent."""
        listed = (await self._answer(self._operators, "/school list", _LISTED)).string
        self._stage.has_second = f"{self._slug} · {self._name}" in listed

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
