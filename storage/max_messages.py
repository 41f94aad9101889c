"""Numbers the messages of MAX, which names them by strings: all other code knows messages by numbers."""

from sqlalchemy import delete, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.inserting import insert_into
from storage.models import max_messages
from storage.ticket_models import ticket_messages, tickets


async def numbers_of(connection: AsyncConnection, mid: str, parts: int, chat_id: int, at: float) -> list[int]:
    """Gives the numbers of a message and its parts, in their order; those that have none get one.

    A message of several pictures is several messages elsewhere: each of them is a part, counted from 0.
    """
    known = await _known(connection, mid)
    missing = [part for part in range(parts) if part not in known]
    if missing:
        rows = [{"mid": mid, "part": part, "chat_id": chat_id, "at": at} for part in missing]
        # Another replica may have met the message at this very moment.
        await connection.execute(insert_into(connection, max_messages).on_conflict_do_nothing(), rows)
        known = await _known(connection, mid)
    return [known[part] for part in range(parts)]


async def known_numbers(connection: AsyncConnection, mid: str) -> list[int]:
    """Gives the numbers of all the parts of a message that are known."""
    return [number for _, number in sorted((await _known(connection, mid)).items())]


async def place_of(connection: AsyncConnection, number: int) -> tuple[str, int] | None:
    """Gives MAX's name of the message with a number, and which part of it that is; None where nobody knows it."""
    query = select(max_messages.c.mid, max_messages.c.part).where(max_messages.c.number == number)
    row = (await connection.execute(query)).first()
    return (row.mid, row.part) if row else None


async def numbers_beside(connection: AsyncConnection, number: int) -> list[int]:
    """Gives the numbers of all parts of the message that a number is a part of, in their order."""
    place = await place_of(connection, number)
    return await known_numbers(connection, place[0]) if place else []


async def forget_unused(connection: AsyncConnection, before: float) -> None:
    """Forgets messages met before that moment that no ticket speaks of; one that is met again gets a new number."""
    m, t = ticket_messages.c, tickets.c
    number = max_messages.c.number
    kept = [
        exists().where(column == number)
        for column in (m.family_message_id, m.desk_message_id, t.card_message_id, t.prompt_message_id)
    ]
    await connection.execute(delete(max_messages).where(max_messages.c.at < before, ~or_(*kept)))


async def _known(connection: AsyncConnection, mid: str) -> dict[int, int]:
    query = select(max_messages.c.part, max_messages.c.number).where(max_messages.c.mid == mid)
    return {row.part: row.number for row in await connection.execute(query)}
