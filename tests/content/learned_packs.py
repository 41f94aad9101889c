"""Packs for tests: a copy of a folder whose model is learned from its examples in a second or two."""

import shutil
from pathlib import Path

from bot.flows import pack_files
from bot.flows.content import Pack
from bot.flows.understanding.examples import FOLDER, MODEL
from bot.pack_commands.build_model import build

FOUR_PATHS = Path(__file__).parent / "packs" / "four_paths"
RYAZAN = pack_files.PACKS / pack_files.DEFAULT


def learned_copy(source: Path, target: Path, most: int | None = None) -> Pack:
    """Copies a pack and learns its model; `most` examples of each file are kept, taken evenly from all of it."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(MODEL))
    for file in (target / FOLDER).glob("*.txt"):
        lines = file.read_text("utf-8").splitlines()
        if not most:
            continue
        file.write_text("\n".join(lines[:: max(1, len(lines) // most)][:most]) + "\n", "utf-8")
    pack = pack_files.read(target)
    build(pack)
    return pack
