"""Describes mistakes in the files of a pack, in words for a methodist: the file, the line, and a way out."""

import difflib
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from bot import texts_ru as texts

_LINE = re.compile(r"line (\d+)")
_HEADER = re.compile(r"^\s*\[\[?\s*([\w.\-]+)\s*\]\]?")
_SAID_TWICE = ("overwrite", "twice", "mutate")  # words of tomllib for a field or a heading that stands there already


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a pack: its file, the line (1-based, 0 for the whole file), and what to do."""

    file: str
    line: int
    said: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.said}" if self.line else f"{self.file}: {self.said}"


class PackError(Exception):
    """Raised for a pack that cannot be read: it holds every problem that was found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


def of_toml(file: str, source: str, error: tomllib.TOMLDecodeError) -> Problem:
    """Tells of a file that is no TOML; where its end is the trouble, the last line is named."""
    found = _LINE.search(str(error))
    said = texts.PACK_TOML_TWICE if any(word in str(error) for word in _SAID_TWICE) else texts.PACK_NO_TOML
    return Problem(file, int(found[1]) if found else len(source.splitlines()), said)


def of_form(file: str, source: str, details: ErrorDetails, form: type[BaseModel]) -> Problem:
    """Tells of a field that is missing, misspelt or filled in wrongly."""
    where = details["loc"]
    name = str(where[-1]) if where else ""
    said = texts.PACK_FORM_PROBLEMS.get(details["type"], texts.PACK_FORM_PROBLEM)
    known = _names_beside(form, where)
    like = difflib.get_close_matches(name, known, 1)
    if like and details["type"] == "extra_forbidden":
        said = texts.PACK_FIELD_MISSPELT
    of_pydantic = {key: str(value).replace(" or ", ", ") for key, value in details.get("ctx", {}).items()}
    told = said.format(name=name, known=", ".join(like or known), **of_pydantic)
    return Problem(file, line_of(source, where), told)


def _names_beside(form: type[BaseModel], where: Sequence[str | int]) -> list[str]:
    """Gives the names of the fields that may stand where an unknown one was found."""
    model = form
    for part in where[:-1]:
        model = _form_inside(model, part) or model
    return [field.alias or name for name, field in model.model_fields.items()]


def _form_inside(form: type[BaseModel], part: str | int) -> type[BaseModel] | None:
    """Gives the form of a field's value, of an item of it where the field is a list or a table."""
    field = form.model_fields.get(str(part))
    kinds: list[Any] = [field.annotation] if field else []
    while kinds:
        kind = kinds.pop()
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return kind
        kinds += get_args(kind)
    return None


# --- lines -----------------------------------------------------------------------------------------------------------


def line_of(source: str, where: Sequence[str | int], value: str = "") -> int:
    """Finds the line (1-based) of a place in a TOML file, such as `("step", 1, "text", "pupil")`; the nearest there is.

    `value` stands on that line or soon after: where it does, the line that it begins on is given.
    """
    lines, at, name = source.splitlines(), 0, ""
    for part in where:
        if isinstance(part, int):
            headers = [n for n in range(at, len(lines)) if _header(lines[n]) == name and "[[" in lines[n]]
            at = headers[part] if part < len(headers) else at
            continue
        name = f"{name}.{part}" if name else part
        within = range(at, _end(lines, at, name))
        headings = [n for n in within if _header(lines[n]) == name]
        at = next(iter(headings or (n for n in within if _fills(lines[n], part))), at)
    if value:
        begins = value.strip().splitlines()[0]
        at = next((n for n in range(at, _end(lines, at, name)) if begins in lines[n]), at)
    return min(at + 1, len(lines)) if lines else 0


def _fills(line: str, part: str) -> bool:
    """Tells whether a line fills the field `part`, also behind the names of its tables."""
    field, sign, _ = line.partition("=")
    return bool(sign) and part in field.strip().split(".")


def _end(lines: Sequence[str], at: int, name: str) -> int:
    """Gives the number of the line on which the next item of the outermost list begins."""
    outermost = name.split(".")[0]
    items = (n for n in range(at + 1, len(lines)) if "[[" in lines[n] and _header(lines[n]) == outermost)
    return next(items, len(lines))


def _header(line: str) -> str:
    found = _HEADER.match(line)
    return found[1] if found else ""
