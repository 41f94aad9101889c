"""The examples from which the model is learned: texts as families write them, one a line, a file for each meaning.

A pack's own stand in its `examples` folder: a file for each error and topic, and `other.txt` for what is none of them.
Those of talk, which every school has in common, stand in bot/content/talk. A line `@child …` says besides that the
words tell the path: who goes in, or with whose account, or the pupil's own age (the rule: docs/pack.ru.md). A line that
begins with `#` is a remark.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from bot.flows.content import Pack
from bot.flows.pack_files import PACKS

OTHER = "other"
FOLDER = "examples"
MODEL = "model.bin"
TALK = PACKS / "talk"


class Act(StrEnum):
    """The acts of talk: what people say besides telling of an error or a topic."""

    GREETING = "greeting"
    THANKS = "thanks"
    SOLVED = "solved"
    NOT_SOLVED = "not_solved"
    HUMAN = "human"
    COMPLAINT = "complaint"
    ROLE = "role"
    CANNOT_LOGIN = "cannot_login"
    ABOUT_BOT = "about_bot"


@dataclass(frozen=True, slots=True)
class Example:
    """A text of a family with its label; `path` is the id of the path that its words tell, empty where they do not.

    `file` and `line` (1-based) say where it stands.
    """

    text: str
    label: str
    path: str
    file: str
    line: int


def read_examples(pack: Pack) -> list[Example]:
    """Reads all examples of a pack and those of talk, in an order that is the same on every machine.

    Raises OSError and UnicodeDecodeError.
    """
    files = sorted((pack.folder / FOLDER).glob("*.txt")) + sorted(TALK.glob("*.txt"))
    return [example for file in files for example in _of_file(file)]


def _of_file(file: Path) -> Iterable[Example]:
    for number, line in enumerate(file.read_text("utf-8-sig").splitlines(), 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        path, told = ("", text)
        if text.startswith("@"):
            path, _, told = text[1:].partition(" ")
        yield Example(told.strip(), file.stem, path, file.name, number)
