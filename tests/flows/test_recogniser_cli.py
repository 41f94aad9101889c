"""The command `recognise`: answers for people, a JSON object a line for machines, bad lines and bad calls."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest

from bot import texts_ru as texts
from bot.__main__ import main
from tests.pack import ADULT_PUPIL, PACK
from tests.world import ERRORS


def _answers(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], lines: str) -> tuple[int, Any, str]:
    stdin = io.TextIOWrapper(io.BytesIO(lines.encode("utf-8", "surrogatepass")), encoding="utf-8")
    monkeypatch.setattr("sys.stdin", stdin)
    code = main(["recognise", "--jsonl"])
    captured = capsys.readouterr()
    return code, [json.loads(line) for line in captured.out.splitlines()], captured.err


def test_a_line_for_each_object(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    lines = (
        '{"text": "дневник не найден", "path": "parent", "id": 1}\n\n'
        '{"text": "не помню пароль", "path": "unknown"}\n'
        '{"text": "нужно согласие одного из родителей"}\n'
    )
    code, answers, complaints = _answers(monkeypatch, capsys, lines)
    assert (code, complaints) == (0, "")
    assert [(a["error"], a["path"], a["verdict"], a["topic"]) for a in answers] == [
        ("diary_not_found", "parent", "sure", None),
        (None, "unknown", "none", "forgotten_password"),
        ("consent_required", "child", "sure", None),
    ]
    assert all(0 <= a["confidence"] <= 1 for a in answers)


@pytest.mark.parametrize(
    "bad",
    ["oops", "[]", "{}", '{"text": 5}', '{"text": "x", "path": "nobody"}', '{"text": "x", "path": []}', "[" * 3000],
)
def test_a_bad_line_is_told_by_number_and_keeps_the_others_in_place(
    bad: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = f'{{"text": "привет"}}\n{bad}\n{{"text": "дневник не найден"}}\n'
    code, answers, complaints = _answers(monkeypatch, capsys, lines)
    assert code == 1
    assert [a["error"] for a in answers] == [None, None, "diary_not_found"]
    assert complaints.strip() == texts.RECOGNISE_BAD_LINE.format(number=2)


def test_half_a_character_and_a_mark_of_byte_order_are_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, answers, _ = _answers(monkeypatch, capsys, '\ufeff{"text": "дневник не найден \\ud83d"}\n')
    assert (code, answers[0]["error"]) == (0, "diary_not_found")


def test_answer_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recognise", "--path=adult_pupil", "дневник", "не", "найден"]) == 0
    told = capsys.readouterr().out
    assert ERRORS["adult", "diary_not_found"] in told
    assert ADULT_PUPIL.title in told


@pytest.mark.parametrize(
    "argv",
    [["дневник", "--path", "parent", "не", "найден"], ["--", "дневник не найден"], ["-дневник", "не найден"]],
    ids=["option between", "after the two dashes", "a dash before"],
)
def test_words_of_the_text_may_stand_anywhere(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recognise", *argv]) == 0
    assert "дневник не найден" in capsys.readouterr().out


def test_answer_about_a_neighbouring_problem(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recognise", "не приходит код"]) == 0
    assert PACK.topics["no_code"].title in capsys.readouterr().out


@pytest.mark.parametrize("argv", [[], ["--path"], ["--path", "nobody", "текст"], ["--loud", "текст"]])
def test_a_bad_call_says_what_to_do(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recognise", *argv]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.strip()


@pytest.fixture(autouse=True)
def _plain_output(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("PYTHONIOENCODING", raising=False)
    yield
