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


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("мне 18", "OLD"), ("18 лет", "OLD"), ("восемнадцать есть", "GROWN"), ("скоро 18", "MINOR"),
        ("мне нет 18", "MINOR"), ("до восемнадцати год", "MINOR"), ("18 мне будет летом", "MINOR"),
        ("младше 18", "MINOR"), ("не восемнадцать а шестнадцать", "MINOR"), ("журнала нет мне 18", "OLD"),
        ("мне 18 до сих пор", "OLD"),
    ],
)  # fmt: skip
def test_an_age_that_is_still_to_come_is_a_minors(text: str, age: str) -> None:
    ages = {"OLD", "GROWN", "MINOR"} & {*signs.signs_of(text.split())}
    assert ages == {age}


def test_a_line_of_no_sign_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "words.signs"
    file.write_text("# слова\nI: я мне\n    меня\nмоя\n", "utf-8")
    monkeypatch.setattr(signs, "_FILE", file)
    with pytest.raises(ValueError, match=r"words\.signs: «моя»"):
        signs.words_by_sign.__wrapped__()
