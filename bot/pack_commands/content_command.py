"""Runs `content check`, `content show` and `content build` for a pack."""

import sys
import time
from pathlib import Path

from bot import texts_ru as texts
from bot.flows import pack_files
from bot.flows.pack_problems import PackError, Problem
from bot.flows.plural import plural
from bot.flows.understanding.examples import MODEL, read_examples
from bot.pack_commands.build_model import build
from bot.pack_commands.check_pack import problems_in
from bot.pack_commands.show_pack import show

EXIT_OK, EXIT_WRONG = 0, 1


def run(action: str, named: str | None, html_file: Path | None) -> int:
    """Does an action with a pack: its name, its folder, or the usual one. Returns the exit status."""
    try:
        folder = pack_files.folder_of(pack_files.DEFAULT if named is None else named)
        if action == "check":
            return _check(folder)
        return show(pack_files.read(folder), html_file) if action == "show" else _build(folder)
    except PackError as error:
        return _refuse(named or pack_files.DEFAULT, error.problems)


def _check(folder: Path) -> int:
    try:
        pack = pack_files.read(folder)
    except PackError as error:
        return _refuse(folder.name, error.problems)
    problems = problems_in(pack)
    if problems:
        return _refuse(folder.name, problems)
    counts = {
        "errors": plural(texts.PACK_ERRORS, len(pack.errors)),
        "topics": plural(texts.PACK_TOPICS, len(pack.topics)),
        "examples": plural(texts.PACK_EXAMPLES, len(read_examples(pack))),
    }
    print(texts.PACK_FINE.format(name=pack.name, **counts))
    return EXIT_OK


def _build(folder: Path) -> int:
    pack, began = pack_files.read(folder), time.monotonic()
    try:
        build(pack)
    except ImportError:
        print(texts.PACK_NO_TEACHER, file=sys.stderr)
        return EXIT_WRONG
    except UnicodeDecodeError:
        return _refuse(pack.name, [problem for problem in problems_in(pack) if problem.file != MODEL])
    except OSError as error:
        print(texts.SHOW_CANNOT_WRITE.format(file=folder / MODEL, error=error.strerror), file=sys.stderr)
        return EXIT_WRONG
    count = plural(texts.PACK_EXAMPLES, len(read_examples(pack)))
    print(texts.PACK_BUILT.format(examples=count, seconds=time.monotonic() - began, file=folder / MODEL))
    return EXIT_OK


def _refuse(name: str, problems: tuple[Problem, ...] | list[Problem]) -> int:
    for problem in problems:
        print(problem, file=sys.stderr)
    print(texts.PACK_WRONG.format(name=name, count=len(problems)), file=sys.stderr)
    return EXIT_WRONG
