"""`content build`: the same bytes each time, and a model learned anew answers every example as the stored one does."""

from __future__ import annotations

import functools
import shutil
from pathlib import Path

import numpy as np
import pytest

from bot.flows import pack_files
from bot.flows.understanding import features, learned_model
from bot.flows.understanding.examples import MODEL, read_examples
from bot.flows.understanding.learned_model import load_model
from bot.flows.understanding.spelling import plain_words
from bot.pack_commands import build_model, content_command
from bot.pack_commands.build_model import learn, matrix_of
from bot.pack_commands.check_pack import problems_of
from tests.content.learned_packs import RYAZAN


@pytest.mark.slow
def test_built_twice_the_model_has_the_same_bytes(pack_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (pack_folder / MODEL).read_bytes()
    (pack_folder / MODEL).unlink()
    assert content_command.run("build", str(pack_folder), None) == 0
    assert "Модель выучена" in capsys.readouterr().out
    assert (pack_folder / MODEL).read_bytes() == before


@pytest.mark.slow
def test_a_build_makes_an_old_model_new(pack_folder: Path) -> None:
    with (pack_folder / "examples" / "vpn.txt").open("a", encoding="utf-8") as file:
        file.write("включен впн и дневник молчит\n")
    assert "модель старее" in problems_of(pack_folder)[0].said
    assert content_command.run("build", str(pack_folder), None) == 0
    assert problems_of(pack_folder) == []


def test_a_model_that_cannot_be_written_is_told_before_it_is_learned(
    pack_folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build_model, "learn", lambda *_: pytest.fail("learned in vain"))
    (pack_folder / MODEL).unlink()
    (pack_folder / MODEL).mkdir()
    assert content_command.run("build", str(pack_folder), None) == 1
    assert "model.bin" in capsys.readouterr().err


def test_examples_that_are_no_text_are_told(pack_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (pack_folder / "examples" / "vpn.txt").write_bytes("впн".encode("cp1251"))
    assert content_command.run("build", str(pack_folder), None) == 1
    assert "examples/vpn.txt: это не текст в UTF-8" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.timeout(900)  # learning takes half a minute of a free processor
def test_learned_again_the_model_answers_every_example_as_the_stored_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another machine may round a weight the other way; no example's label may come out otherwise."""
    # An example's features are found once, for the learning and for both models: nothing else takes so long.
    kept = functools.cache(features.features)
    for module in (build_model, learned_model):
        monkeypatch.setattr(module, "features", lambda words: kept(tuple(words)))
    shutil.copytree(RYAZAN, tmp_path / RYAZAN.name)
    pack = pack_files.read(tmp_path / RYAZAN.name)
    examples = read_examples(pack)
    stored, again = load_model(RYAZAN / MODEL), learn(pack, examples)
    assert (stored.labels, stored.marks, stored.digest) == (again.labels, again.marks, again.digest)
    matrix = matrix_of([kept(tuple(plain_words(example.text, stored.usual))) for example in examples])
    answers = [
        (matrix @ model.weights * model.scales + model.biases)[:, : len(model.labels)].argmax(axis=1)
        for model in (stored, again)
    ]
    otherwise = np.flatnonzero(answers[0] != answers[1])
    assert [examples[at] for at in otherwise] == []
