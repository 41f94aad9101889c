"""The setting CONTENT: a pack by its name or its folder; one that is none ends `run` with exit 2 and a clear word."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.flows import pack_files
from bot.flows.content import Pack
from bot.settings import SettingsError, load_settings
from tests.content.learned_packs import FOUR_PATHS

TOKEN = "123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-pc"


@pytest.fixture(autouse=True)
def only_a_token(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A folder without `.env`, and a token."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BOT_TOKEN", TOKEN)


@pytest.mark.slow
def test_a_pack_is_named_by_its_name_or_by_its_folder(monkeypatch: pytest.MonkeyPatch, four_paths: Pack) -> None:
    assert pack_files.load(load_settings().content).name == "ryazan_43"
    monkeypatch.setenv("CONTENT", str(four_paths.folder))
    assert pack_files.load(load_settings().content).version == "four_paths/3"
    monkeypatch.chdir(four_paths.folder.parent)
    monkeypatch.setenv("CONTENT", "four_paths")
    assert pack_files.load(load_settings().content).version == "four_paths/3"


@pytest.mark.parametrize("named", ["moscow_1", "/no/such/folder", "ryazan_43/about.toml", "пакет", "x" * 300, "a\tb"])
def test_a_pack_that_is_not_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], named: str
) -> None:
    monkeypatch.setenv("CONTENT", named)
    assert main(["run"]) == 2
    said = capsys.readouterr().err.strip()
    assert said == "CONTENT: нет такого пакета. Укажите имя (ryazan_43) или папку, в которой лежит пакет"


def broken(folder: Path, kind: str) -> str:
    """Breaks a pack in one way; gives what is said of it."""
    if kind == "no model":
        (folder / "model.bin").unlink()
        return "нет модели. Выполните: python -m bot content build"
    if kind == "damaged model":
        (folder / "model.bin").write_bytes(b"\x00" * 99)
        return "нет модели. Выполните: python -m bot content build"
    if kind == "no file":
        (folder / "steps.toml").unlink()
        return "steps.toml: нет этого файла"
    (folder / "about.toml").write_text("title = Школа", "utf-8")
    return "about.toml:1: не разобрать"


@pytest.mark.parametrize("kind", ["no model", "damaged model", "no file", "no TOML"])
def test_a_pack_that_is_broken(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], four_paths: Pack, tmp_path: Path, kind: str
) -> None:
    folder = Path(shutil.copytree(four_paths.folder, tmp_path / "school_7"))
    said = broken(folder, kind)
    monkeypatch.setenv("CONTENT", str(folder))
    assert main(["run"]) == 2
    told = capsys.readouterr().err.strip()
    assert said in told and "python -m bot content" in told and len(told.splitlines()) == 1


def test_a_pack_without_a_model_is_told_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONTENT", str(FOUR_PATHS))
    with pytest.raises(SettingsError, match="content build"):
        load_settings()
