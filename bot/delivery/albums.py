"""Orders the parts of an album; splits an album, or merged texts, into single messages where they cannot go as one."""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery import owed
from storage import outbox, tickets
from storage.outbox import Owed
from storage.tickets import TicketMessage


def in_order(messages: list[TicketMessage]) -> list[TicketMessage]:
    """Gives the parts of an album as they stand in the chat that they come from: updates arrive in any order."""
    return sorted(messages, key=_order)


def _order(message: TicketMessage) -> tuple[int, int]:
    number = message.desk_message_id if message.side == "desk" else message.family_message_id
    return number or 0, message.id


async def part(connection: AsyncConnection, rows: list[Owed], now: float) -> None:
    """Lets the parts of an album go one by one, in the order of their chat; the last one asks «Помогло?».

    Texts that were merged stay `alone` from now on: merged again they would be refused again.
    """
    kept: dict[int, TicketMessage] = {}
    for row in rows:
        stored = await tickets.message(connection, owed.relayed(row).row)
        if stored is not None:
            kept[row.id] = stored
    await outbox.done(connection, [row.id for row in rows if row.id not in kept])
    prompt = next((message.prompt for message in map(owed.relayed, reversed(rows)) if message.prompt), None)
    parts = sorted((row for row in rows if row.id in kept), key=lambda row: _order(kept[row.id]))
    positions = sorted(row.position for row in parts)
    for row, position in zip(parts, positions, strict=True):
        message = owed.relayed(row)
        quote, asked = message.quote if row is parts[0] else None, prompt if row is parts[-1] else None
        message = replace(message, quote=quote, prompt=asked)
        if isinstance(message, owed.ToDesk) and not row.media_group_id:
            message = replace(message, alone=True)
        single = replace(row, payload=message.to_json(), media_group_id=None, position=position)
        await outbox.begin_again(connection, [single], now)
