"""Senders of what a desk gets at the opening of a day: the list of who waits, the report of the week."""

from aiogram.types import LinkPreviewOptions

from bot.delivery import chart_sender, owed
from bot.delivery.own_texts import Told, tell
from bot.delivery.sending import REQUEST_TIMEOUT_S, Delivered, Senders, desk_of
from bot.flows.whole_lines import whole_lines
from bot.services import Services
from bot.tickets import waiting_list
from storage import digests
from storage.outbox import Owed


async def list_waiting(services: Services, rows: list[Owed]) -> Delivered:
    """Lists who waits by now; nothing where nobody does any more."""
    desk = desk_of(services, rows[0])
    found = await services.database.read(lambda c: waiting_list.who_waits(c, desk.id))
    if not found or await _is_unwanted(services, desk.id, owed.WaitingList.of(rows[0]).until):
        return Delivered()
    text = whole_lines(waiting_list.lines(services, desk, found), desk.channel.text_length)
    await tell(
        services,
        desk.channel,
        Told(text),
        lambda told: services.bot.send_message(
            desk.chat, told.text, parse_mode=told.parse_mode,
            link_preview_options=LinkPreviewOptions(is_disabled=True), request_timeout=REQUEST_TIMEOUT_S,
        ),
    )  # fmt: skip
    return Delivered()


async def report_week(services: Services, rows: list[Owed]) -> Delivered:
    """Sends the report of the week with its picture."""
    desk, report = desk_of(services, rows[0]), owed.WeekReport.of(rows[0])
    if not await _is_unwanted(services, desk.id, report.until):
        await chart_sender.send_chart(services, desk, report)
    return Delivered()


async def _is_unwanted(services: Services, desk_id: int, until: float) -> bool:
    """Tells whether a desk is not to get it any more: it said so, or Telegram was away until the day was old."""
    return services.clock() > until or await services.database.read(lambda c: digests.is_off(c, desk_id))


SENDERS: Senders = {
    owed.WaitingList: list_waiting,
    owed.WeekReport: report_week,
}
