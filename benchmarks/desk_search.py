"""The desk's /find among a region's tickets: seconds from the question in the group to the answer in it.

One desk has all the tickets, none of them erased, which is more than any desk will see. Their words are those of the
pack's examples, two to a ticket, with a class, a pupil's name and an answer of the school. PostgreSQL has cleaned up
after the filling, as it does by itself within a minute.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import make_url

from benchmarks.measures import Size, new_postgres, sqlite
from benchmarks.rig import Rig
from bot.flows import pack_files
from bot.flows.ticket.search_words import words_of
from bot.flows.understanding.examples import read_examples
from sandbox.administrator import Administrator
from sandbox.telegram.errors import Json
from sandbox.visible import text_of
from sandbox.waiting import until

WANTED_S = 0.3
ROUNDS = 5
_PAUSE_S = 3.1  # a group takes twenty messages of the bot a minute
_PATIENCE_S = 30.0
_OPEN_OF, _RARE_OF, _COMMON_NAME_OF = 10, 25_000, 40  # one ticket of so many
_ANSWER = "Проверили данные в дневнике и исправили, попробуйте, пожалуйста, войти ещё раз сегодня вечером."
_NAMES = ("Маша", "Пётр", "Алина", "Тимур", "Егор", "Вера", "София", "Лев", "Мария", "Иван", "Ольга", "Глеб")
_SYLLABLES = ("ба", "ве", "ги", "до", "жу", "за", "ки", "ло", "му", "на", "пе", "ри", "со", "ту")
_RARE = "флюорография"
_HALVES = ("чётный", "нечётный")  # each in half of the tickets, together in none
# The columns that a ticket of the past has; whoever waits for it has been told, so the bot calls nobody up.
_COLUMNS = (
    "id", "number", "desk_id", "family_id", "form_id", "is_open", "turn", "reader", "path", "error", "steps_done",
    "class_name", "pupil_name", "words", "consent_at", "created_at", "updated_at", "called_up_at", "solved_at",
    "topic_id", "topic_closed", "card_message_id", "reopened",
)  # fmt: skip
_WORD_COLUMNS = ("desk_id", "word", "ticket_id")


@dataclass(frozen=True, slots=True)
class Question:
    """A question of an administrator: what kind it is, and what is typed after /find; `turned` where page 2 counts."""

    kind: str
    typed: str
    turned: bool = False


def questions(tickets: int) -> list[Question]:
    """Gives the questions that are measured among so many tickets."""
    return [
        Question("a number", str(tickets // 2)),
        Question("a class", "7Б"),
        Question("a name", "Иванова"),
        Question("a rare word", _RARE),
        Question("a frequent word", "дневник"),
        Question("a word that is nowhere", "контрабас"),
        Question("two words", "дневник Иванова"),
        Question("two frequent words that never meet", " ".join(_HALVES)),
        Question("page 2", "дневник", turned=True),
    ]


async def measure(rig: Rig, size: Size, server: str) -> dict[str, dict[str, list[float]]]:
    """Gives the seconds of each kind of question, `ROUNDS` of them, by the name of the database."""
    waits = {}
    for name, url in (("SQLite", sqlite(rig)), ("PostgreSQL", await new_postgres(server))):
        bot = await rig.bot(url)  # it makes the tables
        await bot.end()
        if name == "SQLite":
            await asyncio.to_thread(_fill_sqlite, url, size.stored_tickets)
        else:
            await _fill_postgres(url, size.stored_tickets)
        await rig.telegram.delete_webhook({})
        bot = await rig.bot(url)
        waits[name] = await _asked(rig, questions(size.stored_tickets))
        await bot.end()
        await rig.telegram.delete_webhook({})
    return waits


async def _asked(rig: Rig, asked: list[Question]) -> dict[str, list[float]]:
    desk = Administrator(rig.telegram, "Ольга", chat=rig.support, limit=_PATIENCE_S)
    waits: dict[str, list[float]] = {one.kind: [] for one in asked}
    for _ in range(ROUNDS):
        for question in asked:
            before = time.perf_counter()
            asked_at = (await desk.writes(f"/find {question.typed}"))["message_id"]
            page = await _page(desk, question.typed, asked_at)
            if question.turned:
                await asyncio.sleep(_PAUSE_S)
                before = time.perf_counter()
                await desk.press("Дальше", message=page, wait=False)
                await _page(desk, question.typed, asked_at, "Страница 2")
            waits[question.kind].append(time.perf_counter() - before)
            await asyncio.sleep(_PAUSE_S)
    return waits


async def _page(desk: Administrator, typed: str, after: int, words: str = "") -> Json:
    """Waits for the bot's page about what was typed. Raises AssertionError where none comes."""

    def found() -> Json | None:
        pages = (one for one in desk.from_bot if one["message_id"] > after)
        return next((one for one in pages if typed in text_of(one) and words in text_of(one)), None)

    await until(desk.messenger, lambda: found() is not None, _PATIENCE_S)
    page = found()
    assert page is not None, f"no page for «{typed}»"
    return page


