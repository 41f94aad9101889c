"""The learned model: a linear one over a message's features, read from the file that `content build` writes.

The file is a line of JSON and after it the compressed weights: for each place of `features` one whole number (int8) for
each class, to be multiplied by the class's scale. Whole numbers make its answers alike on every machine.
"""

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.flows.understanding.features import SIZE, features

FORMAT = 1
_STEEPNESS = 3.0  # of the shares over the margins of a linear support vector machine; measured, see docs/benchmarks.md


@dataclass(frozen=True, slots=True)
class LearnedModel:
    """The weights with the names of their classes: `weights` has a row for each place and a column for each.

    `labels` are the meanings, of which a message has one; `marks` are the paths that its words may tell, each by
    itself; several that the words do not tell apart are joined by «+». `usual` are the letter triples of ordinary words
    (spelling.py). `digest` names the examples it was made of.
    """

    labels: tuple[str, ...]
    marks: tuple[str, ...]
    scales: tuple[float, ...]
    biases: tuple[float, ...]
    usual: frozenset[str]
    digest: str
    weights: npt.NDArray[np.int8]

    def margins(self, words: Sequence[str]) -> dict[str, float]:
        """Gives, for each label and each mark, how far a message is on its side: above 0 on it, below 0 off it."""
        found = features(words)
        values = np.fromiter(found.values(), np.float64, len(found))
        sums = values @ self.weights[list(found)] if found else np.zeros(len(self.scales))
        margins = sums * self.scales + self.biases
        return dict(zip(self.labels + self.marks, margins.tolist(), strict=True))

    def shares(self, margins: Mapping[str, float]) -> dict[str, float]:
        """Gives the share (0…1, all together 1) of each meaning."""
        far = np.array([margins[label] for label in self.labels])
        powers = np.exp(_STEEPNESS * (far - far.max()))
        return dict(zip(self.labels, (powers / powers.sum()).tolist(), strict=True))


class ModelError(Exception):
    """Raised for a model's file that is missing, damaged, or of another version of the bot."""


def load_model(file: Path) -> LearnedModel:
    """Reads a model. Raises ModelError."""
    try:
        head, _, packed = file.read_bytes().partition(b"\n")
        told = json.loads(head)
        weights = zlib.decompress(packed)
        if told["format"] != FORMAT or len(weights) != SIZE * len(told["scales"]):
            raise ModelError(f"{file}: {told['format']}")
        return LearnedModel(
            labels=tuple(told["labels"]),
            marks=tuple(told["marks"]),
            scales=tuple(told["scales"]),
            biases=tuple(told["biases"]),
            usual=frozenset(told["usual"].split("/")),
            digest=told["digest"],
            weights=np.frombuffer(weights, np.int8).reshape(SIZE, -1),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, zlib.error) as error:
        raise ModelError(f"{file}: {error}") from error
