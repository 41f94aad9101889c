"""Names for tests: the parts of the school's pack, its paths and errors, and its recogniser."""

from __future__ import annotations

from bot.flows import pack_files
from bot.flows.content import Path
from bot.flows.understanding import Recognition
from bot.flows.understanding import recognise as recognise_by

PACK = pack_files.load()
CHILD, ADULT_PUPIL, PARENT = PATHS = tuple(PACK.paths[name] for name in ("child", "adult_pupil", "parent"))
DIARY, CONSENT = ERRORS = "diary_not_found", "consent_required"  # the pack may have more


def recognise(text: str, path: Path | None = None) -> Recognition:
    """Gives what a text names by this pack."""
    return recognise_by(text, PACK, path)
