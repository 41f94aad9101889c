"""Fills a SQLite database with a region's past: families, tickets and the events of their walks."""

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

DAY_S = 86400.0


def fill(file: Path, families: int, tickets: int) -> None:
    """Adds that many families (ids from 10 million up) and tickets to a migrated database."""
    now = time.time()
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.executemany(
            "INSERT INTO dialogues (family_id, name, screen, path, reader, step, updated_at, sent_at)"
            " VALUES (?, 'Мария', 'step:c:p:2', 'child', 'pupil', 2, ?, ?)",
            ((10_000_000 + number, now - number % 90 * DAY_S, now - DAY_S) for number in range(families)),
        )
        connection.executemany(
            "INSERT INTO tickets (family_id, form_id, status, reader, path, error, class_name, words, consent_at,"
            " created_at, updated_at, topic_closed)"
            " VALUES (?, ?, ?, 'parent', 'parent', 'diary_not_found', '7Б', ?, ?, ?, ?, 0)",
            _tickets(tickets, now),
        )
        connection.executemany(
            "INSERT INTO handled_updates (update_id, at) VALUES (?, ?)",
            ((number, now - DAY_S) for number in range(1, families // 10)),
        )
    connection.close()


def _tickets(number: int, now: float) -> Iterator[tuple[Any, ...]]:
    for at in range(number):
        moment = now - at % 80 * DAY_S
        status = "solved" if at % 100 else "in_work"
        yield 10_000_000 + at, f"filled{at}", status, "второй день не пускает", moment, moment, moment
