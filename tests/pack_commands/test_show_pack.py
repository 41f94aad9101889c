"""`content show`: every screen of every path, as text and as one HTML page."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from bot.flows import pack_files
from bot.flows.content import Pack
from bot.flows.marked import plain
from bot.flows.screen import School
from bot.pack_commands import content_command
from bot.pack_commands.every_screen import every_screen
from tests.content.learned_packs import FOUR_PATHS

VOID = frozenset({"meta", "br"})


@pytest.fixture(params=[pack_files.folder_of(pack_files.DEFAULT), FOUR_PATHS], ids=lambda folder: str(folder.name))
def pack(request: pytest.FixtureRequest) -> Pack:
    folder: Path = request.param
    return pack_files.read(folder)


def words(text: str) -> str:
    return " ".join(text.split())


def all_words_of(pack: Pack) -> list[str]:
    """Everything that a pack says to a family."""
    steps = [text for path in pack.paths.values() for step in path.steps for text in step.text.values()]
    links = [step.link.label for path in pack.paths.values() for step in path.steps if step.link]
    wordings = [wording.text for error in pack.errors.values() for wording in error.wordings]
    remedies = [text for error in pack.errors.values() for text in error.remedies.values()]
    notes = [text for error in pack.errors.values() for text in (error.note, error.for_parents) if text]
    answers = [text for topic in pack.topics.values() for text in (topic.answer.child, topic.answer.adult)]
    accounts = [text for path in pack.paths.values() for text in path.own_account.values()]
    labels = [label for path in pack.paths.values() for label in (path.pupil_button, path.parent_button) if label]
    return [plain(text) for text in (*steps, *links, *wordings, *remedies, *notes, *answers, *accounts, *labels)]


class Page(HTMLParser):
    """A page as a strict reader sees it: every tag is closed by its own end, and every link is https."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words = ""
        self.articles = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Opens a tag; `pre-wrap` text is in no need of others."""
        self.articles += tag == "article"
        if tag == "a":
            assert str(dict(attrs)["href"]).startswith("https://")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Closes the newest tag."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Keeps the words."""
        self.words += data


def test_every_word_of_the_pack_is_printed(pack: Pack, capsys: pytest.CaptureFixture[str]) -> None:
    assert content_command.run("show", str(pack.folder), None) == 0
    printed = words(capsys.readouterr().out)
    for said in all_words_of(pack):
        assert words(said) in printed


def test_every_step_of_every_path_is_printed_for_each_of_its_readers(pack: Pack) -> None:
    codes = {shown.route.code for shown in every_screen(pack, School(pack=pack))}
    for path in pack.paths.values():
        for reader in path.readers:
            for step in range(1, len(path.steps) + 1):
                assert f"step:-:{path.id}:{reader}:{step}" in codes
            for kind in ("end", "done", "errors", "other"):
                assert f"{kind}:-:{path.id}:{reader}:{len(path.steps) + 1}" in codes
    for error in pack.errors.values():
        for path_id, reader in error.remedies:
            assert any(code.startswith(f"remedy:{error.id}:{path_id}:{reader}:") for code in codes)


def test_the_page_says_the_same_and_is_whole(pack: Pack, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert content_command.run("show", str(pack.folder), tmp_path / "pack.html") == 0
    said = capsys.readouterr().out
    page = Page()
    page.feed((tmp_path / "pack.html").read_text("utf-8"))
    page.close()
    assert page.open == [] and page.articles == int(re.findall(r"\d+", said)[0])
    assert str(tmp_path / "pack.html") in said
    for text in all_words_of(pack):
        assert words(text) in words(page.words)


def test_a_page_that_cannot_be_written_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert content_command.run("show", None, tmp_path / "no" / "pack.html") == 1
    assert "Укажите другое место" in capsys.readouterr().err
