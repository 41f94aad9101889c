"""Faults to order: what goes wrong with a call, how often, and with which calls."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from sandbox.telegram.errors import Json, Refused, bad_gateway, internal_error, too_many

What = Refused | str
"""A refusal, or "drop" (the connection is closed unanswered), "hang" (no answer for `hang_seconds`, then
"drop"), "late" (done and answered after `hang_seconds`), "page" (a page of HTML from somebody on the way),
"done-then-drop" (done, answer lost).
"""
KINDS = ("429", "500", "502", "page", "drop")
_NOT_UPDATES = re.compile(r"(?!get_?updates$).*", re.IGNORECASE)


@dataclass(slots=True)
class Fault:
    """Describes one trouble.

    `times` calls meet it, those whose method matches and, where `chat` is given, that speak to this chat; `when`
    judges their parameters.
    """

    what: What
    times: int
    method: re.Pattern[str]
    chat: int | None
    when: Callable[[Json], bool] | None = None

    def meets(self, method: str, parameters: Json) -> bool:
        if self.times <= 0 or not self.method.fullmatch(method):
            return False
        if self.when is not None and not self.when(parameters):
            return False
        return self.chat is None or parameters.get("chat_id") == self.chat


class Faults:
    """Keeps the troubles that wait for a call, and the share of calls that fail at random.

    `methods` are the names of the calls there are; `named` makes a trouble of one of KINDS, in the messenger's words.
    """

    def __init__(self, methods: Collection[str], named: Callable[[str], What]) -> None:
        self._methods = methods
        self._named = named
        self.waiting: list[Fault] = []
        self.met = 0
        self._share = 0.0
        self._rng = random.Random(0)
        self._kinds: Sequence[str] = KINDS

    def order(
        self,
        what: What,
        times: int = 1,
        method: str | None = None,
        chat: int | None = None,
        when: Callable[[Json], bool] | None = None,
    ) -> Fault:
        """Orders a trouble.

        `method` is a regular expression over the method's whole name, any method but getUpdates where it is left out;
        `when` looks at a call's parameters.
        ValueError where no method has such a name.
        """
        pattern = re.compile(method, re.IGNORECASE) if method else _NOT_UPDATES
        if not any(pattern.fullmatch(one) for one in self._methods):
            raise ValueError(f"no method is called {method!r}")
        fault = Fault(what, times, pattern, chat, when)
        self.waiting.append(fault)
        return fault

    def at_random(self, share: float, rng: random.Random, kinds: Sequence[str] = KINDS) -> None:
        """Makes this share (0…1) of calls fail from now on, getUpdates and webhook calls apart.

        `kinds` of 429, 500, 502, page, drop, done-then-drop.
        """
        self._share, self._rng, self._kinds = share, rng, kinds

    def clear(self) -> None:
        """Ends all troubles."""
        self.waiting.clear()
        self._share = 0.0

    def for_call(self, method: str, parameters: Json) -> What | None:
        """Takes the trouble that this call meets, if any; it is used up."""
        for fault in self.waiting:
            if fault.meets(method, parameters):
                fault.times -= 1
                if fault.times <= 0:
                    self.waiting.remove(fault)
                self.met += 1
                return fault.what
        if self._share and self._rng.random() < self._share and not method.lower().endswith(("updates", "webhook")):
            self.met += 1
            return self._named(self._rng.choice(self._kinds))
        return None


def in_telegrams_words(kind: str) -> What:
    """Makes the trouble of that kind as Telegram words it."""
    if kind == "429":
        return too_many(1)
    return {"500": internal_error(), "502": bad_gateway()}.get(kind, kind)
