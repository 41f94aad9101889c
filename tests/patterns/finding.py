"""Finds every regular expression of the project: those that modules hold, and those that stand in the code itself."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from tests import test_layers

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("bot", "storage", "sandbox")
WAYS = ("match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer")
_NOT_IMPORTED = ("__main__", "env")  # they do their work as they are loaded
# Functions that compile what they are given: what they made stands in modules, or a person at the sandbox gave it.
_COMPILERS = frozenset(
    {("sandbox/telegram/faults.py", "order"), ("bot/flows/understanding/typed_labels.py", "_read_sayings")}
)


@dataclass(frozen=True, slots=True)
class Found:
    """A pattern, a place that names it, and the ways in which it is used there (`search`, `fullmatch` …)."""

    pattern: re.Pattern[str]
    place: str
    ways: tuple[str, ...]


def patterns_of_project() -> list[Found]:
    """Every pattern of bot/, storage/ and sandbox/, each way of using it once.

    AssertionError for one whose text is put together while the bot runs: it belongs into a module's constant.
    """
    found: dict[tuple[str, int], tuple[re.Pattern[str], str, set[str]]] = {}
    for file in sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py")):
        name = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        if file.stem in _NOT_IMPORTED or ".versions." in name:
            continue
        module, tree = importlib.import_module(name), test_layers.tree(file)
        place = str(file.relative_to(ROOT))
        for pattern, where, ways in (*_held(module, tree, place), *_written(module, tree, place)):
            key = (pattern.pattern, pattern.flags)
            _, _, known = found.setdefault(key, (pattern, where, set()))
            known.update(ways)
    return [Found(pattern, place, tuple(sorted(ways))) for pattern, place, ways in found.values()]


def _held(module: ModuleType, tree: ast.Module, place: str) -> Iterator[tuple[re.Pattern[str], str, tuple[str, ...]]]:
    """Patterns among a module's globals, also deep inside them, with the methods that the module calls on the name."""
    for name, value in vars(module).items():
        for pattern in _inside(value, set()):
            ways = (
                _ways_of(tree, {name}) if isinstance(value, re.Pattern) else _ways_of(tree, _not_patterns(module, tree))
            )
            yield pattern, f"{place}: {name}", ways or ("search",)


def _inside(value: Any, seen: set[int]) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern):
        if isinstance(value.pattern, str):
            yield value
        return
    if id(value) in seen:
        return
    if isinstance(value, dict):
        parts: list[Any] = [*value.keys(), *value.values()]
    elif isinstance(value, (list, tuple, set, frozenset)):
        parts = list(value)
    elif is_dataclass(value) and not isinstance(value, type):
        parts = [getattr(value, field.name) for field in fields(value)]
    else:
        return
    seen.add(id(value))
    for part in parts:
        yield from _inside(part, seen)


def _not_patterns(module: ModuleType, tree: ast.Module) -> set[str]:
    """The names on which a module calls methods, without `re` and its own patterns: one of them stands for each pattern
    that is taken out of a container.
    """
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return {name for name in names if name != "re" and not isinstance(vars(module).get(name), re.Pattern)}


def _ways_of(tree: ast.Module, names: set[str]) -> tuple[str, ...]:
    parts_of_texts = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call) and _parts_a_text(node)}
    return tuple(
        {
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)
            and node.attr in WAYS
            and isinstance(node.value, ast.Name)
            and node.value.id in names
            and id(node) not in parts_of_texts
        }
    )


def _parts_a_text(call: ast.Call) -> bool:
    """Tells a text's own `split` from a pattern's: no pattern is given nothing, or words that stand in the code."""
    is_split = isinstance(call.func, ast.Attribute) and call.func.attr == "split"
    return is_split and all(isinstance(given, ast.Constant) for given in call.args)


def _written(
    module: ModuleType, tree: ast.Module, place: str
) -> Iterator[tuple[re.Pattern[str], str, tuple[str, ...]]]:
    """Patterns that stand in calls: `re.search(r"…", text)`, `re.compile(…)` inside a function, `Field(pattern=…)`."""
    for function, call in _calls(tree, "module"):
        given = _pattern_given(call)
        if given is None or (place, function) in _COMPILERS:
            continue
        try:
            text = eval(compile(ast.Expression(given), place, "eval"), dict(vars(module)))
            flags = _flags_of(call, module)
        except NameError as error:
            where = f"{place}:{call.lineno}"
            raise AssertionError(
                f"{where}: the pattern is made while the bot runs ({error}); make it a constant"
            ) from None
        if isinstance(text, re.Pattern):
            text, flags = text.pattern, text.flags
        if isinstance(text, str):
            way = call.func.attr if isinstance(call.func, ast.Attribute) else "search"
            yield re.compile(text, flags), f"{place}:{call.lineno}", (way,) if way in WAYS else ()


def _calls(node: ast.AST, function: str) -> Iterator[tuple[str, ast.Call]]:
    for child in ast.iter_child_nodes(node):
        inner = child.name if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)) else function
        if isinstance(child, ast.Call):
            yield function, child
        if not isinstance(child, (ast.ListComp, ast.DictComp, ast.GeneratorExp, ast.SetComp)) or function != "module":
            yield from _calls(child, inner)


def _pattern_given(call: ast.Call) -> ast.expr | None:
    called = call.func
    of_re = isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id == "re"
    if of_re and isinstance(called, ast.Attribute) and called.attr in (*WAYS, "compile"):
        named = [word.value for word in call.keywords if word.arg == "pattern"]
        return (call.args or named)[0]
    # What pydantic checks by a pattern.
    return next((word.value for word in call.keywords if word.arg in ("pattern", "regex")), None)


def _flags_of(call: ast.Call, module: ModuleType) -> int:
    named = next((word.value for word in call.keywords if word.arg == "flags"), None)
    at = {"compile": 1}.get(call.func.attr, 2) if isinstance(call.func, ast.Attribute) else 2
    if isinstance(call.func, ast.Attribute) and call.func.attr in ("sub", "subn"):
        at = 4
    elif isinstance(call.func, ast.Attribute) and call.func.attr == "split":
        at = 3
    given = named or (call.args[at] if len(call.args) > at else None)
    return int(eval(compile(ast.Expression(given), "flags", "eval"), dict(vars(module)))) if given else 0
