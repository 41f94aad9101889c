"""Keeps what is installed on this machine from deciding what `check` finds."""

import pytest

from bot.check import check_command
from bot.screenshots.tesseract import Tesseract


@pytest.fixture(autouse=True)
def with_tesseract(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Tesseract is found, whether there is one or not."""
    monkeypatch.setattr(check_command, "find_tesseract", lambda: Tesseract("tesseract", "5.3.0"))
