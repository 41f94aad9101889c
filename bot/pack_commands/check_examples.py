"""Checks the examples of a pack and the model that was learned from them."""

from collections import Counter
from collections.abc import Iterable, Iterator

from bot import texts_ru as texts
from bot.flows.content import Pack
from bot.flows.pack_problems import Problem
from bot.flows.understanding.examples import FOLDER, MODEL, OTHER, TALK, Example, read_examples
from bot.flows.understanding.learned_model import LearnedModel, ModelError, load_model
from bot.flows.understanding.recogniser import Recogniser, Recognition, Verdict
from bot.pack_commands.build_model import digest_of

_FEWEST = 20


def problems_of(pack: Pack) -> list[Problem]:
    """Finds what is wrong in the examples of a pack, and the ones that its model takes for something else."""
    found = list(_unreadable(pack))
    if found:
        return found
    own = {file.name for file in (pack.folder / FOLDER).glob("*.txt")} - {file.name for file in TALK.glob("*.txt")}
    examples = read_examples(pack)
    found = [*_of_files(pack, examples, own), *_of_lines(pack, examples)]
    try:
        model = load_model(pack.folder / MODEL)
    except ModelError:
        return [*found, Problem(MODEL, 0, texts.PACK_NO_MODEL)]
    if model.digest != digest_of(pack, examples):
        return [*found, Problem(MODEL, 0, texts.PACK_OLD_MODEL)]
    return [*found, *_not_recognised(pack, model, examples)]


def _unreadable(pack: Pack) -> Iterator[Problem]:
    for file in sorted((pack.folder / FOLDER).glob("*.txt")):
        try:
            is_text = "\0" not in file.read_text("utf-8-sig")
        except UnicodeDecodeError:
            is_text = False
        except OSError as error:
            yield Problem(_shown(file.name), 0, texts.PACK_UNREADABLE.format(error=error.strerror))
            continue
        if not is_text:
            yield Problem(_shown(file.name), 0, texts.PACK_NOT_TEXT)


def _of_files(pack: Pack, examples: Iterable[Example], own: set[str]) -> Iterator[Problem]:
    counts = Counter(example.file for example in examples)
    for name in (*pack.errors, *pack.topics):
        count, file = counts[f"{name}.txt"], _shown(f"{name}.txt")
        if f"{name}.txt" not in own:
            yield Problem(file, 0, texts.PACK_NO_EXAMPLES.format(least=_FEWEST))
        elif count < _FEWEST:
            yield Problem(file, 0, texts.PACK_FEW_EXAMPLES.format(count=count, least=_FEWEST))
    known = {f"{name}.txt" for name in (*pack.errors, *pack.topics, OTHER)}
    for name in sorted(own - known):
        yield Problem(_shown(name), 0, texts.PACK_EXAMPLES_OF_NOTHING.format(name=name.removesuffix(".txt")))


def _of_lines(pack: Pack, examples: Iterable[Example]) -> Iterator[Problem]:
    for example in examples:
        if example.path and example.path not in pack.paths:
            said = texts.PACK_UNKNOWN_PATH.format(path=example.path, paths=", ".join(pack.paths))
            yield Problem(_shown(example.file), example.line, said)
        if not example.text:
            yield Problem(_shown(example.file), example.line, texts.PACK_EMPTY_EXAMPLE)


def _not_recognised(pack: Pack, model: LearnedModel, examples: Iterable[Example]) -> Iterator[Problem]:
    """Tells of each example of an error that is not recognised as it, or as another one besides."""
    recogniser = Recogniser(pack, model)
    for example in examples:
        if example.label not in pack.errors:
            continue
        found = recogniser.recognise(example.text)
        reached = found.error == example.label or example.label in found.candidates
        as_other = found.verdict is Verdict.SURE and found.error != example.label
        if not reached or as_other:
            said = texts.PACK_NOT_RECOGNISED.format(label=example.label, found=_name_of(found, pack))
            yield Problem(_shown(example.file), example.line, said)


def _name_of(found: Recognition, pack: Pack) -> str:
    if found.error:
        return f"«{pack.errors[found.error].short}»"
    return f"«{pack.topics[found.topic].title}»" if found.topic else texts.PACK_FOUND_NOTHING


def _shown(name: str) -> str:
    return f"{FOLDER}/{name}"
