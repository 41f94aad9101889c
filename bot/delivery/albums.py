"""Albums and merged texts that cannot leave as one: their parts go one by one, each with its own words, in order."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from storage import outbox, tickets
from storage.outbox import Owed
from storage.tickets import TicketMessage


def in_order(messages: list[TicketMessage]) -> list[TicketMessage]:
    """The parts of an album as they stand in the chat that they come from: updates arrive in any order."""
    return sorted(messages, key=_place)


def _place(message: TicketMessage) -> tuple[int, int]:
    number = message.desk_message_id if message.side == "desk" else message.family_message_id
    return number or 0, message.id


async def part(connection: AsyncConnection, rows: list[Owed]) -> None:
    """Puts the parts of an album as rows of their own, before what waits behind them; the last one asks «Помогло?».

    Texts that were merged stay `alone` from now on: merged again they would be refused again.
    """
    kept: dict[int, TicketMessage] = {}
    for row in rows:
        message = await tickets.message(connection, row.payload["row"])
        if message is not None:
            kept[row.id] = message
    parts = sorted((row for row in rows if row.id in kept), key=lambda row: _place(kept[row.id]))
    behind = await outbox.following(connection, rows[-1], limit=100_000)
    await outbox.done(connection, [row.id for row in [*rows, *behind]])
    prompt = next((row.payload["prompt"] for row in reversed(rows) if row.payload.get("prompt")), None)
    alone = {} if rows[0].media_group_id else {"alone": True}
    for row in parts:
        first, last = row is parts[0], row is parts[-1]
        quote = {"quote": row.payload.get("quote") if first else None}
        await _put(connection, row, {**row.payload, **quote, "prompt": prompt if last else None, **alone})
    for row in behind:
        await outbox.put_again(connection, row)


async def _put(connection: AsyncConnection, row: Owed, payload: dict[str, Any]) -> None:
    await outbox.put(
        connection, chat_id=row.chat_id, queue=row.queue, kind=row.kind, payload=payload, ticket_id=row.ticket_id,
        family_id=row.family_id, at=row.created_at,
    )  # fmt: skip
