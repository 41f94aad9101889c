"""Makes and posts hostile requests, such as forged presses, and counts the rows that a database has afterwards."""

import asyncio
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import aiohttp

SENDERS = 5_000  # so many that none of them is cut off as a flood: each press costs what it can cost
_AT_ONCE = 50
_FORGED = ("s:step:c:p:99", "t:999999", "x", "step", "\u0000", "тест", "s:" + "9" * 60)


def forged_press(number: int) -> bytes:
    """Makes an update with a press on a button that the bot never made."""
    sender = 50_000_000 + number % SENDERS
    person = {"id": sender, "is_bot": False, "first_name": "X"}
    chat = {"id": sender, "type": "private", "first_name": "X"}
    message = {"message_id": 1, "date": 1_790_000_000, "chat": chat, "text": "…"}
    query = {
        "id": str(number), "from": person, "chat_instance": "1", "message": message,
        "data": _FORGED[number % len(_FORGED)],
    }  # fmt: skip
    return json.dumps({"update_id": 900_000_000 + number, "callback_query": query}).encode()


async def post_all(address: str, headers: dict[str, str], body: Callable[[int], bytes], requests: int) -> None:
    """Posts so many bodies, some side by side; an answer that refuses, or a closed connection, is as good as any."""
    numbers = iter(range(requests))

    async def post(session: aiohttp.ClientSession) -> None:
        for number in numbers:
            try:
                async with session.post(address, data=body(number), headers=headers) as answer:
                    await answer.read()
            except (aiohttp.ClientError, OSError):
                continue

    async with aiohttp.ClientSession() as session:
        await asyncio.gather(*[post(session) for _ in range(_AT_ONCE)])


def stored_rows(file: Path) -> int:
    """Counts the rows of all tables of a SQLite file."""
    with sqlite3.connect(file) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = sum(connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables)
    connection.close()
    return int(found)
