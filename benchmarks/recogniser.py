"""Prints the recogniser's numbers on labelled messages: `python -m benchmarks.recogniser [checking|tuning|FILE]`."""

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path as File
from typing import Any

from bot.flows.guide.instruction import Error, Path
from bot.flows.masking import mask
from bot.flows.understanding import Recognition, Verdict, recognise
from tests.corpus import make
from tests.corpus.tiresome import TIRESOME, longest

LOADS = 5


@dataclass(frozen=True, slots=True)
class Score:
    """Shares (0…1) of the known and of the unknown messages; counts; milliseconds a message on average."""

    known: int
    unknown: int
    reached: float
    sure_and_right: float
    sure_and_wrong: int
    paths_right: float
    unknown_sure: float
    unknown_doubtful: float
    topics_right: float
    milliseconds: float


def measured(half: str) -> Score:
    """The score on `tuning`, `checking`, or on a file in the same format."""
    messages = make.read(half)
    began = time.perf_counter()
    answers = [recognise(m["text"], None if m["path"] == "unknown" else Path(m["path"])) for m in messages]
    milliseconds = (time.perf_counter() - began) * 1000 / len(messages)
    pairs = list(zip(messages, answers, strict=True))
    known = [(m, a) for m, a in pairs if _errors(m)]
    unknown = [a for m, a in pairs if not _errors(m)]
    return Score(
        known=len(known),
        unknown=len(unknown),
        reached=_share(known, lambda m, a: a.error in _errors(m)),
        sure_and_right=_share(known, lambda m, a: a.verdict is Verdict.SURE and a.error in _errors(m)),
        sure_and_wrong=sum(a.verdict is Verdict.SURE and a.error not in _errors(m) for m, a in known),
        paths_right=_share(
            [(m, a) for m, a in known if a.error], lambda m, a: (a.path or "unknown") == m["expected_path"]
        ),
        unknown_sure=sum(a.verdict is Verdict.SURE for a in unknown) / len(unknown),
        unknown_doubtful=sum(a.verdict is Verdict.DOUBTFUL for a in unknown) / len(unknown),
        topics_right=_share([(m, a) for m, a in pairs if m.get("topic")], lambda m, a: a.topic == m["topic"]),
        milliseconds=milliseconds,
    )


def slowest_milliseconds() -> float:
    """Measures the longest messages that are hardest to read: the time to mask and read the slowest of them."""
    return max(_milliseconds_for(longest(unit)) for unit in TIRESOME)


def _milliseconds_for(text: str) -> float:
    began = time.perf_counter()
    mask(text)
    recognise(text)
    return (time.perf_counter() - began) * 1000


def _errors(message: dict[str, Any]) -> set[Error]:
    return {Error(label) for label in message.get("labels", [message["label"]]) if label in set(Error)}


def _share(
    pairs: list[tuple[dict[str, Any], Recognition]], holds: Callable[[dict[str, Any], Recognition], bool]
) -> float:
    return sum(holds(message, answer) for message, answer in pairs) / max(1, len(pairs))


def _load_seconds() -> float:
    """The best of several loads in a fresh interpreter, without the interpreter's own start."""
    code = "import time; t = time.perf_counter(); import bot.flows.understanding; print(time.perf_counter() - t)"
    runs = (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(LOADS)
    )
    return min(float(run.stdout) for run in runs)


def main(half: str = "checking") -> None:
    """Prints the table of numbers, each beside what is asked of it."""
    score = measured(half)
    print(f"Recogniser, {File(half).name}: {score.known} known and {score.unknown} unknown messages")
    rows = (
        ("right error reached", f"{score.reached:.1%}", ">= 97 %"),
        ("sure and right", f"{score.sure_and_right:.1%}", ">= 85 %"),
        ("sure and wrong", str(score.sure_and_wrong), "0"),
        ("path right", f"{score.paths_right:.1%}", "100 %"),
        ("unknown answered as sure", f"{score.unknown_sure:.1%}", "<= 1 %"),
        ("unknown answered as doubtful", f"{score.unknown_doubtful:.1%}", "<= 8 %"),
        ("neighbouring problem named", f"{score.topics_right:.1%}", "-"),
        ("a message", f"{score.milliseconds:.3f} ms", "<= 0.3 ms"),
        ("the most tiresome message", f"{slowest_milliseconds():.0f} ms", "-"),
        ("loading", f"{_load_seconds():.3f} s", "< 0.3 s"),
    )
    for name, value, asked in rows:
        print(f"  {name:<30}{value:>10}   {asked}")


if __name__ == "__main__":
    main(*sys.argv[1:2])
