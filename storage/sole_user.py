"""Lets one process at a time use a SQLite file: a second would free leases of the first and send everything twice."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout


class FileInUse(Exception):
    """Raised where another process works on the file."""


@contextmanager
def sole_user(file: Path) -> Iterator[None]:
    """Keeps other processes away from a SQLite file; the system lets it go however this process ends.

    Raises FileInUse. Where the folder takes no such lock (some network drives), nobody is kept away.
    """
    # SQLite gives up its own locks when anybody in the process closes its file, so the lock has a file of its own.
    lock = FileLock(f"{file}.lock", blocking=False, fallback_to_soft=False)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise FileInUse from None
    except OSError:
        pass  # opening the database itself tells better what is wrong there
    try:
        yield
    finally:
        lock.release()
