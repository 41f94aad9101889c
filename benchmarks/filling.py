"""Fills a SQLite database with a region's past: families, their hand-overs and walks, tickets with what was said."""

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

DAY_S = 86400.0
RETENTION_DAYS = 90  # tickets as old as that stand as the erasing leaves them
FIRST_FAMILY = 10_000_000
SAID = 3  # messages a ticket
_WALK = (("began", 1), ("step", 2), ("done", None))


def fill(file: Path, families: int, tickets: int) -> None:
    """Adds that many families (ids from 10 million up) and tickets to a migrated database."""
    now = time.time()
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        _fill_families(connection, families, now)
        _fill_tickets(connection, tickets, now)
    connection.close()


def _fill_families(connection: sqlite3.Connection, families: int, now: float) -> None:
    connection.executemany(
        "INSERT INTO dialogues (family_id, name, screen, path, reader, step, updated_at, sent_at)"
        " VALUES (?, 'Мария', 'step:c:p:2', 'child', 'pupil', 2, ?, ?)",
        ((FIRST_FAMILY + number, now - number % 90 * DAY_S, now - DAY_S) for number in range(families)),
    )
    connection.executemany(
        "INSERT INTO handled_updates (update_id, at) VALUES (?, ?)",
        ((number, now - DAY_S) for number in range(1, families // 10)),
    )
    connection.executemany(
        "INSERT INTO handovers (token, pupil_id, screen, created_at) VALUES (?, ?, 'step:c:p:2', ?)",
        ((f"filled{number}", FIRST_FAMILY + number, now - number % 13 * DAY_S) for number in range(families // 4)),
    )
    connection.executemany(
        "INSERT INTO events (at, kind, path, step) VALUES (?, ?, 'child', ?)",
        ((now - number % 200 * DAY_S, kind, step) for number in range(families) for kind, step in _WALK),
    )


def _fill_tickets(connection: sqlite3.Connection, tickets: int, now: float) -> None:
    begin = connection.execute("SELECT coalesce(max(id), 0) + 1 FROM tickets").fetchone()[0]
    connection.executemany(
        "INSERT INTO tickets (id, number, family_id, form_id, is_open, turn, reader, path, error, class_name, words,"
        " consent_at, created_at, updated_at, solved_at, erased_at, topic_closed)"
        " VALUES (?, ?, ?, ?, ?, ?, 'parent', 'parent', 'diary_not_found', ?, ?, ?, ?, ?, ?, ?, 0)",
        _tickets(begin, tickets, now),
    )
    connection.execute("UPDATE schools SET last_number = (SELECT max(number) FROM tickets)")
    connection.executemany(
        "INSERT INTO ticket_messages (ticket_id, side, kind, text, at) VALUES (?, ?, 'text', ?, ?)",
        _messages(begin, tickets, now),
    )


def _age(number: int) -> float:
    """Gives the age of a ticket in seconds, up to 160 days; a solved one was closed as long ago."""
    return number % 160 * DAY_S


def _is_erased(number: int) -> bool:
    return number % 100 > 0 and _age(number) >= RETENTION_DAYS * DAY_S


def _tickets(begin: int, tickets: int, now: float) -> Iterator[tuple[Any, ...]]:
    for number in range(tickets):
        sent = now - _age(number)
        solved, erased = (sent if number % 100 else None), _is_erased(number)
        yield (
            begin + number, begin + number, FIRST_FAMILY + number,
            f"filled{number}", not solved, "nobody" if solved else "school",
            None if erased else "7Б", None if erased else "второй день не пускает", sent, sent, sent, solved,
            sent + RETENTION_DAYS * DAY_S if erased else None,
        )  # fmt: skip


def _messages(begin: int, tickets: int, now: float) -> Iterator[tuple[Any, ...]]:
    for number in range(tickets):
        text = None if _is_erased(number) else "второй день не пускает"
        for said in range(SAID):
            yield begin + number, "desk" if said % 2 else "family", text, now - _age(number)
