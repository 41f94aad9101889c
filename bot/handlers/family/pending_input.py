"""Keeps in a family's dialogue what it came with (a link, a text, a button, pictures) until it has told its school."""

from dataclasses import dataclass, replace
from typing import Any

from storage.dialogues import Dialogue

_KEPT = "came_with"  # the part of a dialogue's form in which it waits; the form itself does not know it


@dataclass(frozen=True, slots=True)
class CameWith:
    """The thing that a family did before it was asked: a link's payload, a masked text, a button, or pictures.

    `album` names the album whose further pictures are kept without a word.
    """

    payload: str = ""
    text: str = ""
    button: str = ""
    pictures: tuple[dict[str, Any], ...] = ()
    album: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Gives it as it is stored with the dialogue."""
        named = {name: getattr(self, name) for name in self.__slots__}
        return {name: list(value) if name == "pictures" else value for name, value in named.items() if value}


def kept_in(dialogue: Dialogue) -> CameWith:
    """Gives what waits in a dialogue for the choice."""
    stored = dialogue.form.get(_KEPT) or {}
    return CameWith(**{**stored, "pictures": tuple(stored.get("pictures") or ())})


def keeping(dialogue: Dialogue, came_with: CameWith) -> Dialogue:
    """Gives the dialogue with this waiting for the choice."""
    return replace(dialogue, form={**_without(dialogue.form), _KEPT: came_with.as_json()})


def taken_out(dialogue: Dialogue) -> Dialogue:
    """Gives the dialogue with nothing that waits for the choice."""
    return replace(dialogue, form=_without(dialogue.form))


def _without(form: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in form.items() if name != _KEPT}
