"""Prints how well messages are understood: `python -m benchmarks.recognised_messages [FILE]`.

Without a file every tenth example of the pack is left out, the model is learned from the others (half a minute), and
asked about those that it has not seen. FILE holds a JSON object a line: `text`, `label` (an error, a topic, an act of
talk, or anything else for none of them; `labels` where several are right), `path` and `expected_path`.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path as File

from bot.flows import pack_files
from bot.flows.content import Pack, Path
from bot.flows.masking import mask
from bot.flows.understanding import Act, Recogniser, Recognition, Verdict
from bot.flows.understanding.examples import read_examples
from bot.pack_commands.build_model import learn
from tests.corpus.costly_texts import COSTLY, longest

LOADS = 5
LEFT_OUT = 10  # one example of so many


@dataclass(frozen=True, slots=True)
class Message:
    """A labelled message: any of `labels` is right; `path` is what the dialogue knows, `told` what the answer tells."""

    text: str
    labels: frozenset[str]
    path: Path | None
    told: Path | None


@dataclass(frozen=True, slots=True)
class Score:
    """Shares (0…1) of the messages that are an error and of the others; counts; milliseconds a message on average."""

    known: int
    unknown: int
    reached: float
    sure_and_right: float
    sure_and_wrong: int
    paths_right: float
    unknown_sure: float
    unknown_doubtful: float
    topics_right: float
    topics_wrong: float
    acts_right: float
    milliseconds: float


def measured(file: File | None = None) -> Score:
    """Gives the score on a file of messages, else on the examples that are left out of the learning for it."""
    pack = pack_files.load()
    if file is None:
        recogniser, messages = _with_some_left_out(pack)
    else:
        recogniser, messages = Recogniser(pack), read(file, pack)
    return _score(recogniser, messages, pack)


def read(file: File, pack: Pack) -> list[Message]:
    """Reads a file of labelled messages."""
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines() if line.strip()]
    return [
        Message(
            row["text"],
            frozenset(row.get("labels", [row["label"]])) | {row.get("topic") or row["label"]},
            pack.path(row.get("path")),
            pack.path(row.get("expected_path")),
        )
        for row in rows
    ]


def slowest_milliseconds() -> float:
    """Measures the longest messages that are hardest to read: the time to mask and read the slowest of them."""
    recogniser = Recogniser(pack_files.load())
    return max(_milliseconds_for(longest(unit), recogniser) for unit in COSTLY)


def _with_some_left_out(pack: Pack) -> tuple[Recogniser, list[Message]]:
    examples = read_examples(pack)
    model = learn(pack, [example for at, example in enumerate(examples) if at % LEFT_OUT])
    unseen = [
        Message(example.text, frozenset({example.label}), None, pack.path(example.path))
        for example in examples[::LEFT_OUT]
    ]
    return Recogniser(pack, model), unseen


def _score(recogniser: Recogniser, messages: Sequence[Message], pack: Pack) -> Score:
    began = time.perf_counter()
    answers = [recogniser.recognise(message.text, message.path) for message in messages]
    milliseconds = (time.perf_counter() - began) * 1000 / len(messages)
    pairs = list(zip(messages, answers, strict=True))
    known = [(m, a) for m, a in pairs if m.labels & pack.errors.keys()]
    unknown = [(m, a) for m, a in pairs if not m.labels & pack.errors.keys()]
    return Score(
        known=len(known),
        unknown=len(unknown),
        reached=_share(known, lambda m, a: a.error in m.labels),
        sure_and_right=_share(known, lambda m, a: a.verdict is Verdict.SURE and a.error in m.labels),
        sure_and_wrong=sum(a.verdict is Verdict.SURE and a.error not in m.labels for m, a in known),
        paths_right=_share([(m, a) for m, a in known if a.error and m.told], lambda m, a: a.path == m.told),
        unknown_sure=_share(unknown, lambda m, a: a.verdict is Verdict.SURE),
        unknown_doubtful=_share(unknown, lambda m, a: a.verdict is Verdict.DOUBTFUL),
        topics_right=_share(_of(unknown, pack.topics.keys()), lambda m, a: a.topic in m.labels),
        topics_wrong=_share(unknown, lambda m, a: a.topic is not None and a.topic not in m.labels),
        acts_right=_share(_of(unknown, set(Act)), lambda m, a: a.act in m.labels),
        milliseconds=milliseconds,
    )


def _of(pairs: list[tuple[Message, Recognition]], labels: Iterable[str]) -> list[tuple[Message, Recognition]]:
    return [(message, answer) for message, answer in pairs if not message.labels.isdisjoint(labels)]


def _share(pairs: list[tuple[Message, Recognition]], holds: Callable[[Message, Recognition], bool]) -> float:
    return sum(holds(message, answer) for message, answer in pairs) / max(1, len(pairs))


def _milliseconds_for(text: str, recogniser: Recogniser) -> float:
    began = time.perf_counter()
    mask(text)
    recogniser.recognise(text)
    return (time.perf_counter() - began) * 1000


def _load_seconds() -> float:
    """Gives the best of several loads, the model's with them, in a fresh interpreter and without its start."""
    code = (
        "import time; t = time.perf_counter(); from bot.flows import pack_files, understanding;"
        "understanding.recogniser_of(pack_files.load()); print(time.perf_counter() - t)"
    )
    runs = (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(LOADS)
    )
    return min(float(run.stdout) for run in runs)


def main(*names: str) -> None:
    """Prints the table of numbers, each beside what is asked of it."""
    score = measured(File(names[0]) if names else None)
    print(f"{names[0] if names else 'Examples left out'}: {score.known} of an error, {score.unknown} others")
    rows = (
        ("right error reached", f"{score.reached:.1%}", ">= 97 %"),
        ("sure and right", f"{score.sure_and_right:.1%}", ">= 90 %"),
        ("sure and wrong", str(score.sure_and_wrong), "0"),
        ("path right where told", f"{score.paths_right:.1%}", ">= 98 %"),
        ("others answered as sure", f"{score.unknown_sure:.1%}", "<= 1 %"),
        ("others answered as doubtful", f"{score.unknown_doubtful:.1%}", "-"),
        ("right topic", f"{score.topics_right:.1%}", ">= 85 %"),
        ("wrong topic", f"{score.topics_wrong:.1%}", "<= 4 %"),
        ("right act of talk", f"{score.acts_right:.1%}", ">= 90 %"),
        ("a message", f"{score.milliseconds:.3f} ms", "<= 2 ms"),
        ("the costliest message", f"{slowest_milliseconds():.0f} ms", "<= 50 ms"),
        ("loading", f"{_load_seconds():.3f} s", "-"),
    )
    for name, value, asked in rows:
        print(f"  {name:<30}{value:>10}   {asked}")


if __name__ == "__main__":
    main(*sys.argv[1:2])
