"""Learns a pack's model from its examples: `python -m bot content build`. Only here scikit-learn is needed."""

import hashlib
import json
import random
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bot.flows.content import Pack
from bot.flows.plain_letters import plain_letters
from bot.flows.understanding.examples import MODEL, OTHER, TALK, Example, read_examples
from bot.flows.understanding.features import SIZE, features
from bot.flows.understanding.learned_model import FORMAT, LearnedModel
from bot.flows.understanding.signs import words_by_sign
from bot.flows.understanding.spelling import plain_words, triples

_FRAMES = TALK / "polite.frames"
_REGULARITY = 1.0  # C of the support vector machine, chosen by leaving tenths out
_TOLERANCE = 1e-3
_USUAL_IN = 3  # examples in which a letter triple stands before it is usual
_CYRILLIC_WORD = re.compile("[а-я]+")
_LARGEST = 127  # of an int8
_PRECISION = 6  # digits after the point of scales and biases
_POLITE = 4  # one example of so many is learned in a polite frame as well
_VARIANTS = 40  # of each wording, besides the examples
_SLIPS = ("а", "б", "в", "е", "и", "о", "п", "т", "р", " ")  # signs that a hand or a bad reading puts in


def build(pack: Pack) -> LearnedModel:
    """Learns the model of a pack and writes it beside its examples; takes less than a minute.

    Raises ImportError without scikit-learn, OSError and UnicodeDecodeError for examples that cannot be read.
    """
    examples = read_examples(pack)
    _refuse_unwritable(pack.folder / MODEL)
    model = learn(pack, examples)
    _write(pack.folder / MODEL, model)
    return model


def _refuse_unwritable(file: Path) -> None:
    """Raises OSError for a file that cannot be written, now rather than after half a minute of learning."""
    existed = file.exists()
    file.open("ab").close()
    if not existed:
        file.unlink()


def learn(pack: Pack, examples: Sequence[Example]) -> LearnedModel:
    """Learns a model from these examples and from the pack's wordings. Raises ImportError without scikit-learn."""
    usual = _usual_triples(example.text for example in examples)
    taught = [*examples, *_politely(pack, examples), *_from_wordings(pack)]
    rows = [features(plain_words(example.text, usual)) for example in taught]
    labels = sorted({example.label for example in taught})
    marks = sorted({example.path for example in taught if {*example.path.split("+")} <= {*pack.paths}})
    weights, biases = _columns(rows, [example.label for example in taught], labels)
    of_errors = [at for at, example in enumerate(taught) if example.label in pack.errors]
    of_paths = _columns([rows[at] for at in of_errors], [taught[at].path for at in of_errors], marks)
    weights, biases = weights + of_paths[0], biases + of_paths[1]
    table = np.stack(weights, axis=1)
    scales = np.maximum(np.round(np.abs(table).max(axis=0) / _LARGEST, _PRECISION), 10.0**-_PRECISION)
    return LearnedModel(
        labels=tuple(labels),
        marks=tuple(marks),
        scales=tuple(scales.tolist()),
        biases=tuple(round(bias, _PRECISION) for bias in biases),
        usual=usual,
        digest=digest_of(pack, examples),
        weights=np.clip(np.round(table / scales), -_LARGEST, _LARGEST).astype(np.int8),
    )


def digest_of(pack: Pack, examples: Iterable[Example]) -> str:
    """Names everything that the model is learned from: another digest means that it has to be learned anew."""
    wordings = [[wording.text, wording.paths] for error in pack.errors.values() for wording in error.wordings]
    told = [[example.text, example.label, example.path] for example in examples]
    learned = json.dumps([wordings, told, _polite_frames(), words_by_sign()], ensure_ascii=False)
    return hashlib.sha256(learned.encode()).hexdigest()[:16]


