"""Reads updates that do not parse as a whole, by leaving out the parts that this version does not know."""

from copy import deepcopy
from typing import Any

from pydantic import ValidationError

LEFT_OUT = "left_out"  # the field of a message that keeps what was left out of it, as it came
ROUNDS = 6  # leaving one part out may show that the part around it cannot do without it
DEEPEST = 64  # levels of an update that are read; Telegram's own objects have a dozen
_GONE = object()
# Without these nobody knows whose message or press it is, nor where an answer goes.
_NEEDED = frozenset({"message_id", "chat", "date", "id", "message", "new_chat_member", "old_chat_member"})
Path = tuple[Any, ...]


def leave_out(raw: dict[str, Any], error: ValidationError) -> bool:
    """Removes from a raw update all that a validation found wrong in it; False where it cannot do without that.

    The field of the event that lost something is kept whole under `LEFT_OUT`, so that words in it are not lost.
    """
    found = [_path_of(raw, one["loc"]) for one in error.errors(include_url=False, include_context=False)
             if "InaccessibleMessage" not in one["loc"]]  # fmt: skip
    paths = sorted(set(found), key=len)
    if not paths or any(len(path) < 2 or (len(path) == 2 and path[1] in _NEEDED) for path in paths):
        return False
    for path in paths:
        event = raw[path[0]]
        kept = event.setdefault(LEFT_OUT, {})
        if path[1] not in kept and path[1] in event:
            kept[path[1]] = deepcopy(event[path[1]])
    for path in paths:
        _take_out(raw, path)
    for name in {path[0] for path in paths}:
        raw[name] = _without_gone(raw[name])
    return True


def shallow(value: Any, depth: int = DEEPEST) -> Any:
    """Cuts off whatever is nested deeper than anything that a person reads."""
    if isinstance(value, dict):
        return {key: shallow(one, depth - 1) for key, one in value.items()} if depth else None
    if isinstance(value, list):
        return [shallow(one, depth - 1) for one in value] if depth else None
    return value


def _path_of(raw: Any, location: tuple[Any, ...]) -> Path:
    """Gives the keys that lead to the deepest part of the raw update at which an error points.

    pydantic puts the names of classes between the keys where several classes are possible.
    """
    path: list[Any] = []
    for part in location:
        if (isinstance(raw, dict) and part in raw) or (
            isinstance(raw, list) and isinstance(part, int) and part < len(raw)
        ):
            path.append(part)
            raw = raw[part]
        elif part != "Message":
            break
    return tuple(path)


def _take_out(raw: Any, path: Path) -> None:
    for part in path[:-1]:
        raw = raw[part]
        if raw is _GONE:
            return  # what is around it went already
    raw[path[-1]] = _GONE


def _without_gone(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_gone(one) for key, one in value.items() if one is not _GONE}
    if isinstance(value, list):
        return [_without_gone(one) for one in value if one is not _GONE]
    return value
