"""The documentation names files that are there: one that was moved or renamed is named anew."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), ROOT / "tests" / "README.md", ROOT / "sandbox" / "README.md"]
NAMED = re.compile(r"`([\w./-]+\.(?:py|toml|sql|txt|md|svg|sayings|signs|names|frames))`")
TOLD_OF = {"CHANGELOG.md"}  # it names what is gone, too


def test_every_file_that_a_page_names_is_there() -> None:
    folders = ("bot", "storage", "sandbox", "tests", "benchmarks", "docs", "deploy")
    there = [f"/{file.relative_to(ROOT)}" for folder in folders for file in (ROOT / folder).rglob("*.*")]
    there += [f"/{file.name}" for file in ROOT.iterdir()]
    named = {
        (page.name, name)
        for page in PAGES
        if page.name not in TOLD_OF
        for name in NAMED.findall(page.read_text("utf-8"))
    }
    assert len(named) > 300, "the pages are read"
    gone = {one for one in named if not any(path.endswith("/" + one[1].removeprefix("../")) for path in there)}
    assert gone == set()
