"""The signs of a message: words of people, of whose login it is and of whether the trouble is over."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.flows.understanding import signs


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("захожу я мать под своим", "вхожу я опекун под своей"),
        ("соседка пишет что не найден", "подруга говорит что не находит"),
        ("мне 12 лет", "мне 15 лет"),
    ],
)
def test_what_says_the_same_has_the_same_signs(one: str, other: str) -> None:
    assert signs.signs_of(one.split()) == signs.signs_of(other.split()) != []


def test_a_number_is_an_age_or_a_class_by_its_neighbours() -> None:
    assert signs.signs_of(["я", "в", "11", "классе"]) == ["I", "ELEVENTH", "CLASS"]
    assert signs.signs_of(["я", "в", "6", "классе"]) == ["I", "MINOR", "CLASS"]
    assert "MINOR" not in signs.signs_of(["кабинет", "6", "закрыт"])


def test_a_line_of_no_sign_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "words.signs"
    file.write_text("# слова\nI: я мне\n    меня\nмоя\n", "utf-8")
    monkeypatch.setattr(signs, "_FILE", file)
    with pytest.raises(ValueError, match=r"words\.signs: «моя»"):
        signs.words_by_sign.__wrapped__()
