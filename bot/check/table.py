"""Writes the table that `check` prints: a row for each thing, with a mark, and a remedy where something is wrong."""

from dataclasses import dataclass
from enum import Enum

from bot import texts_ru as texts


class Level(Enum):
    """Tells how a check ended; the value is the mark that the table shows."""

    RIGHT = "✓"
    NOTE = "·"
    WARNING = "!"
    WRONG = "✗"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table names the thing that was looked at, the finding, and the remedy for it."""

    level: Level
    what: str
    found: str
    to_do: str = ""


def rights_row(lacking: list[str], to_do: str) -> Row:
    """Gives the row about the bot's rights at the desk; without the right to delete it works, but erases less."""
    if not lacking:
        return Row(Level.RIGHT, texts.CHECK_RIGHTS, texts.CHECK_RIGHTS_FINE)
    level = Level.WARNING if lacking == [texts.RIGHT_DELETE] else Level.WRONG
    return Row(level, texts.CHECK_RIGHTS, texts.CHECK_RIGHTS_MISSING.format(rights="; ".join(lacking)), to_do)


def lines(rows: list[Row]) -> list[str]:
    """Gives the aligned lines of the table, with each remedy under its finding; the last line sums them up."""
    width = max(len(row.what) for row in rows) + 2
    printed = []
    for row in rows:
        printed.append(f"{row.level.value} {row.what:<{width}}{row.found}")
        printed.extend(f"  {'':<{width}}→ {line}" for line in row.to_do.splitlines())
    return [*printed, "", _summary(rows)]


def _summary(rows: list[Row]) -> str:
    wrong = sum(row.level is Level.WRONG for row in rows)
    if wrong:
        return texts.CHECK_WRONG.format(count=wrong)
    return texts.CHECK_WARNED if any(row.level is Level.WARNING for row in rows) else texts.CHECK_RIGHT
