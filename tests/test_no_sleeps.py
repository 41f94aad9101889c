"""No test sleeps for luck: it waits for what it expects, woken by it or with the helpers of polled_waiting.py."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests import test_layers

TESTS = Path(__file__).resolve().parent
MAY_SLEEP = {"polled_waiting.py"}


def sleeps(tree: ast.AST) -> list[int]:
    """The lines on which something sleeps; `sleep(0)` only lets the other tasks have their turn."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and (
            (isinstance(node.func, ast.Attribute) and node.func.attr in {"sleep", "wait_for_timeout"})
            or (isinstance(node.func, ast.Name) and node.func.id == "sleep")
        )
        and not (node.args and isinstance(node.args[0], ast.Constant) and node.args[0].value == 0)
    ]


def test_no_test_sleeps() -> None:
    found = {
        f"{file.relative_to(TESTS)}:{line}"
        for file in TESTS.rglob("*.py")
        if file.name not in MAY_SLEEP
        for line in sleeps(test_layers.tree(file))
    }
    assert not found, "wait for what is expected instead (tests/polled_waiting.py)"


@pytest.mark.parametrize(
    ("code", "sleeping"),
    [
        ("asyncio.sleep(0.1)", True), ("time.sleep(wait)", True), ("sleep(1)", True), ("p.wait_for_timeout(5)", True),
        ("asyncio.sleep(0)", False), ("asyncio.sleep(0, 5)", False), ("world.eventually(f)", False),
    ],
)  # fmt: skip
def test_a_sleep_is_found(code: str, sleeping: bool) -> None:
    assert bool(sleeps(ast.parse(code))) is sleeping
