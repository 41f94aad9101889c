"""The recogniser on the checking half of the project's own labelled messages: the numbers it has to keep."""

import subprocess
import sys

from benchmarks.recogniser import Score, measured


def test_numbers_hold_on_the_checking_half() -> None:
    score: Score = measured("checking")
    assert score.reached >= 0.97
    assert score.sure_and_right >= 0.85
    assert score.sure_and_wrong == 0
    assert score.paths_right == 1
    assert score.unknown_sure <= 0.01
    assert score.unknown_doubtful <= 0.08


def test_halves_are_what_the_maker_makes() -> None:
    from tests.corpus import make

    assert {half: [m["text"] for m in messages] for half, messages in make.halves().items()} == {
        half: [m["text"] for m in make.read(half)] for half in ("tuning", "checking")
    }


def test_loads_without_the_frameworks() -> None:
    code = (
        "import sys, bot.recognise_command;"
        "print([m for m in ('aiogram', 'sqlalchemy', 'pydantic', 'aiohttp', 'PIL') if m in sys.modules])"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )
