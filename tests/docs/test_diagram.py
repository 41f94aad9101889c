"""The drawing of the dialogue: every screen that a button reaches is in it, and the one in docs/ is not stale."""

from __future__ import annotations

import os
import re
import shutil
from html import unescape
from pathlib import Path

import pytest

from docs.diagram import HERE, crawl, draw, graph, key_of
from tests.pack import ERRORS, PATHS


def test_every_step_and_every_remedy_is_reached_by_buttons() -> None:
    boxes, arrows = graph()
    for path in PATHS:
        for number in range(1, len(path.steps) + 1):
            assert ("step", None, path, number) in boxes
        for error in ERRORS:
            assert ("remedy", error, path, 0) in boxes
        assert ("write", None, path, 0) in boxes
    led_to = {other for _, other, _ in arrows}
    assert all(key in led_to for key in boxes)


def test_every_button_of_every_screen_is_an_arrow() -> None:
    _, arrows = graph()
    drawn = {(one, other) for one, other, _ in arrows}
    for route, screen in crawl().items():
        for button in (button for row in (screen.rows if screen else ()) for button in row):
            assert button.to is None or (key_of(route), key_of(button.to)) in drawn


@pytest.mark.slow
def test_the_drawing_in_docs_shows_the_dialogue_as_it_is(tmp_path: Path) -> None:
    if shutil.which("dot") is None:
        said = "Graphviz is not installed"
        pytest.fail(said) if os.environ.get("REQUIRE_ALL") == "1" else pytest.skip(said)
    vector, raster = draw(tmp_path)
    assert raster.read_bytes().startswith(b"\x89PNG")
    assert _words(vector) == _words(HERE / "dialogue.svg"), "the drawing is stale: make pictures"


def _words(file: Path) -> list[str]:
    return sorted(unescape(text) for text in re.findall(r"<text[^>]*>([^<]*)</text>", file.read_text(encoding="utf-8")))
