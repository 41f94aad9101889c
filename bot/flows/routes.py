"""Defines the routes of the dialogue: a route names a screen, and its code is the callback data of a button to it."""

from dataclasses import dataclass, replace
from typing import Self

from bot.flows.content import Pack, Path, Reader, resolved, short_id
from bot.flows.whole_numbers import whole_number

EVERY = "every"  # in place of errors' ids: the screen is about all of them
_NONE = "-"
_LAST_STEP = 99
_AND = "+"

# Screens that carry path and reader themselves: a press on their buttons needs nothing from the database.
GUIDE = frozenset(
    {"role", "age", "whose", "login", "step", "end", "done", "errors", "other", "remedy", "account", "wrong", "doubt"}
)
# Screens whose contents come from what is stored of the family.
STORED = frozenset(
    {
        "unknown", "unknown_again", "topic", "write_offered", "write", "join", "form_class", "form_name", "form_words",
        "form_preview", "form_edit", "edit_class", "edit_name", "edit_words", "cancelled", "mine", "help", "privacy",
        "forget",
    }
)  # fmt: skip
BESIDE_STEPS = frozenset({"unknown", "unknown_again", "topic", "write_offered"})  # where words have led from a step
_WITH_PATH = frozenset({"login", "step", "end", "done", "errors", "remedy", "account", "wrong"})
_WITH_ABOUT = frozenset({"remedy", "doubt", "login", "topic"})
_ABOUT_SEVERAL = frozenset({"doubt"})  # the screens that may speak of several errors


@dataclass(frozen=True, slots=True)
class Route:
    """Names one screen: its kind and what it is about. `step` is 1-based, 0 where no step is meant.

    `about` is the id of an error, several joined by «+», or the id of a topic: whatever the screen speaks of.
    """

    kind: str
    about: str | None = None
    path: Path | None = None
    reader: Reader | None = None
    step: int = 0

    @property
    def code(self) -> str:
        """Gives the data of a button that leads to this screen; it is short enough for a button of every channel.

        Several errors stand in it by their short ids; the pack's check bounds the length of a single id.
        """
        if (self.about, self.path, self.reader, self.step) == (None, None, None, 0):
            return self.kind
        about = _AND.join(map(short_id, self.abouts)) if len(self.abouts) > 1 else self.about
        parts = (self.kind, about, self.path and self.path.id, self.reader and self.reader.value)
        return ":".join([part or _NONE for part in parts] + [str(self.step)])

    @property
    def abouts(self) -> list[str]:
        """Gives the ids that the screen is about, one by one."""
        return self.about.split(_AND) if self.about else []

    @property
    def is_child(self) -> bool:
        """Tells whether the reader is a pupil under 18, who is addressed with «ты»."""
        return self.reader is Reader.PUPIL and (self.path is None or self.path.is_child)

    def to(self, kind: str, about: str | None = None, **changes: object) -> Self:
        """Gives the route of another screen for the same reader on the same path."""
        return replace(self, kind=kind, about=about, **changes)  # type: ignore[arg-type]


def about_all(ids: list[str]) -> str:
    """Gives what a screen is about that speaks of several errors."""
    return _AND.join(ids)


def parse(code: str, pack: Pack) -> Route | None:
    """Reads the route in callback data or in a stored screen; None for anything forged, damaged or unknown.

    What the pack no longer has is unknown: the screen of an error that was taken out of it, for example.
    """
    parts = code.split(":")
    if len(parts) == 1:
        return _checked(Route(parts[0]), pack)
    if len(parts) != 5 or whole_number(parts[4], most=_LAST_STEP) is None:
        return None
    kind, about, path_id, reader, step = (None if part == _NONE else part for part in parts)
    path = pack.path(path_id)
    if (path_id and path is None) or (reader and reader not in set(Reader)):
        return None
    known = pack.topics if kind == "topic" else [*pack.errors, *([EVERY] if kind == "doubt" else [])]
    ids = resolved(about.split(_AND), known) if about else []
    if about is not None and len(ids) != len(about.split(_AND)):
        return None
    route = Route(kind or "", about_all(ids) or None, path, Reader(reader) if reader else None, int(step or 0))
    return _checked(route, pack)


def _checked(route: Route, pack: Pack) -> Route | None:
    path = route.path
    if route.kind not in GUIDE | STORED:
        return None
    if route.kind in _WITH_ABOUT and route.about is None:
        return None
    if len(route.abouts) > 1 and route.kind not in _ABOUT_SEVERAL:
        return None
    if route.kind in _WITH_PATH and (path is None or route.reader is None):
        return None
    if path is not None and route.reader is not None and route.reader not in path.readers:
        return None
    if path is not None and route.step > len(path.steps) + 1:
        return None
    if route.kind == "step" and not (path and 1 <= route.step <= len(path.steps)):
        return None
    return None if route.kind == "remedy" and not _has_remedy(route, pack) else route


def _has_remedy(route: Route, pack: Pack) -> bool:
    error = pack.error(route.about)
    return bool(error and route.path and route.reader and (route.path.id, route.reader) in error.remedies)
