"""A small copy of the school's pack with a model of its own, which a test may spoil."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.content.learned_packs import RYAZAN, learned_copy

KEPT_EXAMPLES = 30  # of each file: enough to be recognised, and learned in two seconds


@pytest.fixture(scope="session")
def small_ryazan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of ryazan_43 with a part of its examples, learned once a session. Nobody changes it."""
    return learned_copy(RYAZAN, tmp_path_factory.mktemp("packs") / RYAZAN.name, KEPT_EXAMPLES).folder


@pytest.fixture
def pack_folder(small_ryazan: Path, tmp_path: Path) -> Path:
    """A copy of it for the test to spoil."""
    return Path(shutil.copytree(small_ryazan, tmp_path / small_ryazan.name))