def _write(file: Path, model: LearnedModel) -> None:
    """Writes a model as `load_model` reads it."""
    told = {
        "format": FORMAT, "digest": model.digest, "labels": model.labels, "marks": model.marks,
        "scales": model.scales, "biases": model.biases, "usual": "/".join(sorted(model.usual)),
    }  # fmt: skip
    head = json.dumps(told, ensure_ascii=False).encode()
    file.write_bytes(head + b"\n" + zlib.compress(model.weights.tobytes(), 9))


def matrix_of(rows: Sequence[dict[int, float]]) -> Any:
    """Gives the features of texts as a sparse matrix of scipy, a row for each text. Raises ImportError without it."""
    from scipy.sparse import csr_matrix

    pointers, places, values = [0], list[int](), list[float]()
    for row in rows:
        places += row.keys()
        values += row.values()
        pointers.append(len(places))
    return csr_matrix((values, places, pointers), shape=(len(rows), SIZE))


def _columns(
    rows: Sequence[dict[int, float]], told: Sequence[str], names: Sequence[str]
) -> tuple[list[Any], list[float]]:
    """Learns one column of weights, and its bias, for each name: that name against all others."""
    from sklearn.svm import LinearSVC

    matrix = matrix_of(rows)
    weights, biases = [], []
    for name in names:
        is_it = np.array([label == name for label in told])
        if is_it.all() or not is_it.any():
            weights.append(np.zeros(SIZE))
            biases.append(1.0 if is_it.all() else -1.0)
            continue
        machine = LinearSVC(C=_REGULARITY, tol=_TOLERANCE, random_state=0, max_iter=5000).fit(matrix, is_it)
        weights.append(machine.coef_[0])
        biases.append(float(machine.intercept_[0]))
    return weights, biases


def _usual_triples(texts: Iterable[str]) -> frozenset[str]:
    """Gives the letter triples that stand in Cyrillic words of several examples."""
    counts: Counter[str] = Counter()
    for text in texts:
        words = set(_CYRILLIC_WORD.findall(plain_letters(text)))
        counts.update({triple for word in words for triple in triples(word)})
    return frozenset(triple for triple, count in counts.items() if count >= _USUAL_IN)


def _polite_frames() -> list[str]:
    """Gives the polite words in which examples are learned as well, with `{}` where the text stands. Raises OSError."""
    lines = _FRAMES.read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def _politely(pack: Pack, examples: Sequence[Example]) -> Iterator[Example]:
    """Makes every so many of the examples again in a polite frame, which tells nothing of the matter in it."""
    frames = _polite_frames()
    told = [example for example in examples if example.label in (*pack.errors, *pack.topics, OTHER)]
    for number, example in enumerate(told[::_POLITE]):
        yield replace(example, text=frames[number % len(frames)].format(example.text))


def _from_wordings(pack: Pack) -> Iterator[Example]:
    """Makes examples of the screens' own words: whole, cut, with slips, as a picture's reading gives them.

    A piece that no other wording has tells the paths whose screens show it.
    """
    chance = random.Random(0)
    wordings = [wording for error in pack.errors.values() for wording in error.wordings]
    for wording in wordings:
        words = wording.text.split()
        for number in range(_VARIANTS):
            start = chance.randrange(max(1, len(words) // 2)) if number else 0
            piece = words[start : start + chance.randint(4, len(words))] if chance.random() < 0.6 and number else words
            if len(piece) < 4:
                continue
            text = " ".join(piece)
            is_shared = any(text in other.text for other in wordings if other is not wording)
            path = "" if is_shared else "+".join(wording.paths)
            yield Example(_with_slips(text, chance) if number else text, wording.error, path, "", 0)


def _with_slips(text: str, chance: random.Random) -> str:
    letters = list(text)
    for _ in range(chance.randint(0, max(1, len(text) // 20))):
        at = chance.randrange(len(letters))
        slip = chance.random()
        if slip < 0.4:
            letters[at] = ""
        elif slip < 0.7 and at + 1 < len(letters):
            letters[at], letters[at + 1] = letters[at + 1], letters[at]
        else:
            letters[at] = chance.choice(_SLIPS)
    return "".join(letters)
