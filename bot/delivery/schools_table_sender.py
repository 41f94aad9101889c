"""Sends the operator the counts of all schools as a file, made when it is sent."""

from datetime import date

from aiogram.types import BufferedInputFile

from bot.delivery import owed
from bot.delivery.own_texts import Told, tell
from bot.delivery.sending import REQUEST_TIMEOUT_S, Delivered, Senders, desk_of, reply_to
from bot.services import Services
from bot.statistics import by_school
from bot.tickets import region_counts
from storage import school_counts
from storage.outbox import Owed
from storage.statistics import Period


async def send_table(services: Services, rows: list[Owed]) -> Delivered:
    """Sends the table for a spreadsheet with a word on its days."""
    desk, said = desk_of(services, rows[0]), owed.SchoolsTable.of(rows[0])
    period = Period(date.fromisoformat(said.first), date.fromisoformat(said.last), services.settings.zone)
    counts = await services.database.read(lambda c: school_counts.by_school(c, period))
    table = by_school.as_csv(region_counts.lines_of(services.schools, counts))
    # A spreadsheet takes a file without this mark for one in its own country's old encoding.
    file = BufferedInputFile(table.encode("utf-8-sig"), f"schools-{said.first}-{said.last}.csv")
    await tell(
        services,
        desk.channel,
        Told(said.text),
        lambda told: services.bot.send_document(
            desk.chat, file, caption=told.text, parse_mode=told.parse_mode, message_thread_id=said.thread,
            reply_parameters=reply_to(said.reply_to), request_timeout=REQUEST_TIMEOUT_S,
        ),
        desk.channel.caption_length,
    )  # fmt: skip
    return Delivered()


SENDERS: Senders = {owed.SchoolsTable: send_table}
