"""Handles refusals that pass by themselves: their rows are tried again later, and hold up nobody meanwhile."""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import albums, owed, queues, retry_times
from bot.flows.marked import marked
from storage import dialogues, outbox, parked
from storage.outbox import Owed

QUICK_TRIES = 2  # a refusal that comes once means nothing yet
IN_PLACE_TRIES = 5  # about half a minute, while the queue waits behind the row
PARKED_TRIES = 120  # about ten hours at five minutes a try
SCREEN_TRIES = 8  # a screen of the guide answers nothing any more after some minutes
_QUICK_S = 1.5


async def try_soon(connection: AsyncConnection, rows: list[Owed], said: str, now: float) -> bool:
    """Tries rows once more at once; False where that was done already."""
    if rows[0].attempts >= QUICK_TRIES:
        return False
    await outbox.retry(connection, outbox.ids_of(rows), not_before=now + _QUICK_S * (1 + rows[0].attempts), error=said)
    return True


async def wait_for_file(connection: AsyncConnection, rows: list[Owed], said: str, now: float, jitter: float) -> bool:
    """Retries a file that Telegram does not give now: in its place, then beside the queue. False after the last try."""
    row = rows[0]
    if row.attempts >= PARKED_TRIES:
        return False
    due = now + retry_times.retry_delay(row.attempts, jitter)
    if row.attempts < IN_PLACE_TRIES:
        await outbox.retry(connection, outbox.ids_of(rows), not_before=due, error=said)
    elif len(rows) > 1:
        await albums.part(connection, rows, now)
    else:
        await parked.park(connection, outbox.ids_of(rows), due, said)
        message = owed.of(row)
        if not message.told_waiting:
            await queues.change(connection, row, replace(message, told_waiting=True))
            await _tell_of_file(connection, row, now)
    return True


async def _tell_of_file(connection: AsyncConnection, row: Owed, now: float) -> None:
    if row.ticket_id is None:
        return
    at_desk = row.desk_id is not None
    text = marked(texts.NOT_YET_TO_DESK if at_desk else texts.NOT_YET_TO_FAMILY)
    told = owed.DeskText(text, reply_to=owed.of(row).desk_message_id)
    await queues.to_ticket_of_id(connection, row.ticket_id, told, now)


async def wait_for_family(
    connection: AsyncConnection, rows: list[Owed], said: str, now: float, jitter: float
) -> list[Owed]:
    """Parks what is owed to a family whose chat Telegram does not find: it is tried by the clock, and when it writes.

    Returns the rows with words that the desk has not been told of yet.
    """
    row = rows[0]
    if await try_soon(connection, rows, said, now):
        return []
    waiting = await outbox.waiting_for(connection, row.chat_id)
    untold = [each for each in waiting if not owed.of(each).told_waiting]
    for each in untold:
        await queues.change(connection, each, replace(owed.of(each), told_waiting=True))
    # A family that writes can be reached again: by this mark its next message releases what waits.
    await dialogues.mark_blocked(connection, row.chat_id, now)
    if row.attempts >= (PARKED_TRIES if any(each.ticket_id for each in waiting) else SCREEN_TRIES):
        await outbox.hold(connection, outbox.ids_of(waiting), said)
        return untold
    due = now + retry_times.retry_delay(row.attempts + 2, jitter)
    await parked.park(connection, outbox.ids_of(waiting), due, said)
    await parked.wait_together(connection, row.chat_id)
    return untold
