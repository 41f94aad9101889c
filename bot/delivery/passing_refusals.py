"""Handles refusals that pass by themselves: their rows are tried again later, and a file holds up nobody meanwhile."""

import re
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import albums, owed, queues, retry_times
from bot.delivery.owed_message import Relayed
from bot.flows.marked import Markup, marked
from storage import dialogues, outbox, parked, tickets
from storage.outbox import Owed

QUICK_TRIES = 2  # a refusal that comes once means nothing yet
IN_PLACE_TRIES = 5  # about half a minute, while the queue waits behind the row
PARKED_TRIES = 120  # about ten hours at five minutes a try
MOST_BEHIND = 1_000  # rows of a ticket that wait behind a text
SCREEN_TRIES = 8  # a screen of the guide answers nothing any more after some minutes
_QUICK_S = 1.5
_TIMES = re.compile(r"refused (\d{1,9})x: ")


def times_of(row: Owed) -> int:
    """Counts how often a row was refused; a try that the network or the messenger's server failed is no refusal.

    The number stands before the words that the row keeps of its last failure.
    """
    found = _TIMES.match(row.error or "")
    return int(found[1]) if found else 0


def noted(row: Owed, said: str, more: int = 1) -> str:
    """Gives the words to keep of a failure, with the number of refusals, which grows by `more`."""
    times = times_of(row) + more
    return f"refused {times}x: {said}" if times else said


async def try_soon(connection: AsyncConnection, rows: list[Owed], said: str, now: float) -> bool:
    """Tries rows once more at once; False where that was done already."""
    row = rows[0]
    if times_of(row) >= QUICK_TRIES:
        return False
    due = now + _QUICK_S * (1 + times_of(row))
    await outbox.retry(connection, outbox.ids_of(rows), not_before=due, error=noted(row, said))
    return True


async def wait(connection: AsyncConnection, rows: list[Owed], said: str, now: float, jitter: float) -> bool:
    """Retries what is refused for a while: in its place; media later beside their queue. False after the last try.

    A text to the desk stays in its place. One to a family waits beside its queue with all of its ticket behind it, so
    that none overtakes it (what comes later wakes it, see claiming.py): the guide's screens go on.
    """
    row = rows[0]
    if times_of(row) >= PARKED_TRIES:
        return False
    due, ids = now + retry_times.retry_delay(times_of(row), jitter), outbox.ids_of(rows)
    if times_of(row) < IN_PLACE_TRIES:
        await outbox.retry(connection, ids, not_before=due, error=noted(row, said))
    elif len(rows) > 1:
        await albums.part(connection, rows, now)
    elif await _brings_media(connection, row):
        await parked.park(connection, ids, due, noted(row, said))
        told = marked(texts.NOT_YET_TO_DESK if row.desk_id is not None else texts.NOT_YET_TO_FAMILY)
        await _tell_that_it_waits(connection, row, told, now)
    elif isinstance(owed.of(row), Relayed) and row.desk_id is None:
        behind = await outbox.following(connection, row, limit=MOST_BEHIND)
        await parked.park(connection, ids, due, noted(row, said))
        await parked.park(connection, [one.id for one in behind if one.ticket_id == row.ticket_id], due, said)
        await _tell_that_it_waits(connection, row, marked(texts.NOT_YET_TEXT_TO_FAMILY), now)
    else:
        await outbox.retry(connection, ids, not_before=due, error=noted(row, said))
    return True


async def wait_beside(connection: AsyncConnection, row: Owed, said: str, now: float, jitter: float) -> bool:
    """Retries what holds up nobody, as a file does, and tells nobody of it. False after the last try."""
    if times_of(row) >= PARKED_TRIES:
        return False
    due = now + retry_times.retry_delay(times_of(row), jitter)
    if times_of(row) < IN_PLACE_TRIES:
        await outbox.retry(connection, [row.id], not_before=due, error=noted(row, said))
    else:
        await parked.park(connection, [row.id], due, noted(row, said))
    return True


async def is_text(connection: AsyncConnection, row: Owed) -> bool:
    """Tells whether a row brings the text of somebody: while it waits, nothing of its ticket may overtake it."""
    return isinstance(owed.of(row), Relayed) and not await _brings_media(connection, row)


async def _brings_media(connection: AsyncConnection, row: Owed) -> bool:
    message = owed.of(row)
    if not isinstance(message, Relayed):
        return False
    stored = await tickets.message(connection, message.row)
    return stored is not None and stored.kind != "text"


async def _tell_that_it_waits(connection: AsyncConnection, row: Owed, text: Markup, now: float) -> None:
    """Tells the desk once that a message of a ticket waits."""
    message = owed.of(row)
    if row.ticket_id is None or message.told_waiting:
        return
    await queues.change(connection, row, replace(message, told_waiting=True))
    told = owed.DeskText(text, reply_to=message.desk_message_id)
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
    if times_of(row) >= (PARKED_TRIES if any(each.ticket_id for each in waiting) else SCREEN_TRIES):
        await outbox.hold(connection, outbox.ids_of(waiting), said)
        return untold
    due = now + retry_times.retry_delay(times_of(row) + 2, jitter)
    await parked.park(connection, outbox.ids_of(waiting), due, noted(row, said))
    await parked.wait_together(connection, row.chat_id)
    return untold
