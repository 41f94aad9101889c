"""Defines the routes of the dialogue: a route names a screen, and its code is the callback data of a button to it."""

from dataclasses import dataclass, replace
from typing import Self

from bot.flows.guide.instruction import Error, Path, Reader, Topic, readers_of, steps_of

_NONE = "-"

# Screens that carry path and reader themselves: a press on their buttons needs nothing from the database.
GUIDE = frozenset(
    {"role", "age", "whose", "login", "step", "end", "done", "errors", "other", "remedy", "account", "wrong", "doubt"}
)
# Screens whose contents come from what is stored of the family.
STORED = frozenset(
    {
        "unknown", "unknown_again", "topic", "write", "join", "form_class", "form_name", "form_words", "form_preview",
        "form_edit", "edit_class", "edit_name", "edit_words", "cancelled", "mine", "help", "privacy", "forget",
    }
)  # fmt: skip
_WITH_PATH = frozenset({"login", "step", "end", "done", "errors", "remedy", "account", "wrong"})


@dataclass(frozen=True, slots=True)
class Route:
    """Names one screen: its kind and what it is about. `step` is 1-based, 0 where no step is meant.

    `about` is an error, several joined by «+», or a topic: whatever the screen speaks of.
    """

    kind: str
    about: str | None = None
    path: Path | None = None
    reader: Reader | None = None
    step: int = 0

    @property
    def code(self) -> str:
        """Gives the data of a button that leads to this screen; it is short enough for a button of every channel."""
        if (self.about, self.path, self.reader, self.step) == (None, None, None, 0):
            return self.kind
        parts = (self.kind, self.about, self.path and self.path.value, self.reader and self.reader.value)
        return ":".join([part or _NONE for part in parts] + [str(self.step)])

    @property
    def error(self) -> Error | None:
        """Gives the error that the screen is about, if it is about exactly one."""
        return Error(self.about) if self.about in _ERRORS else None

    @property
    def is_child(self) -> bool:
        """Tells whether the reader is a pupil under 18, who is addressed with «ты»."""
        return self.reader is Reader.PUPIL and self.path in (Path.CHILD, None)

    def to(self, kind: str, about: str | None = None, **changes: object) -> Self:
        """Gives the route of another screen for the same reader on the same path."""
        return replace(self, kind=kind, about=about, **changes)  # type: ignore[arg-type]


_ERRORS = frozenset(error.value for error in Error)
_TOPICS = frozenset(topic.value for topic in Topic)


def parse(code: str) -> Route | None:
    """Reads the route in callback data or in a stored screen; None for anything forged, damaged or unknown."""
    parts = code.split(":")
    if len(parts) == 1:
        return _checked(Route(parts[0]))
    if len(parts) != 5 or not (parts[4].isascii() and parts[4].isdigit() and len(parts[4]) <= 2):
        return None
    kind, about, path, reader, step = (None if part == _NONE else part for part in parts)
    try:
        return _checked(
            Route(kind or "", about, Path(path) if path else None, Reader(reader) if reader else None, int(step or 0))
        )
    except ValueError:
        return None


def _checked(route: Route) -> Route | None:
    if route.kind not in GUIDE | STORED:
        return None
    if route.about is not None and not _known_about(route):
        return None
    if (route.kind in {"remedy", "doubt", "login", "topic"} and route.about is None) or (
        route.kind == "remedy" and not route.error
    ):
        return None
    if route.kind in _WITH_PATH and (route.path is None or route.reader is None):
        return None
    if route.path is not None:
        if route.reader is not None and route.reader not in readers_of(route.path):
            return None
        if route.step > len(steps_of(route.path)) + 1:
            return None
    if route.kind == "step" and not (route.path and 1 <= route.step <= len(steps_of(route.path))):
        return None
    return route


def _known_about(route: Route) -> bool:
    if route.kind == "topic":
        return route.about in _TOPICS
    return all(part in _ERRORS for part in (route.about or "").split("+"))
