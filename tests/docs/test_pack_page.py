"""The methodist's page: the error that it adds, with its examples, makes a pack that passes and knows the error."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot import texts_ru as texts
from bot.flows import pack_files
from bot.flows.understanding import Verdict
from bot.flows.understanding.recogniser import Recogniser
from bot.pack_commands import content_command
from bot.pack_commands.check_pack import problems_of
from tests.content.learned_packs import FOUR_PATHS, RYAZAN, learned_copy

PAGE = (Path(__file__).parents[2] / "docs" / "pack.ru.md").read_text("utf-8")
EXAMPLES = (FOUR_PATHS / "examples" / "no_workspace.txt").read_text("utf-8").splitlines()


def test_the_page_names_every_file_of_a_pack_and_every_action() -> None:
    for file in (*(file.name for file in RYAZAN.iterdir() if file.is_file()), "other.txt"):
        assert f"`{file}`" in PAGE
    for action in texts.CONTENT_ACTIONS:
        assert f"python -m bot content {action}" in PAGE


@pytest.mark.slow
def test_an_error_is_added_by_editing_the_pack_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    block = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert block
    folder = learned_copy(RYAZAN, tmp_path / "school_7", 30).folder
    before = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    with (folder / "errors.toml").open("a", encoding="utf-8") as errors:
        errors.write("\n" + "\n".join(line.removeprefix("   ") for line in block[1].splitlines()) + "\n")
    twenty = [line for line in EXAMPLES if not line.startswith("#")][:20]
    (folder / "examples" / "no_workspace.txt").write_text("\n".join(twenty) + "\n", "utf-8")
    assert content_command.run("build", str(folder), None) == 0
    assert [str(problem) for problem in problems_of(folder)] == []
    changed = {file.name for file in folder.rglob("*") if file.is_file() and before.get(file) != file.read_bytes()}
    assert changed == {"errors.toml", "no_workspace.txt", "model.bin"}
    pack = pack_files.read(folder)
    found = Recogniser(pack).recognise("ребёнок говорит, в дневнике нет какой-то рабочей области", pack.paths["parent"])
    assert (found.error, found.verdict) == ("no_workspace", Verdict.SURE)
