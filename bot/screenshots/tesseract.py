"""Finds the installed Tesseract, and says with which variables it is run."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass

LANGUAGE = "rus"


@dataclass(frozen=True, slots=True)
class Tesseract:
    """Names an installed Tesseract that knows Russian."""

    binary: str
    version: str


def find_tesseract() -> Tesseract | None:
    """Looks for the `tesseract` command with the Russian language; None where either is missing. Blocks a moment."""
    binary = shutil.which("tesseract") or shutil.which("tesseract", path=_windows_folder())
    if binary is None:
        return None
    try:
        version, languages = (_ask(binary, option) for option in ("--version", "--list-langs"))
    except (OSError, subprocess.SubprocessError):
        return None
    if LANGUAGE not in languages.split():
        return None
    named = re.search(r"tesseract\s+v?(\S+)", version)
    return Tesseract(binary, named.group(1) if named else "?")


def _windows_folder() -> str:
    """Gives the folder that the installer for Windows uses; it does not put it into PATH."""
    return os.path.join(os.environ.get("PROGRAMFILES", ""), "Tesseract-OCR")


def _ask(binary: str, option: str) -> str:
    # older versions answer on stderr
    done = subprocess.run(
        [binary, option], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=10, env=environment()
    )
    return done.stdout.decode("utf-8", "replace")


def environment() -> dict[str, str]:
    """Gives Tesseract only the variables it needs: the bot's own hold its token. One thread reads one picture."""
    kept = ("PATH", "TESSDATA_PREFIX", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR", "TEMP")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"OMP_THREAD_LIMIT": "1", "LC_ALL": "C"}
