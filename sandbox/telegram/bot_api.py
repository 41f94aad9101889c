"""Telegram as one object: it takes a call of the Bot API, fails it where that was ordered, carries it out, logs it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sandbox.telegram.errors import Json, Refused, Violation, bad_gateway, internal_error, too_many
from sandbox.telegram.faults import Faults, in_telegrams_words
from sandbox.telegram.parameters import METHODS, Upload, method, read
from sandbox.telegram.telegram_people import People

__all__ = ["Refused", "Telegram", "bad_gateway", "internal_error", "too_many"]


class Telegram(People):
    """Carries out calls of the Bot API, without the HTTP.

    See Memory for what may be set; every state in it may be read and changed by a test. `altered` holds, by method, a
    function that makes of a result what a server of another version gives.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.faults = Faults([one.name for one in METHODS.values()], in_telegrams_words)
        self.altered: dict[str, Callable[[Any], Any]] = {}
        self._methods: dict[str, Callable[[Json], Any]] = {
            low: getattr(self, _snake(one.name)) for low, one in METHODS.items()
        }

    async def call(self, name: str, given: Json, uploads: dict[str, Upload] | None = None) -> Any:
        """Carries out one call and returns its result.

        Raises Refused as Telegram would, or Dropped where the connection is to be closed.
        """
        try:
            wanted = method(name)
            self.counts[wanted.name] += 1
            parameters = read(wanted, given, uploads or {})
        except Violation as violation:
            self.note_refusal(name, given, violation)
            raise
        alter = self.altered.get(wanted.name)
        result = await self.perform(wanted.name, parameters, lambda: self._methods[wanted.name.lower()](parameters))
        return alter(result) if alter else result

    async def stop(self) -> None:
        """Ends delivery to a webhook and any poll that waits."""
        await self._end_delivery(drop=False)
        self.polls += 1
        self.arrived.set()


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
