"""Holds the whole of Telegram as one object: it takes a call, fails it where ordered, carries it out, notes it."""

from __future__ import annotations

import asyncio
import inspect
import random
import re
from collections.abc import Callable, Sequence
from typing import Any

from sandbox.telegram.errors import Dropped, Json, Page, Refused, Violation, bad_gateway, internal_error, too_many
from sandbox.telegram.faults import KINDS, Fault, Faults, What
from sandbox.telegram.human_actions import People
from sandbox.telegram.parameters import METHODS, Method, Upload, method, read
from sandbox.telegram.records import Call

__all__ = ["Refused", "Telegram", "bad_gateway", "internal_error", "too_many"]


class Telegram(People):
    """Carries out calls of the Bot API, without the HTTP.

    See Memory for what may be set; every state in it may be read and changed by a test. `altered` holds, by method, a
    function that makes of a result what a server of another version gives.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.faults = Faults()
        self.hang_seconds = 90.0
        self.redelivery_scale = 1.0
        self.latency = 0.0
        self.bad_downloads: list[int | str] = []  # what the next downloads meet: a status, or "cut" half way
        self.altered: dict[str, Callable[[Any], Any]] = {}
        self._methods: dict[str, Callable[[Json], Any]] = {
            low: getattr(self, _snake(one.name)) for low, one in METHODS.items()
        }

    @property
    def strict_pace(self) -> bool:
        """Tells whether messages that come too fast are refused with 429."""
        return self.pace.enforced

    @strict_pace.setter
    def strict_pace(self, enforced: bool) -> None:
        self.pace.enforced = enforced

    def fault(
        self,
        what: What,
        times: int = 1,
        method: str | None = None,
        chat: int | None = None,
        when: Callable[[Json], bool] | None = None,
    ) -> Fault:
        """Orders a trouble for the next `times` calls: a Refused, "drop", "hang", "page" or "done-then-drop".

        `method` is a regular expression, `when` looks at a call's parameters.
        """
        return self.faults.order(what, times, method, chat, when)

    def random_faults(self, share: float, rng: random.Random, kinds: Sequence[str] = KINDS) -> None:
        """Lets this share (0…1) of calls fail; the same `rng` gives the same troubles."""
        self.faults.at_random(share, rng, kinds)

    async def call(self, name: str, given: Json, uploads: dict[str, Upload] | None = None) -> Any:
        """Carries out one call and returns its result.

        Raises Refused as Telegram would, or Dropped where the connection is to be closed.
        """
        try:
            wanted = method(name)
            self.counts[wanted.name] += 1
            parameters = read(wanted, given, uploads or {})
        except Violation as violation:
            self._refused(name, given, violation)
            raise
        if self.latency and wanted.name != "getUpdates":
            await asyncio.sleep(self.latency)
        trouble = self.faults.for_call(wanted.name, parameters)
        if trouble is not None:
            await self._meet(trouble, wanted, parameters)
        return await self._carry_out(wanted, parameters)

    async def stop(self) -> None:
        """Ends delivery to a webhook and any poll that waits."""
        await self._end_delivery(drop=False)
        self.polls += 1
        self.arrived.set()

    # -- parts ------------------------------------------------------------------------------------------------

    async def _carry_out(self, wanted: Method, parameters: Json) -> Any:
        try:
            result = self._methods[wanted.name.lower()](parameters)
            if inspect.isawaitable(result):
                result = await result
        except Refused as refused:
            self._refused(wanted.name, parameters, refused)
            raise
        self._note(wanted.name, parameters, result, None)
        alter = self.altered.get(wanted.name)
        return alter(result) if alter else result

    async def _meet(self, trouble: What, wanted: Method, parameters: Json) -> None:
        """Lets the call go wrong.

        Returns only where «late» was ordered and the time has passed without the caller going away.
        """
        if isinstance(trouble, Refused):
            self._refused(wanted.name, parameters, trouble)
            raise trouble
        if trouble == "done-then-drop":
            try:
                await self._carry_out(wanted, parameters)
            except Refused as refused:
                raise Dropped from refused
        elif trouble == "hang":
            self._note(wanted.name, parameters, None, "hang")
            await asyncio.sleep(self.hang_seconds)
        elif trouble == "late":
            await asyncio.sleep(self.hang_seconds)
            return
        else:
            self._note(wanted.name, parameters, None, trouble)
            if trouble == "page":
                raise Page
        raise Dropped

    def _refused(self, name: str, parameters: Json, refused: Refused) -> None:
        if isinstance(refused, Violation):
            self.violations.append(f"{name}: {refused.description}")
        self._note(name, parameters, None, f"{refused.code} {refused.description}")

    def _note(self, name: str, parameters: Json, result: Any, error: str | None) -> None:
        if name == "getUpdates" and not result and error is None:
            return
        if self.calls.maxlen != 0:
            self.calls.append(Call(name, parameters, self.now(), result, error))
        self.tell("call", method=name, parameters=parameters, result=result, error=error)


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
