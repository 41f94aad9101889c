"""Sends a school that leaves its open tickets as a file; once the file arrived, the school is erased.

Where families wrote while it was on its way, the file is sent once more.
"""

from aiogram.types import BufferedInputFile
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import texts_ru as texts
from bot.delivery import owed, queues
from bot.delivery.sending import REQUEST_TIMEOUT_S, Delivered, Senders, desk_of
from bot.flows.marked import fill
from bot.known_schools import OPERATOR
from bot.schools import leaving
from bot.services import Services
from storage.outbox import Owed


async def send_export(services: Services, rows: list[Owed]) -> Delivered:
    """Sends the file to the desk, and nothing where no ticket is open. Raises aiogram's errors."""
    desk = desk_of(services, rows[0])
    file = await services.database.read(lambda c: leaving.export(c, desk.id, services.when))
    if file is not None:
        document = BufferedInputFile(file, "tickets.csv")
        await services.bot.send_document(
            desk.chat, document, caption=texts.SCHOOL_EXPORT_CAPTION, request_timeout=REQUEST_TIMEOUT_S
        )
    school, has_operator = services.school_of(desk.id).name, services.schools.operator is not None

    async def erase(connection: AsyncConnection, now: float) -> None:
        if await leaving.has_more_than(connection, desk.id, file, services.when):
            await leaving.owe_export(connection, desk.id, now)
            return
        if await leaving.leave(connection, desk.id, now) and has_operator:
            told = owed.DeskText(fill(texts.SCHOOL_REMOVED, school=school), general=True)
            await queues.to_general(connection, OPERATOR, told, now, topic=0)

    return Delivered(erase)


SENDERS: Senders = {owed.SchoolExport: send_export}
