"""The pack that ships with the bot: its check finds nothing, its model is that of its examples, loading it is light."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bot.flows import pack_files
from bot.flows.content import Pack
from bot.flows.understanding.examples import MODEL, read_examples
from bot.flows.understanding.learned_model import load_model
from bot.pack_commands import check_examples, content_command
from bot.pack_commands.build_model import digest_of
from bot.pack_commands.check_pack import problems_of
from tests.pack import PACK

FEWEST_EXAMPLES = 3000
LARGEST_MODEL = 3 * 1024 * 1024  # bytes
TRAINING = ("sklearn", "scipy")
FRAMEWORKS = ("aiogram", "sqlalchemy", "aiohttp", "PIL")


@pytest.mark.slow
@pytest.mark.parametrize("name", pack_files.names())
def test_its_check_finds_nothing(name: str) -> None:
    assert list(map(str, problems_of(pack_files.folder_of(name)))) == []


def test_a_check_reads_the_pack_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    seen, read = list[Path](), pack_files.read

    def counted(folder: Path) -> Pack:
        seen.append(folder)
        return read(folder)

    monkeypatch.setattr(pack_files, "read", counted)
    monkeypatch.setattr(check_examples, "problems_of", lambda pack: [])  # they take seconds, and are judged above
    assert content_command.run("check", PACK.name, None) == 0
    assert (seen, "всё в порядке" in capsys.readouterr().out) == ([PACK.folder], True)


def test_its_model_is_learned_from_its_examples_and_small() -> None:
    examples = read_examples(PACK)
    assert len(examples) >= FEWEST_EXAMPLES
    assert load_model(PACK.folder / MODEL).digest == digest_of(PACK, examples)
    assert (PACK.folder / MODEL).stat().st_size <= LARGEST_MODEL


def test_messages_are_understood_without_the_frameworks_and_what_trains_the_model() -> None:
    code = (
        "import sys; from bot.flows import pack_files, understanding;"
        "understanding.recognise('дневник не найден', pack_files.load());"
        f"print([m for m in {FRAMEWORKS + TRAINING} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
