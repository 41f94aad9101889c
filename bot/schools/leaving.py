"""Removes a school: its open tickets are exported for it, then all that the bot has of it is erased."""

import csv
import io
from collections.abc import Callable

from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import owed, queues
from bot.flows.csv_cells import safe_cell
from bot.schools.registering import SchoolRefused, named
from storage import outbox, school_erasing, schools, tickets
from storage.schools import RegisteredSchool


async def leaving(connection: AsyncConnection, slug: str, first_is_used: bool) -> RegisteredSchool:
    """Gives the school that is to leave, locked. Raises SchoolRefused for one that is unknown, left, or the only one.

    `first_is_used` says whether families may choose the first school (see `Schools.present`).
    """
    school = await named(connection, slug)
    here = [one for one in await schools.every(connection) if one.left_at is None]
    others = [one for one in here if one.id != school.id and (one.id != schools.FIRST or first_is_used)]
    if not others:
        raise SchoolRefused(texts.SCHOOL_IS_ONLY_ONE)
    return school


async def export(connection: AsyncConnection, school_id: int, when: Callable[[float], str]) -> bytes | None:
    """Writes the open tickets of a school as CSV for its own people, a line for each message; None where none is open.

    It holds what families wrote: it is for the school's desk, or for a file that only its owner may read.
    """
    found = await tickets.opened(connection, school_id)
    if not found:
        return None
    stream = io.StringIO()
    table = csv.writer(stream, lineterminator="\r\n")
    table.writerow(texts.SCHOOL_EXPORT_COLUMNS)
    for ticket in found:
        head = [ticket.number, safe_cell(ticket.class_name), safe_cell(ticket.pupil_name)]
        table.writerow([*head, when(ticket.created_at), texts.ACTOR_FAMILY, safe_cell(ticket.words)])
        for message in await tickets.messages(connection, ticket.id):
            if message.side not in ("family", "desk", "kept") or message.is_blank:
                continue
            who = texts.ACTOR_SCHOOL if message.side == "desk" else texts.ACTOR_FAMILY
            said = message.text or texts.KINDS.get(message.kind, message.kind)
            table.writerow([*head, when(message.at), who, safe_cell(said)])
    return stream.getvalue().encode("utf-8-sig")  # so that a spreadsheet takes it for what it is


async def has_more_than(
    connection: AsyncConnection, school_id: int, file: bytes | None, when: Callable[[float], str]
) -> bool:
    """Tells whether the open tickets of a school hold something else than the file that was written of them before.

    Nothing is added to them before this transaction ends. Of a school that has left there is nothing.
    """
    if await schools.has_left(connection, school_id):
        return False
    await school_erasing.lock_tickets(connection, school_id)
    return await export(connection, school_id, when) != file


async def owe_export(connection: AsyncConnection, school_id: int, at: float) -> bool:
    """Owes the school's desk its open tickets as a file; the school is erased once that arrived. False: it was owed.

    It may be called for a school whose desk has a chat, locked by this transaction.
    """
    queue = outbox.desk_queue(school_id)
    if await outbox.is_owed(connection, queue, owed.SchoolExport.kind):
        return False
    await queues.to_general(connection, school_id, owed.SchoolExport(), at)
    return True


async def leave(connection: AsyncConnection, school_id: int, at: float) -> bool:
    """Erases a school and what is owed to it; its row stays, so that its links and families are told that it left.

    It may be called for any school once its open tickets were exported. False, and nothing changed, where it has left
    before.
    """
    school = await schools.locked(connection, school_id)
    if school is None or school.left_at is not None:
        return False
    await school_erasing.erase_school(connection, school_id)
    void = {"chat_id": None, "code_key": None, "code_until": None, "contacts": "", "working_hours": ""}
    await schools.change(connection, school_id, left_at=at, **void)
    return True