# --- a region's tickets ----------------------------------------------------------------------------------------------


def _fill_sqlite(url: str, tickets: int) -> None:
    with sqlite3.connect(str(make_url(url).database)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        for table, columns, rows in _tables(tickets):
            marks = ", ".join("?" * len(columns))
            connection.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)
        connection.execute("UPDATE schools SET last_number = ?", (tickets,))
    connection.close()


async def _fill_postgres(url: str, tickets: int) -> None:
    import asyncpg

    address = make_url(url)
    connection = await asyncpg.connect(host=address.query["host"], user="postgres", database=address.database)
    for table, columns, rows in _tables(tickets):
        await connection.copy_records_to_table(table, columns=columns, records=rows)
    await connection.execute("SELECT setval('tickets_id_seq', $1)", tickets)
    await connection.execute("UPDATE schools SET last_number = $1", tickets)
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


def _tables(tickets: int) -> Iterator[tuple[str, tuple[str, ...], Iterator[tuple[Any, ...]]]]:
    yield "tickets", _COLUMNS, _tickets(tickets)
    yield "ticket_words", _WORD_COLUMNS, _words(tickets)


def _tickets(tickets: int) -> Iterator[tuple[Any, ...]]:
    now = time.time()
    for number, (class_name, pupil_name, words) in enumerate(_said(tickets), 1):
        at, is_open = now - (tickets - number) * 60.0, number % _OPEN_OF == 0
        yield (
            number, number, 1, 10_000_000 + number, f"found{number}", is_open, "family" if is_open else "nobody",
            "parent", "parent", "diary_not_found", 0, class_name, pupil_name, words, at, at, at, at,
            None if is_open else at, number, False, 1_000_000 + number, False,
        )  # fmt: skip


def _words(tickets: int) -> Iterator[tuple[Any, ...]]:
    for number, texts in enumerate(_said(tickets), 1):
        for word in sorted(words_of(*texts, _ANSWER) | {str(number)}):
            yield 1, word[:40], number


def _said(tickets: int) -> Iterator[tuple[str, str, str]]:
    """Gives the class, the pupil's name and the family's words of each ticket, the same at each call."""
    rng = random.Random(17)
    examples = [example.text for example in read_examples(pack_files.load())]
    for number in range(1, tickets + 1):
        surname = "".join(rng.choices(_SYLLABLES, k=3)).capitalize() + "нова"
        if number % _COMMON_NAME_OF == 0:
            surname = "Иванова"
        words = [rng.choice(examples), rng.choice(examples), _HALVES[number % 2]]
        if number % _RARE_OF == 0:
            words.append(_RARE)
        yield f"{rng.randint(1, 11)}{rng.choice('АБВГ')}", f"{surname} {rng.choice(_NAMES)}", ". ".join(words)


def told(waits: list[float]) -> str:
    """Writes the median and the slowest."""
    return f"{statistics.median(waits) * 1e3:.0f} / {max(waits) * 1e3:.0f} ms"
