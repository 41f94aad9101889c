"""One process at a time on a SQLite file: a second would free leases of the first and send everything twice."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class FileInUse(Exception):
    """Another process works on the file."""


@contextmanager
def sole_user(file: Path) -> Iterator[None]:
    """Keeps other processes away from a SQLite file; the system lets it go however this process ends.

    Raises FileInUse. Where the folder takes no such lock (Windows, some network drives), nobody is kept away.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        # SQLite gives up its own locks when anybody in the process closes its file, so the lock has a file of its own.
        lock = open(f"{file}.lock", "ab")  # noqa: SIM115
    except OSError:
        yield  # opening the database itself tells better what is wrong there
        return
    with lock:
        _take(lock.fileno())
        yield


def _take(descriptor: int) -> None:
    try:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise FileInUse from None
    except (ImportError, OSError):
        return
